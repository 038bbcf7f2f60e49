"""A type's own JSON Schema and its `from_dict` have the same verdict on every document."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator

import mistral_proto as m
from mistral_proto.cli.schema import wire_types
from mistral_proto.errors import ValidationError
from mistral_proto.schema import json_schema, mistral_chat_completion
from mistral_proto.wire import OpenWireType, WireType, dump
from tests.fields.wire_samples import DOCUMENTS
from tests.published.json_schemas import generable
from tests.published.strategies import UNKNOWN_KEYS, VALUES, changed, documents, removed, replaced

TYPES = wire_types()

each_type = pytest.mark.parametrize("name", sorted(TYPES))
each_reading = pytest.mark.parametrize("strict", [False, True], ids=["plain", "strict"])


@dataclass(frozen=True)
class Difference:
    """What reading does that no JSON Schema says, or that it had better not say."""

    cls: type[WireType]
    kind: Literal["more", "less"]
    """Whether `from_dict` takes more documents than the schema, or fewer."""
    reason: str
    example: dict[str, Any] | str
    """A document, or its text."""
    readings: tuple[bool, ...] = (False, True)
    """Where they differ: in plain reading, in strict reading."""


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


_SAID = {"role": "user", "content": "Hi"}

DIFFERENCES = (
    Difference(
        m.Function,
        "less",
        "a schema can't count levels: free JSON goes 200 deep",
        {"name": "f", "parameters": _nested(200)},
    ),
    Difference(
        m.UsageInfo,
        "less",
        "a bound would say it, in 4,300 digits that hardly any reader of schemas can parse",
        {"prompt_tokens": 10**4300, "completion_tokens": 1, "total_tokens": 1},
    ),
    Difference(
        m.EnumBuilder,
        "less",
        "what several fields must be together is a rule in code",
        {"accepts_none": False, "default": "high", "values": ["high"]},
    ),
    Difference(
        m.InstructRequest,
        "more",
        "a member of a union may come without its tag; which one it is, the names of all its "
        "fields tell, and a schema that says so is longer than the rest of it",
        {"messages": [{"content": "Hi", "prefix": True}]},
    ),
    Difference(
        m.UsageInfo,
        "more",
        "what a server sends in a field, and is not of its type, is kept aside; a schema that "
        "says so would say nothing of the type",
        {"total_tokens": "many"},
        readings=(False,),
    ),
    Difference(
        m.ChatCompletionRequest,
        "more",
        "fields for the caller's side are read back, and are not on the wire",
        {"messages": [_SAID], "truncate_for_context_length": True},
        readings=(False,),
    ),
    Difference(
        m.TextChunk,
        "less",
        "that a key comes twice is to be seen in the text only",
        '{"type": "text", "text": "a", "text": "b"}',
        readings=(True,),
    ),
)


# Types with such a rule: what they take the schema accepts, and not the other way round.
RULED = {"EnumBuilder", "ModelSettingsBuilder"}


@functools.cache
def validator(name: str, strict: bool) -> Draft202012Validator:
    return Draft202012Validator(json_schema(TYPES[name], strict=strict))


@functools.cache
def valid_documents(name: str, strict: bool) -> SearchStrategy[Any]:
    return documents(generable(json_schema(TYPES[name], strict=strict)))


def read(cls: type[WireType], document: Any, strict: bool) -> WireType | None:
    try:
        return cls.from_dict(document, strict=strict)
    except ValidationError:
        return None


def check(name: str, document: Any, strict: bool) -> None:
    """The two verdicts are the same, but for members of unions without a tag, and values aside."""
    value = read(TYPES[name], document, strict)
    accepted = validator(name, strict).is_valid(document)
    if value is not None and not accepted:
        document = as_read(document, value)
        accepted = validator(name, strict).is_valid(document)
    if name in RULED and value is None:
        return
    assert accepted is (value is not None), document


def as_read(document: Any, value: Any) -> Any:
    """The document without the values that were not of their fields' types, and with all tags."""
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


@each_reading
@each_type
def test_the_schema_is_one(name: str, strict: bool) -> None:
    Draft202012Validator.check_schema(json_schema(TYPES[name], strict=strict))


def test_the_published_schema_is_one() -> None:
    Draft202012Validator.check_schema(mistral_chat_completion())


@each_reading
@pytest.mark.parametrize("name", [name for name, cls in TYPES.items() if cls in DOCUMENTS])
def test_documents_with_every_field(name: str, strict: bool) -> None:
    assert validator(name, strict).is_valid(DOCUMENTS[TYPES[name]])


@each_reading
@each_type
@settings(max_examples=15)
@given(data=st.data())
def test_what_the_schema_accepts_is_read(name: str, strict: bool, data: st.DataObject) -> None:
    document = data.draw(valid_documents(name, strict))
    assert validator(name, strict).is_valid(document), "the generator made no valid document"
    value = read(TYPES[name], document, strict)
    if name in RULED and value is None:
        return
    assert value is not None
    # What is written without being sent is read again, and so it is valid itself.
    assert validator(name, strict).is_valid(dump(value, for_api=False))


@each_reading
@each_type
@settings(max_examples=15)
@given(data=st.data())
def test_a_change_anywhere(name: str, strict: bool, data: st.DataObject) -> None:
    document = data.draw(valid_documents(name, strict))
    check(name, data.draw(changed(document)).document, strict)


@each_reading
@each_type
def test_every_value_in_every_field(name: str, strict: bool) -> None:
    document = smallest(name, strict)
    specs = TYPES[name]._specs
    for field in [*(name for name, spec in specs.items() if not spec.local), *UNKNOWN_KEYS]:
        for value in VALUES:
            check(name, replaced(document, (field,), value).document, strict)
    for field in document:
        check(name, removed(document, (field,)).document, strict)


@pytest.mark.parametrize("document", [None, True, 1, 1.5, "{}", [], [{}]], ids=repr)
@each_type
def test_a_document_is_an_object(name: str, document: Any) -> None:
    assert not validator(name, False).is_valid(document)
    assert read(TYPES[name], document, False) is None


def smallest(name: str, strict: bool) -> dict[str, Any]:
    """A sample with the required fields alone, and with empty lists where they will do."""
    required: Any = json_schema(TYPES[name], strict=strict).get("required", [])
    sample = DOCUMENTS.get(TYPES[name], {})
    document = {field: sample[field] for field in required if field in sample}
    for field in document:
        shorter = {**document, field: []}
        if validator(name, strict).is_valid(shorter):
            document = shorter
    return document


@each_reading
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.cls.__name__)
def test_the_schema_and_the_type_disagree(difference: Difference, strict: bool) -> None:
    cls, example = difference.cls, difference.example
    document = json.loads(example) if isinstance(example, str) else example
    accepted = validator(cls.__name__, strict).is_valid(document)
    try:
        if isinstance(example, str):
            cls.from_json(example, strict=strict)
        else:
            cls.from_dict(example, strict=strict)
        taken = True
    except ValidationError:
        taken = False
    if strict in difference.readings:
        assert (accepted, taken) == (difference.kind == "less", difference.kind == "more")
    else:
        assert accepted is taken
