"""The differences between our types and the published schemas, each with its reason.

The tests apply the patches before they compare, and require each example to be a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tests.published.schemas import Patch, Schema

# The type accepts more, even strictly; or less, even if not strict; or `to_dict` changes it.
Kind = Literal["more", "less", "writes"]


@dataclass(frozen=True)
class Difference:
    schema: str
    kind: Kind
    reason: str
    example: dict[str, Any]
    """A document about which the published schema and the type disagree."""
    patch: Patch | None
    """Makes the schema agree with the type; None where no schema can."""


def edit(path: str, change: Callable[[Any], Any]) -> Patch:
    """Return a patch that replaces the value at a path by what the function makes of it."""

    def patch(schemas: dict[str, Schema]) -> None:
        *before, last = path.split(".")
        place: Any = schemas
        for step in before:
            place = place[step]
        place[last] = change(place.get(last))

    return patch


def optional(name: str, field: str) -> Patch:
    return edit(f"{name}.required", lambda names: [one for one in names if one != field])


def also(name: str, field: str, other: Schema) -> Patch:
    return edit(f"{name}.properties.{field}", lambda schema: {"anyOf": [schema, other]})


def extended(name: str, field: str, schema: Schema) -> Patch:
    return edit(f"{name}.properties.{field}", lambda _: schema)


def chunk_type(tag: str, chunk: Schema, union: str = "ContentChunk") -> Patch:
    def add(schema: Schema) -> Schema:
        schema["discriminator"]["mapping"][tag] = chunk
        return {**schema, "oneOf": [*schema["oneOf"], chunk]}

    return edit(union, add)


def one_more(path: str, member: str) -> Patch:
    return edit(f"{path}.enum", lambda members: [*members, member])


def an_object(fields: Schema, *required: str) -> Schema:
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


def tagged(tag: str, **fields: Schema) -> Schema:
    return an_object({"type": {"const": tag, "default": tag}, **fields}, *fields)


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}

_URL: Schema = {"anyOf": [STRING, an_object({"url": STRING}, "url")]}
_RESOURCE: Schema = {"anyOf": [_reference("TextChunk"), _reference("ImageURLChunk")]}
_RAW_AUDIO = an_object({"data": STRING, "format": STRING}, "data", "format")

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
_DELTA = {"index": 0, "delta": {"content": "Hi"}}
_REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


def more(schema: str, reason: str, example: dict[str, Any], patch: Patch | None) -> Difference:
    return Difference(schema, "more", reason, example, patch)


def less(schema: str, reason: str, example: dict[str, Any], patch: Patch | None) -> Difference:
    return Difference(schema, "less", reason, example, patch)


def _parameter(field: str, schema: Schema, value: object) -> Difference:
    return more(
        "ChatCompletionRequest",
        f"SDK 3.7.0 sends {field}",
        {**_REQUEST, field: value},
        extended("ChatCompletionRequest", field, or_null(schema)),
    )


def _cached_tokens(field: str, schema: Schema, value: object) -> Difference:
    reason = "recorded answers count cached tokens here"
    return more("UsageInfo", reason, {**_USAGE, field: value}, extended("UsageInfo", field, schema))


def _no_other_fields(name: str) -> Difference:
    reason = "a type that the user sends refuses an unknown field: it is a misspelt one"
    patch = edit(f"{name}.additionalProperties", lambda _: False)
    return less(name, reason, {"blokc": True}, patch)


def _not_empty(field: str, empty: object, **least: int) -> Difference:
    def patch(schemas: dict[str, Schema]) -> None:
        schema = schemas["ChatCompletionRequest"]["properties"][field]
        schema.get("anyOf", [schema])[0].update(least)

    reason = f"the API refuses a request whose {field} is empty"
    return less("ChatCompletionRequest", reason, {**_REQUEST, field: empty}, patch)


def _chunk(reason: str, chunk: dict[str, Any], schema: Schema) -> Difference:
    message = {"role": "user", "content": [chunk]}
    return more("UserMessage", reason, message, chunk_type(chunk["type"], schema))


DIFFERENCES: tuple[Difference, ...] = (
    # -- recorded answers
    more(
        "ChatCompletionResponse",
        "no recorded answer has `data`",
        {"id": "1", "object": "o", "created": 1, "model": "m", "usage": _USAGE, "choices": []},
        optional("ChatCompletionResponse", "data"),
    ),
    _cached_tokens("prompt_tokens_details", an_object({"cached_tokens": INTEGER}), {}),
    _cached_tokens("num_cached_tokens", INTEGER, 1),
    # -- mistral_common and the SDK
    more(
        "ChatCompletionChoice",
        "mistral_common leaves `finish_reason` out while an answer goes on",
        {"index": 0, "message": {"content": "Hi"}},
        optional("ChatCompletionChoice", "finish_reason"),
    ),
    more(
        "CompletionResponseStreamChoice",
        "mistral_common leaves `finish_reason` out while an answer goes on",
        _DELTA,
        optional("CompletionResponseStreamChoice", "finish_reason"),
    ),
    more(
        "CompletionResponseStreamChoice",
        "a stream ends for the same reasons as a whole answer",
        {**_DELTA, "finish_reason": "model_length"},
        one_more("CompletionResponseStreamChoice.properties.finish_reason", "model_length"),
    ),
    more(
        "ChatCompletionRequest",
        "SDK 3.7.0 sends the effort `max`",
        {**_REQUEST, "reasoning_effort": "max"},
        one_more("ReasoningEffort", "max"),
    ),
    _parameter("min_tokens", INTEGER, 1),
    _parameter("repetition_penalty", NUMBER, 1.5),
    _parameter("top_k", INTEGER, 1),
    _parameter("logprobs", BOOLEAN, True),
    _parameter("top_logprobs", INTEGER, 1),
    _parameter("prompt_logprobs", BOOLEAN, True),
    _parameter("top_prompt_logprobs", INTEGER, 1),
    more(
        "AudioChunk",
        "mistral_common's RawAudio",
        {"input_audio": {"data": "UklGRg==", "format": "wav"}},
        also("AudioChunk", "input_audio", _RAW_AUDIO),
    ),
    more(
        "ThinkChunk",
        "mistral_common's thinking is a string",
        {"thinking": "Hm."},
        also("ThinkChunk", "thinking", STRING),
    ),
    _chunk(
        "mistral_common's ImageChunk",
        {"type": "image", "image": "iVBORw0KGgo="},
        tagged("image", image=STRING),
    ),
    _chunk(
        "mistral_common's AudioURLChunk",
        {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}},
        tagged("audio_url", audio_url=_URL),
    ),
    more(
        "SystemMessage",
        "mistral_common's system messages may hold audio",
        {"role": "system", "content": [{"type": "input_audio", "input_audio": "UklGRg=="}]},
        chunk_type("input_audio", _reference("AudioChunk"), "SystemMessageContentChunks"),
    ),
    _chunk(
        "a tool reference may stand in a content as in a ThinkChunk",
        {"type": "tool_reference", "tool": "web_search", "title": "News"},
        _reference("ToolReferenceChunk"),
    ),
    _chunk(
        "SDK 3.7.0 has resources",
        {"type": "resource", "uri": "file:///a", "content": {"type": "text", "text": "a"}},
        tagged("resource", uri=STRING, content=_RESOURCE),
    ),
    _chunk(
        "SDK 3.7.0 has links to resources",
        {"type": "resource_link", "uri": "file:///a"},
        tagged("resource_link", uri=STRING),
    ),
    more(
        "JsonSchema",
        "the SDK's name of the schema is read as well",
        {"name": "s", "schema_definition": {}},
        None,
    ),
    # -- the API beyond its schema
    _not_empty("model", "", minLength=1),
    _not_empty("messages", [], minItems=1),
    _not_empty("tools", [], minItems=1),
    # -- unknown fields
    _no_other_fields("GuardrailConfig"),
    _no_other_fields("ModerationLLMV1CategoryThresholds"),
    _no_other_fields("ModerationLLMV1Config"),
    _no_other_fields("ModerationLLMV2CategoryThresholds"),
    _no_other_fields("ModerationLLMV2Config"),
    # -- writing
    Difference(
        "FunctionCall",
        "writes",
        "arguments are kept as the JSON string that a model writes",
        {"name": "now", "arguments": {"zone": "UTC"}},
        edit("FunctionCall.properties.arguments.x-json-text", lambda _: True),
    ),
    # -- Python's limits
    less(
        "Function",
        "free JSON goes 200 levels deep, which `json` and `copy` can handle",
        {"name": "f", "parameters": _nested(200)},
        None,
    ),
    less(
        "UsageInfo",
        "Python does not print an integer of more than 4,300 digits",
        {**_USAGE, "total_tokens": 10**4300},
        None,
    ),
)

ALL_PATCHES = [each.patch for each in DIFFERENCES if each.patch]
# The schemas that our types accept, at least.
READ_PATCHES = [each.patch for each in DIFFERENCES if each.patch and each.kind != "more"]
