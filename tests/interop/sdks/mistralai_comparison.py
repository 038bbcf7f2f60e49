"""What the mistralai SDK and ours disagree about, and of which kind it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mistralai.client import models

import mistral_proto as m
from mistral_proto.wire import WireType
from tests.interop.readings import NOTHING, Disagreement, at, disagreements

PAIRS: dict[str, tuple[type[WireType], Any]] = {
    ours.__name__: (ours, theirs)
    for ours, theirs in (
        (m.AssistantMessage, models.AssistantMessage),
        (m.ChatCompletionRequest, models.ChatCompletionRequest),
        (m.ChatCompletionResponse, models.ChatCompletionResponse),
        (m.ChatCompletionResponseChoice, models.ChatCompletionChoice),
        (m.ChatCompletionResponseStreamChoice, models.CompletionResponseStreamChoice),
        (m.ChatCompletionStreamResponse, models.CompletionChunk),
        (m.CompletionEvent, models.CompletionEvent),
        (m.DeltaMessage, models.DeltaMessage),
        (m.ToolCall, models.ToolCall),
        (m.UsageInfo, models.UsageInfo),
    )
}
"""Types of requests and responses: ours and the SDK's, by the names of ours."""


def compare(of: str, document: Any) -> list[Disagreement]:
    return disagreements(of, *PAIRS[of], document)


def around(it: Disagreement) -> list[tuple[Any, Any]]:
    """The steps to the place, each with what stands there; the innermost comes last."""
    return [(step, at(it.document, it.place[: n + 1])) for n, step in enumerate(it.place)]


def is_in_chunk(it: Disagreement) -> bool:
    steps = [step for step, _ in around(it)]
    return any(
        one in ("content", "thinking") and isinstance(other, int)
        for one, other in zip(steps, steps[1:])
    )


def is_in_object_that_may_be_unset(it: Disagreement) -> bool:
    return any(step in MAY_BE_UNSET and isinstance(value, dict) for step, value in around(it))


def is_converted(it: Disagreement) -> bool:
    return it.ours in (
        "bool_type",
        "float_type",
        "int_from_float",
        "int_type",
        "string_type",
        "union_type",
    ) and isinstance(it.value, (bool, float, int, str))


def is_in_tool_of_ours(it: Disagreement) -> bool:
    """Whether the place is in tools with one of a kind that the SDK's request has not."""
    tools = at(it.document, ("tools",))
    return it.place[:1] == ("tools",) and any(
        at(tool, ("type",)) in ("web_search", "web_search_premium", "code_interpreter")
        for tool in (tools if isinstance(tools, list) else ())
    )


def is_huge(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) >= 2**63


# The types that requests and responses reach.
_MODELS = [
    getattr(models, name)
    for name in (
        "AssistantMessage AudioChunk ChatCompletionChoice ChatCompletionRequest"
        " ChatCompletionResponse ChatCompletionResponseChoiceLogprobs"
        " ChatCompletionResponseTokenLogprobs ChatCompletionResponseTokenLogprobsTopK"
        " CodeInterpreterTool CompletionChunk CompletionEvent CompletionResponseStreamChoice"
        " CustomConnector DeltaMessage DocumentLibraryTool DocumentURLChunk FileChunk Function"
        " FunctionCall FunctionName GuardrailConfig ImageGenerationTool ImageURL ImageURLChunk"
        " JSONSchema ModerationLlmv1CategoryThresholds ModerationLlmv1Config"
        " ModerationLlmv2CategoryThresholds ModerationLlmv2Config OAuth2TokenAuth APIKeyAuth"
        " Prediction ReferenceChunk ResponseFormat SystemMessage TextChunk ThinkChunk Tool ToolCall"
        " ToolChoice ToolConfiguration ToolMessage ToolReferenceChunk UsageInfo UserMessage"
        " WebSearchPremiumTool WebSearchTool"
    ).split()
    if hasattr(models, name)
]
MAY_BE_UNSET = {
    field.alias or name
    for model in _MODELS
    for name, field in model.model_fields.items()
    if "OptionalNullable" in str(field.annotation)
}

REFUSED_BY_THE_API = (
    *("less_than_equal", "greater_than_equal", "greater_than", "too_short", "string_too_short"),
    *("enum", "literal_error", "union_tag_invalid"),
)

# Each kind is explained in `differences`.
KINDS: dict[str, Callable[[Disagreement], bool]] = {
    # We refuse what the SDK takes.
    "unknown field refused": lambda it: it.ours == "extra_forbidden",
    "conversion": is_converted,
    "what the API refuses": lambda it: it.ours in REFUSED_BY_THE_API,
    "object for nothing": lambda it: it.kind == "less" and is_in_object_that_may_be_unset(it),
    "no tag": lambda it: (
        (it.ours == "missing" and it.field in ("type", "role"))
        or it.theirs in ("ValueError", "union_tag_invalid")
    ),
    "broken chunk": lambda it: it.kind == "less" and is_in_chunk(it),
    # The SDK refuses what we take, or converts it.
    "lenient": lambda it: (
        it.aside or it.theirs == "missing" or (it.kind == "more" and it.value is None)
    ),
    "half a surrogate pair": lambda it: it.theirs == "PydanticSerializationError",
    "of other documents": lambda it: (
        it.kind == "more" and (is_in_tool_of_ours(it) or is_in_chunk(it))
    ),
    "huge number": lambda it: it.kind == "more" and is_huge(it.value),
    # Both take it, and write it otherwise.
    "kept": lambda it: it.kind == "values" and (it.theirs == NOTHING or is_in_chunk(it)),
    "default": lambda it: it.kind == "values" and it.ours == NOTHING,
    "arguments": lambda it: it.kind == "values" and "arguments" in it.place,
}


def kind_of(it: Disagreement) -> str:
    """The first kind that a disagreement is of; in words where it is of none."""
    return next((kind for kind, is_one in KINDS.items() if is_one(it)), str(it))
