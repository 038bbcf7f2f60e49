"""Messages, chunks, tools, calls and requests to OpenAI's format and back."""

from __future__ import annotations

from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.protocol.mistral_common_methods import HasOpenAIFormat

Paths = list[tuple[str | int, ...]]

URL = "https://example.com/x"
TEXT = {"type": "text", "text": "Hi"}
THINKING = {"type": "thinking", "thinking": "Hm.", "closed": True}
CALL = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FUNCTION = {"name": "f", "description": "", "parameters": {"type": "object"}, "strict": False}


def think(text: str, **more: Any) -> m.ThinkChunk:
    return m.ThinkChunk(thinking=text, **more)


def text(text: str) -> m.TextChunk:
    return m.TextChunk(text=text)


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": URL, **more}}


def sound(data: str, format: str) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": {"data": data, "format": format}}


def made_call(**more: Any) -> m.ToolCall:
    return m.ToolCall(id="a1b2c3d4e", function=m.FunctionCall(name="f", arguments={}), **more)


# Written, and read as the same again.
BOTH_WAYS: list[tuple[HasOpenAIFormat, dict[str, Any]]] = [
    (text("Hi"), TEXT),
    (think("Hm.", closed=False, signature="s"), {**THINKING, "closed": False, "signature": "s"}),
    (
        m.ThinkChunk(thinking=[text("Hm."), m.ReferenceChunk(reference_ids=[1])]),
        {
            "type": "thinking",
            "thinking": [{"type": "text", "text": "Hm."}, {"type": "reference", "reference_ids": [1]}],
            "closed": True,
        },
    ),
    (m.ImageURLChunk(image_url=m.ImageURL(url=URL, detail="low")), image(detail="low")),
    (m.ImageChunk(image="data:image/jpeg;base64,AAAA"), image(url="data:image/jpeg;base64,AAAA")),
    (m.AudioChunk(input_audio=m.RawAudio(data="UklGRg==", format="wav")), sound("UklGRg==", "wav")),
    (m.AudioURLChunk(audio_url=m.AudioURL(url=URL)), {"type": "audio_url", "audio_url": {"url": URL}}),
    (m.FileChunk(file_id="f-1"), {"type": "file", "file": {"file_id": "f-1"}}),
    (m.DocumentURLChunk(document_url=URL, document_name="A"), {"type": "document_url", "document_url": URL, "document_name": "A"}),
    (m.UnknownContentChunk(type="hologram"), {"type": "hologram"}),
    (m.SystemMessage(content=[text("Hi"), think("Hm.")]), {"role": "system", "content": [TEXT, THINKING]}),
    (m.UserMessage(content=None), {"role": "user", "content": None}),
    (
        m.UserMessage(content=[text("Hi"), m.FileChunk(file_id="f-1")]),
        {"role": "user", "content": [TEXT, {"type": "file", "file": {"file_id": "f-1"}}]},
    ),
    (m.AssistantMessage(tool_calls=[made_call()]), {"role": "assistant", "tool_calls": [CALL]}),
    (m.ToolMessage(content=[text("Hi")], tool_call_id="a"), {"role": "tool", "content": [TEXT], "tool_call_id": "a"}),
    (m.Tool(function=m.Function(name="f", parameters={"type": "object"})), {"type": "function", "function": FUNCTION}),
    (made_call(), CALL),
]  # fmt: skip
# Other forms of the same; OpenAI's format has one.
WRITTEN: list[tuple[HasOpenAIFormat, dict[str, Any]]] = [
    (m.ThinkChunk(thinking=[text("H"), text("m.")]), THINKING),
    (m.ImageURLChunk(image_url=URL), image()),
    (m.ImageChunk(image="iVBORw0KGgo="), image(url="data:image/png;base64,iVBORw0KGgo=")),
    (m.AudioURLChunk(audio_url=URL), {"type": "audio_url", "audio_url": {"url": URL}}),
    (m.AudioChunk(input_audio=URL), {"type": "audio_url", "audio_url": {"url": URL}}),
    (m.AudioChunk(input_audio=b"RIFF"), sound("UklGRg==", "wav")),
    (made_call(index=3), CALL),
    (m.FinetuningAssistantMessage(content="Hi", weight=1, prefix=True), {"role": "assistant", "content": "Hi"}),
    (m.ToolMessage(content="1", tool_call_id="a", name="f"), {"role": "tool", "content": "1", "tool_call_id": "a"}),
    (m.AssistantMessage(content="No.", extra={"refusal": "No."}), {"role": "assistant", "content": "No.", "refusal": "No."}),
    (m.AssistantMessage.from_dict({"tool_calls": None, "prefix": "yes"}), {"role": "assistant"}),
    (m.ToolCall.from_dict({"function": {"name": "f", "arguments": "{}"}}), {**CALL, "id": "null"}),
    *(
        (m.AudioChunk(input_audio=audio), sound(data, format))
        for audio, data, format in [
            ("data:audio/mpeg;base64,AAAA", "AAAA", "mp3"),
            ("data:audio/x-wav;base64,AAAA", "AAAA", "wav"),
            ("data:audio/flac,AAAA", "AAAA", "flac"),
            ("SUQzBAAAAAAA", "SUQzBAAAAAAA", "mp3"),
            ("//uQxAAAAAAA", "//uQxAAAAAAA", "mp3"),
            ("ZkxhQwAAACI=", "ZkxhQwAAACI=", "flac"),
            ("T2dnUwACAAAA", "T2dnUwACAAAA", "ogg"),
        ]
    ),
]  # fmt: skip


def test_chunks_messages_tools_and_calls() -> None:
    for value, document in BOTH_WAYS:
        assert value.to_openai() == document
        assert type(value).from_openai(document) == value
    for value, document in WRITTEN:
        assert value.to_openai() == document


def refused(convert: Any, *arguments: Any, **named: Any) -> Paths:
    with pytest.raises(m.ValidationError) as info:
        convert(*arguments, **named)
    return [problem.path for problem in info.value.problems]


def test_values_without_a_form_are_refused() -> None:
    for audio in ("AAAAAAAAAAAA", "not base64!", "é", ""):
        assert refused(m.AudioChunk(input_audio=audio).to_openai) == [("input_audio",)]
    sounds: Any = [text("Hi"), m.AudioChunk(input_audio="AAAA"), m.AudioChunk(input_audio="BBBB")]
    paths: Paths = [("content", 1, "input_audio"), ("content", 2, "input_audio")]
    assert refused(m.UserMessage(content=sounds).to_openai) == paths
    assert refused(m.ToolMessage(content="12").to_openai) == [("tool_call_id",)]


THOUGHTS = [think("One."), think("Two.")]
FILE = m.FileChunk(file_id="f")
# A content, and what stays beside a field for thinking.
BESIDE: list[tuple[Any, dict[str, Any]]] = [
    ([*THOUGHTS, text("Hi")], {"content": "Hi"}),
    ([*THOUGHTS, text("Hi"), FILE], {"content": [TEXT, FILE.to_openai()]}),
    ([*THOUGHTS, m.TextChunk(text="Hi", extra={"a": 1})], {"content": [{**TEXT, "a": 1}]}),
    (THOUGHTS, {}),
    *(("Hi", {"content": "Hi"}), ([text("Hi")], {"content": "Hi"}), ([], {})),
]


def test_thinking_in_a_field() -> None:
    late = m.AssistantMessage(content=[think("One."), text("Hi"), think("Two.")])
    for form in ("reasoning", "reasoning_content"):
        for content, beside in BESIDE:
            message = m.AssistantMessage(content=content)
            fields = {**({form: "One.\nTwo."} if message.thinking else {}), **beside}
            assert message.to_openai(form) == {"role": "assistant", **fields}
            assert message.to_openai(m.ReasoningFieldFormat(form)) == message.to_openai(form)
        assert refused(late.to_openai, form) == [("content", 2)]
    assert len(late.to_openai()["content"]) == 3  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'thoughts' is not a valid ReasoningFieldFormat"):
        late.to_openai("thoughts")


# Fields of a message, and the content that is read.
FROM_FIELDS: list[tuple[dict[str, Any], Any]] = [
    ({"reasoning": "Hm.", "reasoning_content": "Hm.", "content": "Hi"}, [think("Hm."), text("Hi")]),
    ({"reasoning": None, "reasoning_content": "Hm.", "content": ""}, [think("Hm."), text("")]),
    ({"reasoning": "Hm.", "content": [TEXT, TEXT]}, [think("Hm."), text("Hi"), text("Hi")]),
    ({"reasoning": "", "content": None}, [think("")]),
    ({"reasoning_content": None, "content": "Hi"}, "Hi"),
]


def test_reasoning_becomes_leading_thinking() -> None:
    for fields, content in FROM_FIELDS:
        message = m.AssistantMessage.from_openai({"role": "assistant", **fields})
        assert (message, message.extra) == (m.AssistantMessage(content=content), {})


# -- from OpenAI's format

DUMP: Any = {"content": "Hi", "annotations": [], "audio": None, "tool_calls": None, "prefix": True}
# Read with mistral_common's names of arguments; unknown fields are left out.
READ: list[tuple[HasOpenAIFormat, HasOpenAIFormat]] = [
    (
        m.ImageURLChunk.from_openai(openai_chunk={"image_url": {"url": URL, "id": 1}}),
        m.ImageURLChunk(image_url=m.ImageURL(url=URL)),
    ),
    (
        m.UserMessage.from_openai(openai_message={"role": "user", "content": [{**TEXT, "cache": 1}], "name": "Al"}),
        m.UserMessage(content=[text("Hi")]),
    ),
    (m.AssistantMessage.from_openai(openai_message=DUMP), m.AssistantMessage(content="Hi", prefix=True)),
    (
        m.AssistantMessage.from_openai({"tool_calls": [{**CALL, "index": 0}]}),
        m.AssistantMessage.from_dict({"tool_calls": [CALL]}),
    ),
    (m.ToolCall.from_openai(tool_call={**CALL, "index": 0}), m.ToolCall.from_dict(CALL)),
    (
        m.Function.from_openai(openai_function={"name": "f", "parameters": None, "strict": None}),
        m.Function(name="f", parameters={}),
    ),
    (
        m.Tool.from_openai(openai_tool={"function": {"name": "f", "x": 1}, "y": 2}),
        m.Tool(function=m.Function(name="f", parameters={})),
    ),
]  # fmt: skip

REFUSED: list[tuple[Any, Any, Paths]] = [
    (m.TextChunk, "Hi", [()]),
    (m.TextChunk, {"type": "image_url", "text": "Hi"}, [("type",)]),
    (m.ImageChunk, {"type": "image_url", "image_url": {}}, [("image",)]),
    (m.FileChunk, {"type": "file", "file": 1}, [("file_id",)]),
    (
        m.UserMessage,
        {"role": "user", "content": [TEXT, {"type": "video"}, {}, None, {"type": "file", "file": {}}]},
        [("content", 1, "type"), ("content", 2, "type"), ("content", 3), ("content", 4, "file_id")],
    ),
    (m.UserMessage, {"role": "user"}, [("content",)]),
    (m.AssistantMessage, {"tool_calls": [None, 1]}, [("tool_calls", 0), ("tool_calls", 1)]),
    (m.AssistantMessage, {"tool_calls": CALL}, [("tool_calls",)]),
    (m.AssistantMessage, {"reasoning": ["Hm."]}, [("reasoning",)]),
    (m.AssistantMessage, {"reasoning": "Hm.", "reasoning_content": "Ah."}, [("reasoning",)]),
    (m.AssistantMessage, {"reasoning": "Hm.", "content": [THINKING]}, [("content",)]),
    (m.ToolMessage, {"role": "tool", "content": "12"}, [("tool_call_id",)]),
    (m.Function, "f", [()]),
    (m.Tool, {"type": "custom", "custom": {"name": "f"}}, [("type",), ("function",)]),
]  # fmt: skip


def test_from_openai() -> None:
    for found, wanted in READ:
        assert found == wanted
    for cls, document, paths in REFUSED:
        assert refused(cls.from_openai, document) == paths, document


def test_lists() -> None:
    roles = ["system", "developer", "user"]
    messages = m.convert_openai_messages([{"role": role, "content": "Hi"} for role in roles])
    assert [message.role for message in messages] == ["system", "system", "user"]
    wrong: list[Any] = [
        {"role": "user", "content": [{"type": "video"}]},
        {"content": "Hi"},
        {"role": ["user"]},
        "Hi",
    ]
    paths: Paths = [(0, "content", 0, "type"), (1, "role"), (2, "role"), (3,)]
    assert refused(m.convert_openai_messages, wrong) == paths
    tools: Any = [{"function": {"name": 1}}, {}]
    assert refused(m.convert_openai_tools, tools) == [(0, "function", "name"), (1, "function")]
    for values in (None, {"role": "user"}):
        assert refused(m.convert_openai_messages, values) == [()]
        assert refused(m.convert_openai_tools, values) == [()]


# -- whole requests

HI: Any = {"role": "user", "content": "Hi"}
HALF: Any = {"role": "assistant", "content": "He"}
ANY_TOOL: Any = {
    "type": "function",
    "function": {"name": "f", "description": "", "parameters": {}, "strict": False},
}
# The format of a request with only messages.
PLAIN: dict[str, Any] = {
    "temperature": 0.7,
    "top_p": 1.0,
    "response_format": {"type": "text"},
    "continue_final_message": False,
    "messages": [HI],
    "tool_choice": "auto",
}

SCHEMA: Any = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}
STRICT: Any = {"type": "json_schema", "json_schema": {**SCHEMA["json_schema"], "strict": False}}
# Fields of a request that stay as they are, and others with their results.
STAY: list[dict[str, Any]] = [
    {"temperature": 0, "top_p": 0.5, "max_tokens": 5, "model": "m", "reasoning_effort": "high"},
    {"response_format": {"type": "json_object"}, "tools": [ANY_TOOL], "parallel_tool_calls": False},
    {"messages": [HI, HALF], "continue_final_message": True, "tool_choice": "none"},
    {"stream": True, "stop": ["a"], "n": 2, "metadata": {"a": None}, "extra_body": {"min_p": 0.1}},
]
PARAMETERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"random_seed": 0, "parallel_tool_calls": False}, {"seed": 0}),
    ({"response_format": SCHEMA, "tool_choice": "any"}, {"response_format": STRICT, "tool_choice": "required"}),
    ({"messages": [HI, {**HALF, "prefix": True}]}, {"messages": [HI, HALF], "continue_final_message": True}),
    (
        {"tools": [m.WebSearchTool()], "tool_choice": {"function": {"name": "f"}}},
        {"tools": [{"type": "web_search"}], "tool_choice": {"type": "function", "function": {"name": "f"}}},
    ),
    *((fields, fields) for fields in STAY),
]  # fmt: skip
PROMPT = {"role": "system", "content": "Be kind."}
INSTRUCT: list[tuple[Any, Any]] = [
    *[(it, it) for it in [{"messages": [HALF], "continue_final_message": True}, {"messages": []}]],
    ({"system_prompt": "Be kind."}, {"system_prompt": "Be kind.", "messages": [PROMPT, HI]}),
    ({"available_tools": [ANY_TOOL]}, {"tools": [ANY_TOOL]}),
    ({"settings": {"reasoning_effort": "high"}}, {"reasoning_effort": "high"}),
]


def test_requests_to_openai() -> None:
    for fields, changed in PARAMETERS:
        given: Any = {"messages": [HI], **fields}
        assert m.ChatCompletionRequest(**given).to_openai() == {**PLAIN, **changed}
    plain = {"continue_final_message": False, "messages": [HI], "temperature": 0}
    for fields, changed in INSTRUCT:
        given = {"messages": [HI], **fields}
        assert m.InstructRequest(**given).to_openai(temperature=0) == {**plain, **changed}


def test_the_place_of_thinking_in_requests() -> None:
    answer = m.AssistantMessage(content=[think("Hm."), text("Hi")])
    late = m.AssistantMessage(content=[text("Hi"), think("Hm.")])
    requests: list[Any] = [m.ChatCompletionRequest, m.InstructRequest]
    for cls in requests:
        request = cls(messages=[answer, HI])
        assert request.to_openai()["messages"] == [answer.to_openai(), HI]
        assert request.to_openai("reasoning")["messages"] == [answer.to_openai("reasoning"), HI]
        wrong = cls(messages=[HI, m.ToolMessage(content="12"), late])
        paths: Paths = [("messages", 1, "tool_call_id"), ("messages", 2, "content", 1)]
        assert refused(wrong.to_openai, "reasoning") == paths


def test_parameters_are_added_but_not_replaced() -> None:
    chat = m.ChatCompletionRequest(messages=[HI], model="m", random_seed=1, stream=False)
    instruct = m.InstructRequest(messages=[HI], settings=m.ModelSettings(reasoning_effort="high"))
    added: Any = {"user": "me", "n": 2}
    assert chat.to_openai(**added) == {**PLAIN, "model": "m", "seed": 1, "stream": False, **added}
    reserved: list[tuple[Any, str]] = [
        (chat, "temperature continue_final_message model seed stream messages tools random_seed"),
        (instruct, "messages available_tools settings truncate_at_max_tokens reasoning_effort"),
    ]
    for request, names in reserved:
        for name in names.split():
            parameter: dict[str, Any] = {name: 1}
            with pytest.raises(ValueError, match=f"^{name} is in the request already"):
                request.to_openai(**parameter)
    with pytest.raises(NotImplementedError, match="truncate_for_context_length"):
        m.ChatCompletionRequest(messages=[HI], truncate_for_context_length=True).to_openai()
    with pytest.raises(NotImplementedError, match="truncate_at_max_tokens"):
        m.InstructRequest(messages=[HI], truncate_at_max_tokens=9).to_openai()


# Arguments, and the fields of the request.
SAME: dict[str, Any] = {
    "temperature": 0.2,
    "random_seed": 7,
    "extra_body": {"min_p": 0.1},
    "truncate_for_context_length": True,
    "reasoning_effort": "high",
}
HIGH: Any = {"reasoning_effort": "high"}
READ_REQUESTS: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
    (m.ChatCompletionRequest, SAME, SAME),
    (m.ChatCompletionRequest, {"seed": 0, "parallel_tool_calls": None}, {"random_seed": 0}),
    (m.ChatCompletionRequest, {"seed": None, "tools": [ANY_TOOL]}, {"tools": [m.Tool.from_dict(ANY_TOOL)]}),
    (m.InstructRequest, {"tools": [ANY_TOOL]}, {"available_tools": [ANY_TOOL]}),
    (m.InstructRequest, {"available_tools": [ANY_TOOL]}, {"available_tools": [ANY_TOOL]}),
    (m.InstructRequest, {"available_tools": None, "reasoning_effort": None}, {}),
    (m.InstructRequest, {"system_prompt": "Be kind.", **HIGH}, {"system_prompt": "Be kind.", "settings": m.ModelSettings(**HIGH)}),
    (m.InstructRequest, {"settings": HIGH}, {"settings": HIGH}),
]  # fmt: skip
# The paths begin with the names of the given arguments.
WRONG: list[tuple[Any, dict[str, Any], Paths]] = [
    (
        m.ChatCompletionRequest,
        {"tools": [{"function": {}}], "seed": "x", "temperature": 7, "store": True},
        [("tools", 0, "function", "name"), ("temperature",), ("store",), ("seed",)],
    ),
    (m.ChatCompletionRequest, {"random_seed": "x", "tools": 1}, [("tools",), ("random_seed",)]),
    (m.InstructRequest, {"available_tools": [{}]}, [("available_tools", 0, "function")]),
    (m.InstructRequest, {"settings": {"reasoning_effort": 1}}, [("settings", "reasoning_effort")]),
    (
        m.InstructRequest,
        {"tools": [{}], "reasoning_effort": 1, "temperature": 1},
        [("tools", 0, "function"), ("temperature",), ("reasoning_effort",)],
    ),
]


def test_requests_from_openai() -> None:
    message = m.UserMessage(content="Hi")
    for cls, given, fields in READ_REQUESTS:
        assert cls.from_openai([HI], **given) == cls(messages=[message], **fields)
    for cls, given, paths in WRONG:
        assert refused(cls.from_openai, ["Hi"], **given) == [("messages", 0), *paths]
    with pytest.raises(ValueError, match="seed and random_seed are the same"):
        m.ChatCompletionRequest.from_openai([HI], seed=1, random_seed=1)
    with pytest.raises(ValueError, match="tools and available_tools are the same"):
        m.InstructRequest.from_openai([HI], tools=[ANY_TOOL], available_tools=[ANY_TOOL])
    with pytest.raises(TypeError, match="settings"):
        m.InstructRequest.from_openai([HI], settings=m.ModelSettings(), reasoning_effort="high")


def test_an_instruct_request_is_written_as_it_was_given() -> None:
    thinking = {"role": "assistant", "content": [THINKING]}
    image = {"role": "user", "content": [{"type": "image", "image": "AAAA"}]}
    settings = {"reasoning_effort": "high", "json_schema": {"type": "object"}}
    document = {"messages": [thinking, image], "settings": settings}
    assert m.InstructRequest.from_dict(document).to_dict() == document


def test_model_settings() -> None:
    assert m.ModelSettings.none().to_openai() == {}
    given = {"reasoning_effort": "none", "json_schema": {}}
    assert m.ModelSettings.from_openai(**given).to_openai() == given
    assert refused(m.ModelSettings.from_openai, temperature=1) == [("temperature",)]
