"""Answers to OpenAI's types and back: the result of each part, and the changes."""

from __future__ import annotations

from typing import Any

import mistral_proto as m
from mistral_proto.openai import (
    ChatCompletion,
    ChatCompletionChunk,
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
)
from tests.conversions.helpers import actions

Part = dict[str, Any]
# A part of Mistral's document, the same part of OpenAI's, and the changes: where, and what.
Row = tuple[Part, Part, list[str]]

HEAD: Part = {"id": "r1", "created": 1, "model": "m"}
TEXT = {"type": "text", "text": "It is 4."}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]}
REFERENCE = {"type": "reference", "reference_ids": [1]}
FUNCTION = {"name": "f", "arguments": "{}"}
CALL = {"id": "c1", "type": "function", "function": FUNCTION}
FIRST = {**CALL, "index": 0}
NEXT = {"index": 0, "function": {"arguments": '{"a'}}
CUSTOM = {"id": "c2", "type": "custom", "custom": {"name": "f", "input": "a"}}
TOKEN = {"token": "a", "logprob": -0.5, "bytes": [97]}
COUNTS = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
DETAILS = {"prompt_tokens_details": {"cached_tokens": 3}}
SKIPPED = {"input": {"type": "skipped"}, "output": {"type": "skipped"}}
BOTH = {"content": "It is 4.", "reasoning_content": "2 and 2 …"}
ONE_STRING = ["content: joined"]

# By the place of the part: in a message or a delta, in either alone, in a choice, at the top.

BOTH_WAYS: dict[str, list[Row]] = {
    "said": [
        ({"content": "Hi", "x": [None]}, {"content": "Hi", "x": [None]}, []),
        ({"role": "user", "content": None}, {"role": "user", "content": None}, []),
        ({"content": [THOUGHT, TEXT]}, BOTH, []),
        ({"content": [THOUGHT]}, {"reasoning_content": "2 and 2 …"}, []),
    ],
    "message": [({"tool_calls": [{**CALL, "x": 1}, {**CALL, "id": "null"}]},) * 2 + ([],)],
    "delta": [
        ({"tool_calls": [FIRST, {"index": 1}]}, {"tool_calls": [FIRST, {"index": 1}]}, []),
        ({"tool_calls": [{**NEXT, "id": "null", "type": "function"}]}, {"tool_calls": [NEXT]}, []),
        ({"tool_calls": [{"index": 0, "type": "new"}]},) * 2 + ([],),
    ],
    "choice": [
        ({"finish_reason": "new"}, {"finish_reason": "new"}, []),
        ({"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}]}},) * 2 + ([],),
    ],
    "top": [
        ({"usage": {**COUNTS, **DETAILS}}, {"usage": {**COUNTS, **DETAILS}}, []),
        ({"usage": {"service_tier": "flex"}}, {"usage": {}, "service_tier": "flex"}, []),
        ({"usage": "many"}, {"usage": "many"}, []),
    ],
}  # fmt: skip

# Besides the older field for cached tokens: OpenAI's usage, and the change of that field.
RENAMED = "renamed to prompt_tokens_details.cached_tokens"
CACHED: list[tuple[Part, Part, str]] = [
    ({"prompt_tokens_details": {"x": 1}}, {"prompt_tokens_details": {"x": 1, "cached_tokens": 3}}, RENAMED),
    (DETAILS, DETAILS, "dropped"),
    ({"prompt_tokens_details": "few"}, {"prompt_tokens_details": "few"}, "dropped"),
]  # fmt: skip

TO_OPENAI: dict[str, list[Row]] = {
    "said": [
        ({"content": [TEXT, TEXT, THOUGHT]}, {**BOTH, "content": "It is 4.It is 4."}, ONE_STRING),
        ({"content": [{"thinking": "H"}, {"text": "i"}]}, {"reasoning_content": "H", "content": "i"}, ONE_STRING),
        ({"content": [{"type": "thinking"}, {"type": "text", "text": None}]}, {"content": ""}, ONE_STRING),
        ({"content": []}, {}, ONE_STRING),
        ({"content": [THOUGHT, REFERENCE, TEXT, {"type": "new"}]}, BOTH,
            ["content[1]: dropped", "content[3]: dropped"]),
        (
            {
                "content": [
                    {
                        "type": "thinking",
                        "thinking": [{"type": "text", "text": "Hm", "a": 1}, REFERENCE],
                        "signature": "s",
                        "closed": False,
                        "b": 2,
                    },
                    {**TEXT, "c": 3},
                ]
            },
            {"content": "It is 4.", "reasoning_content": "Hm"},
            [
                *(f"content[0].{place}: dropped" for place in
                  ["b", "signature", "closed", "thinking[0].a", "thinking[1]"]),
                "content[1].c: dropped",
                *ONE_STRING,
            ],
        ),
        ({"reasoning_content": 1, "refusal": None},) * 2 + ([],),
        (
            {"content": [THOUGHT], "reasoning_content": "Hm", "annotations": [{"a": 1}], "audio": 1},
            {"reasoning_content": "2 and 2 …", "annotations": [{"a": 1}], "audio": 1},
            ["reasoning_content: dropped"],
        ),
        ({"index": 1, "tool_call_id": "c", "metadata": {"a": 1}}, {},
            ["index: dropped", "tool_call_id: dropped", "metadata: dropped"]),
    ],
    "message": [
        (
            {"tool_calls": [FIRST, {"function": FUNCTION}, {"id": "c1"}, {**CALL, "type": "new"}], "prefix": True},
            {"tool_calls": [CALL, {**CALL, "id": "null"}, {"id": "c1", "type": "function"}, CALL]},
            ["tool_calls[0].index: dropped", "tool_calls[3].type: dropped", "prefix: dropped"],
        ),
    ],
    "delta": [
        (
            {"tool_calls": [{"id": "c1", "function": FUNCTION}, {"id": "c2", "function": FUNCTION}]},
            {"tool_calls": [{"id": "c1", "function": FUNCTION, "index": 0}, {"id": "c2", "function": FUNCTION, "index": 1}]},
            ["tool_calls[0].index: set to 0", "tool_calls[1].index: set to 1"],
        ),
    ],
    "choice": [
        ({"finish_reason": "model_length"}, {"finish_reason": "length"}, ["finish_reason: changed to 'length'"]),
        (
            {"logprobs": {"content": [{**TOKEN, "token_id": 7, "top_logprobs": [{**TOKEN, "token_id": 8}]}]}},
            {"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}]}},
            [f"logprobs.content[0].{place}: dropped" for place in ["token_id", "top_logprobs[0].token_id"]],
        ),
        ({"messages": [{"content": "Hi"}], "prompt_logprobs": {}}, {}, ["messages: dropped", "prompt_logprobs: dropped"]),
    ],
    "top": [
        ({"usage": {"prompt_audio_seconds": 12}}, {"usage": {}}, ["usage.prompt_audio_seconds: dropped"]),
        *(
            ({"usage": {"num_cached_tokens": 3, **given}}, {"usage": there}, [f"usage.num_cached_tokens: {what}"])
            for given, there, what in CACHED
        ),
        ({"usage": {"service_tier": "priority"}, "service_tier": "flex"},
            {"usage": {}, "service_tier": "priority"}, ["service_tier: dropped"]),
        ({"system_fingerprint": "fp_1", "moderation": None},) * 2 + ([],),
    ],
}  # fmt: skip

FROM_OPENAI: dict[str, list[Row]] = {
    "said": [
        ({"content": [THOUGHT, TEXT]}, {"reasoning": "2 and 2 …", "content": "It is 4."}, ["reasoning: read as reasoning_content"]),
        ({"content": [THOUGHT]}, {"reasoning_content": "2 and 2 …", "reasoning": "Hm"}, ["reasoning: dropped"]),
        ({"content": "Hi"}, {"content": "Hi", "reasoning_content": "", "reasoning": ""}, ["reasoning_content: dropped", "reasoning: dropped"]),
        ({"reasoning_content": 1, "function_call": 2}, {"reasoning_content": 1, "function_call": 2}, []),
        ({}, {"refusal": "No", "audio": {"id": "a", "data": "", "expires_at": 1, "transcript": ""}}, ["refusal: dropped", "audio: dropped"]),
        ({"tool_calls": [CALL]}, {"tool_calls": [CALL], "function_call": FUNCTION}, ["function_call: dropped"]),
    ],
    "message": [
        ({"tool_calls": [{"function": {"name": "f"}}]},
            {"function_call": {"name": "f", "arguments": []}, "tool_calls": [], "annotations": []},
            ["function_call: moved to tool_calls", "function_call.arguments: dropped", "annotations: dropped"]),
        ({"tool_calls": [CALL]}, {"tool_calls": [CUSTOM, CALL, {"type": "new"}]}, ["tool_calls[0]: dropped", "tool_calls[2]: dropped"]),
        ({}, {"tool_calls": [CUSTOM]}, ["tool_calls[0]: dropped"]),
        ({"prefix": True, "tool_calls": [FIRST]},) * 2 + ([],),
    ],
    "delta": [
        ({"tool_calls": [NEXT]}, {"tool_calls": [{**NEXT, "type": "function"}]}, []),
        ({"tool_calls": [NEXT]}, {"function_call": NEXT["function"], "tool_calls": []}, ["function_call: moved to tool_calls"]),
        ({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}, {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": True}}]}, ["tool_calls[0].function.arguments: dropped"]),
    ],
    "choice": [
        ({"finish_reason": "tool_calls"}, {"finish_reason": "function_call"}, ["finish_reason: changed to 'tool_calls'"]),
        ({"logprobs": {"content": []}}, {"logprobs": {"content": [], "refusal": [TOKEN]}}, ["logprobs.refusal: dropped"]),
        ({"prompt_logprobs": {"content": [TOKEN]}},) * 2 + ([],),
    ],
    "top": [
        (
            {"usage": {**COUNTS, **DETAILS}},
            {
                "usage": {
                    **COUNTS,
                    "completion_tokens_details": {"reasoning_tokens": 1},
                    "prompt_tokens_details": {"audio_tokens": 0, "cache_write_tokens": 1, "cached_tokens": 3, "image_tokens": 4, "text_tokens": 5},
                }
            },
            [
                "usage.completion_tokens_details: dropped",
                *(f"usage.prompt_tokens_details.{kind}_tokens: dropped" for kind in ["audio", "cache_write", "image", "text"]),
            ],
        ),
        ({"usage": {"service_tier": "auto"}}, {"usage": {"service_tier": "auto"}, "service_tier": "flex"}, ["service_tier: dropped"]),
        (
            {},
            {"moderation": SKIPPED, "service_tier": "default", "system_fingerprint": "fp_1"},
            ["moderation: dropped", "service_tier: dropped", "system_fingerprint: dropped"],
        ),
        ({}, {"system_fingerprint": None, "service_tier": None}, []),
    ],
}  # fmt: skip

SIDES: dict[str, tuple[Any, Any, Any, Any]] = {
    "message": (m.ChatCompletionResponse, ChatCompletion, completion_to_openai, completion_from_openai),
    "delta": (m.ChatCompletionStreamResponse, ChatCompletionChunk, chunk_to_openai, chunk_from_openai),
}  # fmt: skip


def document(side: str, where: str, part: Part) -> Part:
    """Return an answer, or a piece of a stream, that has this part."""
    choice: Part = {"index": 0, side: {"role": "assistant"}}
    if where in ("said", side):
        choice[side].update(part)
    elif where == "choice":
        choice.update(part)
    return {**HEAD, "choices": [choice], **(part if where == "top" else {})}


def rows(side: str, *tables: dict[str, list[Row]]) -> list[tuple[Part, Part, list[str]]]:
    places = {"said": f"choices[0].{side}.", side: f"choices[0].{side}.", "choice": "choices[0].", "top": ""}  # fmt: skip
    return [
        (document(side, where, ours), document(side, where, theirs), [places[where] + change for change in changes])
        for table in tables
        for where in table.keys() & places.keys()
        for ours, theirs, changes in table[where]
    ]  # fmt: skip


def test_parts_of_answers() -> None:
    for side, (mistral, openai, to_openai, from_openai) in SIDES.items():
        for ours, theirs, changes in rows(side, BOTH_WAYS, TO_OPENAI):
            done = to_openai(mistral.from_dict(ours))
            assert (done.value.to_dict(), actions(done)) == (theirs, changes)
            assert done.value == openai.from_dict(theirs)
        for ours, theirs, changes in rows(side, BOTH_WAYS, FROM_OPENAI):
            done = from_openai(openai.from_dict(theirs))
            assert (done.value, actions(done)) == (mistral.from_dict(ours), changes)


def test_fields_of_one_side_alone() -> None:
    whole = {"metadata": {"a": "b"}, "obfuscation": "x7Jd"}
    for side, name in [("message", "metadata"), ("delta", "obfuscation")]:
        _, openai, _, convert = SIDES[side]
        done = convert(openai.from_dict({**HEAD, "choices": [], name: whole[name]}))
        assert (actions(done), done.value.extra) == ([f"{name}: dropped"], {})
    # Mistral's own field of the name can't hold it.
    theirs = ChatCompletion.from_dict(document("message", "choice", {"messages": 5}))
    assert actions(completion_from_openai(theirs)) == ["choices[0].messages: dropped"]
    # A message in a piece of a stream need not be an object; absent fields stay absent.
    for side, choice in [
        ("delta", {"delta": {}, "message": "overloaded"}),
        ("delta", {}),
        ("message", {"filter_results": {"a": 1}}),
    ]:
        mistral, _, to_openai, from_openai = SIDES[side]
        given = {"model": "m", "choices": [choice]}
        there = to_openai(mistral.from_dict(given))
        back = from_openai(there.value)
        assert there.value.to_dict() == back.value.to_dict() == given
        assert (there.changes, back.changes) == ((), ())


def test_an_event_is_converted_as_its_data() -> None:
    event = m.CompletionEvent.from_dict({"data": document("delta", "said", {"content": "Hi"})})
    assert chunk_to_openai(event) == chunk_to_openai(event.data)


def test_built_messages() -> None:
    call: Any = m.ToolCall.from_dict({"id": "c1", "function": {"name": "f", "arguments": None}})
    messages: list[tuple[Any, Part, list[str]]] = [
        (m.FinetuningAssistantMessage(content="", weight=0.5), {}, ["choices[0].message.weight: dropped"]),
        (m.DeltaMessage(content=""), {}, []),
        (m.AssistantMessage(content="", tool_calls=[call]), {"tool_calls": [CALL]}, []),
    ]  # fmt: skip
    for message, fields, changes in messages:
        choice = m.ChatCompletionResponseChoice(index=0, message=message, finish_reason="stop")
        done = completion_to_openai(m.ChatCompletionResponse(model="m", choices=[choice]))
        there = {"content": "", "role": "assistant", **fields}
        assert done.value.choices[0].message.to_dict() == there
        assert actions(done) == changes


def test_the_gathered_pieces_of_a_converted_stream() -> None:
    accumulator = m.StreamAccumulator()
    deltas: list[Part] = [
        {"reasoning_content": "2 and "},
        {"reasoning_content": "2 …"},
        *({"content": "It is "}, {"content": "4."}),
        {"tool_calls": [{**FIRST, "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '": 1}'}}]},
    ]
    for delta in deltas:
        chunk = ChatCompletionChunk.from_dict(document("delta", "said", delta))
        accumulator.add(chunk_from_openai(chunk).value)
    response = accumulator.response()
    assert response is not None
    [choice] = completion_to_openai(response).value.choices
    calls = [{**CALL, "function": {"name": "f", "arguments": '{"a": 1}'}}]
    assert choice.message.to_dict() == {"role": "assistant", **BOTH, "tool_calls": calls}
