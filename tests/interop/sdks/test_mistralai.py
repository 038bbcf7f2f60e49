"""Ours against the `mistralai` package: reading, refusing and writing generated documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st
from mistralai.client import models

import mistral_proto as m
from mistral_proto.schema import json_schema
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.readings import NOTHING, Disagreement, at, disagreements
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    changed,
    documents,
    generable,
    removed,
    replaced,
)

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


def compare(of: str, document: Any) -> list[Disagreement]:
    return disagreements(of, *PAIRS[of], document)


def around(it: Disagreement) -> list[tuple[Any, Any]]:
    """Return the steps to the place with their values, the innermost last."""
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
    """Return whether the place is in tools with a kind that the SDK's request does not have."""
    tools = at(it.document, ("tools",))
    return it.place[:1] == ("tools",) and any(
        at(tool, ("type",)) in ("web_search", "web_search_premium", "code_interpreter")
        for tool in (tools if isinstance(tools, list) else ())
    )


def is_huge(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) >= 2**63


# The `OptionalNullable` fields of the SDK's models of chat.
MAY_BE_UNSET = """authorization content criminal custom_category_thresholds dangerous
    dangerous_and_criminal_content description detail document_name exclude favicon financial
    frequency_penalty guardrails hate_and_discrimination health include index jailbreaking
    json_schema law logprobs max_tokens metadata min_tokens moderation_llm_v1 moderation_llm_v2 n
    name pii presence_penalty prompt_audio_seconds prompt_cache_key prompt_logprobs prompt_mode
    random_seed reasoning_effort repetition_penalty requires_confirmation role selfharm
    service_tier sexual signature stop temperature tool_call_id tool_calls tool_configuration
    tools top_k top_logprobs top_p top_prompt_logprobs url violence_and_threats""".split()

REFUSED_BY_THE_API = (
    *("less_than_equal", "greater_than_equal", "greater_than", "too_short", "string_too_short"),
    *("enum", "literal_error", "union_tag_invalid"),
)

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
    """Return the first kind of a disagreement, or its text without one."""
    return next((kind for kind, is_one in KINDS.items() if is_one(it)), str(it))


Example = tuple[str, Any]
_HI = {"role": "user", "content": "Hi"}
_HALF = "\ud83d"
_THOUGHT = {"role": "system", "content": [{"type": "thinking", "thinking": "Hm"}]}


def _request(*messages: Any, **fields: Any) -> Example:
    return "ChatCompletionRequest", {"model": "m", "messages": [*messages], **fields}


def _call(**fields: Any) -> Example:
    return "ToolCall", {"function": {"name": "f", "arguments": "{}"}, **fields}


# The reason of each kind, and examples.
DIFFERENCES: dict[str, tuple[str, list[Example]]] = {
    # We refuse what the SDK takes.
    "unknown field refused": (
        "an unknown field of a request is a misspelt one; the SDK drops it",
        [_request(_HI, max_completion_tokens=1)],
    ),
    "conversion": ("types are strict: no '1' and no true for 1", [_request(_HI, n="1")]),
    "what the API refuses": (
        "its document's bounds, values and lists that are not empty are checked here",
        [_request(_HI, temperature=2), _request(), _request(_HI, reasoning_effort="hihg")],
    ),
    "object for nothing": (
        "the SDK takes any object for a field that is not set",
        [("AssistantMessage", {"content": {}})],
    ),
    "broken chunk": (
        "a wrong chunk of a known kind is an error",
        [("DeltaMessage", {"content": [{"type": "image_url"}]})],
    ),
    # The SDK refuses what we take.
    "lenient": (
        "a missing field, a null or another type of a server is an error only in strict reading",
        [_call(index="1"), ("ToolCall", {"id": "a"}), ("ToolCall", {"function": None})],
    ),
    "half a surrogate pair": (
        "a stream may come apart in the middle of a character; the SDK can't write it",
        [("DeltaMessage", {"content": _HALF})],
    ),
    "huge number": ("an integer may be as long as Python prints one", [_call(index=1e308)]),
    "of other documents": (
        "the API document has tools, and mistral_common a thinking, that the SDK has not",
        [_request(_HI, tools=[{"type": "web_search"}]), _request(_THOUGHT)],
    ),
    # Either, or what both take and write otherwise.
    "no tag": (
        "an object without its tag is known by its fields, if only one kind has them",
        [
            _request(_HI, tools=[{"connector_id": "c", "library_ids": ["l"]}]),
            _request({"content": "Hi", "name": "f"}),
        ],
    ),
    "kept": (
        "what a newer server sends is written as it came",
        [("DeltaMessage", {"content": [{"type": "hologram"}]}), ("DeltaMessage", {"x": 1})],
    ),
    "default": ("a missing field stays missing", [_call()]),
    "arguments": (
        "arguments are kept as the JSON string that a model writes",
        [("ToolCall", {"function": {"name": "f", "arguments": {}}})],
    ),
}

DOCUMENTS = {
    of: documents(generable(json_schema(ours, strict=True))) for of, (ours, _) in PAIRS.items()
}

every_type = pytest.mark.parametrize("of", PAIRS)


def check(of: str, document: Any) -> list[str]:
    """Require disagreements of known kinds only, and return these."""
    kinds = [kind_of(it) for it in disagreements(of, *PAIRS[of], document)]
    assert [kind for kind in kinds if kind not in DIFFERENCES] == []
    return kinds


@every_type
@given(data=st.data())
def test_a_document_and_a_changed_one(of: str, data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS[of])
    check(of, document)
    check(of, data.draw(changed(document)).document)


@every_type
def test_every_value_in_every_field(of: str) -> None:
    document = SAMPLES[PAIRS[of][0]]
    check(of, document)
    for field in document:
        check(of, removed(document, (field,)).document)
    for field in (*document, *UNKNOWN_KEYS):
        for value in VALUES:
            check(of, replaced(document, (field,), value).document)


def test_reasons_why_an_answer_ends() -> None:
    for reason in (None, *m.FinishReason, "content_filter"):
        ended = {"index": 0, "finish_reason": reason}
        check("ChatCompletionResponseStreamChoice", {**ended, "delta": {}})
        check("ChatCompletionResponseChoice", {**ended, "message": {}})


def test_every_difference_is_one() -> None:
    assert DIFFERENCES.keys() == KINDS.keys()
    for kind, (_, examples) in DIFFERENCES.items():
        for example in examples:
            assert kind in check(*example), example
