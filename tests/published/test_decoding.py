"""Decoding raises `ValidationError` and nothing else, for any JSON."""

from __future__ import annotations

import importlib
import json
import pkgutil
from typing import Any

import pytest
from hypothesis import given, strategies as st

import mistral_proto as m
from mistral_proto import protocol
from mistral_proto.errors import ValidationError
from mistral_proto.wire import WireType
from tests.published.strategies import TEXT, json_values


def wire_types() -> list[type[WireType]]:
    """Return every public wire type with fields."""
    found = set()
    for module in pkgutil.iter_modules(protocol.__path__, f"{protocol.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and issubclass(value, WireType) and name[0] != "_":
                found.add(value)
    return sorted((cls for cls in found if cls._specs), key=lambda cls: cls.__name__)


TYPES = wire_types()
FIELDS = sorted({name for cls in TYPES for name in cls._specs})
TAGS = ("text", "thinking", "image_url", "input_audio", "function", "assistant", "user", "tool")

each_type = pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.__name__)


def decode(cls: type[WireType], document: Any) -> None:
    """Read a document, or a text, in both ways; a failure has a message."""
    for strict in (False, True):
        try:
            if isinstance(document, (str, bytes)):
                cls.from_json(document, strict=strict).to_json()
            else:
                cls.from_dict(document, strict=strict).to_json()
        except ValidationError as error:
            assert error.problems
            assert str(error)


def nested(levels: int, key: str | None = None) -> Any:
    value: Any = [] if key is None else {}
    for _ in range(levels):
        value = [value] if key is None else {key: value}
    return value


KEYS = st.sampled_from([*FIELDS, "extra", "self", "__class__"]) | TEXT
WEIRD = json_values(KEYS, leaves=12) | st.sampled_from(TAGS)


@each_type
@given(data=st.data(), document=st.dictionaries(KEYS, WEIRD, max_size=6), cut=st.integers(0, 60))
def test_any_document(cls: type[WireType], data: st.DataObject, document: Any, cut: int) -> None:
    decode(cls, document)
    fields = st.sampled_from(sorted(cls._specs))
    decode(cls, data.draw(st.dictionaries(fields, WEIRD, max_size=6)))
    value = data.draw(json_values())
    if not isinstance(value, str):
        decode(cls, value)
    text = json.dumps(document)
    decode(cls, text)
    decode(cls, text[:cut])
    decode(cls, text.encode("ascii")[cut:])


HUGE: list[Any] = [
    *(1e308, float("nan"), float("inf"), 10**5000, -(10**5000)),
    *("\ud800", "\udfff", "\0", "x" * 1_000_000, [0] * 1_000),
    *(nested(1_000), nested(100_000), nested(1_000, "x"), nested(100_000, "x")),
    *(nested(1_000, "content"), nested(100_000, "thinking")),
]


@each_type
def test_huge_values(cls: type[WireType]) -> None:
    for value in HUGE:
        if not isinstance(value, str):
            decode(cls, value)
        decode(cls, dict.fromkeys([*cls._specs, "extra", "x"], value))
        for field in [*cls._specs, "x"]:
            decode(cls, {field: value})
            decode(cls, {field: [value]})


def test_a_long_key_is_shown_in_part() -> None:
    for letter in "x ":
        key = letter * 1_000_000
        with pytest.raises(ValidationError) as caught:
            m.TextChunk.from_dict({"text": "Hi", key: 1}, strict=True)
        assert caught.value.problems[0].path == (key,)
        assert len(str(caught.value)) < 1_000


TEXTS: list[str | bytes] = [
    *("", b"", "hello", "{} {}"),
    '{"x": NaN, "temperature": NaN, "index": NaN}',
    '{"x": Infinity, "temperature": Infinity, "index": -Infinity}',
    '{"x": 1e999, "temperature": 1e999, "index": 1e999, "created": -1e999}',
    f'{{"x": {"9" * 5000}, "created": {"9" * 5000}}}',
    f'{{"x": 0.{"9" * 5000}, "created": 1.{"0" * 5000}}}',
    '{"x": 1, "x": 2, "type": "text", "type": 5}',
    '{"x": {"y": 1, "y": 2}}',
    *(b"\xef\xbb\xbf{}", "\ufeff{}", '{"x": 1}'.encode("utf-16")),
    *(b'{"x": "\xff\xfe"}', b'{"x": "\xe2\x82', b'{"x": "\xed\xa0\x80"}'),
    *('{"x": "\\ud800", "\\udfff": 1, "text": "\\ud83d"}', '{"x": "\0"}', '{"x": "\\q"}'),
    '{"id": "1", "choices": [{"index": 0, "mess',
    *("[" * levels + "]" * levels for levels in (1_000, 100_000)),
    *('{"x":' * levels + "0" + "}" * levels for levels in (1_000, 100_000)),
    *('{"content":' + "[" * 100_000 + end for end in ("]" * 100_000 + "}", "")),
]


@each_type
def test_any_text(cls: type[WireType]) -> None:
    for text in TEXTS:
        decode(cls, text)


@given(text=st.binary(max_size=40) | TEXT)
def test_any_bytes(text: bytes | str) -> None:
    for cls in TYPES:
        decode(cls, text)
