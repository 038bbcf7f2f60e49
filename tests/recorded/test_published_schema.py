"""Our types against the published OpenAPI schemas: fields, nulls, defaults, enumerations."""

from __future__ import annotations

import json
from typing import Any

import pytest

import mistral_proto
from mistral_proto import ValidationError
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS
from tests.recorded.shared_folder import missing_reason, shared_folder

# Where our name is another one, as `mistralai` or mistral_common has it.
OUR_NAMES = {
    "ChatCompletionChoice": "ChatCompletionResponseChoice",
    "CompletionChunk": "ChatCompletionStreamResponse",
    "CompletionResponseStreamChoice": "ChatCompletionResponseStreamChoice",
    "HTTPValidationError": "HTTPValidationErrorData",
    "ToolChoice": "NamedToolChoice",
    "ValidationError": "HTTPValidationErrorDetail",
}

# The parts of ChatCompletionResponse; test_response.py has what that requires.
PARTS = {"ResponseBase"}

# What differs on purpose: a member that mistral_common knows, and defaults of our own
# where nothing is published.
MEMBERS_BEYOND = {"ReasoningEffort": {"max"}}
DEFAULTS_BEYOND = {"CompletionChunk": {"object", "created"}, "HTTPValidationError": {"detail"}}


def schemas() -> dict[str, dict[str, Any]]:
    folder = shared_folder()
    if folder is None:
        return {}
    text = (folder / "wire" / "openapi-chat.json").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["components"]["schemas"]
    return found


SCHEMAS = schemas()


def ours(name: str) -> Any:
    return getattr(mistral_proto, OUR_NAMES.get(name, name))


def parameters(names: list[Any]) -> list[Any]:
    skip = pytest.mark.skip(reason=missing_reason())
    return names or [pytest.param("", id="no schemas", marks=skip)]


OBJECTS = parameters(
    [name for name, schema in SCHEMAS.items() if "properties" in schema and name not in PARTS]
)
ENUMS = parameters([name for name, schema in SCHEMAS.items() if "enum" in schema])


def allows_null(schema: dict[str, Any]) -> bool:
    if not schema.keys() & {"$ref", "anyOf", "const", "enum", "type"}:
        return True  # it allows anything
    kinds = schema.get("type", [])
    return "null" in ([kinds] if isinstance(kinds, str) else kinds) or any(
        map(allows_null, schema.get("anyOf", []))
    )


def accepts(cls: type[WireType], document: dict[str, Any]) -> bool:
    try:
        cls.from_dict(document, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", OBJECTS)
def test_strict_reading_requires_what_is_published_as_required(name: str) -> None:
    schema, cls = SCHEMAS[name], ours(name)
    whole = DOCUMENTS[cls]

    assert schema["properties"].keys() <= whole.keys()
    required = {
        field
        for field in whole
        if not accepts(cls, {key: item for key, item in whole.items() if key != field})
    }
    assert required == set(schema.get("required", [])) - {"finish_reason"}


@pytest.mark.parametrize("name", OBJECTS)
def test_strict_reading_takes_null_where_that_is_published(name: str) -> None:
    cls = ours(name)
    for field, schema in SCHEMAS[name]["properties"].items():
        assert accepts(cls, {**DOCUMENTS[cls], field: None}) is allows_null(schema), field


@pytest.mark.parametrize("name", OBJECTS)
def test_a_default_that_is_written_is_the_published_one(name: str) -> None:
    cls, schema = ours(name), SCHEMAS[name]
    required = {key: DOCUMENTS[cls][key] for key in schema.get("required", [])}
    written = cls.from_dict(required).to_dict()

    for field in written.keys() - required.keys() - DEFAULTS_BEYOND.get(name, set()):
        assert written[field] == schema["properties"][field].get("default"), field


@pytest.mark.parametrize("name", ENUMS)
def test_an_enumeration_has_the_published_members(name: str) -> None:
    assert set(ours(name)) == {*SCHEMAS[name]["enum"], *MEMBERS_BEYOND.get(name, ())}
