"""Decoding raises `ValidationError` and nothing else, whatever JSON comes."""

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
    """Every public wire type, also those that no published schema has."""
    found = set()
    for module in pkgutil.iter_modules(protocol.__path__, f"{protocol.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and issubclass(value, WireType) and name[0] != "_":
                found.add(value)
    # A base without fields of its own is none.
    return sorted((cls for cls in found if cls._specs), key=lambda cls: cls.__name__)


TYPES = wire_types()
FIELDS = sorted({name for cls in TYPES for name in cls._specs})
TAGS = ("text", "thinking", "image_url", "input_audio", "function", "assistant", "user", "tool")

each_type = pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.__name__)


def decode(cls: type[WireType], document: Any) -> None:
    """Read a document in both ways; what is wrong with it must be told in words."""
    for strict in (False, True):
        try:
            cls.from_dict(document, strict=strict).to_json()
        except ValidationError as error:
            assert error.problems
            assert str(error)


def decode_text(cls: type[WireType], text: str | bytes) -> None:
    for strict in (False, True):
        try:
            cls.from_json(text, strict=strict).to_json()
        except ValidationError as error:
            assert str(error)


def nested_list(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def nested_object(levels: int, key: str) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {key: value}
    return value


# -- values

KEYS = st.sampled_from([*FIELDS, "extra", "self", "__class__"]) | TEXT
WEIRD = json_values(KEYS, leaves=12) | st.sampled_from(TAGS)


@each_type
@given(document=st.dictionaries(KEYS, WEIRD, max_size=6))
def test_any_object(cls: type[WireType], document: Any) -> None:
    decode(cls, document)


@each_type
@given(data=st.data())
def test_any_value_in_its_own_fields(cls: type[WireType], data: st.DataObject) -> None:
    fields = st.sampled_from(sorted(cls._specs))
    decode(cls, data.draw(st.dictionaries(fields, WEIRD, max_size=6)))


@each_type
@given(document=json_values())
def test_any_json_value(cls: type[WireType], document: Any) -> None:
    decode(cls, document)


HUGE: dict[str, Any] = {
    "a float near the end": 1e308,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "5,000 digits": 10**5000,
    "-5,000 digits": -(10**5000),
    "half a surrogate pair": "\ud800",
    "the other half": "\udfff",
    "a null byte": "\0",
    "a long string": "x" * 1_000_000,
    "a long list": [0] * 1_000,
    "1,000 lists": nested_list(1_000),
    "100,000 lists": nested_list(100_000),
    "1,000 objects": nested_object(1_000, "x"),
    "100,000 objects": nested_object(100_000, "x"),
    "1,000 contents": nested_object(1_000, "content"),
    "100,000 thinkings": nested_object(100_000, "thinking"),
}


@each_type
@pytest.mark.parametrize("what", HUGE)
def test_what_is_too_much(what: str, cls: type[WireType]) -> None:
    value = HUGE[what]
    decode(cls, value)
    decode(cls, dict.fromkeys([*cls._specs, "extra", "x"], value))
    for field in [*cls._specs, "x"]:
        decode(cls, {field: value})
        decode(cls, {field: [value]})


@pytest.mark.parametrize("letter", ["x", " "])
def test_a_long_key_is_shown_in_part(letter: str) -> None:
    key = letter * 1_000_000
    with pytest.raises(ValidationError) as caught:
        m.TextChunk.from_dict({"text": "Hi", key: 1}, strict=True)
    assert caught.value.problems[0].path == (key,)
    assert len(str(caught.value)) < 1_000


# -- texts

TEXTS: dict[str, str | bytes] = {
    "nothing": "",
    "no bytes": b"",
    "a word": "hello",
    "two values": "{} {}",
    "NaN": '{"x": NaN, "temperature": NaN, "index": NaN}',
    "Infinity": '{"x": Infinity, "temperature": Infinity, "index": Infinity}',
    "-Infinity": '{"x": -Infinity, "temperature": -Infinity}',
    "1e999": '{"x": 1e999, "temperature": 1e999, "index": 1e999, "created": -1e999}',
    "5,000 digits": f'{{"x": {"9" * 5000}, "created": {"9" * 5000}}}',
    "5,000 decimals": f'{{"x": 0.{"9" * 5000}, "created": 1.{"0" * 5000}}}',
    "a key twice": '{"x": 1, "x": 2, "type": "text", "type": 5}',
    "an inner key twice": '{"x": {"y": 1, "y": 2}}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a byte order mark in a string": "\ufeff{}",
    "UTF-16": '{"x": 1}'.encode("utf-16"),
    "no UTF-8": b'{"x": "\xff\xfe"}',
    "UTF-8 cut short": b'{"x": "\xe2\x82',
    "half a surrogate pair in UTF-8": b'{"x": "\xed\xa0\x80"}',
    "half a surrogate pair, escaped": '{"x": "\\ud800", "\\udfff": 1, "text": "\\ud83d"}',
    "a null byte": '{"x": "\0"}',
    "a bad escape": '{"x": "\\q"}',
    "cut short": '{"id": "1", "choices": [{"index": 0, "mess',
    "1,000 lists": "[" * 1_000 + "]" * 1_000,
    "1,000 objects": '{"x":' * 1_000 + "0" + "}" * 1_000,
    "100,000 lists": "[" * 100_000 + "]" * 100_000,
    "100,000 objects": '{"x":' * 100_000 + "0" + "}" * 100_000,
    "100,000 lists in a field": '{"content":' + "[" * 100_000 + "]" * 100_000 + "}",
    "100,000 lists, cut short": '{"content":' + "[" * 100_000,
}


@each_type
@pytest.mark.parametrize("what", TEXTS)
def test_any_text(what: str, cls: type[WireType]) -> None:
    decode_text(cls, TEXTS[what])


@each_type
@given(document=WEIRD, cut=st.integers(0, 60))
def test_a_text_cut_short(cls: type[WireType], document: Any, cut: int) -> None:
    text = json.dumps(document)
    decode_text(cls, text)
    decode_text(cls, text[:cut])
    decode_text(cls, text.encode("ascii")[cut:])


@given(text=st.binary(max_size=40) | TEXT)
def test_any_bytes(text: bytes | str) -> None:
    for cls in TYPES:
        decode_text(cls, text)
