"""Messages, chunks, tools and calls to OpenAI's format and back."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    DocumentURLChunk,
    FileChunk,
    FinetuningAssistantMessage,
    Function,
    FunctionCall,
    ImageChunk,
    ImageURL,
    ImageURLChunk,
    NamedToolChoice,
    RawAudio,
    ReasoningFieldFormat,
    ReferenceChunk,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolCall,
    ToolMessage,
    UnknownContentChunk,
    UserMessage,
    ValidationError,
    WebSearchTool,
    convert_openai_messages,
    convert_openai_tools,
)
from mistral_proto.protocol.mistral_common_methods import HasOpenAIFormat

URL = "https://example.com/x"
TEXT = {"type": "text", "text": "Hi"}
THINKING = {"type": "thinking", "thinking": "Hm.", "closed": True}
CALL = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FUNCTION = {"name": "f", "description": "", "parameters": {"type": "object"}, "strict": False}


def think(text: str, **more: Any) -> ThinkChunk:
    return ThinkChunk(thinking=text, **more)


def text(text: str) -> TextChunk:
    return TextChunk(text=text)


# What is written is read as the same again.
BOTH_WAYS: dict[str, tuple[HasOpenAIFormat, dict[str, Any]]] = {
    "text": (text("Hi"), TEXT),
    "thinking as a string": (think("Hm."), THINKING),
    "thinking that goes on": (think("Hm.", closed=False), {**THINKING, "closed": False}),
    "thinking that is signed": (think("Hm.", signature="s"), {**THINKING, "signature": "s"}),
    "thinking with references": (
        ThinkChunk(thinking=[text("Hm."), ReferenceChunk(reference_ids=[1])]),
        {
            "type": "thinking",
            "thinking": [
                {"type": "text", "text": "Hm."},
                {"type": "reference", "reference_ids": [1]},
            ],
            "closed": True,
        },
    ),
    "an image's URL": (
        ImageURLChunk(image_url=ImageURL(url=URL)),
        {"type": "image_url", "image_url": {"url": URL}},
    ),
    "an image's URL, with detail": (
        ImageURLChunk(image_url=ImageURL(url=URL, detail="low")),
        {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
    ),
    "an image as a data URL": (
        ImageChunk(image="data:image/jpeg;base64,AAAA"),
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}},
    ),
    "audio with its format": (
        AudioChunk(input_audio=RawAudio(data="UklGRg==", format="wav")),
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ),
    "an audio's URL": (
        AudioURLChunk(audio_url=AudioURL(url=URL)),
        {"type": "audio_url", "audio_url": {"url": URL}},
    ),
    "a file": (FileChunk(file_id="f-1"), {"type": "file", "file": {"file_id": "f-1"}}),
    "a kind that OpenAI has not": (
        DocumentURLChunk(document_url=URL, document_name="A"),
        {"type": "document_url", "document_url": URL, "document_name": "A"},
    ),
    "a chunk that a newer server sent": (
        UnknownContentChunk(type="hologram"),
        {"type": "hologram"},
    ),
    "system": (SystemMessage(content="Be kind."), {"role": "system", "content": "Be kind."}),
    "system, in parts": (
        SystemMessage(content=[text("Hi"), think("Hm.")]),
        {"role": "system", "content": [TEXT, THINKING]},
    ),
    "user": (UserMessage(content="Hi"), {"role": "user", "content": "Hi"}),
    "user, nothing": (UserMessage(content=None), {"role": "user", "content": None}),
    "user, in parts": (
        UserMessage(content=[text("Hi"), FileChunk(file_id="f-1")]),
        {"role": "user", "content": [TEXT, {"type": "file", "file": {"file_id": "f-1"}}]},
    ),
    "assistant": (AssistantMessage(content="Hi"), {"role": "assistant", "content": "Hi"}),
    "assistant, nothing": (AssistantMessage(), {"role": "assistant"}),
    "assistant, in parts": (
        AssistantMessage(content=[think("Hm."), text("Hi")]),
        {"role": "assistant", "content": [THINKING, TEXT]},
    ),
    "assistant, calls": (
        AssistantMessage(
            tool_calls=[ToolCall(id="a1b2c3d4e", function=FunctionCall(name="f", arguments={}))]
        ),
        {"role": "assistant", "tool_calls": [CALL]},
    ),
    "assistant, of OpenAI's own fields": (
        AssistantMessage(content="No.", extra={"refusal": "No.", "annotations": []}),
        {"role": "assistant", "content": "No.", "refusal": "No.", "annotations": []},
    ),
    "tool": (
        ToolMessage(content="12", tool_call_id="a1b2c3d4e"),
        {"role": "tool", "content": "12", "tool_call_id": "a1b2c3d4e"},
    ),
    "tool, in parts": (
        ToolMessage(content=[text("Hi")], tool_call_id="a1b2c3d4e"),
        {"role": "tool", "content": [TEXT], "tool_call_id": "a1b2c3d4e"},
    ),
    "a function": (Function(name="f", parameters={"type": "object"}), FUNCTION),
    "a tool": (
        Tool(function=Function(name="f", parameters={"type": "object"})),
        {"type": "function", "function": FUNCTION},
    ),
    "a tool that OpenAI has not": (WebSearchTool(), {"type": "web_search"}),
    "a choice": (
        NamedToolChoice.from_dict({"function": {"name": "f"}}),
        {"type": "function", "function": {"name": "f"}},
    ),
    "a function call": (
        FunctionCall(name="f", arguments='{"a": 1}'),
        {"name": "f", "arguments": '{"a": 1}'},
    ),
    "a call": (ToolCall(id="a1b2c3d4e", function=FunctionCall(name="f", arguments={})), CALL),
}


@pytest.mark.parametrize(("value", "document"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_to_openai(value: HasOpenAIFormat, document: dict[str, Any]) -> None:
    assert value.to_openai() == document


@pytest.mark.parametrize(("value", "document"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_from_openai(value: HasOpenAIFormat, document: dict[str, Any]) -> None:
    assert type(value).from_openai(document) == value


# What is written in the one form that OpenAI's format has, whatever was given.
WRITTEN: dict[str, tuple[HasOpenAIFormat, dict[str, Any]]] = {
    "thinking as the API's list": (ThinkChunk(thinking=[text("H"), text("m.")]), THINKING),
    "an image's URL alone": (
        ImageURLChunk(image_url=URL),
        {"type": "image_url", "image_url": {"url": URL}},
    ),
    "an image in base64": (
        ImageChunk(image="iVBORw0KGgo="),
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ),
    "an audio's URL alone": (
        AudioURLChunk(audio_url=URL),
        {"type": "audio_url", "audio_url": {"url": URL}},
    ),
    "audio by its URL": (
        AudioChunk(input_audio=URL),
        {"type": "audio_url", "audio_url": {"url": URL}},
    ),
    "a call's place among others": (
        ToolCall(id="a1b2c3d4e", function=FunctionCall(name="f", arguments={}), index=3),
        CALL,
    ),
    "what only mistral_common has": (
        FinetuningAssistantMessage(content="Hi", weight=1, prefix=True),
        {"role": "assistant", "content": "Hi"},
    ),
    "the name of a tool": (
        ToolMessage(content="12", tool_call_id="a", name="f"),
        {"role": "tool", "content": "12", "tool_call_id": "a"},
    ),
    "what a server sent as null, or wrong": (
        AssistantMessage.from_dict({"content": "Hi", "tool_calls": None, "prefix": "yes"}),
        {"role": "assistant", "content": "Hi"},
    ),
    "what a server left out": (
        ToolCall.from_dict({"function": {"name": "f", "arguments": "{}"}}),
        {**CALL, "id": "null"},
    ),
}


@pytest.mark.parametrize(("value", "document"), WRITTEN.values(), ids=WRITTEN)
def test_to_openai_has_one_form(value: HasOpenAIFormat, document: dict[str, Any]) -> None:
    assert value.to_openai() == document


# Audio as the API has it: a string, whose format OpenAI's format wants named.
AUDIO = {
    "data:audio/mpeg;base64,AAAA": ("AAAA", "mp3"),
    "data:audio/x-wav;base64,AAAA": ("AAAA", "wav"),
    "data:audio/flac,AAAA": ("AAAA", "flac"),
    "UklGRiQAAABXQVZF": ("UklGRiQAAABXQVZF", "wav"),
    "SUQzBAAAAAAA": ("SUQzBAAAAAAA", "mp3"),
    "//uQxAAAAAAA": ("//uQxAAAAAAA", "mp3"),
    "ZkxhQwAAACI=": ("ZkxhQwAAACI=", "flac"),
    "T2dnUwACAAAA": ("T2dnUwACAAAA", "ogg"),
}


@pytest.mark.parametrize(("audio", "expected"), AUDIO.items(), ids=AUDIO)
def test_the_format_of_audio_is_told(audio: str, expected: tuple[str, str]) -> None:
    data, audio_format = expected

    assert AudioChunk(input_audio=audio).to_openai() == {
        "type": "input_audio",
        "input_audio": {"data": data, "format": audio_format},
    }


@pytest.mark.parametrize("audio", ["AAAAAAAAAAAA", "not base64!", "é", ""])
def test_audio_of_no_known_format_is_refused(audio: str) -> None:
    with pytest.raises(ValidationError, match="input_audio: expected an object with data") as info:
        AudioChunk(input_audio=audio).to_openai()
    assert [problem.path for problem in info.value.problems] == [("input_audio",)]


# -- thinking, in its three places

THOUGHT = [think("One."), think("Two.")]
FIELDS = [ReasoningFieldFormat.reasoning, ReasoningFieldFormat.reasoning_content]

# What the content is, beside the field.
BESIDE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "one text": ([*THOUGHT, text("Hi")], {"content": "Hi"}),
    "two texts": ([*THOUGHT, text("Hi"), text("Hi")], {"content": [TEXT, TEXT]}),
    "another chunk": (
        [*THOUGHT, FileChunk(file_id="f")],
        {"content": [{"type": "file", "file": {"file_id": "f"}}]},
    ),
    "a text with more to it": (
        [*THOUGHT, TextChunk(text="Hi", extra={"a": 1})],
        {"content": [{**TEXT, "a": 1}]},
    ),
    "nothing": (THOUGHT, {}),
}


@pytest.mark.parametrize("form", FIELDS)
@pytest.mark.parametrize(("content", "rest"), BESIDE.values(), ids=BESIDE)
def test_thinking_goes_into_a_field(
    form: ReasoningFieldFormat, content: list[Any], rest: dict[str, Any]
) -> None:
    message = AssistantMessage(content=content)

    assert message.to_openai(form) == {"role": "assistant", form: "One.\nTwo.", **rest}
    assert message.to_openai(form.value) == message.to_openai(form)


@pytest.mark.parametrize("form", FIELDS)
@pytest.mark.parametrize(
    ("content", "expected"),
    [("Hi", "Hi"), ([text("Hi")], "Hi"), ([text("Hi"), text("Hi")], [TEXT, TEXT]), ([], [])],
)
def test_without_thinking_there_is_no_field(
    form: ReasoningFieldFormat, content: Any, expected: Any
) -> None:
    assert AssistantMessage(content=content).to_openai(form) == {
        "role": "assistant",
        "content": expected,
    }


@pytest.mark.parametrize("form", FIELDS)
def test_a_field_holds_only_thinking_that_comes_first(form: ReasoningFieldFormat) -> None:
    message = AssistantMessage(content=[think("One."), text("Hi"), think("Two.")])

    with pytest.raises(ValidationError, match="expected thinking before all else") as info:
        message.to_openai(form)
    assert [problem.path for problem in info.value.problems] == [("content", 2)]
    assert [part["type"] for part in message.to_openai()["content"]] == [  # type: ignore[union-attr, index, call-overload]
        "thinking",
        "text",
        "thinking",
    ]


def test_an_unknown_place_for_thinking_is_refused() -> None:
    with pytest.raises(ValueError, match="'thoughts' is not a valid ReasoningFieldFormat"):
        AssistantMessage(content="Hi").to_openai("thoughts")


# The content that a message with a field for reasoning has.
FROM_FIELDS: dict[str, tuple[dict[str, Any], Any]] = {
    "reasoning_content": (
        {"reasoning_content": "Hm.", "content": "Hi"},
        [think("Hm."), text("Hi")],
    ),
    "reasoning": ({"reasoning": "Hm.", "content": "Hi"}, [think("Hm."), text("Hi")]),
    "both, and the same": (
        {"reasoning": "Hm.", "reasoning_content": "Hm.", "content": "Hi"},
        [think("Hm."), text("Hi")],
    ),
    "one of them null": (
        {"reasoning": None, "reasoning_content": "Hm.", "content": "Hi"},
        [think("Hm."), text("Hi")],
    ),
    "parts": (
        {"reasoning": "Hm.", "content": [TEXT, TEXT]},
        [think("Hm."), text("Hi"), text("Hi")],
    ),
    "no content": ({"reasoning": "Hm."}, [think("Hm.")]),
    "null content": ({"reasoning": "Hm.", "content": None}, [think("Hm.")]),
    "empty content": ({"reasoning": "Hm.", "content": ""}, [think("Hm.")]),
    "empty reasoning": ({"reasoning": "", "content": "Hi"}, "Hi"),
    "null reasoning": ({"reasoning_content": None, "content": "Hi"}, "Hi"),
}


@pytest.mark.parametrize(("fields", "content"), FROM_FIELDS.values(), ids=FROM_FIELDS)
def test_reasoning_becomes_leading_thinking(fields: dict[str, Any], content: Any) -> None:
    message = AssistantMessage.from_openai({"role": "assistant", **fields})

    assert message == AssistantMessage(content=content)
    assert message.extra == {}


@pytest.mark.parametrize("form", FIELDS)
def test_a_field_comes_back_as_it_was(form: ReasoningFieldFormat) -> None:
    document = {"role": "assistant", form.value: "Hm.", "content": "Hi"}

    assert AssistantMessage.from_openai(document).to_openai(form) == document


def test_a_whole_message_numbers_no_calls() -> None:
    document = {"role": "assistant", "tool_calls": [{**CALL, "index": 0}]}

    (call,) = AssistantMessage.from_openai(document).tool_calls or ()
    assert call.index is None
    assert ToolCall.from_openai({**CALL, "index": 0}).index is None


def test_what_mistral_has_beyond_openai_is_read() -> None:
    document = {"role": "assistant", "content": "Hi", "prefix": True}

    assert AssistantMessage.from_openai(document).prefix is True


def test_a_dump_of_an_answer_is_read() -> None:
    dump: dict[str, Any] = {
        "content": "Hi",
        "refusal": None,
        "role": "assistant",
        "annotations": [],
        "audio": None,
        "function_call": None,
        "tool_calls": None,
    }
    message = AssistantMessage.from_openai(dump)

    assert message == AssistantMessage(content="Hi", extra={"annotations": []})


# -- what is refused, and where


REFUSED: dict[str, tuple[type[HasOpenAIFormat], Any, list[tuple[Any, ...]]]] = {
    "no object": (TextChunk, "Hi", [()]),
    "another chunk": (TextChunk, {"type": "image_url", "text": "Hi"}, [("type",)]),
    "a field of a part": (TextChunk, {**TEXT, "id": "1"}, [("id",)]),
    "an image without a URL": (
        ImageChunk,
        {"type": "image_url", "image_url": {}},
        [("image_url", "url")],
    ),
    "a file without an id": (FileChunk, {"type": "file", "file": {}}, [("file_id",)]),
    "a kind of part": (
        UserMessage,
        {"role": "user", "content": [TEXT, {"type": "video"}]},
        [("content", 1, "type")],
    ),
    "a part without a kind": (
        UserMessage,
        {"role": "user", "content": [{}]},
        [("content", 0, "type")],
    ),
    "a part that is none": (UserMessage, {"role": "user", "content": [1]}, [("content", 0)]),
    "no content": (UserMessage, {"role": "user"}, [("content",)]),
    "a name": (UserMessage, {"role": "user", "content": "Hi", "name": "Al"}, [("name",)]),
    "a name, beside parts": (
        UserMessage,
        {"role": "user", "content": [TEXT], "name": "Al"},
        [("name",)],
    ),
    "a file part's other fields": (
        UserMessage,
        {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:"}}]},
        [("content", 0, "file_data"), ("content", 0, "file_id")],
    ),
    "calls that are no list": (AssistantMessage, {"tool_calls": CALL}, [("tool_calls",)]),
    "a call that is none": (AssistantMessage, {"tool_calls": [1]}, [("tool_calls", 0)]),
    "a custom call": (
        AssistantMessage,
        {"tool_calls": [{"id": "1", "type": "custom", "custom": {"name": "f", "input": ""}}]},
        [("tool_calls", 0, "type"), ("tool_calls", 0, "custom"), ("tool_calls", 0, "function")],
    ),
    "reasoning that is no text": (AssistantMessage, {"reasoning": ["Hm."]}, [("reasoning",)]),
    "two reasonings": (
        AssistantMessage,
        {"reasoning": "Hm.", "reasoning_content": "Ah."},
        [("reasoning",)],
    ),
    "reasoning twice": (
        AssistantMessage,
        {"reasoning": "Hm.", "content": [THINKING]},
        [("content",)],
    ),
    "what is no JSON": (AssistantMessage, {"content": "Hi", "refusal": {1}}, [("refusal",)]),
    "an answer to no call": (ToolMessage, {"role": "tool", "content": "12"}, [("tool_call_id",)]),
    "a custom tool": (
        Tool,
        {"type": "custom", "custom": {"name": "f"}},
        [("type",), ("custom",), ("function",)],
    ),
}


@pytest.mark.parametrize(("cls", "document", "paths"), REFUSED.values(), ids=REFUSED)
def test_from_openai_refuses(
    cls: type[HasOpenAIFormat], document: Any, paths: list[tuple[Any, ...]]
) -> None:
    with pytest.raises(ValidationError) as info:
        cls.from_openai(document)
    assert [problem.path for problem in info.value.problems] == paths


def test_a_part_that_is_not_written_is_named() -> None:
    content: Any = [text("Hi"), AudioChunk(input_audio="AAAA"), AudioChunk(input_audio="BBBB")]

    with pytest.raises(ValidationError, match="the message has 2 problems") as info:
        UserMessage(content=content).to_openai()
    assert [problem.path for problem in info.value.problems] == [
        ("content", 1, "input_audio"),
        ("content", 2, "input_audio"),
    ]


def test_an_answer_to_no_call_is_not_written() -> None:
    with pytest.raises(ValidationError, match="tool_call_id: expected this field, got nothing"):
        ToolMessage(content="12").to_openai()


# -- lists


def test_messages_are_told_apart_by_their_role() -> None:
    messages = convert_openai_messages(
        [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "content": "12", "tool_call_id": "a1b2c3d4e"},
        ]
    )
    assert [type(message) for message in messages] == [
        SystemMessage,
        UserMessage,
        AssistantMessage,
        ToolMessage,
    ]


def test_every_problem_of_every_message_is_told() -> None:
    messages: list[Any] = [
        {"role": "user", "content": [{"type": "video"}]},
        {"role": "developer", "content": "Be kind."},
        {"content": "Hi"},
        {"role": ["user"]},
        "Hi",
    ]
    with pytest.raises(ValidationError) as info:
        convert_openai_messages(messages)
    assert [problem.path for problem in info.value.problems] == [
        (0, "content", 0, "type"),
        (1, "role"),
        (2, "role"),
        (3, "role"),
        (4,),
    ]


def test_every_problem_of_every_tool_is_told() -> None:
    with pytest.raises(ValidationError) as info:
        convert_openai_tools([{"function": {"name": "f"}}, {}])
    assert [problem.path for problem in info.value.problems] == [
        (0, "function", "parameters"),
        (1, "function"),
    ]


@pytest.mark.parametrize("convert", [convert_openai_messages, convert_openai_tools])
@pytest.mark.parametrize("values", [None, "messages", {"role": "user"}, 1])
def test_a_list_is_wanted(convert: Any, values: Any) -> None:
    with pytest.raises(ValidationError, match="expected a list"):
        convert(values)
