"""The published schema "Mistral Chat Completion": we read what it accepts, and write what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator

import mistral_proto as m
from mistral_proto.errors import ValidationError
from mistral_proto.schema import mistral_chat_completion
from mistral_proto.testing import MockServer, model
from tests.published.comparison import changes, without_null
from tests.published.json_schemas import generable
from tests.published.schemas import Schema
from tests.published.strategies import TEXT, documents
from tests.recorded.shared_folder import missing_reason
from tests.recorded.test_recorded import RECORDS, parse

SCHEMA: Schema = mistral_chat_completion()
VALIDATOR = Draft202012Validator(SCHEMA)


@dataclass(frozen=True)
class Difference:
    """What the schema says, and our types do otherwise."""

    reason: str
    example: dict[str, Any]


def response(usage: dict[str, Any] | None = None, **choice: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": usage or {},
    }


def saying(**message: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": "Hi", **message}


# It accepts these documents, and `from_dict` does not.
REFUSED = (
    Difference(
        "`messages` in the place of `message`, as mistral_common has it, carries the answer",
        response(messages="Hi"),
    ),
)

# `to_dict` writes these documents, of an answer with text content, and it does not accept them.
WRITTEN = (
    Difference(
        "the finish reason `error`, which the API document has",
        response(index=0, message=saying(), finish_reason="error"),
    ),
    Difference(
        "a finish reason that a newer server sends is kept",
        response(index=0, message=saying(), finish_reason="content_filter"),
    ),
    Difference(
        "a role that no message has is kept",
        response(index=0, message=saying(role="critic")),
    ),
    Difference("a null comes back", response(index=0, message=saying(tool_calls=None))),
    Difference("a count is not held to be at least 0", response({"total_tokens": -1})),
    Difference(
        "what a server left out is left out",
        {"model": "m", "choices": [{"message": {"content": "Hi"}}]},
    ),
)


@pytest.mark.parametrize("difference", REFUSED, ids=lambda one: one.reason)
def test_accepted_there_and_refused_here(difference: Difference) -> None:
    assert VALIDATOR.is_valid(difference.example)
    with pytest.raises(ValidationError):
        m.ChatCompletionResponse.from_dict(difference.example)


@pytest.mark.parametrize("difference", WRITTEN, ids=lambda one: one.reason)
def test_written_here_and_refused_there(difference: Difference) -> None:
    written = m.ChatCompletionResponse.from_dict(difference.example).to_dict()
    assert not VALIDATOR.is_valid(written)


# -- each document that it accepts

READABLE = generable(SCHEMA)
DOCUMENTS = documents(READABLE)


# What is left out in each of these, the schema does not require.
SHAPES: dict[str, dict[str, Any]] = {
    "no choices": {**response(), "choices": []},
    "an empty choice": response(),
    "no index": response(message=saying()),
    "no message": response(index=0, finish_reason="stop"),
    "an empty call": response(message=saying(tool_calls=[{}])),
    "an empty function": response(message=saying(tool_calls=[{"function": {}}])),
    "no arguments": response(message=saying(tool_calls=[{"function": {"name": "f"}}])),
    **{
        f"role {role}": response(message=saying(role=role, tool_calls=[{}], tool_call_id="a"))
        for role in m.Roles
    },
    "one count": response({"total_tokens": 3}, index=0, message=saying()),
    "unknown fields": {
        **response({"x": None}, message=saying(tool_calls=[{"x": 1, "function": {"x": {}}}], x=[])),
        "x": "1",
    },
}


def check_reading(document: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(document)
    value = m.ChatCompletionResponse.from_dict(document)
    assert changes(READABLE, document, value.to_dict()) == []
    assert VALIDATOR.is_valid(value.to_dict())
    assert m.ChatCompletionResponse.from_json(value.to_json()) == value


@pytest.mark.parametrize("document", SHAPES.values(), ids=SHAPES)
def test_what_may_be_left_out(document: dict[str, Any]) -> None:
    check_reading(document)


@given(document=DOCUMENTS)
def test_what_it_accepts_is_read_and_comes_back(document: dict[str, Any]) -> None:
    check_reading(document)


# -- what we produce, of messages with text content


def check(value: m.ChatCompletionResponse | None) -> bool:
    """Whether the response has text content; then it is valid, but for nulls that came."""
    assert value is not None
    if not all(isinstance(choice.message.content, str) for choice in value.choices):
        return False
    document = without_null(value.to_dict())
    errors = [error.message for error in VALIDATOR.iter_errors(document)]
    assert errors == []
    return True


REASONS = [reason for reason in m.FinishReason if reason != "error"]
CALLS = st.lists(
    st.builds(
        lambda name, text: m.ToolCall(
            id=name, function=m.FunctionCall(name=name, arguments={"x": text})
        ),
        TEXT,
        TEXT,
    ),
    max_size=2,
)
COUNTS = st.integers(0)


@given(
    said=TEXT,
    calls=CALLS,
    reason=st.sampled_from([None, *REASONS]),
    counts=st.lists(COUNTS, min_size=3, max_size=3),
    role=st.sampled_from(list(m.Roles)),
)
def test_a_response_that_one_builds(
    said: str,
    calls: list[m.ToolCall],
    reason: m.FinishReason | None,
    counts: list[int],
    role: str,
) -> None:
    message: Any  # typed as what the API sends
    if role == "assistant":
        message = m.AssistantMessage(content=said, tool_calls=calls or None)
    else:
        message = m.DeltaMessage(role=role, content=said, tool_call_id=said)
    prompt, completion, total = counts
    assert check(
        m.ChatCompletionResponse(
            model="m",
            choices=[
                m.ChatCompletionResponseChoice(index=0, message=message, finish_reason=reason)
            ],
            usage=m.UsageInfo(
                prompt_tokens=prompt, completion_tokens=completion, total_tokens=total
            ),
        )
    )


TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
REQUESTS: dict[str, dict[str, Any]] = {
    "text": {},
    "a tool": {"tools": [TOOL]},
    "several": {"n": 2},
    "cut short": {"max_tokens": 1},
    "JSON": {"response_format": {"type": "json_object"}},
}


@pytest.mark.parametrize("fields", REQUESTS.values(), ids=REQUESTS)
def test_the_answers_of_our_own_server(fields: dict[str, Any]) -> None:
    asked: Any = {"messages": [{"role": "user", "content": "Hi"}], "model": "m", **fields}
    with MockServer() as server, m.Mistral(api_key="k", server_url=server.url) as client:
        assert check(client.chat.complete(**asked))
        gathered = m.StreamAccumulator()
        with client.chat.stream(**asked) as stream:
            for event in stream:
                gathered.add(event.data)
    assert check(gathered.response())


def test_thinking_is_no_text_content() -> None:
    request = m.ChatCompletionRequest(model="magistral", messages=[m.UserMessage(content="Hi")])
    assert not check(model.response(request, model.answer_by_rules(request)))


def test_recorded_answers() -> None:
    if not RECORDS:
        pytest.skip(missing_reason())
    checked = 0
    for _, record in RECORDS:
        if record["response"]:
            checked += check(m.ChatCompletionResponse.from_dict(record["response"]))
        if record["sse"]:
            gathered = m.StreamAccumulator()
            for event in parse(record["sse"].encode()):
                if event.data != "[DONE]":
                    gathered.add(m.ChatCompletionStreamResponse.from_json(event.data))
            checked += check(gathered.response())
    assert checked > 20
