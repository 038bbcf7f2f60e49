"""Reading raises `ValidationError` and nothing else, for any JSON and any text."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings, strategies as st

from mistral_proto.errors import ValidationError
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS
from tests.published.strategies import TEXT, json_values

TYPES = sorted((cls for cls in DOCUMENTS if cls._specs), key=lambda cls: cls.__name__)
FIELDS = sorted({name for cls in TYPES for name in cls._specs})
TAGS = ("text", "thinking", "image_url", "input_audio", "function", "assistant", "user", "tool")


def decode(cls: type[WireType], document: Any) -> None:
    """Read a document, or a text, in both ways; a failure has a message of moderate length."""
    for strict in (False, True):
        try:
            if isinstance(document, (str, bytes)):
                cls.from_json(document, strict=strict).to_json()
            else:
                cls.from_dict(document, strict=strict).to_json()
        except ValidationError as error:
            assert error.problems
            assert 0 < len(str(error)) < 100_000


def nested(levels: int, key: str | None = None) -> Any:
    value: Any = [] if key is None else {}
    for _ in range(levels):
        value = [value] if key is None else {key: value}
    return value


KEYS = st.sampled_from([*FIELDS, "extra", "self", "__class__"]) | TEXT
WEIRD = json_values(KEYS, leaves=12) | st.sampled_from(TAGS)


@settings(max_examples=150)
@given(cls=st.sampled_from(TYPES), data=st.data(), cut=st.integers(0, 60))
def test_any_document_and_any_text(cls: type[WireType], data: st.DataObject, cut: int) -> None:
    keys = st.sampled_from(sorted(cls._specs)) | KEYS
    document = data.draw(st.dictionaries(keys, WEIRD, max_size=6))
    decode(cls, document)
    text = json.dumps(document)
    decode(cls, text)
    decode(cls, text[:cut])
    decode(cls, text.encode("ascii")[cut:])
    decode(cls, data.draw(st.binary(max_size=40) | TEXT | json_values()))


HUGE: list[Any] = [
    *(1e308, float("nan"), float("inf"), 10**5000, -(10**5000)),
    *("\ud800", "\udfff", "\0", "x" * 100_000, [0] * 1_000),
    *(nested(1_000), nested(10_000), nested(1_000, "x"), nested(10_000, "content")),
]
TEXTS: list[str | bytes] = [
    '{"x": NaN, "temperature": -Infinity, "index": 1e999, "created": -1e999}',
    f'{{"x": {"9" * 5000}, "created": {"9" * 5000}, "index": 1.{"0" * 5000}}}',
    '{"x": {"y": 1, "y": 2}, "type": "text", "type": 5}',
    *(b"\xef\xbb\xbf{}", b'{"x": "\xff\xfe"}', b'{"x": "\xe2\x82', b'{"x": "\xed\xa0\x80"}'),
    *('{"x": "\\ud800", "\\udfff": 1, "text": "\\ud83d"}', '{"x": "\0"}', '{"x": "\\q"}'),
    *('{"content":' + "[" * 10_000 + end for end in ("]" * 10_000 + "}", "")),
]


def test_huge_values() -> None:
    for cls in TYPES:
        fields = [*cls._specs, "extra", "x"]
        for value in HUGE:
            decode(cls, {value: value} if isinstance(value, str) else value)
            decode(cls, dict.fromkeys(fields, value))
            decode(cls, dict.fromkeys(fields, [value]))
        for text in TEXTS:
            decode(cls, text)
