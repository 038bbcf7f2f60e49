"""The JSON Schema of a type and its `from_dict` have the same verdict on every document."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator

import mistral_proto as m
from mistral_proto.cli.schema import wire_types
from mistral_proto.errors import ValidationError
from mistral_proto.schema import json_schema
from mistral_proto.wire import OpenWireType, WireType, dump
from tests.fields.wire_samples import DOCUMENTS
from tests.published.strategies import (
    NO_OBJECTS,
    UNKNOWN_KEYS,
    changed,
    documents,
    generable,
    removed,
    replaced,
    values_of,
)

# An alias has the schema of its type.
TYPES = {name: cls for name, cls in wire_types().items() if name == cls.__name__}
READINGS = (False, True)

each_type = pytest.mark.parametrize("name", sorted(TYPES))


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


# The type; whether it accepts more than its schema; why the schema does not say so; a
# document, or its text; and in which readings, plain or strict.
DIFFERENCES: tuple[tuple[type[WireType], bool, str, Any, tuple[bool, ...]], ...] = (
    (m.Function, False, "a schema can't count levels: free JSON has at most 200",
        {"name": "f", "parameters": _nested(200)}, READINGS),
    (m.UsageInfo, False, "a bound of 4,300 digits, which hardly any reader of schemas can parse",
        {"prompt_tokens": 10**4300, "completion_tokens": 1, "total_tokens": 1}, READINGS),
    (m.EnumBuilder, False, "a rule of several fields is code",
        {"accepts_none": False, "default": "high", "values": ["high"]}, READINGS),
    (m.InstructRequest, True, "a schema that finds an untagged member would be twice as long",
        {"messages": [{"content": "Hi", "prefix": True}]}, READINGS),
    (m.UsageInfo, True, "a server's value of another type is kept aside",
        {"total_tokens": "many"}, (False,)),
    (m.ChatCompletionRequest, True, "local fields are read back, and are not on the wire",
        {"messages": [{"role": "user", "content": "Hi"}], "truncate_for_context_length": True}, (False,)),
    (m.TextChunk, False, "a key that comes twice is in the text only",
        '{"type": "text", "text": "a", "text": "b"}', (True,)),
)  # fmt: skip

# Types with a rule of several fields, or of a body with choices: their schemas accept more.
RULED = {"EnumBuilder", "ModelSettingsBuilder", "BatchRequestOutput", "BatchResponseData"}


@functools.cache
def validator(name: str, strict: bool) -> Draft202012Validator:
    schema = json_schema(TYPES[name], strict=strict)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@functools.cache
def valid_documents(name: str, strict: bool) -> SearchStrategy[Any]:
    return documents(generable(json_schema(TYPES[name], strict=strict)))


def read(cls: type[WireType], document: Any, strict: bool) -> WireType | None:
    try:
        if isinstance(document, str):
            return cls.from_json(document, strict=strict)
        return cls.from_dict(document, strict=strict)
    except ValidationError:
        return None


def check(name: str, document: Any, strict: bool) -> None:
    """Require the same verdict, but for missing tags and for values that were kept aside."""
    value = read(TYPES[name], document, strict)
    accepted = validator(name, strict).is_valid(document)
    if value is not None and not accepted:
        document = as_read(document, value)
        accepted = validator(name, strict).is_valid(document)
    if name not in RULED or value is not None:
        assert accepted is (value is not None), document


def as_read(document: Any, value: Any) -> Any:
    """Return the document with all tags, and without values that were kept aside."""
    if isinstance(document, dict) and isinstance(value, (WireType, dict)):
        fields = value._values() if isinstance(value, WireType) else value
        aside = fields["extra"].keys() & fields if isinstance(value, OpenWireType) else ()
        kept = {key: item for key, item in document.items() if key not in aside}
        tags = {
            tag: fields[tag]
            for tag in ("type", "role")
            if isinstance(value, WireType) and fields.get(tag) and kept.get(tag) is None
        }
        return {key: as_read(item, fields.get(key)) for key, item in {**kept, **tags}.items()}
    if isinstance(document, list) and isinstance(value, list):
        return [as_read(item, other) for item, other in zip(document, value)]
    return document


@each_type
@settings(max_examples=6)
@given(data=st.data())
def test_a_valid_document_and_a_changed_one(name: str, data: st.DataObject) -> None:
    for strict in READINGS:
        document = data.draw(valid_documents(name, strict))
        assert validator(name, strict).is_valid(document), "the generator made no valid document"
        value = read(TYPES[name], document, strict)
        if value is not None:
            # The document of a value can be read, and so it is valid.
            assert validator(name, strict).is_valid(dump(value, for_api=False))
        assert value is not None or name in RULED
        check(name, data.draw(changed(document)).document, strict)


@each_type
def test_every_change_of_a_field(name: str) -> None:
    for strict in READINGS:
        if TYPES[name] in DOCUMENTS:
            assert validator(name, strict).is_valid(DOCUMENTS[TYPES[name]])
        document = smallest(name, strict)
        fields: Any = json_schema(TYPES[name], strict=strict)["properties"]
        for field, schema in {**fields, **dict.fromkeys(UNKNOWN_KEYS, {})}.items():
            for value in values_of(schema):
                check(name, replaced(document, (field,), value).document, strict)
        for field in document:
            check(name, removed(document, (field,)).document, strict)
        for wrong in NO_OBJECTS:
            assert not validator(name, strict).is_valid(wrong)


def smallest(name: str, strict: bool) -> dict[str, Any]:
    """Return a sample with only the required fields, and with empty lists where possible."""
    required: Any = json_schema(TYPES[name], strict=strict).get("required", [])
    sample = DOCUMENTS.get(TYPES[name], {})
    document = {field: sample[field] for field in required if field in sample}
    for field in document:
        shorter = {**document, field: []}
        if validator(name, strict).is_valid(shorter):
            document = shorter
    return document


def test_every_difference_is_one() -> None:
    for cls, takes_more, _, example, readings in DIFFERENCES:
        for strict in READINGS:
            document = json.loads(example) if isinstance(example, str) else example
            accepted = validator(cls.__name__, strict).is_valid(document)
            taken = read(cls, example, strict) is not None
            expected = (not takes_more, takes_more) if strict in readings else (taken, taken)
            assert (accepted, taken) == expected, example
