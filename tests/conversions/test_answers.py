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
from tests.conversions.completion_documents import actions

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

# By where the part is: in what is said, in a message or a delta; in either alone; in a
# choice; at the top.

BOTH_WAYS: dict[str, list[Row]] = {
    "said": [
        ({}, {}, []),
        ({"content": ""}, {"content": ""}, []),
        ({"content": "Hi", "x": [None]}, {"content": "Hi", "x": [None]}, []),
        ({"role": "user", "content": None}, {"role": "user", "content": None}, []),
        ({"content": [THOUGHT, TEXT]}, BOTH, []),
        ({"content": [THOUGHT]}, {"reasoning_content": "2 and 2 …"}, []),
        ({"tool_calls": []}, {"tool_calls": []}, []),
    ],
    "message": [({"tool_calls": [{**CALL, "x": 1}, {**CALL, "id": "null"}]},) * 2 + ([],)],
    "delta": [
        ({"tool_calls": [FIRST, {"index": 1}]}, {"tool_calls": [FIRST, {"index": 1}]}, []),
        ({"tool_calls": [{**NEXT, "id": "null", "type": "function"}]}, {"tool_calls": [NEXT]}, []),
        ({"tool_calls": [{"index": 0, "type": "new"}]},) * 2 + ([],),
    ],
    "choice": [
        *(({"finish_reason": reason},) * 2 + ([],) for reason in ["stop", "error", "new"]),
        ({"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}, TOKEN]}},) * 2 + ([],),
        ({"logprobs": {}}, {"logprobs": {}}, []),
    ],
    "top": [
        ({"usage": {"prompt_tokens": 5}}, {"usage": {"prompt_tokens": 5}}, []),
        ({"usage": {**COUNTS, **DETAILS}}, {"usage": {**COUNTS, **DETAILS}}, []),
        ({"usage": {"service_tier": "flex"}}, {"usage": {}, "service_tier": "flex"}, []),
        ({"usage": "many"}, {"usage": "many"}, []),
    ],
}  # fmt: skip

# Besides the older field for cached tokens: OpenAI's usage, and what becomes of that field.
RENAMED = "renamed to prompt_tokens_details.cached_tokens"
CACHED: list[tuple[Part, Part, str]] = [
    ({}, DETAILS, RENAMED),
    ({"prompt_tokens_details": {"x": 1}}, {"prompt_tokens_details": {"x": 1, "cached_tokens": 3}}, RENAMED),
    (DETAILS, DETAILS, "dropped"),
    ({"prompt_tokens_details": "few"}, {"prompt_tokens_details": "few"}, "dropped"),
]  # fmt: skip

TO_OPENAI: dict[str, list[Row]] = {
    "said": [
        ({"content": [TEXT]}, {"content": "It is 4."}, ONE_STRING),
        ({"content": [TEXT, TEXT]}, {"content": "It is 4.It is 4."}, ONE_STRING),
        ({"content": [TEXT, THOUGHT]}, BOTH, ONE_STRING),
        ({"content": [{"type": "thinking", "thinking": "Hm"}]}, {"reasoning_content": "Hm"}, ONE_STRING),
        ({"content": [{"thinking": "H"}, {"text": "i"}]}, {"reasoning_content": "H", "content": "i"}, ONE_STRING),
        ({"content": [{"type": "thinking"}, {"type": "text", "text": None}]}, {"content": ""}, ONE_STRING),
        ({"content": []}, {}, ONE_STRING),
        ({"content": [TEXT, REFERENCE, THOUGHT]}, BOTH, ["content[1]: dropped", *ONE_STRING]),
        ({"content": [{"type": "thinking", "thinking": []}, REFERENCE]}, {}, ["content[1]: dropped", *ONE_STRING]),
        (
            {"content": [TEXT, REFERENCE, {"type": "image_url", "image_url": "u"}, {"type": "new"}]},
            {"content": "It is 4."},
            [*(f"content[{index}]: dropped" for index in (1, 2, 3)), *ONE_STRING],
        ),
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
    ],
    "message": [
        (
            {"tool_calls": [FIRST, {"function": FUNCTION}, {"id": "c1"}, {**CALL, "type": "new"}]},
            {"tool_calls": [CALL, {**CALL, "id": "null"}, {"id": "c1", "type": "function"}, CALL]},
            ["tool_calls[0].index: dropped", "tool_calls[3].type: dropped"],
        ),
        ({"prefix": True}, {}, ["prefix: dropped"]),
        (
            {"role": "user", "index": 1, "tool_call_id": "c", "metadata": {"a": 1}},
            {"role": "user"},
            ["index: dropped", "tool_call_id: dropped", "metadata: dropped"],
        ),
    ],
    "delta": [
        (
            {"tool_calls": [{"id": "c1", "function": FUNCTION}, {"id": "c2", "function": FUNCTION}]},
            {"tool_calls": [{"id": "c1", "function": FUNCTION, "index": 0}, {"id": "c2", "function": FUNCTION, "index": 1}]},
            ["tool_calls[0].index: set to 0", "tool_calls[1].index: set to 1"],
        ),
        (
            {"tool_call_id": "c", "index": 1, "metadata": {"a": 1}},
            {},
            ["tool_call_id: dropped", "index: dropped", "metadata: dropped"],
        ),
    ],
    "choice": [
        ({"finish_reason": "model_length"}, {"finish_reason": "length"}, ["finish_reason: changed to 'length'"]),
        (
            {"logprobs": {"content": [{**TOKEN, "token_id": 7, "top_logprobs": [{**TOKEN, "token_id": 8}]}]}},
            {"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}]}},
            [f"logprobs.content[0].{place}: dropped" for place in ["token_id", "top_logprobs[0].token_id"]],
        ),
        ({"prompt_logprobs": {"content": [TOKEN]}}, {}, ["prompt_logprobs: dropped"]),
        ({"messages": [{"content": "Hi"}]}, {}, ["messages: dropped"]),
    ],
    "top": [
        ({"usage": {"prompt_audio_seconds": 12}}, {"usage": {}}, ["usage.prompt_audio_seconds: dropped"]),
        *(
            ({"usage": {"num_cached_tokens": 3, **given}}, {"usage": there}, [f"usage.num_cached_tokens: {what}"])
            for given, there, what in CACHED
        ),
        (
            {"usage": {"service_tier": "priority"}, "service_tier": "flex"},
            {"usage": {}, "service_tier": "priority"},
            ["service_tier: dropped"],
        ),
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
        ({}, {"annotations": []}, ["annotations: dropped"]),
        ({"tool_calls": [{"function": FUNCTION}]}, {"function_call": FUNCTION, "tool_calls": []}, ["function_call: moved to tool_calls"]),
        ({"tool_calls": [{"function": {"name": "f"}}]}, {"function_call": {"name": "f", "arguments": []}}, ["function_call: moved to tool_calls", "function_call.arguments: dropped"]),
        ({"tool_calls": [CALL]}, {"tool_calls": [CUSTOM, CALL, {"type": "new"}]}, ["tool_calls[0]: dropped", "tool_calls[2]: dropped"]),
        ({}, {"tool_calls": [CUSTOM]}, ["tool_calls[0]: dropped"]),
        ({"tool_calls": [{**CALL, "type": 0}]},) * 2 + ([],),
        ({"prefix": True, "tool_calls": [FIRST]},) * 2 + ([],),
    ],
    "delta": [
        ({"tool_calls": [NEXT]}, {"tool_calls": [{**NEXT, "type": "function"}]}, []),
        ({"tool_calls": [NEXT]}, {"function_call": NEXT["function"], "tool_calls": []}, ["function_call: moved to tool_calls"]),
        ({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}, {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": True}}]}, ["tool_calls[0].function.arguments: dropped"]),
    ],
    "choice": [
        ({"finish_reason": "tool_calls"}, {"finish_reason": "function_call"}, ["finish_reason: changed to 'tool_calls'"]),
        ({"finish_reason": "content_filter"}, {"finish_reason": "content_filter"}, []),
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
        ({"usage": {"num_cached_tokens": 3, "service_tier": "auto"}},) * 2 + ([],),
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
    """The answer, whole or a piece of it, that has this part."""
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


def test_what_one_side_alone_has() -> None:
    # The other side has no such field, so its place there is that of what nobody knows.
    whole = {"metadata": {"a": "b"}, "obfuscation": "x7Jd"}
    for side, name in [("message", "metadata"), ("delta", "obfuscation")]:
        _, openai, _, convert = SIDES[side]
        done = convert(openai.from_dict({**HEAD, "choices": [], name: whole[name]}))
        assert (actions(done), done.value.extra) == ([f"{name}: dropped"], {})
    # Mistral's own field of the name can't hold it.
    theirs = ChatCompletion.from_dict(document("message", "choice", {"messages": 5}))
    assert actions(completion_from_openai(theirs)) == ["choices[0].messages: dropped"]
    # A message in a piece of a stream, which need not be an object.
    error = {**HEAD, "choices": [{"delta": {}, "message": "overloaded"}]}
    mistral, openai, to_openai, from_openai = SIDES["delta"]
    for done in (to_openai(mistral.from_dict(error)), from_openai(openai.from_dict(error))):
        assert (done.value.choices[0].extra, actions(done)) == ({"message": "overloaded"}, [])


# -- what no document says


def test_built_messages() -> None:
    weighted = m.FinetuningAssistantMessage(content="Hi", weight=0.5)
    messages: list[tuple[Any, list[str]]] = [
        (weighted, ["choices[0].message.weight: dropped"]),
        (m.DeltaMessage(content="Hi"), []),
    ]
    for message, changes in messages:
        choice = m.ChatCompletionResponseChoice(index=0, message=message, finish_reason="stop")
        done = completion_to_openai(m.ChatCompletionResponse(model="m", choices=[choice]))
        assert done.value.choices[0].message.to_dict() == {"content": "Hi", "role": "assistant"}
        assert actions(done) == changes


def test_absent_fields_stay_absent() -> None:
    least = {"model": "m", "choices": [{}, {"filter_results": {"a": 1}}]}
    for mistral, _, to_openai, from_openai in SIDES.values():
        there = to_openai(mistral.from_dict(least))
        back = from_openai(there.value)
        assert there.value.to_dict() == back.value.to_dict() == least
        assert (back.value, there.changes, back.changes) == (mistral.from_dict(least), (), ())


def test_null_arguments() -> None:
    calls: Any = {"tool_calls": [{"id": "c1", "function": {"arguments": None}}]}
    given = m.ChatCompletionResponse.from_dict(document("message", "said", calls))
    done = completion_to_openai(given)
    [call] = completion_from_openai(done.value).value.choices[0].message.tool_calls or ()
    there: Any = done.value.choices[0].message.tool_calls
    for each in (*there, call):
        assert each.function.arguments == "{}"


# -- streams


def gathered(*deltas: Part, **last: Any) -> m.ChatCompletionResponse:
    """The answer whose pieces these are, each converted by itself."""
    accumulator = m.StreamAccumulator()
    for delta in [*deltas, {}]:
        fields = {} if delta else last
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "tool_calls"}
        chunk = ChatCompletionChunk.from_dict({**HEAD, "choices": [choice], **fields})
        accumulator.add(chunk_from_openai(chunk).value)
    response = accumulator.response()
    assert accumulator.finished
    assert response is not None
    return response


def test_a_converted_stream_is_the_converted_answer() -> None:
    response = gathered(
        {"role": "assistant", "content": ""},
        *({"reasoning_content": "2 and "}, {"reasoning_content": "2 …"}),
        *({"content": "It is "}, {"content": "4."}),
        {"tool_calls": [{**FIRST, "function": {"name": "f", "arguments": ""}}]},
        *({"tool_calls": [{"index": 0, "function": {"arguments": it}}]} for it in ('{"a": ', "1}")),
        usage=COUNTS,
    )
    completion = completion_to_openai(response).value
    calls = [{**CALL, "function": {"name": "f", "arguments": '{"a": 1}'}}]
    message = {"role": "assistant", **BOTH, "tool_calls": calls}
    assert completion.choices[0].message.to_dict() == message
    assert completion_from_openai(completion).value.usage == response.usage


def test_pieces_of_a_deprecated_function_call() -> None:
    calls: list[Part] = [{"name": "f", "arguments": ""}, {"arguments": '{"a": '}, {"arguments": "1}"}]  # fmt: skip
    response = gathered(*({"function_call": call} for call in calls))
    [call] = response.choices[0].message.tool_calls or ()
    assert (call.function.name, call.function.parse_arguments()) == ("f", {"a": 1})
