"""Messages, their chunks and their tool calls: attributes, and the form in a request."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioChunk,
    BuiltInConnectors,
    ChatCompletionRequest,
    ChatMessage,
    ChunkTypes,
    DeltaMessage,
    FileChunk,
    FinetuningAssistantMessage,
    FunctionCall,
    ImageDetail,
    ImageURL,
    ImageURLChunk,
    RawAudio,
    ReferenceChunk,
    Roles,
    TextChunk,
    ThinkChunk,
    ToolMessage,
    ToolReferenceChunk,
    UnknownContentChunk,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.protocol.chunk import text_of

TEXT = {"type": "text", "text": "Hi"}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{ "a":1}'}}
HOLOGRAM = {"type": "hologram", "url": "u", "depth": {"z": [1]}}
IMAGE = {"type": "image_url", "image_url": {"url": "u"}}
AUDIO = {"type": "input_audio", "input_audio": "UklGRg=="}


def sent(message: ChatMessage) -> Any:
    """Return the message as a request sends it."""
    document: Any = ChatCompletionRequest(messages=[message]).to_dict()
    return document["messages"][0]


# Chunks that a request sends as they are given.
UNCHANGED: list[dict[str, Any]] = [
    TEXT,
    IMAGE,
    AUDIO,
    {"type": "image_url", "image_url": "u"},
    {"type": "document_url", "document_url": "u", "document_name": "n"},
    {"type": "reference", "reference_ids": [1, "b"]},
    {"type": "file", "file_id": "f"},
    {"type": "resource", "uri": "u", "content": TEXT},
    {"type": "resource_link", "uri": "u", "metadata": {"a": 1.5, "b": True, "c": "x"}},
    {"type": "thinking", "thinking": [TEXT], "closed": False},
]
# A chunk as it is given, and as a request sends it.
SENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *((chunk, chunk) for chunk in UNCHANGED),
    ({"type": "image", "image": "iVBORw0KGgo="}, {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0KGgo="}),
    ({"type": "image", "image": "data:image/gif;base64,R0lGODlh"}, {"type": "image_url", "image_url": "data:image/gif;base64,R0lGODlh"}),
    ({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}, AUDIO),
    ({"type": "audio_url", "audio_url": "u"}, {"type": "input_audio", "input_audio": "u"}),
    ({"type": "audio_url", "audio_url": {"url": "u"}}, {"type": "input_audio", "input_audio": "u"}),
    (
        {"type": "thinking", "thinking": "Hi", "signature": "s", "closed": True},
        {"type": "thinking", "thinking": [TEXT], "signature": "s", "closed": True},
    ),
]  # fmt: skip


def test_a_chunk_keeps_its_form_and_is_sent_in_the_apis() -> None:
    for chunk, form in SENT:
        content: Any = [chunk]
        message: Any = UserMessage(content=content)
        [stored] = message.content
        assert stored.to_dict() == chunk
        assert type(stored).from_dict(chunk) == stored
        assert message.to_dict() == sent(message) == {"role": "user", "content": [form]}
        for cls in (AssistantMessage, ToolMessage):
            assert sent(cls(content=content))["content"] == [form]
        # The message of an answer is written as it came.
        assert AssistantMessage(content=content).to_dict()["content"] == [chunk]


def test_an_unknown_chunk_goes_back_whole() -> None:
    thinking = {"type": "thinking", "thinking": [HOLOGRAM], "closed": True}
    message = AssistantMessage.from_dict({"content": [HOLOGRAM, thinking]})
    first: Any = message.content[0] if message.content else None
    assert type(first) is UnknownContentChunk
    assert (first.type, first.extra) == ("hologram", {"url": "u", "depth": {"z": [1]}})
    assert sent(message)["content"] == [HOLOGRAM, thinking]


def test_both_forms_of_a_url_and_of_audio() -> None:
    for url in ("u", ImageURL(url="u")):
        assert ImageURLChunk(image_url=url).get_url() == "u"
    for audio in ("UklGRg==", b"RIFF", RawAudio(data=b"RIFF", format="wav")):
        assert AudioChunk(input_audio=audio).get_audio() == "UklGRg=="


X, Y = ThinkChunk(thinking="x"), ThinkChunk(thinking=[TextChunk(text="y")])
A, B = TextChunk(text="a"), TextChunk(text="b")
REFERENCE = ReferenceChunk(reference_ids=[1])

# A content, its text, and the text of its thinking.
CONTENTS: list[tuple[Any, str, str]] = [
    (None, "", ""),
    ("", "", ""),
    ("a", "a", ""),
    ([], "", ""),
    ([A, B], "ab", ""),
    ([X, FileChunk(file_id="f")], "", "x"),
    ([X, A, Y, B], "ab", "xy"),
    ([ThinkChunk(thinking=[]), REFERENCE], "", ""),
    ([ThinkChunk(thinking=[A, REFERENCE, UnknownContentChunk(type="x"), B])], "", "ab"),
]


def test_text_and_thinking() -> None:
    for content, text, thinking in CONTENTS:
        for cls in (AssistantMessage, DeltaMessage):
            assert (cls(content=content).text, cls(content=content).thinking) == (text, thinking)
        for other in (UserMessage, ToolMessage):
            assert other(content=content).text == text
        assert text_of(content) == text


def test_the_thinking_of_other_servers() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"reasoning_content": "a"}, "a"),
        ({"reasoning": "b", "content": "c"}, "b"),
        ({"reasoning_content": "a", "reasoning": "b"}, "a"),
        ({"reasoning_content": "", "reasoning": "b"}, "b"),
        ({"reasoning_content": None, "reasoning": {"effort": "high"}}, ""),
        ({"reasoning_content": ["a"], "reasoning": "b", "content": []}, "b"),
        ({"reasoning_content": "a", "content": [{"type": "thinking", "thinking": "x"}]}, "x"),
        ({"reasoning_content": "a", "content": [TEXT]}, "a"),
    ]
    for cls in (AssistantMessage, DeltaMessage):
        for document, thinking in cases:
            message = cls.from_dict(document)
            assert message.thinking == thinking, document
            assert message.to_dict() == document


def test_an_answer_goes_straight_back_without_what_is_not_published() -> None:
    function = {**CALL["function"], "x": 1}  # type: ignore[dict-item]
    document = {
        "role": "assistant",
        "content": "a",
        "tool_calls": [{**CALL, "function": function, "index": 0, "x": 2}],
        "prefix": False,
        "reasoning_content": "b",
    }
    message = AssistantMessage.from_dict(document)
    assert message.to_dict() == document
    assert sent(message) == {
        "role": "assistant",
        "content": "a",
        "tool_calls": [{**CALL, "index": 0}],
        "prefix": False,
    }
    # A mapping is the user's own: its unknown fields are refused.
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({"messages": [document]})
    assert [problem.path for problem in caught.value.problems] == [
        ("messages", 0, "tool_calls", 0, "function", "x"),
        ("messages", 0, "tool_calls", 0, "x"),
        ("messages", 0, "reasoning_content"),
    ]


def test_an_answer_may_go_back_as_a_dict() -> None:
    for more in ({}, {"reasoning_content": "b"}):
        message = AssistantMessage.from_dict({"role": "assistant", "content": "a", **more})
        for given in (dict(message), dataclasses.asdict(message)):
            assert AssistantMessage.from_dict(given) == message
            assert ChatCompletionRequest.from_dict({"messages": [given]}).messages == [message]
            with pytest.raises(ValidationError, match="extra: expected no such field"):
                AssistantMessage.from_dict(given, strict=True)


def test_the_types_of_a_requests_messages() -> None:
    weighted = FinetuningAssistantMessage(content="a", weight=1)
    assert ChatCompletionRequest(messages=[weighted]).messages == [weighted]
    piece: Any = DeltaMessage(role="assistant", content="a")
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest(messages=[piece])
    assert [problem.path for problem in caught.value.problems] == [("messages", 0)]


def test_enumerations_are_their_strings() -> None:
    assert [str(role) for role in Roles] == ["system", "user", "assistant", "tool"]
    assert UserMessage.from_dict({"role": Roles.user, "content": "a"}).to_dict()["role"] == "user"
    assert [f"{member}" for member in ImageDetail] == ["low", "auto", "high"]
    assert f"{ChunkTypes.text:>6}" == "  text"
    assert ToolReferenceChunk(tool="my_tool", title="t").tool == "my_tool"
    known = ToolReferenceChunk(tool="web_search", title="t").tool
    assert known is BuiltInConnectors.web_search


# -- the arguments of tool calls


class Text(str):
    pass


def test_arguments_are_kept_as_a_json_string() -> None:
    cases: list[tuple[Any, str]] = [
        ('{"a":1}', '{"a":1}'),
        ("", ""),
        ("not JSON", "not JSON"),
        (Text("{}"), "{}"),
        ({}, "{}"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ({"é": (1,)}, '{"\\u00e9": [1]}'),
        (None, "{}"),
    ]
    for given, stored in cases:
        call = FunctionCall(name="f", arguments=given)
        assert type(call.arguments) is str
        assert call.to_dict() == {"name": "f", "arguments": stored}
        read = FunctionCall.from_dict({"name": "f", "arguments": given})
        assert read.arguments == stored
        assert FunctionCall.from_dict(read.to_dict()) == read


def test_arguments_that_are_refused() -> None:
    cases: list[tuple[Any, Path, str]] = [
        (1, (), "string_type"),
        (True, (), "string_type"),
        ([], (), "string_type"),
        (b"{}", (), "string_type"),
        ({"a": {1}}, ("a",), "json_type"),
        ({"a": [float("inf")]}, ("a", 0), "finite_number"),
    ]
    for given, path, kind in cases:
        with pytest.raises(ValidationError) as caught:
            FunctionCall(name="f", arguments=given)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (("arguments", *path), kind)
    with pytest.raises(ValidationError, match="arguments: expected a JSON string or an object"):
        FunctionCall.from_dict({"name": "f", "arguments": None}, strict=True)


def test_null_arguments_of_a_server_stay_null_but_are_sent_as_none() -> None:
    message = AssistantMessage.from_dict(
        {"tool_calls": [{"function": {"name": "f", "arguments": None}}]}
    )
    assert message.tool_calls is not None
    call = message.tool_calls[0].function
    assert call.arguments == "{}"
    assert call.to_dict() == {"name": "f", "arguments": None}
    request: Any = ChatCompletionRequest(messages=[message]).to_dict()
    [sent] = request["messages"][0]["tool_calls"]
    assert sent == {"id": "null", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_parsed_arguments() -> None:
    cases: list[tuple[Any, object]] = [
        ("", {}),
        (" \n", {}),
        ("{}", {}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("null", {}),
        ('" "', {}),
        ('"{}"', {}),
        ('"null"', {}),
        (r' "{\"a\": 1}" ', {"a": 1}),
    ]
    for arguments, value in cases:
        assert FunctionCall(name="f", arguments=arguments).parse_arguments() == value
    mapping = {"city": "Zürich", "days": [1, 2], "\ud83d": None}
    call = FunctionCall(name="f", arguments=mapping)
    assert call.parse_arguments() == mapping == json.loads(call.arguments)


def test_arguments_that_can_not_be_parsed() -> None:
    cases = {
        '{"a": ': "json_invalid",
        '{"a": NaN}': "json_invalid",
        "[1]": "dict_type",
        "false": "dict_type",
        r'"\"{}\""': "dict_type",
        '"{"': "json_invalid",
    }
    for arguments, kind in cases.items():
        with pytest.raises(ValidationError) as caught:
            FunctionCall(name="get_weather", arguments=arguments).parse_arguments()
        assert caught.value.title == "the call of get_weather"
        assert [(p.path, p.type) for p in caught.value.problems] == [(("arguments",), kind)]


def test_a_call_that_the_user_sends_is_whole() -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["name", "arguments"]),
        ({"name": "f"}, ["arguments"]),
        ({"name": None, "arguments": "{}"}, ["name"]),
    ]
    for function, names in cases:
        message = {"role": "assistant", "tool_calls": [{"function": function}]}
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict({"messages": [message]})
        assert [problem.path for problem in caught.value.problems] == [
            ("messages", 0, "tool_calls", 0, "function", name) for name in names
        ]
