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
    wrong_types = "bool_type float_type int_from_float int_type string_type union_type".split()
    return it.ours in wrong_types and isinstance(it.value, (bool, float, int, str))


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

Example = tuple[str, Any]
_HI = {"role": "user", "content": "Hi"}
_THOUGHT = {"role": "system", "content": [{"type": "thinking", "thinking": "Hm"}]}


def _request(*messages: Any, **fields: Any) -> Example:
    return "ChatCompletionRequest", {"model": "m", "messages": [*messages], **fields}


def _delta(*chunks: Any, **fields: Any) -> Example:
    return "DeltaMessage", {"content": [*chunks], **fields}


def _call(**fields: Any) -> Example:
    return "ToolCall", {"function": {"name": "f", "arguments": "{}"}, **fields}


# The differences with their reasons: which disagreements they are, and examples.
DIFFERENCES: dict[str, tuple[Callable[[Disagreement], bool], list[Example]]] = {
    # We refuse what the SDK takes.
    "an unknown field of a request is a misspelt one; the SDK drops it": (
        lambda it: it.ours == "extra_forbidden",
        [_request(_HI, max_completion_tokens=1)],
    ),
    "types are strict: no '1' and no true for 1": (is_converted, [_request(_HI, n="1")]),
    "the API's bounds, members and lists that are not empty are checked": (
        lambda it: it.ours in REFUSED_BY_THE_API,
        [_request(_HI, temperature=2), _request(), _request(_HI, reasoning_effort="hihg")],
    ),
    "the SDK takes any object for a field that is not set": (
        lambda it: it.kind == "less" and is_in_object_that_may_be_unset(it),
        [("AssistantMessage", {"content": {}})],
    ),
    "an object without its tag is known by its fields, if only one kind has them": (
        lambda it: (
            (it.ours == "missing" and it.field in ("type", "role"))
            or it.theirs in ("ValueError", "union_tag_invalid")
        ),
        [
            _request(_HI, tools=[{"connector_id": "c", "library_ids": ["l"]}]),
            _request({"content": "Hi", "name": "f"}),
        ],
    ),
    "a wrong chunk of a known kind is an error": (
        lambda it: it.kind == "less" and is_in_chunk(it),
        [_delta({"type": "image_url"})],
    ),
    # The SDK refuses what we take, or converts it.
    "a server's missing field, null or other type is an error in strict reading only": (
        lambda it: it.aside or it.theirs == "missing" or (it.kind == "more" and it.value is None),
        [_call(index="1"), ("ToolCall", {"id": "a"}), ("ToolCall", {"function": None})],
    ),
    "a stream may be cut in the middle of a character, which the SDK can't write": (
        lambda it: it.theirs == "PydanticSerializationError",
        [("DeltaMessage", {"content": "\ud83d"})],
    ),
    "the API document has tools, and mistral_common a thinking, that the SDK has not": (
        lambda it: it.kind == "more" and (is_in_tool_of_ours(it) or is_in_chunk(it)),
        [_request(_HI, tools=[{"type": "web_search"}]), _request(_THOUGHT)],
    ),
    "an integer may be as long as Python prints one": (
        lambda it: it.kind == "more" and is_huge(it.value),
        [_call(index=1e308)],
    ),
    # Both take it, and write it otherwise.
    "a newer server's fields are written as they came": (
        lambda it: it.kind == "values" and (it.theirs == NOTHING or is_in_chunk(it)),
        [_delta({"type": "hologram"}), _delta(x=1)],
    ),
    "a missing field stays missing": (
        lambda it: it.kind == "values" and it.ours == NOTHING,
        [_call()],
    ),
    "arguments are kept as the JSON string that a model writes": (
        lambda it: it.kind == "values" and "arguments" in it.place,
        [("ToolCall", {"function": {"name": "f", "arguments": {}}})],
    ),
}

DOCUMENTS = {
    of: documents(generable(json_schema(ours, strict=True))) for of, (ours, _) in PAIRS.items()
}

every_type = pytest.mark.parametrize("of", PAIRS)


def check(of: str, document: Any) -> list[str]:
    """Require known differences only, and return their reasons."""
    found = []
    for it in disagreements(of, *PAIRS[of], document):
        reason = next((reason for reason, (covers, _) in DIFFERENCES.items() if covers(it)), None)
        assert reason, it
        found.append(reason)
    return found


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
    for reason, (_, examples) in DIFFERENCES.items():
        for example in examples:
            assert reason in check(*example), example
