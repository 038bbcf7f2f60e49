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
    kind: Kind
    schema: str
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


def _optional(name: str, field: str) -> Patch:
    return edit(f"{name}.required", lambda names: [one for one in names if one != field])


def _also(name: str, field: str, other: Schema) -> Patch:
    return edit(f"{name}.properties.{field}", lambda schema: {"anyOf": [schema, other]})


def _with_field(name: str, field: str, schema: Schema) -> Patch:
    return edit(f"{name}.properties.{field}", lambda _: schema)


def _one_more(path: str, member: str) -> Patch:
    return edit(f"{path}.enum", lambda members: [*members, member])


def _chunk_type(tag: str, chunk: Schema, union: str = "ContentChunk") -> Patch:
    def add(schema: Schema) -> Schema:
        schema["discriminator"]["mapping"][tag] = chunk
        return {**schema, "oneOf": [*schema["oneOf"], chunk]}

    return edit(union, add)


def _object(**fields: Schema) -> Schema:
    closed = {"type": "object", "additionalProperties": False}
    required = [name for name, field in fields.items() if "default" not in field]
    return {**closed, "properties": fields, "required": required}


def _tagged(tag: str, **fields: Schema) -> Schema:
    return _object(type={"const": tag, "default": tag}, **fields)


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
_URL: Schema = {"anyOf": [STRING, _object(url=STRING)]}
_RESOURCE: Schema = {"anyOf": [_reference("TextChunk"), _reference("ImageURLChunk")]}

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
_DELTA = {"index": 0, "delta": {"content": "Hi"}}
_REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

# Fields that the schema does not have.
_ADDED: list[tuple[str, str, str, dict[str, Any], Schema, object]] = [
    *(
        ("UsageInfo", name, "recorded answers count cached tokens here", _USAGE, schema, value)
        for name, schema, value in [
            ("prompt_tokens_details", _object(cached_tokens={**INTEGER, "default": None}), {}),
            ("num_cached_tokens", INTEGER, 1),
        ]
    ),
    *(
        ("ChatCompletionRequest", name, f"SDK 3.7.0 sends {name}", _REQUEST, schema, value)
        for name, plain, value in [
            ("min_tokens", INTEGER, 1),
            ("repetition_penalty", NUMBER, 1.5),
            ("top_k", INTEGER, 1),
            ("logprobs", BOOLEAN, True),
            ("top_logprobs", INTEGER, 1),
            ("prompt_logprobs", BOOLEAN, True),
            ("top_prompt_logprobs", INTEGER, 1),
        ]
        for schema in [{"anyOf": [plain, {"type": "null"}]}]
    ),
]
# Chunks that the schema does not have.
_CHUNKS: list[tuple[str, dict[str, Any], Schema]] = [
    ("mistral_common's ImageChunk", {"type": "image", "image": "iVBORw0KGgo="}, _tagged("image", image=STRING)),
    ("mistral_common's AudioURLChunk", {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}}, _tagged("audio_url", audio_url=_URL)),
    (
        "a message may hold a tool reference, as a ThinkChunk does",
        {"type": "tool_reference", "tool": "web_search", "title": "News"},
        _reference("ToolReferenceChunk"),
    ),
    (
        "SDK 3.7.0 has resources",
        {"type": "resource", "uri": "file:///a", "content": {"type": "text", "text": "a"}},
        _tagged("resource", uri=STRING, content=_RESOURCE),
    ),
    ("SDK 3.7.0 has links to resources", {"type": "resource_link", "uri": "file:///a"}, _tagged("resource_link", uri=STRING)),
]  # fmt: skip
# What the type accepts beside the schema: the schema, the reason, an example, and the patch.
_MORE: list[tuple[str, str, dict[str, Any], Patch | None]] = [
    *(
        (schema, reason, {**example, name: value}, _with_field(schema, name, field))
        for schema, name, reason, example, field, value in _ADDED
    ),
    *(
        ("UserMessage", reason, {"role": "user", "content": [chunk]}, _chunk_type(chunk["type"], schema))
        for reason, chunk, schema in _CHUNKS
    ),
    (
        "ChatCompletionResponse",
        "no recorded answer has `data`",
        {"id": "1", "object": "o", "created": 1, "model": "m", "usage": _USAGE, "choices": []},
        _optional("ChatCompletionResponse", "data"),
    ),
    *(
        (name, "mistral_common leaves `finish_reason` out while an answer goes on", example, _optional(name, "finish_reason"))
        for name, example in [
            ("ChatCompletionChoice", {"index": 0, "message": {"content": "Hi"}}),
            ("CompletionResponseStreamChoice", _DELTA),
        ]
    ),
    (
        "CompletionResponseStreamChoice",
        "a stream ends for the same reasons as a whole answer",
        {**_DELTA, "finish_reason": "model_length"},
        _one_more("CompletionResponseStreamChoice.properties.finish_reason", "model_length"),
    ),
    ("ChatCompletionRequest", "SDK 3.7.0 sends the effort `max`", {**_REQUEST, "reasoning_effort": "max"}, _one_more("ReasoningEffort", "max")),
    (
        "AudioChunk",
        "mistral_common's RawAudio",
        {"input_audio": {"data": "UklGRg==", "format": "wav"}},
        _also("AudioChunk", "input_audio", _object(data=STRING, format=STRING)),
    ),
    ("ThinkChunk", "mistral_common's thinking is a string", {"thinking": "Hm."}, _also("ThinkChunk", "thinking", STRING)),
    (
        "SystemMessage",
        "mistral_common's system messages may hold audio",
        {"role": "system", "content": [{"type": "input_audio", "input_audio": "UklGRg=="}]},
        _chunk_type("input_audio", _reference("AudioChunk"), "SystemMessageContentChunks"),
    ),
    ("JsonSchema", "the SDK's name of the schema is read as well", {"name": "s", "schema_definition": {}}, None),
]  # fmt: skip


def _least(field: str, **bound: int) -> Patch:
    def patch(schemas: dict[str, Schema]) -> None:
        schema = schemas["ChatCompletionRequest"]["properties"][field]
        schema.get("anyOf", [schema])[0].update(bound)

    return patch


# What the type refuses although the schema accepts it.
_LESS: list[tuple[str, str, dict[str, Any], Patch | None]] = [
    *(
        ("ChatCompletionRequest", f"the API refuses an empty {name}", {**_REQUEST, name: empty}, patch)
        for name, empty, patch in [
            ("model", "", _least("model", minLength=1)),
            ("messages", [], _least("messages", minItems=1)),
            ("tools", [], _least("tools", minItems=1)),
        ]
    ),
    *(
        (
            name,
            "an unknown field of a type that the user sends is a misspelt one",
            {"blokc": True},
            edit(f"{name}.additionalProperties", lambda _: False),
        )
        for name in [
            "GuardrailConfig",
            "ModerationLLMV1CategoryThresholds",
            "ModerationLLMV1Config",
            "ModerationLLMV2CategoryThresholds",
            "ModerationLLMV2Config",
        ]
    ),
    ("Function", "free JSON has at most 200 levels, which `json` and `copy` can handle", {"name": "f", "parameters": _nested(200)}, None),
    ("UsageInfo", "Python does not print an integer of more than 4,300 digits", {**_USAGE, "total_tokens": 10**4300}, None),
]  # fmt: skip

DIFFERENCES: tuple[Difference, ...] = (
    *(Difference("more", *row) for row in _MORE),
    *(Difference("less", *row) for row in _LESS),
    Difference(
        "writes",
        "FunctionCall",
        "arguments are kept as the JSON string that a model writes",
        {"name": "now", "arguments": {"zone": "UTC"}},
        edit("FunctionCall.properties.arguments.x-json-text", lambda _: True),
    ),
)

ALL_PATCHES = [each.patch for each in DIFFERENCES if each.patch]
# The schemas that our types accept, at least.
READ_PATCHES = [each.patch for each in DIFFERENCES if each.patch and each.kind != "more"]
