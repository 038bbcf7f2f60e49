"""Our types against the fields, types and bounds of OpenAI's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import openai
from mistral_proto.checks import (
    STRICT,
    Boolean,
    Check,
    Constant,
    Integer,
    ListOf,
    MapOf,
    Number,
    ObjectOf,
    OneOf,
    String,
    TaggedUnion,
)
from mistral_proto.openai import chat_completion, chat_completion_chunk
from mistral_proto.wire import WireType
from tests.recorded.shared_folder import missing_reason, shared_folder

Schema = dict[str, Any]

# The fields of other servers.
ADDED = {"ChatCompletionMessage": ("reasoning_content", "reasoning")}
ADDED["ChoiceDelta"] = ADDED["ChatCompletionMessage"]


def schemas() -> Iterator[tuple[str, str, Schema]]:
    """Yield each object schema with the module of its type and its name."""
    folder = shared_folder()
    if folder is None:
        return
    file = folder / "wire" / "openai-3.51.0-chat-completion.schema.json"
    homes = {"ChatCompletion": "chat_completion", "ChatCompletionChunk": "chat_completion_chunk"}
    for root, schema in json.loads(file.read_text("utf-8")).items():
        yield homes[root], root, schema
        for name, definition in schema["$defs"].items():
            yield homes[root], name, definition


def merged(text: str) -> str:
    """Return the text with one name for the moderations of prompts and of answers."""
    return text.replace("ModerationOutput", "ModerationInput")


SCHEMAS = list(schemas())
needs_schemas = pytest.mark.skipif(not SCHEMAS, reason=missing_reason())


def our(home: str, name: str) -> type[WireType]:
    module = chat_completion if home == "chat_completion" else chat_completion_chunk
    cls: type[WireType] = getattr(module, name, None) or getattr(openai, name)
    return cls


def schema_of(check: Check) -> Any:
    """Return the schema of a check in strict reading, with references to types by name."""
    if isinstance(check, OneOf):
        members = [*check.members]
        return {"enum": members, "type": "string"} if len(members) > 1 else _constant(members[0])
    if isinstance(check, Constant):
        return _constant(check.value)
    if isinstance(check, ListOf):
        return {"items": schema_of(check.item), "type": "array"}
    if isinstance(check, MapOf):
        return {"additionalProperties": schema_of(check.item), "type": "object"}
    if isinstance(check, ObjectOf):
        return {"$ref": f"#/$defs/{check.cls.__name__}"}
    if isinstance(check, TaggedUnion):
        return {"anyOf": [schema_of(one) for one in check.members.values()]}
    if isinstance(check, Number):
        assert check.bounds == {}
    names = {String: "string", Integer: "integer", Number: "number", Boolean: "boolean"}
    return {"type": names[type(check)]}


def _constant(value: str) -> Schema:
    return {"const": value, "type": "string"}


@needs_schemas
def test_a_type_has_openais_fields_and_types() -> None:
    for home, name, schema in SCHEMAS:
        cls = our(home, name)
        assert cls.__name__ == merged(name)
        added = ADDED.get(name, ())
        assert [*cls._specs] == [*schema["properties"], *added]
        assert schema["additionalProperties"] is True
        assert cls._open
        for field, expected in schema["properties"].items():
            spec = cls._specs[field]
            inner = schema_of(spec.check)
            nullable = {"anyOf": [inner, {"type": "null"}], "default": None}
            if "anyOf" in inner:
                nullable["anyOf"] = [*inner["anyOf"], {"type": "null"}]
            expected = json.loads(merged(json.dumps(expected)))
            assert (nullable if spec.nullable else inner) == expected, field
            assert spec.required is (field in schema.get("required", ())), field
        for field in added:
            spec = cls._specs[field]
            assert (spec.required, spec.nullable, spec.default) == (False, True, None)
            assert spec.check.read("a", STRICT) == "a"


@needs_schemas
def test_there_is_a_type_for_every_schema() -> None:
    reached = {our(home, name) for home, name, _ in SCHEMAS}
    public = {getattr(openai, name) for name in openai.__all__} | {chat_completion_chunk.Choice}
    types = {value for value in public if isinstance(value, type) and issubclass(value, WireType)}
    assert types - reached == {openai.UnknownModeration, openai.UnknownToolCall}
    assert len({cls.__name__ for cls in reached}) == len(reached) - 1, "two are called Choice"
