"""Requests to what OpenAI's API accepts: what becomes of each thing, and what is told of it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioURLChunk,
    ChatCompletionRequest,
    DocumentURLChunk,
    FinetuningAssistantMessage,
    FunctionCall,
    ImageChunk,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    ToolCall,
    ToolMessage,
    UserMessage,
    ValidationError,
)
from mistral_proto.conversions import request_to_openai as module
from mistral_proto.openai import adapt_request, request_to_openai
from mistral_proto.wire import WireType
from tests.conversions.completion_documents import not_listed
from tests.conversions.openai_parameters import OPENAI_PARAMETERS
from tests.recorded.test_recorded import having

HI: dict[str, Any] = {"role": "user", "content": "Hi"}
FUNCTION: dict[str, Any] = {"name": "now", "parameters": {"type": "object"}}
TOOL: dict[str, Any] = {"type": "function", "function": FUNCTION}
SEARCH: dict[str, Any] = {"type": "web_search"}
CHOICE: dict[str, Any] = {"type": "function", "function": {"name": "now"}}
CALL: dict[str, Any] = {
    "id": "a1b2c3d4e",
    "type": "function",
    "function": {"name": "now", "arguments": "{}"},
}
TEXT: dict[str, Any] = {"type": "text", "text": "4."}
THOUGHT: dict[str, Any] = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
IMAGE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
PDF = "data:application/pdf;base64,JVBERi0="
WAV: dict[str, Any] = {
    "type": "input_audio",
    "input_audio": {"data": "UklGRg==", "format": "wav"},
}

NO_SUCH = "dropped: OpenAI's API has no such parameter"
NO_TOOLS = "dropped: there are no tools that it could be about"
NO_LIST = "dropped: it would be an empty list, which OpenAI's API refuses"
NAMED_SO = "OpenAI's API has it under that name"
EMPTY = "set to '': OpenAI's API wants a text, or parts"
TEXT_ONLY = "dropped: OpenAI's API takes text only here"
ONE_STRING = "OpenAI-like servers have one string of thinking, before the content"
SEARCH_DROPPED = "tools[{}]: dropped: OpenAI's API has no tool of type 'web_search'"

# Each case: a part of the request, what becomes of it, and the changes.
Case = tuple[str, Any, Any, list[str]]

KEPT: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.5,
    "max_tokens": 5,
    "stream": False,
    "stop": ["a", "b"],
    "metadata": {"a": "b"},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": 1}}},
    "presence_penalty": 0,
    "frequency_penalty": -1.5,
    "logprobs": True,
    "top_logprobs": 2,
    "n": 2,
    "prediction": {"type": "content", "content": "a"},
    "reasoning_effort": "max",
    "prompt_cache_key": "k",
    "service_tier": "auto",
}
DROPPED: dict[str, Any] = {
    "min_tokens": 1,
    "repetition_penalty": 1,
    "top_k": 1,
    "prompt_logprobs": False,
    "top_prompt_logprobs": 1,
    "prompt_mode": "reasoning",
    "guardrails": [],
    "safe_prompt": False,
}

PARAMETERS: list[Case] = [
    *((f"{name}, which is the same", {name: v}, {name: v}, []) for name, v in KEPT.items()),
    *((f"{name}, Mistral's own", {name: v}, {}, [f"{name}: {NO_SUCH}"]) for name, v in DROPPED.items()),
    ("stop, one", {"stop": "a"}, {"stop": "a"}, []),
    ("seed", {"random_seed": 0}, {"seed": 0}, [f"random_seed: renamed to seed: {NAMED_SO}"]),
    (
        "service tier",
        {"service_tier": "standard_only"},
        {"service_tier": "default"},
        [f"service_tier: changed to 'default': {NAMED_SO}"],
    ),
    (
        "for clients and tokenizers",
        {
            "extra_body": {"min_p": 0.1},
            "truncate_for_context_length": True,
            "continue_final_message": True,
        },
        {},
        [
            "extra_body: dropped: it is for the client that sends the request",
            "truncate_for_context_length: dropped: it is for tokenizers, and never sent",
            "continue_final_message: dropped: it is for tokenizers, and never sent",
        ],
    ),
    ("a format", {"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}, []),
    (
        "a schema that is not strict",
        {"response_format": {**KEPT["response_format"], "json_schema": {"name": "n", "schema": {}, "strict": False}}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
        [],
    ),
    (
        "a strict schema",
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}}},
        [],
    ),
    (
        "tools",
        {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False},
        {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False},
        [],
    ),
    (
        "functions that say nothing more",
        {"tools": [{"function": {**FUNCTION, "description": "", "strict": False}}]},
        {"tools": [TOOL]},
        [],
    ),
    (
        "functions that say more",
        {"tools": [{"type": "function", "function": {**FUNCTION, "description": "a", "strict": True}}]},
        {"tools": [{"type": "function", "function": {**FUNCTION, "description": "a", "strict": True}}]},
        [],
    ),
    ("named choice", {"tools": [TOOL], "tool_choice": CHOICE}, {"tools": [TOOL], "tool_choice": CHOICE}, []),
    (
        "any",
        {"tools": [TOOL], "tool_choice": "any"},
        {"tools": [TOOL], "tool_choice": "required"},
        [f"tool_choice: changed to 'required': {NAMED_SO}"],
    ),
    (
        "tools of the API's own",
        {"tools": [SEARCH, TOOL, {"type": "connector", "connector_id": "c"}], "tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "auto"},
        [
            SEARCH_DROPPED.format(0),
            "tools[2]: dropped: OpenAI's API has no tool of type 'connector'",
        ],
    ),
    (
        "no tool that OpenAI has",
        {"tools": [SEARCH], "tool_choice": "any", "parallel_tool_calls": True},
        {},
        [
            SEARCH_DROPPED.format(0),
            f"tools: {NO_LIST}",
            f"tool_choice: {NO_TOOLS}",
            f"parallel_tool_calls: {NO_TOOLS}",
        ],
    ),
]  # fmt: skip

ASSISTANT: dict[str, Any] = {"role": "assistant"}
TOOL_MESSAGE: dict[str, Any] = {"role": "tool", "content": "12", "tool_call_id": "a1b2c3d4e"}

MESSAGES: list[Case] = [
    ("system", {"role": "system", "content": "a"}, {"role": "system", "content": "a"}, []),
    (
        "system in parts",
        {"role": "system", "content": [TEXT, THOUGHT]},
        {"role": "system", "content": [TEXT]},
        [f"content[1]: {TEXT_ONLY}"],
    ),
    ("user", HI, HI, []),
    ("user with nothing", {"role": "user", "content": None}, {"role": "user", "content": ""}, [f"content: {EMPTY}"]),
    ("user with no parts", {"role": "user", "content": []}, {"role": "user", "content": ""}, [f"content: {EMPTY}"]),
    ("tool", TOOL_MESSAGE, TOOL_MESSAGE, []),
    ("tool in parts", {**TOOL_MESSAGE, "content": [TEXT]}, {**TOOL_MESSAGE, "content": [TEXT]}, []),
    (
        "tool with nothing",
        {**TOOL_MESSAGE, "content": None},
        {**TOOL_MESSAGE, "content": ""},
        [f"content: {EMPTY}"],
    ),
    (
        "tool with an image, and a name",
        {**TOOL_MESSAGE, "content": [IMAGE], "name": "now"},
        {**TOOL_MESSAGE, "content": ""},
        [
            f"content[0]: {TEXT_ONLY}",
            f"content: {EMPTY}",
            "name: dropped: OpenAI's API knows it by the call's id",
        ],
    ),
    ("assistant", {**ASSISTANT, "content": "a"}, {**ASSISTANT, "content": "a"}, []),
    ("assistant in a part", {**ASSISTANT, "content": [TEXT]}, {**ASSISTANT, "content": [TEXT]}, []),
    (
        "assistant with nothing",
        ASSISTANT,
        {**ASSISTANT, "content": ""},
        ["content: set to '': OpenAI's API wants one where no tool is called"],
    ),
    (
        "assistant with empty lists",
        {**ASSISTANT, "content": [], "tool_calls": []},
        {**ASSISTANT, "content": ""},
        [
            f"content: {NO_LIST}",
            f"tool_calls: {NO_LIST}",
            "content: set to '': OpenAI's API wants one where no tool is called",
        ],
    ),
    ("calls", {**ASSISTANT, "tool_calls": [CALL]}, {**ASSISTANT, "tool_calls": [CALL]}, []),
    (
        "calls with indexes and no id",
        {**ASSISTANT, "content": "", "tool_calls": [{"function": CALL["function"], "index": 0}]},
        {**ASSISTANT, "content": "", "tool_calls": [{**CALL, "id": "null"}]},
        [],
    ),
    (
        "prefix",
        {**ASSISTANT, "content": "a", "prefix": True},
        {**ASSISTANT, "content": "a"},
        ["prefix: dropped: OpenAI's models begin every answer themselves"],
    ),
    ("no prefix", {**ASSISTANT, "content": "a", "prefix": False}, {**ASSISTANT, "content": "a"}, []),
    (
        "thinking and text",
        {**ASSISTANT, "content": [THOUGHT, TEXT]},
        {**ASSISTANT, "content": "4.", "reasoning_content": "Hm."},
        [],
    ),
    (
        "thinking and texts",
        {**ASSISTANT, "content": [THOUGHT, TEXT, TEXT]},
        {**ASSISTANT, "content": [TEXT, TEXT], "reasoning_content": "Hm."},
        [],
    ),
    ("thinking alone", {**ASSISTANT, "content": [THOUGHT]}, {**ASSISTANT, "content": "", "reasoning_content": "Hm."}, []),
    (
        "thinking and a call",
        {**ASSISTANT, "content": [THOUGHT], "tool_calls": [CALL]},
        {**ASSISTANT, "reasoning_content": "Hm.", "tool_calls": [CALL]},
        [],
    ),
    (
        "thinking as a string",
        {**ASSISTANT, "content": [{"type": "thinking", "thinking": "Hm."}, TEXT]},
        {**ASSISTANT, "content": "4.", "reasoning_content": "Hm."},
        [],
    ),
    (
        "thinking that is more than a text",
        {
            **ASSISTANT,
            "content": [
                {
                    "type": "thinking",
                    "thinking": [*THOUGHT["thinking"], {"type": "reference", "reference_ids": [1]}],
                    "signature": "s",
                    "closed": False,
                },
                TEXT,
            ],
        },
        {**ASSISTANT, "content": "4.", "reasoning_content": "Hm."},
        [
            f"content[0].thinking[1]: dropped: {ONE_STRING}",
            f"content[0].signature: dropped: {ONE_STRING}",
            f"content[0].closed: dropped: {ONE_STRING}",
        ],
    ),
    (
        "thoughts everywhere",
        {**ASSISTANT, "content": [THOUGHT, THOUGHT, TEXT, THOUGHT]},
        {**ASSISTANT, "content": "4.", "reasoning_content": "Hm.Hm.Hm."},
        [
            f"content[1]: joined to reasoning_content: {ONE_STRING}",
            f"content[3]: joined to reasoning_content: {ONE_STRING}",
        ],
    ),
    (
        "other parts",
        {**ASSISTANT, "content": [TEXT, {"type": "reference", "reference_ids": [1]}, IMAGE]},
        {**ASSISTANT, "content": [TEXT]},
        [f"content[1]: {TEXT_ONLY}", f"content[2]: {TEXT_ONLY}"],
    ),
]  # fmt: skip

NO_PART = ": dropped: OpenAI's API has no part of type {!r}"
AS_FILE = ": changed to a file: OpenAI's API takes documents as files"

# A part of a user's message; None where nothing becomes of it.  Changes go on from its place.
PARTS: list[Case] = [
    ("text", TEXT, TEXT, []),
    ("image", IMAGE, IMAGE, []),
    ("image, by its URL alone", {**IMAGE, "image_url": "https://example.com/a.png"}, IMAGE, []),
    (
        "image with a detail",
        {**IMAGE, "image_url": {"url": "data:", "detail": "low"}},
        {**IMAGE, "image_url": {"url": "data:", "detail": "low"}},
        [],
    ),
    ("audio with a format", WAV, WAV, []),
    ("audio that tells its format", {**WAV, "input_audio": "UklGRg=="}, WAV, []),
    ("audio with a media type", {**WAV, "input_audio": "data:audio/x-wav;base64,UklGRg=="}, WAV, []),
    ("audio in a URL", {"type": "audio_url", "audio_url": "data:audio/wav;base64,UklGRg=="}, WAV, []),
    (
        "file",
        {"type": "file", "file_id": "f"},
        {"type": "file", "file": {"file_id": "f"}},
        [".file_id: moved into file: OpenAI's API has it there, for files uploaded to OpenAI"],
    ),
    (
        "document",
        {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
        {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
        [AS_FILE],
    ),
    (
        "document without a name",
        {"type": "document_url", "document_url": PDF},
        {"type": "file", "file": {"file_data": PDF}},
        [AS_FILE],
    ),
    (
        "document elsewhere",
        {"type": "document_url", "document_url": "https://example.com/a.pdf"},
        None,
        [": dropped: OpenAI's API takes a document's data, and no URL of it"],
    ),
    ("thinking", THOUGHT, None, [NO_PART.format("thinking")]),
    ("reference", {"type": "reference", "reference_ids": [1]}, None, [NO_PART.format("reference")]),
    (
        "tool reference",
        {"type": "tool_reference", "tool": "web_search", "title": "a"},
        None,
        [NO_PART.format("tool_reference")],
    ),
]  # fmt: skip


def cases(kind: str, rows: list[Case]) -> list[Any]:
    return [pytest.param(*row, id=f"{kind}, {name}") for name, *row in rows]


def check(given: dict[str, Any], expected: dict[str, Any], changes: list[str]) -> None:
    request = ChatCompletionRequest.from_dict(given)
    before = request.to_dict()
    done = request_to_openai(request)

    assert done.value == expected
    assert [*map(str, done.changes)] == changes
    assert json.loads(json.dumps(done.value)) == expected
    assert done.value.keys() <= OPENAI_PARAMETERS
    # What comes out is not part of what went in.
    spoil(done.value)
    assert request.to_dict() == before


def spoil(value: Any) -> None:
    """Empty all that can be changed, from the inside out."""
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            spoil(item)
        value.clear()


@pytest.mark.parametrize(("given", "expected", "changes"), cases("parameter", PARAMETERS))
def test_parameters(given: dict[str, Any], expected: dict[str, Any], changes: list[str]) -> None:
    check({"model": "m", "messages": [HI], **given}, {"model": "m", "messages": [HI], **expected}, changes)  # fmt: skip


@pytest.mark.parametrize(("given", "expected", "changes"), cases("message", MESSAGES))
def test_messages(given: Any, expected: Any, changes: list[str]) -> None:
    check(
        {"messages": [HI, given]},
        {"messages": [HI, expected]},
        [f"messages[1].{change}" for change in changes],
    )


@pytest.mark.parametrize(("given", "expected", "changes"), cases("part", PARTS))
def test_parts(given: Any, expected: Any, changes: list[str]) -> None:
    check(
        {"messages": [{"role": "user", "content": [TEXT, given]}]},
        {"messages": [{"role": "user", "content": [TEXT] if expected is None else [TEXT, expected]}]},
        [f"messages[0].content[1]{change}" for change in changes],
    )  # fmt: skip


# -- what no document says


def built(*messages: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest(messages=messages)


@pytest.mark.parametrize(
    ("message", "expected", "changes"),
    [
        pytest.param(
            FinetuningAssistantMessage(content="a", weight=0),
            {"role": "assistant", "content": "a"},
            ["weight: dropped: OpenAI's API does not weigh messages"],
            id="weight",
        ),
        pytest.param(
            AssistantMessage(content="a", extra={"refusal": "no", "x": {"y": [1]}}),
            {"role": "assistant", "content": "a", "refusal": "no", "x": {"y": [1]}},
            [],
            id="unknown fields of a message",
        ),
        pytest.param(
            AssistantMessage(
                content=[ThinkChunk(thinking="Hm.")], extra={"reasoning_content": "Oh."}
            ),
            {"role": "assistant", "content": "", "reasoning_content": "Hm."},
            ["reasoning_content: dropped: another field has become the field of this name"],
            id="thinking twice",
        ),
        pytest.param(
            AssistantMessage(
                content=[
                    ThinkChunk(
                        thinking=[TextChunk(text="Hm.", extra={"x": 1})], extra={"y": 1, "text": 1}
                    ),
                    TextChunk(text="4.", extra={"z": 1}),
                ]
            ),
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "4.", "z": 1}],
                "reasoning_content": "Hm.",
            },
            [
                f"content[0].thinking[0].x: dropped: {ONE_STRING}",
                "content[0].text: dropped: another field has become the field of this name",
                f"content[0].y: dropped: {ONE_STRING}",
            ],
            id="unknown fields of chunks",
        ),
        pytest.param(
            UserMessage(content=[ImageChunk(image="iVBORw0KGgo=", extra={"x": 1})]),
            {
                "role": "user",
                "content": [
                    {
                        "type": "image_url",
                        "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="},
                        "x": 1,
                    }
                ],
            },
            [],
            id="image in base64",
        ),
        pytest.param(
            UserMessage(
                content=[
                    AudioURLChunk(audio_url="data:audio/wav;base64,UklGRg==", extra={"x": 1}),
                    DocumentURLChunk(document_url=PDF, extra={"x": 1}),
                ]
            ),
            {
                "role": "user",
                "content": [
                    {**WAV, "x": 1},
                    {"type": "file", "file": {"file_data": PDF}, "x": 1},
                ],
            },
            [f"content[1]{AS_FILE}"],
            id="unknown fields of parts that become others",
        ),
        pytest.param(
            AssistantMessage(
                tool_calls=[
                    ToolCall.from_dict({"id": "c1", "x": 1}),
                    ToolCall(function=FunctionCall(name="f", arguments=None, extra={"y": 1})),
                ]
            ),
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "", "arguments": ""},
                        "x": 1,
                    },
                    {
                        "id": "null",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}", "y": 1},
                    },
                ],
            },
            [],
            id="what a server left out, and what it added",
        ),
    ],
)
def test_a_message_that_one_built(
    message: Any, expected: dict[str, Any], changes: list[str]
) -> None:
    done = request_to_openai(built(message))

    assert done.value == {"messages": [expected]}
    assert [*map(str, done.changes)] == [f"messages[0].{change}" for change in changes]
    assert json.loads(json.dumps(done.value)) == done.value


def test_every_problem_is_told_with_its_place() -> None:
    audio = {"type": "input_audio", "input_audio": "https://example.com/a.wav"}
    request = built(
        {"role": "user", "content": [TEXT, audio, {**audio, "input_audio": "AAAA"}]},
        {"role": "user", "content": [AudioURLChunk(audio_url="https://example.com/a.wav")]},
        {"role": "tool", "content": "12"},
    )
    with pytest.raises(ValidationError) as caught:
        request_to_openai(request)

    no_url = "expected the audio in base64, as OpenAI's API takes no URL of it, got the string"
    url = "'https://example.com/a.wav'"
    assert caught.value.title == "the request"
    assert [*map(str, caught.value.problems)] == [
        f"messages[0].content[1].input_audio: {no_url} {url}",
        "messages[0].content[2].input_audio: expected an object with data and format,"
        " since the data does not tell its format, got the string 'AAAA'",
        f"messages[1].content[0].audio_url: {no_url} {url}",
        "messages[2].tool_call_id: expected this field, got nothing",
    ]


@pytest.mark.parametrize(
    "cls",
    [
        ChatCompletionRequest,
        SystemMessage,
        UserMessage,
        AssistantMessage,
        FinetuningAssistantMessage,
        ToolMessage,
    ],
)
def test_a_table_has_a_rule_for_every_field(cls: type[WireType]) -> None:
    # So that nobody adds a parameter that goes to OpenAI unseen.
    assert module._RULES[cls].keys() == cls._specs.keys()


# -- there and back

CHANGED = ("logprobs", "top_logprobs", "reasoning_effort")


def body(seed: int) -> dict[str, Any]:
    """A request of OpenAI's, in which Mistral's API needs nothing changed."""
    rng = random.Random(seed)

    def some(fields: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if rng.random() < 0.4}

    def said() -> Any:
        parts = [{"type": "text", "text": f"text {rng.random()}"} for _ in range(rng.randint(1, 3))]
        return rng.choice(["", "Hi", parts])

    def shown() -> Any:
        image = {"type": "image_url", "image_url": {"url": PDF, **some({"detail": "low"})}}
        return rng.choice([said(), [TEXT, image], [image]])

    messages = rng.choice([[], [{"role": "system", "content": said()}]])
    for number in range(rng.randint(1, 4)):
        call = {**CALL, "id": f"call{number:05}"}
        calls = {"role": "assistant", "tool_calls": [call], **some({"content": said()})}
        answer = {"role": "tool", "content": said(), "tool_call_id": call["id"]}
        messages += [
            {"role": "user", "content": shown()},
            *rng.choice([[], [calls, answer]]),
            {"role": "assistant", "content": said()},
        ]
    function = {**FUNCTION, **some({"description": "a", "strict": True})}
    tools = {
        "tools": [{"type": "function", "function": function}],
        **some(
            {
                "tool_choice": rng.choice(["auto", "none", "required", CHOICE]),
                "parallel_tool_calls": True,
            }
        ),
    }
    # Mistral's API does not take these.
    same = {name: KEPT[name] for name in KEPT if name not in CHANGED}
    return {
        "model": "m",
        "messages": [*messages, HI],
        **some(same),
        **rng.choice([{}, tools]),
    }


@pytest.mark.parametrize("seed", range(200))
def test_a_request_of_openais_comes_back_the_same(seed: int) -> None:
    given = body(seed)
    adapted = adapt_request(given)
    done = request_to_openai(adapted.request)

    assert adapted.changes == ()
    assert done.value == given
    assert done.changes == ()


@pytest.mark.parametrize("seed", range(50))
def test_thinking_comes_back_where_it_was(seed: int) -> None:
    given = body(seed)
    for message in given["messages"]:
        if message["role"] == "assistant":
            message["reasoning_content"] = "2 and 2 …"
            # One part and a string are the same beside it, and so are none and "".
            if "tool_calls" in message or isinstance(message["content"], list):
                message.pop("content", None)
                message.setdefault("tool_calls", [CALL])
    adapted = adapt_request(given)
    done = request_to_openai(adapted.request)

    assert {change.path[-1] for change in adapted.changes} <= {"reasoning_content"}
    assert done.value == given
    assert done.changes == ()


def as_one_says_it(request: ChatCompletionRequest) -> dict[str, Any]:
    """The document, without what says nothing: a call's index, and where pieces of thinking end."""
    document: dict[str, Any] = request.to_dict()
    for tool in document.get("tools", ()):
        if tool.get("function", {}).get("description") == "":
            del tool["function"]["description"]
    for message in document["messages"]:
        if message.get("prefix") is False:
            del message["prefix"]
        for call in message.get("tool_calls", ()):
            call.pop("index", None)
        for chunk in message["content"]:
            if "thinking" in chunk:
                text = "".join([piece["text"] for piece in chunk["thinking"]])
                chunk["thinking"] = [{"type": "text", "text": text}]
    return document


@pytest.mark.parametrize("document", having("request"))
def test_recorded_requests(document: dict[str, Any]) -> None:
    request = ChatCompletionRequest.from_dict(document)
    done = request_to_openai(request)
    again = adapt_request(done.value).request

    assert not_listed(as_one_says_it(request), again.to_dict(), done.changes) == []
    assert done.value.keys() <= OPENAI_PARAMETERS
    # What came through once comes through again.
    assert request_to_openai(again).value == done.value
