"""Requests to what OpenAI's API accepts: the result of each part, and the changes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.errors import format_path
from mistral_proto.openai import adapt_request, request_to_openai
from tests.conversions.helpers import actions
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
ANSWERS: dict[str, Any] = {"tool_call_id": "a1b2c3d4e"}
THOUGHT_BEFORE: dict[str, Any] = {"reasoning_content": "Hm."}
PDF = "data:application/pdf;base64,JVBERi0="
WAV_URL = "data:audio/wav;base64,UklGRg=="
WAV: dict[str, Any] = {
    "type": "input_audio",
    "input_audio": {"data": "UklGRg==", "format": "wav"},
}

# A part of the request, the result, and the changes.
Case = tuple[Any, Any, list[str]]

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
    **dict.fromkeys(["min_tokens", "repetition_penalty", "top_k", "top_prompt_logprobs"], 1),
    **dict.fromkeys(["prompt_logprobs", "safe_prompt"], False),
    "guardrails": [],
    "prompt_mode": "reasoning",
    # of the client or the tokenizer
    "extra_body": {"min_p": 0.1},
    "truncate_for_context_length": True,
    "continue_final_message": True,
}
TOOLS: dict[str, Any] = {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False}


def schema(**more: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, **more}}}  # fmt: skip


def function(**more: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {**FUNCTION, **more}}]}


PARAMETERS: list[Case] = [
    (KEPT, KEPT, []),
    *(({name: value}, {}, [f"{name}: dropped"]) for name, value in DROPPED.items()),
    ({"truncate_for_context_length": False, "continue_final_message": False}, {}, []),
    ({"random_seed": 0}, {"seed": 0}, ["random_seed: renamed to seed"]),
    ({"service_tier": "standard_only"}, {"service_tier": "default"}, ["service_tier: changed to 'default'"]),
    (schema(strict=False), schema(), []),
    (schema(strict=True), schema(strict=True), []),
    (function(description="", strict=False), function(), []),
    (function(description="a", strict=True), function(description="a", strict=True), []),
    ({**TOOLS, "tool_choice": "any"}, {**TOOLS, "tool_choice": "required"}, ["tool_choice: changed to 'required'"]),
    (
        {**TOOLS, "tools": [SEARCH, TOOL, {"type": "connector", "connector_id": "c"}]},
        TOOLS,
        ["tools[0]: dropped", "tools[2]: dropped"],
    ),
    ({**TOOLS, "tools": [SEARCH]}, {}, ["tools[0]: dropped", "tool_choice: dropped", "parallel_tool_calls: dropped"]),
]  # fmt: skip

NO_TEXT = ["content: set to ''"]

# Messages without their role, by role.
MESSAGES: dict[str, list[Case]] = {
    "system": [({"content": [TEXT, THOUGHT]}, {"content": [TEXT]}, ["content[1]: dropped"])],
    "user": [
        ({"content": None}, {"content": ""}, NO_TEXT),
        ({"content": []}, {"content": ""}, NO_TEXT),
    ],
    "tool": [
        ({"content": [TEXT], **ANSWERS}, {"content": [TEXT], **ANSWERS}, []),
        ({"content": None, **ANSWERS}, {"content": "", **ANSWERS}, NO_TEXT),
        (
            {"content": [IMAGE], **ANSWERS, "name": "now"},
            {"content": "", **ANSWERS},
            ["content[0]: dropped", "name: dropped", *NO_TEXT],
        ),
    ],
    "assistant": [
        ({"content": "", "prefix": False}, {"content": ""}, []),
        ({"content": "a", "prefix": True}, {"content": "a"}, ["prefix: dropped"]),
        ({}, {"content": ""}, NO_TEXT),
        ({"content": [], "tool_calls": []}, {"content": ""}, ["content: dropped", "tool_calls: dropped", *NO_TEXT]),
        (
            {"content": "", "tool_calls": [{"function": CALL["function"], "index": 0}]},
            {"content": "", "tool_calls": [{**CALL, "id": "null"}]},
            ["tool_calls[0].index: dropped"],
        ),
        ({"content": [THOUGHT]}, {"content": "", **THOUGHT_BEFORE}, NO_TEXT),
        ({"content": [THOUGHT], "tool_calls": [CALL]}, {**THOUGHT_BEFORE, "tool_calls": [CALL]}, []),
        ({"content": [{"type": "thinking", "thinking": "Hm."}, TEXT]}, {"content": "4.", **THOUGHT_BEFORE}, []),
        (
            {"content": [{**THOUGHT, "signature": "s"}, TEXT, TEXT]},
            {"content": [TEXT, TEXT], **THOUGHT_BEFORE},
            ["content[0].signature: dropped"],
        ),
        (
            {"content": [THOUGHT, THOUGHT, TEXT, THOUGHT]},
            {"content": "4.", "reasoning_content": "Hm.Hm.Hm."},
            [f"content[{index}]: joined to reasoning_content" for index in (1, 3)],
        ),
        ({"content": [TEXT, IMAGE]}, {"content": [TEXT]}, ["content[1]: dropped"]),
    ],
}  # fmt: skip

# A part of a user's message; None if it is dropped.
PARTS: list[Case] = [
    ({**IMAGE, "image_url": "https://example.com/a.png"}, IMAGE, []),
    ({**IMAGE, "image_url": {"url": "data:", "detail": "low"}},) * 2 + ([],),
    (WAV, WAV, []),
    ({**WAV, "input_audio": "UklGRg=="}, WAV, []),
    ({**WAV, "input_audio": "data:audio/x-wav;base64,UklGRg=="}, WAV, []),
    ({"type": "audio_url", "audio_url": {"url": WAV_URL}}, WAV, []),
    ({"type": "file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}, [".file_id: moved into file"]),
    (
        {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
        {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
        [": changed to a file"],
    ),
    ({"type": "document_url", "document_url": "https://example.com/a.pdf"}, None, [": dropped"]),
    (THOUGHT, None, [": dropped"]),
]  # fmt: skip


def check(given: dict[str, Any], expected: dict[str, Any], changes: list[str]) -> None:
    request = m.ChatCompletionRequest.from_dict(given)
    before = request.to_dict()
    done = request_to_openai(request)
    assert (done.value, actions(done)) == (expected, changes)
    assert json.loads(json.dumps(done.value)) == expected
    empty(done.value)  # it shares nothing with the request
    assert request.to_dict() == before


def empty(value: Any) -> None:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            empty(item)
        value.clear()


def test_parameters() -> None:
    for given, expected, changes in PARAMETERS:
        head = {"model": "m", "messages": [HI]}
        check({**head, **given}, {**head, **expected}, changes)


def test_messages_and_parts() -> None:
    for role, cases in MESSAGES.items():
        for given, expected, changes in cases:
            check(
                {"messages": [HI, {"role": role, **given}]},
                {"messages": [HI, {"role": role, **expected}]},
                [f"messages[1].{change}" for change in changes],
            )
    for given, expected, changes in PARTS:
        parts = [TEXT] if expected is None else [TEXT, expected]
        check(
            {"messages": [{"role": "user", "content": [TEXT, given]}]},
            {"messages": [{"role": "user", "content": parts}]},
            [f"messages[0].content[1]{change}" for change in changes],
        )


def test_every_parameter_has_a_case() -> None:
    # A new one would go to OpenAI unchecked.
    seen = {name for given, _, _ in PARAMETERS for name in given}
    fields = {field.name for field in dataclasses.fields(m.ChatCompletionRequest)}
    assert seen == fields - {"model", "messages"}


def test_built_messages() -> None:
    cases: list[tuple[Any, dict[str, Any], list[str]]] = [
        (
            m.FinetuningAssistantMessage(content="a", weight=0),
            {"content": "a"},
            ["weight: dropped"],
        ),
        (
            m.AssistantMessage(
                content=[m.ThinkChunk(thinking="Hm.")], extra={"reasoning_content": "Oh.", "x": [1]}
            ),
            {"content": "", **THOUGHT_BEFORE, "x": [1]},
            ["reasoning_content: dropped", "content: set to ''"],
        ),
        (
            m.AssistantMessage(tool_calls=[m.ToolCall.from_dict({"id": "c1", "x": 1})]),
            {
                "tool_calls": [
                    {**CALL, "id": "c1", "function": {"name": "", "arguments": ""}, "x": 1}
                ]
            },
            [],
        ),
        (
            m.UserMessage(
                content=[
                    m.ImageChunk(image="iVBORw0KGgo=", extra={"x": 1}),
                    m.AudioURLChunk(audio_url=WAV_URL, extra={"x": 1}),
                    m.DocumentURLChunk(document_url=PDF, extra={"x": 1}),
                ]
            ),
            {
                "content": [
                    {**IMAGE, "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}, "x": 1},
                    {**WAV, "x": 1},
                    {"type": "file", "file": {"file_data": PDF}, "x": 1},
                ]
            },
            ["content[2]: changed to a file"],
        ),
    ]
    for message, expected, changes in cases:
        done = request_to_openai(m.ChatCompletionRequest(messages=[message]))
        assert done.value == {"messages": [{"role": message.role, **expected}]}
        assert actions(done) == [f"messages[0].{change}" for change in changes]
        assert json.loads(json.dumps(done.value)) == done.value


def test_every_problem_has_its_path() -> None:
    audio = {"type": "input_audio", "input_audio": "https://example.com/a.wav"}
    messages: Any = [
        {"role": "user", "content": [TEXT, audio, {**audio, "input_audio": "AAAA"}]},
        {"role": "user", "content": [m.AudioURLChunk(audio_url="https://example.com/a.wav")]},
        {"role": "tool", "content": "12"},
    ]
    with pytest.raises(m.ValidationError) as caught:
        request_to_openai(m.ChatCompletionRequest(messages=messages))
    assert [(format_path(problem.path), problem.type) for problem in caught.value.problems] == [
        ("messages[0].content[1].input_audio", "value_error"),
        ("messages[0].content[2].input_audio", "value_error"),
        ("messages[1].content[0].audio_url", "value_error"),
        ("messages[2].tool_call_id", "missing"),
    ]


def body(content: Any, **assistant: Any) -> dict[str, Any]:
    """Return a request of OpenAI's that Mistral's API takes without changes."""
    image = {**IMAGE, "image_url": {"url": PDF, "detail": "low"}}
    return {
        "model": "m",
        "messages": [
            {"role": "system", "content": content},
            {"role": "user", "content": [TEXT, image]},
            {"role": "assistant", "tool_calls": [CALL], **assistant},
            {"role": "tool", "content": content, **ANSWERS},
            {"role": "assistant", "content": content, **assistant},
            HI,
        ],
        **{name: value for name, value in KEPT.items() if name != "reasoning_effort"},
        **function(description="a", strict=True),
        "tool_choice": CHOICE,
    }


def test_a_request_of_openai_comes_back_the_same() -> None:
    for given in [body("Hi"), body([TEXT]), body([TEXT, TEXT]), body("Hi", **THOUGHT_BEFORE)]:
        adapted = adapt_request(given)
        done = request_to_openai(adapted.request)
        assert {change.path[-1] for change in adapted.changes} <= {"reasoning_content"}
        assert (done.changes, done.value) == ((), given)


@pytest.mark.parametrize("document", having("request"))
def test_recorded_requests(document: dict[str, Any]) -> None:
    done = request_to_openai(m.ChatCompletionRequest.from_dict(document))
    assert request_to_openai(adapt_request(done.value).request).value == done.value
