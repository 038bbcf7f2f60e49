"""Where our types differ from the published schemas, each difference with its reason.

This is the only such list.  The tests apply it to the schemas before they
compare, and hold every entry to its example: where the schema and the type do
not disagree about it, the entry has no place here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tests.published.schemas import Patch, Schema

# The type takes more, also in strict mode; or less, also when it is not strict;
# or `to_dict` writes other than what was read.
Kind = Literal["more", "less", "writes"]


@dataclass(frozen=True)
class Difference:
    schema: str
    kind: Kind
    reason: str
    example: dict[str, Any]
    """A document about which the published schema and the type disagree."""
    patch: Patch | None
    """Makes the schema say what the type does; None where no schema can say it."""


def optional(name: str, field: str) -> Patch:
    def patch(schemas: dict[str, Schema]) -> None:
        required = schemas[name]["required"]
        schemas[name]["required"] = [each for each in required if each != field]

    return patch


def also(name: str, field: str, *others: Schema) -> Patch:
    def patch(schemas: dict[str, Schema]) -> None:
        fields = schemas[name]["properties"]
        fields[field] = {"anyOf": [fields[field], *others]}

    return patch


def extended(name: str, **fields: Schema) -> Patch:
    return lambda schemas: schemas[name]["properties"].update(fields)


def closed(name: str) -> Patch:
    return lambda schemas: schemas[name].update(additionalProperties=False)


def chunk_type(tag: str, chunk: Schema, union: str = "ContentChunk") -> Patch:
    def patch(schemas: dict[str, Schema]) -> None:
        schemas[union]["oneOf"].append(chunk)
        schemas[union]["discriminator"]["mapping"][tag] = chunk

    return patch


def more_members(where: str, *members: str) -> Patch:
    name, _, field = where.partition(".")

    def patch(schemas: dict[str, Schema]) -> None:
        enum = schemas[name]["properties"][field] if field else schemas[name]
        enum["enum"].extend(members)

    return patch


def marked(name: str, field: str, **marks: Any) -> Patch:
    return lambda schemas: schemas[name]["properties"][field].update(marks)


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


STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}

_URL: Schema = {"anyOf": [STRING, an_object({"url": STRING}, "url")]}
_RESOURCE: Schema = {
    "anyOf": [{"$ref": f"#/components/schemas/{c}"} for c in ("TextChunk", "ImageURLChunk")]
}
_RAW_AUDIO = an_object({"data": STRING, "format": STRING}, "data", "format")

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
_DELTA = {"index": 0, "delta": {"content": "Hi"}}
_REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


def _with(example: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {**example, **fields}


def _parameter(field: str, schema: Schema, value: object) -> Difference:
    return Difference(
        "ChatCompletionRequest",
        "more",
        f"SDK 3.7.0 sends {field}",
        _with(_REQUEST, **{field: value}),
        extended("ChatCompletionRequest", **{field: or_null(schema)}),
    )


def _cached_tokens(field: str, schema: Schema, value: object) -> Difference:
    reason = "recorded answers count cached tokens here"
    example = _with(_USAGE, **{field: value})
    patch = extended("UsageInfo", **{field: schema})
    return Difference("UsageInfo", "more", reason, example, patch)


def _no_other_fields(name: str) -> Difference:
    reason = "a type that the user sends refuses an unknown field: it is a misspelt one"
    return Difference(name, "less", reason, {"blokc": True}, closed(name))


def _not_empty(field: str, empty: object, **least: int) -> Difference:
    def patch(schemas: dict[str, Schema]) -> None:
        schema = schemas["ChatCompletionRequest"]["properties"][field]
        schema.get("anyOf", [schema])[0].update(least)

    reason = f"the API refuses a request whose {field} is empty"
    example = _with(_REQUEST, **{field: empty})
    return Difference("ChatCompletionRequest", "less", reason, example, patch)


def _user_content(chunk: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [chunk]}


DIFFERENCES: tuple[Difference, ...] = (
    # -- forced by the recorded traffic
    Difference(
        "ChatCompletionResponse",
        "more",
        "no recorded answer has `data`",
        {"id": "1", "object": "o", "created": 1, "model": "m", "usage": _USAGE, "choices": []},
        optional("ChatCompletionResponse", "data"),
    ),
    _cached_tokens("prompt_tokens_details", an_object({"cached_tokens": INTEGER}), {}),
    _cached_tokens("num_cached_tokens", INTEGER, 1),
    # -- what the peers read and send
    Difference(
        "ChatCompletionChoice",
        "more",
        "mistral_common leaves `finish_reason` out while an answer goes on",
        {"index": 0, "message": {"content": "Hi"}},
        optional("ChatCompletionChoice", "finish_reason"),
    ),
    Difference(
        "CompletionResponseStreamChoice",
        "more",
        "mistral_common leaves `finish_reason` out while an answer goes on",
        _DELTA,
        optional("CompletionResponseStreamChoice", "finish_reason"),
    ),
    Difference(
        "CompletionResponseStreamChoice",
        "more",
        "a stream ends for the same reasons as a whole answer",
        _with(_DELTA, finish_reason="model_length"),
        more_members("CompletionResponseStreamChoice.finish_reason", "model_length"),
    ),
    Difference(
        "ChatCompletionRequest",
        "more",
        "SDK 3.7.0 sends the effort `max`",
        _with(_REQUEST, reasoning_effort="max"),
        more_members("ReasoningEffort", "max"),
    ),
    _parameter("min_tokens", INTEGER, 1),
    _parameter("repetition_penalty", NUMBER, 1.5),
    _parameter("top_k", INTEGER, 1),
    _parameter("logprobs", BOOLEAN, True),
    _parameter("top_logprobs", INTEGER, 1),
    _parameter("prompt_logprobs", BOOLEAN, True),
    _parameter("top_prompt_logprobs", INTEGER, 1),
    Difference(
        "AudioChunk",
        "more",
        "mistral_common's RawAudio",
        {"input_audio": {"data": "UklGRg==", "format": "wav"}},
        also("AudioChunk", "input_audio", _RAW_AUDIO),
    ),
    Difference(
        "ThinkChunk",
        "more",
        "mistral_common's thinking is a string",
        {"thinking": "Hm."},
        also("ThinkChunk", "thinking", STRING),
    ),
    Difference(
        "UserMessage",
        "more",
        "mistral_common's ImageChunk",
        _user_content({"type": "image", "image": "iVBORw0KGgo="}),
        chunk_type("image", tagged("image", image=STRING)),
    ),
    Difference(
        "UserMessage",
        "more",
        "mistral_common's AudioURLChunk",
        _user_content({"type": "audio_url", "audio_url": {"url": "https://example.com/a"}}),
        chunk_type("audio_url", tagged("audio_url", audio_url=_URL)),
    ),
    Difference(
        "SystemMessage",
        "more",
        "mistral_common's system messages may hold audio",
        {
            "role": "system",
            "content": [{"type": "input_audio", "input_audio": "UklGRg=="}],
        },
        chunk_type(
            "input_audio",
            {"$ref": "#/components/schemas/AudioChunk"},
            "SystemMessageContentChunks",
        ),
    ),
    Difference(
        "UserMessage",
        "more",
        "a tool reference that stands in a ThinkChunk may stand in a content, too",
        _user_content({"type": "tool_reference", "tool": "web_search", "title": "News"}),
        chunk_type("tool_reference", {"$ref": "#/components/schemas/ToolReferenceChunk"}),
    ),
    Difference(
        "UserMessage",
        "more",
        "SDK 3.7.0 has resources",
        _user_content(
            {"type": "resource", "uri": "file:///a", "content": {"type": "text", "text": "a"}}
        ),
        chunk_type("resource", tagged("resource", uri=STRING, content=_RESOURCE)),
    ),
    Difference(
        "UserMessage",
        "more",
        "SDK 3.7.0 has links to resources",
        _user_content({"type": "resource_link", "uri": "file:///a"}),
        chunk_type("resource_link", tagged("resource_link", uri=STRING)),
    ),
    Difference(
        "JsonSchema",
        "more",
        "the SDK's name of the schema is read, too",
        {"name": "s", "schema_definition": {}},
        None,
    ),
    # -- what the schema does not say, and the API does
    _not_empty("model", "", minLength=1),
    _not_empty("messages", [], minItems=1),
    _not_empty("tools", [], minItems=1),
    # -- unknown fields
    _no_other_fields("GuardrailConfig"),
    _no_other_fields("ModerationLLMV1CategoryThresholds"),
    _no_other_fields("ModerationLLMV1Config"),
    _no_other_fields("ModerationLLMV2CategoryThresholds"),
    _no_other_fields("ModerationLLMV2Config"),
    # -- what is written is not just what was read
    Difference(
        "FunctionCall",
        "writes",
        "arguments are kept as the JSON string that a model writes",
        {"name": "now", "arguments": {"zone": "UTC"}},
        marked("FunctionCall", "arguments", **{"x-json-text": True}),
    ),
    # -- limits of Python's own; generated documents stay clear of them
    Difference(
        "Function",
        "less",
        "free JSON goes 200 levels deep, which `json` and `copy` can handle",
        {"name": "f", "parameters": _nested(200)},
        None,
    ),
    Difference(
        "UsageInfo",
        "less",
        "Python does not print an integer of more than 4,300 digits",
        _with(_USAGE, total_tokens=10**4300),
        None,
    ),
)

ALL_PATCHES = [each.patch for each in DIFFERENCES if each.patch]
# What the published schemas accept and our types are to accept.
READ_PATCHES = [each.patch for each in DIFFERENCES if each.patch and each.kind != "more"]
