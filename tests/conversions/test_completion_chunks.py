"""Pieces of streamed answers to OpenAI's types and back; see also `test_completions`."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import ChatCompletionStreamResponse, StreamAccumulator
from mistral_proto.openai import (
    ChatCompletionChunk,
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
)

HEAD: dict[str, Any] = {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
TEXT = {"type": "text", "text": "It is 4."}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]}
FUNCTION = {"name": "f", "arguments": "{}"}
FIRST = {"index": 0, "id": "c1", "type": "function", "function": FUNCTION}
NEXT = {"index": 0, "function": {"arguments": '{"a'}}
TOKEN = {"token": "a", "logprob": -0.5}
COUNTS = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
SAID = "choices[0].delta"

# Each case: a part of Mistral's document, the same part of OpenAI's, and the changes.
Case = tuple[str, dict[str, Any], dict[str, Any], list[str]]

SAME: list[Case] = [
    ("nothing", {}, {}, []),
    ("the first piece", {"delta": {"role": "assistant", "content": ""}}, {"delta": {"role": "assistant", "content": ""}}, []),
    ("text", {"delta": {"content": "Hi", "x": 1}, "y": 2}, {"delta": {"content": "Hi", "x": 1}, "y": 2}, []),
    ("the last piece", {"finish_reason": "stop"}, {"finish_reason": "stop"}, []),
    ("thinking", {"delta": {"content": [THOUGHT]}}, {"delta": {"reasoning_content": "2 and 2 …"}}, []),
    (
        "thinking and text",
        {"delta": {"content": [THOUGHT, TEXT]}},
        {"delta": {"content": "It is 4.", "reasoning_content": "2 and 2 …"}},
        [],
    ),
    ("the first piece of a call", {"delta": {"tool_calls": [FIRST]}}, {"delta": {"tool_calls": [FIRST]}}, []),
    (
        "the next piece of a call",
        {"delta": {"tool_calls": [{**NEXT, "id": "null", "type": "function"}]}},
        {"delta": {"tool_calls": [NEXT]}},
        [],
    ),
    ("a piece of a call with nothing in it", {"delta": {"tool_calls": [{"index": 1}]}}, {"delta": {"tool_calls": [{"index": 1}]}}, []),
    ("no calls", {"delta": {"tool_calls": []}}, {"delta": {"tool_calls": []}}, []),
    ("log probabilities", {"logprobs": {"content": [TOKEN]}}, {"logprobs": {"content": [TOKEN]}}, []),
]  # fmt: skip

TO_OPENAI: list[Case] = [
    *SAME,
    (
        "text in a chunk",
        {"delta": {"content": [TEXT]}},
        {"delta": {"content": "It is 4."}},
        [f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content"],
    ),
    (
        "all else of a piece",
        {
            "delta": {"tool_call_id": "c", "index": 1, "metadata": {"a": 1}},
            "finish_reason": "model_length",
            "prompt_logprobs": {"content": [TOKEN]},
        },
        {"finish_reason": "length"},
        [
            f"{SAID}.tool_call_id: dropped: OpenAI's answers answer no call",
            f"{SAID}.index: dropped: OpenAI's messages are not numbered",
            f"{SAID}.metadata: dropped: OpenAI's messages have no metadata",
            "choices[0].finish_reason: replaced by 'length':"
            " OpenAI has one name for every limit of length",
            "choices[0].prompt_logprobs: dropped:"
            " OpenAI has log probabilities of the answer only",
        ],
    ),
    (
        "thinking of no kind that OpenAI's types read",
        {"delta": {"content": "Hi", "reasoning_content": 1}},
        {"delta": {"content": "Hi"}},
        [
            f"{SAID}.reasoning_content: dropped: the field of this name can't hold it:"
            " the document: expected a string, got the number 1",
        ],
    ),
    (
        "a call without an index",
        {"delta": {"tool_calls": [{"id": "c1", "function": FUNCTION}]}},
        {"delta": {"tool_calls": [FIRST]}},
        [
            f"{SAID}.tool_calls[0]: numbered 0: OpenAI's pieces of a call are told apart by it",
        ],
    ),
    (
        "two calls without an index",
        {"delta": {"tool_calls": [{"id": "c1", "function": FUNCTION}, {"id": "c2", "function": FUNCTION}]}},
        {"delta": {"tool_calls": [FIRST, {**FIRST, "index": 1, "id": "c2"}]}},
        [
            f"{SAID}.tool_calls[0]: numbered 0: OpenAI's pieces of a call are told apart by it",
            f"{SAID}.tool_calls[1]: numbered 1: OpenAI's pieces of a call are told apart by it",
        ],
    ),
    (
        "a call of another kind, without an id",
        {"delta": {"tool_calls": [{"index": 0, "type": "brand-new"}]}},
        {"delta": {"tool_calls": [{"index": 0, "type": "brand-new"}]}},
        [],
    ),
]  # fmt: skip

FROM_OPENAI: list[Case] = [
    *SAME,
    (
        "the next piece of a call, with its type",
        {"delta": {"tool_calls": [NEXT]}},
        {"delta": {"tool_calls": [{**NEXT, "type": "function"}]}},
        [],
    ),
    (
        "the older way of calling",
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"a'}}]}},
        {"delta": {"function_call": {"arguments": '{"a'}}, "finish_reason": None},
        [f"{SAID}.function_call: moved to tool_calls: Mistral has tool calls only"],
    ),
    (
        "what Mistral has nothing like",
        {"delta": {}, "finish_reason": "tool_calls", "logprobs": {}},
        {
            "delta": {"audio": {"transcript": "Hel"}, "refusal": "No"},
            "finish_reason": "function_call",
            "logprobs": {"refusal": [TOKEN]},
        },
        [
            f"{SAID}.audio: dropped: Mistral's answers have no audio",
            f"{SAID}.refusal: dropped: Mistral does not tell a refusal from an answer",
            "choices[0].finish_reason: replaced by 'tool_calls': Mistral has tool calls only",
            "choices[0].logprobs.refusal: dropped:"
            " Mistral does not tell a refusal from an answer",
        ],
    ),
    (
        "the other name of thinking",
        {"delta": {"content": [THOUGHT]}},
        {"delta": {"reasoning": "2 and 2 …"}},
        [f"{SAID}.reasoning: read as reasoning_content: Mistral has one kind of thinking"],
    ),
]  # fmt: skip


def piece(choice: dict[str, Any]) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "delta": {}, **choice}]}


def parameters(cases: list[Case]) -> list[Any]:
    return [
        pytest.param(piece(mistral), piece(openai), changes, id=name)
        for name, mistral, openai, changes in cases
    ]


@pytest.mark.parametrize(("mistral", "openai", "changes"), parameters(TO_OPENAI))
def test_to_openai(mistral: dict[str, Any], openai: dict[str, Any], changes: list[str]) -> None:
    done = chunk_to_openai(ChatCompletionStreamResponse.from_dict(mistral))

    assert done.value == ChatCompletionChunk.from_dict(openai)
    assert done.value.to_dict() == openai
    assert [*map(str, done.changes)] == changes


@pytest.mark.parametrize(("mistral", "openai", "changes"), parameters(FROM_OPENAI))
def test_from_openai(mistral: dict[str, Any], openai: dict[str, Any], changes: list[str]) -> None:
    done = chunk_from_openai(ChatCompletionChunk.from_dict(openai))

    assert done.value == ChatCompletionStreamResponse.from_dict(mistral)
    assert [*map(str, done.changes)] == changes


LAST: list[Case] = [
    ("no usage", {}, {}, []),
    ("usage", {"usage": COUNTS}, {"usage": COUNTS}, []),
    (
        "usage and service tier",
        {"usage": {**COUNTS, "service_tier": "flex"}},
        {"usage": COUNTS, "service_tier": "flex"},
        [],
    ),
    (
        "what Mistral has nothing like",
        {},
        {
            "moderation": {"input": {"type": "skipped"}, "output": {"type": "skipped"}},
            "obfuscation": "x7Jd",
            "service_tier": "flex",
            "system_fingerprint": "fp_1",
        },
        [
            "moderation: dropped: Mistral's answers have no moderation",
            "obfuscation: dropped: it says nothing: it hides the size of the rest",
            "service_tier: dropped: Mistral has it among the usage, and there is none",
            "system_fingerprint: dropped: Mistral names no configuration of its servers",
        ],
    ),
]


@pytest.mark.parametrize(
    ("mistral", "openai", "changes"), [case[1:] for case in LAST], ids=[case[0] for case in LAST]
)
def test_pieces_without_choices(
    mistral: dict[str, Any], openai: dict[str, Any], changes: list[str]
) -> None:
    ours = ChatCompletionStreamResponse.from_dict({**HEAD, "choices": [], **mistral})
    theirs = ChatCompletionChunk.from_dict({**HEAD, "choices": [], **openai})

    done = chunk_from_openai(theirs)
    assert done.value == ours
    assert [*map(str, done.changes)] == changes
    if not changes:
        assert chunk_to_openai(ours).value == theirs


def test_what_a_server_left_out_is_not_made_up() -> None:
    # As a filter of contents sends it in a stream.
    least = {"model": "m", "choices": [{}, {"filter_results": {"a": 1}}]}
    chunk = chunk_to_openai(ChatCompletionStreamResponse.from_dict(least))
    back = chunk_from_openai(chunk.value)

    assert chunk.value.to_dict() == back.value.to_dict() == least
    assert (chunk.changes, back.changes) == ((), ())


def test_a_stream_converted_is_the_answer_converted() -> None:
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "2 and "},
        {"reasoning_content": "2 …"},
        {"content": "It is "},
        {"content": "4."},
        {"tool_calls": [{**FIRST, "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]},
    ]
    gathered = StreamAccumulator()
    for delta in deltas:
        chunk = ChatCompletionChunk.from_dict(piece({"delta": delta}))
        gathered.add(chunk_from_openai(chunk).value)
    gathered.add(
        chunk_from_openai(
            ChatCompletionChunk.from_dict({**piece({"finish_reason": "tool_calls"}), "usage": COUNTS})
        ).value
    )  # fmt: skip
    response = gathered.response()

    assert gathered.finished
    assert response is not None
    completion = completion_to_openai(response).value
    message = completion.choices[0].message
    assert (message.content, message.reasoning_content) == ("It is 4.", "2 and 2 …")
    assert message.to_dict()["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    ]
    again = completion_from_openai(completion).value
    assert again.choices[0].message.content == response.choices[0].message.content
    assert again.usage == response.usage


def test_the_older_way_of_calling_is_gathered_too() -> None:
    gathered = StreamAccumulator()
    for call in ({"name": "f", "arguments": ""}, {"arguments": '{"a": '}, {"arguments": "1}"}):
        chunk = ChatCompletionChunk.from_dict(piece({"delta": {"function_call": call}}))
        gathered.add(chunk_from_openai(chunk).value)
    response = gathered.response()

    assert response is not None
    [gathered_call] = response.choices[0].message.tool_calls or ()
    assert gathered_call.function.name == "f"
    assert gathered_call.function.parse_arguments() == {"a": 1}
