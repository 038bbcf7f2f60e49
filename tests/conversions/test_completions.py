"""Whole answers to OpenAI's types and back: what becomes of each thing, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    DeltaMessage,
    FinetuningAssistantMessage,
    UsageInfo,
)
from mistral_proto.openai import (
    ChatCompletion,
    Choice,
    completion_from_openai,
    completion_to_openai,
)

HEAD: dict[str, Any] = {"id": "r1", "object": "chat.completion", "created": 1, "model": "m"}
TEXT = {"type": "text", "text": "It is 4."}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]}
FUNCTION = {"name": "f", "arguments": "{}"}
CALL = {"id": "c1", "type": "function", "function": FUNCTION}
CUSTOM = {"id": "c2", "type": "custom", "custom": {"name": "f", "input": "a"}}
TOKEN = {"token": "a", "logprob": -0.5, "bytes": [97]}
SAID = "choices[0].message"

# Each case: a part of Mistral's document, the same part of OpenAI's, and the changes.
Case = tuple[str, dict[str, Any], dict[str, Any], list[str]]

MESSAGES_TO_OPENAI: list[Case] = [
    ("text", {"content": "Hi"}, {"content": "Hi"}, []),
    ("no content", {}, {}, []),
    ("empty text", {"content": ""}, {"content": ""}, []),
    (
        "thinking and text",
        {"content": [THOUGHT, TEXT]},
        {"content": "It is 4.", "reasoning_content": "2 and 2 …"},
        [],
    ),
    ("thinking alone", {"content": [THOUGHT]}, {"reasoning_content": "2 and 2 …"}, []),
    (
        "text in chunks",
        {"content": [TEXT, TEXT]},
        {"content": "It is 4.It is 4."},
        [
            f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content",
        ],
    ),
    (
        "thinking after text",
        {"content": [TEXT, THOUGHT]},
        {"content": "It is 4.", "reasoning_content": "2 and 2 …"},
        [f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content"],
    ),
    (
        "thinking as a string",
        {"content": [{"type": "thinking", "thinking": "Hm"}]},
        {"reasoning_content": "Hm"},
        [f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content"],
    ),
    (
        "thinking after text, beside another chunk",
        {"content": [TEXT, {"type": "reference", "reference_ids": [1]}, THOUGHT, TEXT]},
        {"content": "It is 4.It is 4.", "reasoning_content": "2 and 2 …"},
        [
            f"{SAID}.content[1]: dropped: OpenAI's answers have no part of type 'reference'",
            f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content",
        ],
    ),
    (
        "empty thinking beside another chunk",
        {"content": [{"type": "thinking", "thinking": []}, {"type": "reference", "reference_ids": [1]}]},
        {},
        [
            f"{SAID}.content[1]: dropped: OpenAI's answers have no part of type 'reference'",
            f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content",
        ],
    ),
    (
        "no chunks",
        {"content": []},
        {},
        [f"{SAID}.content: joined: OpenAI has one string of text and one of reasoning_content"],
    ),
    (
        "other chunks",
        {
            "content": [
                TEXT,
                {"type": "reference", "reference_ids": [1]},
                {"type": "image_url", "image_url": "u"},
                {"type": "hologram"},
            ]
        },
        {"content": "It is 4."},
        [
            f"{SAID}.content[1]: dropped: OpenAI's answers have no part of type 'reference'",
            f"{SAID}.content[2]: dropped: OpenAI's answers have no part of type 'image_url'",
            f"{SAID}.content[3]: dropped: OpenAI's answers have no part of type 'hologram'",
        ],
    ),
    (
        "all of a chunk",
        {
            "content": [
                {
                    "type": "thinking",
                    "thinking": [
                        {"type": "text", "text": "Hm", "a": 1},
                        {"type": "reference", "reference_ids": [1]},
                    ],
                    "signature": "s",
                    "closed": False,
                    "b": 2,
                },
                {**TEXT, "c": 3},
            ]
        },
        {"content": "It is 4.", "reasoning_content": "Hm"},
        [
            f"{SAID}.content[0].{place}: dropped: {why}"
            for place, why in [
                ("thinking[0].a", "OpenAI has a string in place of the chunk"),
                ("thinking[1]", "OpenAI's reasoning_content is a string"),
                ("signature", "OpenAI's reasoning_content is a string"),
                ("closed", "OpenAI's reasoning_content is a string"),
                ("b", "OpenAI's reasoning_content is a string"),
            ]
        ]
        + [f"{SAID}.content[1].c: dropped: OpenAI has a string in place of the chunk"],
    ),
    (
        "calls",
        {"tool_calls": [{**CALL, "index": 1}, {"function": FUNCTION}]},
        {"tool_calls": [CALL, {**CALL, "id": "null"}]},
        [f"{SAID}.tool_calls[0].index: dropped: its place in the list tells it"],
    ),
    (
        "a call of nothing",
        {"tool_calls": [{"id": "c1"}]},
        {"tool_calls": [{"id": "c1", "type": "function"}]},
        [],
    ),
    (
        "a call of another kind",
        {"tool_calls": [{**CALL, "type": "brand-new"}]},
        {"tool_calls": [CALL]},
        [
            f"{SAID}.tool_calls[0].type: replaced by 'function':"
            " OpenAI has functions in such calls only"
        ],
    ),
    (
        "prefix",
        {"content": "Hi", "prefix": True},
        {"content": "Hi"},
        [f"{SAID}.prefix: dropped: OpenAI's models begin every answer themselves"],
    ),
    (
        "another role",
        {"role": "user", "content": "Hi", "index": 1, "tool_call_id": "c", "metadata": {"a": 1}},
        {"role": "user", "content": "Hi"},
        [
            f"{SAID}.tool_call_id: dropped: OpenAI's answers answer no call",
            f"{SAID}.index: dropped: OpenAI's messages are not numbered",
            f"{SAID}.metadata: dropped: OpenAI's messages have no metadata",
        ],
    ),
    (
        "OpenAI's fields, from a server with both",
        {"content": "Hi", "reasoning_content": "Hm", "refusal": None, "x": [None]},
        {"content": "Hi", "reasoning_content": "Hm", "refusal": None, "x": [None]},
        [],
    ),
    (
        "OpenAI's fields that are already there, or wrong",
        {"content": [THOUGHT], "reasoning_content": "Hm", "annotations": [{"a": 1}], "audio": 1},
        {"reasoning_content": "2 and 2 …", "annotations": [{"a": 1}], "audio": 1},
        [f"{SAID}.reasoning_content: dropped: another field has become the field of this name"],
    ),
]  # fmt: skip

MESSAGES_FROM_OPENAI: list[Case] = [
    (
        "thinking and text",
        {"content": [THOUGHT, TEXT]},
        {"content": "It is 4.", "reasoning_content": "2 and 2 …"},
        [],
    ),
    (
        "the other name of thinking",
        {"content": [THOUGHT, TEXT]},
        {"content": "It is 4.", "reasoning": "2 and 2 …"},
        [f"{SAID}.reasoning: read as reasoning_content: Mistral has one kind of thinking"],
    ),
    (
        "both names of thinking",
        {"content": [THOUGHT]},
        {"reasoning_content": "2 and 2 …", "reasoning": "Hm"},
        [f"{SAID}.reasoning: dropped: reasoning_content stands in its place"],
    ),
    (
        "empty thinking",
        {"content": "Hi"},
        {"content": "Hi", "reasoning_content": "", "reasoning": ""},
        [
            f"{SAID}.reasoning_content: dropped: it is empty",
            f"{SAID}.reasoning: dropped: it is empty",
        ],
    ),
    (
        "what Mistral has nothing like",
        {},
        {
            "refusal": "No",
            "annotations": [],
            "audio": {"id": "a", "data": "", "expires_at": 1, "transcript": ""},
        },
        [
            f"{SAID}.refusal: dropped: Mistral does not tell a refusal from an answer",
            f"{SAID}.annotations: dropped:"
            " Mistral has the pages that an answer cites among its content",
            f"{SAID}.audio: dropped: Mistral's answers have no audio",
        ],
    ),
    (
        "calls",
        {"tool_calls": [CALL, {**CALL, "id": "null"}]},
        {"tool_calls": [CALL, {"type": "function", "function": FUNCTION}]},
        [],
    ),
    (
        "calls of other kinds",
        {"tool_calls": [CALL]},
        {"tool_calls": [CUSTOM, CALL, {"type": "brand-new"}]},
        [
            f"{SAID}.tool_calls[0]: dropped: Mistral has no calls of type 'custom'",
            f"{SAID}.tool_calls[2]: dropped: Mistral has no calls of type 'brand-new'",
        ],
    ),
    (
        "a call of another kind alone",
        {},
        {"tool_calls": [CUSTOM]},
        [f"{SAID}.tool_calls[0]: dropped: Mistral has no calls of type 'custom'"],
    ),
    ("no calls", {"tool_calls": []}, {"tool_calls": []}, []),
    (
        "the older way of calling",
        {"tool_calls": [{**CALL, "id": "null"}]},
        {"function_call": FUNCTION},
        [f"{SAID}.function_call: moved to tool_calls: Mistral has tool calls only"],
    ),
    (
        "both ways of calling",
        {"tool_calls": [CALL, {**CALL, "id": "null"}]},
        {"function_call": FUNCTION, "tool_calls": [CALL]},
        [f"{SAID}.function_call: moved to tool_calls: Mistral has tool calls only"],
    ),
    (
        "the older way of calling, and a custom tool",
        {"tool_calls": [{**CALL, "id": "null"}]},
        {"function_call": FUNCTION, "tool_calls": [CUSTOM]},
        [
            f"{SAID}.function_call: moved to tool_calls: Mistral has tool calls only",
            f"{SAID}.tool_calls[0]: dropped: Mistral has no calls of type 'custom'",
        ],
    ),
    ("another role", {"role": "user", "content": "Hi"}, {"role": "user", "content": "Hi"}, []),
    (
        "Mistral's fields, as its API sends them",
        {"content": "Hi", "prefix": True, "tool_calls": [{**CALL, "index": 0}]},
        {"content": "Hi", "prefix": True, "tool_calls": [{**CALL, "index": 0}]},
        [],
    ),
]

CHOICES_TO_OPENAI: list[Case] = [
    ("stop", {"finish_reason": "stop"}, {"finish_reason": "stop"}, []),
    ("no reason", {}, {}, []),
    (
        "the model's own limit",
        {"finish_reason": "model_length"},
        {"finish_reason": "length"},
        [
            "choices[0].finish_reason: replaced by 'length':"
            " OpenAI has one name for every limit of length"
        ],
    ),
    ("error", {"finish_reason": "error"}, {"finish_reason": "error"}, []),
    ("brand-new", {"finish_reason": "brand-new"}, {"finish_reason": "brand-new"}, []),
    (
        "log probabilities",
        {"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}, TOKEN]}},
        {"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}, TOKEN]}},
        [],
    ),
    (
        "numbers of tokens",
        {"logprobs": {"content": [{**TOKEN, "token_id": 7, "top_logprobs": [{**TOKEN, "token_id": 8}]}]}},
        {"logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}]}},
        [
            f"choices[0].logprobs.content[0].{place}: dropped: OpenAI does not number its tokens"
            for place in ["token_id", "top_logprobs[0].token_id"]
        ],
    ),
    ("log probabilities of nothing", {"logprobs": {}}, {"logprobs": {}}, []),
    (
        "of the prompt",
        {"prompt_logprobs": {"content": [TOKEN]}},
        {},
        ["choices[0].prompt_logprobs: dropped: OpenAI has log probabilities of the answer only"],
    ),
    (
        "several messages",
        {"messages": [{"content": "Hi"}]},
        {},
        ["choices[0].messages: dropped: OpenAI's choices have one message each"],
    ),
]  # fmt: skip

CHOICES_FROM_OPENAI: list[Case] = [
    (
        "a call",
        {"finish_reason": "tool_calls"},
        {"finish_reason": "function_call"},
        ["choices[0].finish_reason: replaced by 'tool_calls': Mistral has tool calls only"],
    ),
    ("filtered", {"finish_reason": "content_filter"}, {"finish_reason": "content_filter"}, []),
    (
        "log probabilities of a refusal",
        {"logprobs": {"content": []}},
        {"logprobs": {"content": [], "refusal": [TOKEN]}},
        [
            "choices[0].logprobs.refusal: dropped:"
            " Mistral does not tell a refusal from an answer"
        ],
    ),
    (
        "Mistral's fields, as its API sends them",
        {"prompt_logprobs": {"content": [TOKEN]}},
        {"prompt_logprobs": {"content": [TOKEN]}},
        [],
    ),
    (
        "what Mistral's field of the name can't hold",
        {},
        {"messages": 5},
        [
            "choices[0].messages: dropped: the field of this name can't hold it:"
            " the document: expected a list, got the number 5",
        ],
    ),
]  # fmt: skip

COUNTS = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}

WHOLES_TO_OPENAI: list[Case] = [
    ("nothing but what must be", {}, {}, []),
    (
        "usage",
        {"usage": {**COUNTS, "prompt_tokens_details": {"cached_tokens": 3}}},
        {"usage": {**COUNTS, "prompt_tokens_details": {"cached_tokens": 3}}},
        [],
    ),
    ("some of the usage", {"usage": {"prompt_tokens": 5}}, {"usage": {"prompt_tokens": 5}}, []),
    (
        "the older field for cached tokens",
        {"usage": {**COUNTS, "num_cached_tokens": 3}},
        {"usage": {**COUNTS, "prompt_tokens_details": {"cached_tokens": 3}}},
        [
            "usage.num_cached_tokens: renamed to prompt_tokens_details.cached_tokens:"
            " OpenAI has that one only"
        ],
    ),
    (
        "both fields for cached tokens",
        {"usage": {"num_cached_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}},
        {"usage": {"prompt_tokens_details": {"cached_tokens": 4}}},
        ["usage.num_cached_tokens: dropped: prompt_tokens_details.cached_tokens counts them too"],
    ),
    (
        "the older field, and details that do not count them",
        {"usage": {"num_cached_tokens": 3, "prompt_tokens_details": {"x": 1}}},
        {"usage": {"prompt_tokens_details": {"cached_tokens": 3, "x": 1}}},
        [
            "usage.num_cached_tokens: renamed to prompt_tokens_details.cached_tokens:"
            " OpenAI has that one only"
        ],
    ),
    (
        "audio",
        {"usage": {**COUNTS, "prompt_audio_seconds": 12}},
        {"usage": COUNTS},
        ["usage.prompt_audio_seconds: dropped: OpenAI counts audio in tokens"],
    ),
    (
        "service tier",
        {"usage": {**COUNTS, "service_tier": "priority"}},
        {"usage": COUNTS, "service_tier": "priority"},
        [],
    ),
    (
        "service tiers",
        {"usage": {**COUNTS, "service_tier": "priority"}, "service_tier": "flex"},
        {"usage": COUNTS, "service_tier": "priority"},
        ["service_tier: dropped: another field has become the field of this name"],
    ),
    (
        "OpenAI's fields, from a server with both",
        {"system_fingerprint": "fp_1", "moderation": None},
        {"system_fingerprint": "fp_1", "moderation": None},
        [],
    ),
]

WHOLES_FROM_OPENAI: list[Case] = [
    (
        "what Mistral has nothing like",
        {},
        {
            "metadata": {"a": "b"},
            "moderation": {
                "input": {"type": "skipped"},
                "output": {"type": "error", "code": "c", "message": "no"},
            },
            "service_tier": "default",
            "system_fingerprint": "fp_1",
        },
        [
            "metadata: dropped: Mistral's answers do not repeat it",
            "moderation: dropped: Mistral's answers have no moderation",
            "service_tier: dropped: Mistral has it among the usage, and there is none",
            "system_fingerprint: dropped: Mistral names no configuration of its servers",
        ],
    ),
    (
        "details of the usage",
        {"usage": {**COUNTS, "prompt_tokens_details": {"cached_tokens": 3}}},
        {
            "usage": {
                **COUNTS,
                "completion_tokens_details": {"reasoning_tokens": 1},
                "prompt_tokens_details": {
                    "audio_tokens": 0,
                    "cache_write_tokens": 1,
                    "cached_tokens": 3,
                    "image_tokens": 4,
                    "text_tokens": 5,
                },
            }
        },
        [
            f"usage.{place}: dropped: Mistral does not count these apart"
            for place in [
                "completion_tokens_details",
                "prompt_tokens_details.audio_tokens",
                "prompt_tokens_details.cache_write_tokens",
                "prompt_tokens_details.image_tokens",
                "prompt_tokens_details.text_tokens",
            ]
        ],
    ),
    (
        "service tier",
        {"usage": {**COUNTS, "service_tier": "priority"}},
        {"usage": COUNTS, "service_tier": "priority"},
        [],
    ),
    (
        "service tiers",
        {"usage": {**COUNTS, "service_tier": "priority"}},
        {"usage": {**COUNTS, "service_tier": "auto"}, "service_tier": "priority"},
        ["usage.service_tier: dropped: the service tier beside the usage counts"],
    ),
    (
        "Mistral's fields, as its API sends them",
        {"usage": {**COUNTS, "num_cached_tokens": 3, "service_tier": "auto"}},
        {"usage": {**COUNTS, "num_cached_tokens": 3, "service_tier": "auto"}},
        [],
    ),
]


def whole(**fields: Any) -> dict[str, Any]:
    return {**HEAD, "choices": [], **fields}


def with_choice(choice: dict[str, Any]) -> dict[str, Any]:
    return whole(choices=[{"index": 0, "message": {"role": "assistant"}, **choice}])


def with_message(message: dict[str, Any]) -> dict[str, Any]:
    return with_choice({"message": {"role": "assistant", **message}, "finish_reason": "stop"})


def wrapped(messages: list[Case], choices: list[Case], wholes: list[Case]) -> list[Any]:
    return [
        pytest.param(wrap(mistral), wrap(openai), changes, id=f"{kind}, {name}")
        for kind, wrap, cases in [
            ("message", with_message, messages),
            ("choice", with_choice, choices),
            ("whole", lambda fields: whole(**fields), wholes),
        ]
        for name, mistral, openai, changes in cases
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mistral", "openai", "changes"),
    wrapped(MESSAGES_TO_OPENAI, CHOICES_TO_OPENAI, WHOLES_TO_OPENAI),
)
def test_to_openai(mistral: dict[str, Any], openai: dict[str, Any], changes: list[str]) -> None:
    done = completion_to_openai(ChatCompletionResponse.from_dict(mistral))

    assert done.value == ChatCompletion.from_dict(openai)
    assert done.value.to_dict() == openai
    assert [*map(str, done.changes)] == changes


@pytest.mark.parametrize(
    ("mistral", "openai", "changes"),
    wrapped(MESSAGES_FROM_OPENAI, CHOICES_FROM_OPENAI, WHOLES_FROM_OPENAI),
)
def test_from_openai(mistral: dict[str, Any], openai: dict[str, Any], changes: list[str]) -> None:
    done = completion_from_openai(ChatCompletion.from_dict(openai))

    assert done.value == ChatCompletionResponse.from_dict(mistral)
    assert [*map(str, done.changes)] == changes


# -- what no document says


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        pytest.param(
            FinetuningAssistantMessage(content="Hi", weight=0.5),
            [f"{SAID}.weight: dropped: OpenAI's answers are not weighed"],
            id="weighed",
        ),
        pytest.param(
            DeltaMessage(content="Hi"),
            [f"{SAID}.role: written as 'assistant': it can't be left out there"],
            id="no role",
        ),
        pytest.param(DeltaMessage(content="Hi", role="assistant"), [], id="delta"),
    ],
)
def test_a_message_that_one_built(message: Any, changes: list[str]) -> None:
    response = ChatCompletionResponse(
        model="m",
        choices=[ChatCompletionResponseChoice(index=0, message=message, finish_reason="stop")],
        usage=UsageInfo(),
    )
    done = completion_to_openai(response)

    assert done.value.id == response.id
    assert done.value.created == response.created
    assert done.value.choices[0].message.to_dict() == {"content": "Hi", "role": "assistant"}
    assert [*map(str, done.changes)] == changes


def test_what_a_server_left_out_is_not_made_up() -> None:
    least = {"model": "m", "choices": [{}, {"filter_results": {"a": 1}}]}
    completion = completion_to_openai(ChatCompletionResponse.from_dict(least))
    response = completion_from_openai(completion.value)

    assert completion.value.to_dict() == least
    assert response.value.to_dict() == least
    assert response.value == ChatCompletionResponse.from_dict(least)
    assert (completion.changes, response.changes) == ((), ())


def test_arguments_that_are_null_read_the_same_on_the_other_side() -> None:
    document = with_message({"tool_calls": [{"id": "c1", "function": {"arguments": None}}]})
    response = ChatCompletionResponse.from_dict(document)
    done = completion_to_openai(response)

    calls: Any = done.value.choices[0].message.tool_calls
    assert calls[0].function.arguments == "{}"
    [call] = completion_from_openai(done.value).value.choices[0].message.tool_calls or ()
    assert call.function.arguments == "{}"


def test_the_message_of_a_choice_may_be_left_out() -> None:
    choice = Choice.from_dict({"index": 0, "finish_reason": "stop"})
    completion = ChatCompletion(id="1", created=1, model="m", choices=[choice])
    response = completion_from_openai(completion).value

    assert isinstance(response.choices[0].message, AssistantMessage)
    assert "message" not in response.choices[0].to_dict()
