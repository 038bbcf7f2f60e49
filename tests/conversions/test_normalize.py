"""A request for the API becomes one for a tokenizer, as mistral_common's versions do it."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    FinetuningAssistantMessage,
    FunctionCall,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolCall,
    ToolMessage,
    UnknownContentChunk,
    UserMessage,
    WebSearchTool,
)
from mistral_proto.conversation.exceptions import (
    InvalidAssistantMessageException,
    InvalidRequestException,
    InvalidSystemPromptException,
    InvalidToolException,
    MistralCommonException,
)
from mistral_proto.conversions.model_settings import ModelSettingsBuilder
from mistral_proto.conversions.normalize import (
    InstructRequestNormalizer,
    InstructRequestNormalizerV7,
    InstructRequestNormalizerV13,
    InstructRequestNormalizerV15,
    get_normalizer,
)
from mistral_proto.protocol.instruct import InstructRequest, ModelSettings, TokenizerVersion
from mistral_proto.wire import WireType

JOINED = (TokenizerVersion.v1, TokenizerVersion.v2, TokenizerVersion.v3)
"""The versions that join the system messages to one prompt."""
KEPT = (TokenizerVersion.v7, TokenizerVersion.v11, TokenizerVersion.v13, TokenizerVersion.v15)
"""The versions that keep them."""
ORDERED = KEPT[1:]
"""The versions that put the results of tools in the order of the calls."""
ALL = (*JOINED, *KEPT)

BUILDER = ModelSettingsBuilder.from_dict(
    {"reasoning_effort": {"accepts_none": True, "default": "none", "values": ["none", "high"]}}
)

THINKING = {"type": "thinking", "thinking": "Hm."}
IMAGE = {"type": "image_url", "image_url": "https://example.com/cat.png"}
MARKED = TextChunk(text="x", extra={"mark": 1})
HOLOGRAM = UnknownContentChunk(type="hologram", extra={"url": "https://example.com/cat"})


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def system(content: Any) -> dict[str, Any]:
    return {"role": "system", "content": content}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any = None, *calls: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": calls or None, **fields}


def call(id: str, arguments: str = "{}", **fields: Any) -> dict[str, Any]:
    function = {"name": "f", "arguments": arguments}
    return {"id": id, "type": "function", "function": function, **fields}


def result(id: str | None, content: Any = "1", **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": id, **fields}


MESSAGES: dict[str, type[WireType]] = {
    "system": SystemMessage,
    "user": UserMessage,
    "assistant": AssistantMessage,
    "tool": ToolMessage,
}


def made(messages: Sequence[dict[str, Any]]) -> list[Any]:
    """The messages of documents, which may hold parts that no request is read with."""
    return [MESSAGES[message["role"]](**message) for message in messages]


def normalizer(version: TokenizerVersion) -> InstructRequestNormalizer:
    return get_normalizer(version, BUILDER if version == "v15" else None)


def normalized(version: TokenizerVersion, *messages: Any, **fields: Any) -> InstructRequest:
    given: Any = messages or [user("")]
    request = ChatCompletionRequest(messages=given, **fields)
    if not messages:  # which nobody can build
        request.messages.clear()  # type: ignore[attr-defined]
    return normalizer(version).from_chat_completion_request(request)


Messages = list[dict[str, Any]]
# What is merged: the versions, the messages, and what becomes of them.
MERGED: dict[str, tuple[tuple[TokenizerVersion, ...], Messages, Messages]] = {
    "nothing": (ALL, [], [user("")]),
    "one message": (ALL, [user("a")], [user("a")]),
    # -- the user's
    "users": (ALL, [user("a"), user("b"), user("c")], [user("a\n\nb\n\nc")]),
    "empty texts count": (ALL, [user(""), user("b"), user("")], [user("\n\nb\n\n")]),
    "text chunks": (ALL, [user([text("a"), text("b")]), user("c")], [user("a\n\nb\n\nc")]),
    "no chunks": (ALL, [user([])], [user("")]),
    "null": (ALL, [user(None)], [user("")]),
    "null beside a text": (ALL, [user("a"), user(None), user("b")], [user("a\n\nb")]),
    "texts around an image": (
        ALL,
        [user("a"), user([text("b"), IMAGE, text("c")]), user("d")],
        [user([text("a\n\nb"), IMAGE, text("c\n\nd")])],
    ),
    "an empty text before an image": (ALL, [user(""), user([IMAGE])], [user([text(""), IMAGE])]),
    "an empty text after an image": (ALL, [user([IMAGE]), user("")], [user([IMAGE])]),
    "two empty texts after an image": (
        ALL,
        [user([IMAGE]), user(""), user("")],
        [user([IMAGE, text("\n\n")])],
    ),
    "one image": (ALL, [user([IMAGE])], [user([IMAGE])]),
    "thinking of the user's": (ALL, [user([THINKING])], [user([THINKING])]),
    "a chunk of a new kind": (
        ALL,
        [user([HOLOGRAM, text("a")])],
        [user([HOLOGRAM, text("a")])],
    ),
    "a text chunk with more to it": (
        ALL,
        [user([text("a"), MARKED, text("b")]), user("c")],
        [user([text("a"), MARKED, text("b\n\nc")])],
    ),
    # -- the assistant's
    "assistants": (
        ALL,
        [user("a"), assistant("b"), assistant("c")],
        [user("a"), assistant("b\n\nc")],
    ),
    "an assistant first, where the user must be": (
        JOINED,
        [assistant("b"), user("a")],
        [user(""), assistant("b"), user("a")],
    ),
    "an assistant first": (KEPT, [assistant("b")], [assistant("b")]),
    "thinking": (
        ALL,
        [user("a"), assistant([THINKING, text("b")]), assistant("c")],
        [user("a"), assistant([THINKING, text("b\n\nc")])],
    ),
    "one text chunk": (
        ALL,
        [user("a"), assistant([text("b")])],
        [user("a"), assistant("b")],
    ),
    "nothing said": (ALL, [user("a"), assistant()], [user("a"), assistant()]),
    "no chunks said": (ALL, [user("a"), assistant([])], [user("a"), assistant()]),
    "an empty text": (ALL, [user("a"), assistant("")], [user("a"), assistant("")]),
    "an image of the assistant's": (
        ALL,
        [user("a"), assistant([text("b"), IMAGE, text("c"), text("d")])],
        [user("a"), assistant([text("b"), IMAGE, text("c\n\nd")])],
    ),
    "a prefix": (
        ALL,
        [user("a"), assistant("b"), assistant("c", prefix=True)],
        [user("a"), assistant("b\n\nc", prefix=True)],
    ),
    "calls": (
        ALL,
        [user("a"), assistant(None, call("1")), assistant(None, call("2"), call("3"))],
        [user("a"), assistant(None, call("1"), call("2"), call("3"))],
    ),
    "no calls": (
        ALL,
        [user("a"), assistant("b", tool_calls=[])],
        [user("a"), assistant("b")],
    ),
    "calls, then content": (
        ALL,
        [user("a"), assistant(None, call("1")), assistant("b")],
        [user("a"), assistant("b", call("1"))],
    ),
    "calls and content": (
        KEPT,
        [user("a"), assistant("b", call("1"))],
        [user("a"), assistant("b", call("1"))],
    ),
    "calls and an empty text": (
        ALL,
        [user("a"), assistant("", call("1"))],
        [user("a"), assistant("", call("1"))],
    ),
    "the index is the place in the message": (
        ALL,
        [user("a"), assistant(None, call("1", index=0)), assistant(None, call("2", index=0))],
        [user("a"), assistant(None, call("1", index=0), call("2", index=1))],
    ),
    "fields that the types do not know": (
        ALL,
        [
            user("a"),
            assistant("b", extra={"x": 1, "y": [2]}),
            assistant("c", extra={"x": 1, "z": 3}),
            assistant(None, call("1", extra={"w": 4})),
        ],
        [
            user("a"),
            assistant("b\n\nc", call("1", extra={"w": 4}), extra={"x": 1, "y": [2], "z": 3}),
        ],
    ),
    # -- the system's
    "system messages": (
        KEPT,
        [system("a"), system("b"), user("c")],
        [system("a"), system("b"), user("c")],
    ),
    "system messages only": (KEPT, [system("a")], [system("a")]),
    "system messages only, where the user must be": (JOINED, [system("a")], [user("")]),
    "the texts of a system message": (
        KEPT,
        [system([text("a"), text("b")]), system([text("c"), THINKING, text("d"), text("e")])],
        [system("a\n\nb"), system([text("c"), THINKING, text("d\n\ne")])],
    ),
    "no chunks of the system's": (KEPT, [system([])], [system([])]),
    "an empty text of the system's": (
        KEPT,
        [system(""), system([text("")])],
        [system(""), system("")],
    ),
    "a system message is between": (
        JOINED,
        [user("a"), system("b"), user("c")],
        [user("a"), user("c")],
    ),
    # -- the tools'
    "results are not merged": (
        ALL,
        [user("a"), result("1", "1"), result("2", "2")],
        [user("a"), result("1", "1"), result("2", "2")],
    ),
    "a result in chunks": (
        ALL,
        [user("a"), result("1", [text('{"a":'), text('"é"}')], name="f")],
        [user("a"), result("1", '{"a": "é"}', name="f")],
    ),
    "no result": (
        ALL,
        [user("a"), result("1", ""), result("2", None), result("3", [])],
        [user("a"), result("1", "{}"), result("2", "{}"), result("3", "{}")],
    ),
    "a result with an image": (
        ALL,
        [user("a"), result("1", [text("{ }"), text("b"), IMAGE, text("")])],
        [user("a"), result("1", [text("{ }\n\nb"), IMAGE, text("")])],
    ),
    # -- the order of results
    "as they came": (
        (*JOINED, TokenizerVersion.v7),
        [user("a"), assistant(None, call("1"), call("2")), result("2"), result("1")],
        [user("a"), assistant(None, call("1"), call("2")), result("2"), result("1")],
    ),
    "in the order of the calls": (
        ORDERED,
        [
            *[user("a"), assistant(None, call("1"), call("2")), assistant(None, call("3"))],
            *[result("3"), result("2"), result("1")],
        ],
        [
            *[user("a"), assistant(None, call("1"), call("2"), call("3"))],
            *[result("1"), result("2"), result("3")],
        ],
    ),
    "results of no call come last, with their like": (
        ORDERED,
        [
            *[user("a"), assistant(None, call("1"))],
            *[result("x", "1"), result("y", "2"), result("x", "3"), result("1", "4")],
        ],
        [
            *[user("a"), assistant(None, call("1"))],
            *[result("1", "4"), result("y", "2"), result("x", "1"), result("x", "3")],
        ],
    ),
    "the last of two calls with one id": (
        ORDERED,
        [
            *[user("a"), assistant(None, call("1"), call("2"), call("1"))],
            *[result("1", "1"), result("2", "2")],
        ],
        [
            *[user("a"), assistant(None, call("1"), call("2"), call("1"))],
            *[result("2", "2"), result("1", "1")],
        ],
    ),
    "no id is the id of calls without one": (
        ORDERED,
        [
            *[user("a"), assistant(None, call("null"), call("1"))],
            *[result("1", "1"), result("", "2"), result(None, "3"), result("null", "4")],
        ],
        [
            *[user("a"), assistant(None, call("null"), call("1"))],
            *[result("", "2"), result(None, "3"), result("null", "4"), result("1", "1")],
        ],
    ),
    "the calls of messages with something between": (
        ORDERED,
        [
            *[assistant(None, call("1")), user("a"), assistant(None, call("2"))],
            *[result("2"), result("1")],
        ],
        [
            *[assistant(None, call("1")), user("a"), assistant(None, call("2"))],
            *[result("1"), result("2")],
        ],
    ),
    "calls that were answered no longer count": (
        ORDERED,
        [
            *[assistant(None, call("1")), result("1"), assistant(None, call("2"))],
            *[result("1"), result("2")],
        ],
        [
            *[assistant(None, call("1")), result("1"), assistant(None, call("2"))],
            *[result("2"), result("1")],
        ],
    ),
}


@pytest.mark.parametrize(
    ("version", "messages", "wanted"),
    [
        pytest.param(version, messages, wanted, id=f"{name}, {version}")
        for name, (versions, messages, wanted) in MERGED.items()
        for version in versions
    ],
)
def test_messages(version: TokenizerVersion, messages: Messages, wanted: Messages) -> None:
    found = normalized(version, *made(messages)).messages
    assert found == made(wanted)
    if version in KEPT:  # elsewhere a system message may have stood between
        assert normalized(version, *found).messages == found


# JSON as Python writes it.
CANONICAL = {
    "": "{}",
    '{"a":1,"b":[1.50,null]}': '{"a": 1, "b": [1.5, null]}',
    '"\\u00e9"': '"é"',
    " 12 ": "12",
    "1E2": "100.0",
    "-0": "0",
    '{"a": 1, "a": 2}': '{"a": 2}',
}
# What is not JSON, or would not stay JSON.
KEPT_TEXTS = {
    "a text": "12 °C",
    "spaces": "  ",
    "cut short": '{"a": ',
    "a byte order mark": "\ufeff{}",
    "NaN": '{"a":NaN}',
    "Infinity": "[-Infinity,Infinity]",
    "beyond a float": '{"a":1e999}',
    "half a surrogate pair, escaped": '{"a":"\\ud800"}',
    "half a surrogate pair": '{"a":"\ud800"}',
    "too many digits": "[" + "9" * 5000 + "]",
    "too deep": "[" * 100_000 + "]" * 100_000,
}


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize(
    ("given", "wanted"),
    [*CANONICAL.items(), *[(kept, kept) for kept in KEPT_TEXTS.values()]],
    ids=[*CANONICAL, *KEPT_TEXTS],
)
def test_canonical_json(version: TokenizerVersion, given: str, wanted: str) -> None:
    call = ToolCall(id="1", function=FunctionCall(name="f", arguments=given))
    answer, result = normalized(
        version,
        UserMessage(content=given),
        AssistantMessage(tool_calls=[call]),
        ToolMessage(content=given, tool_call_id="1"),
    ).messages[1:]
    assert isinstance(answer, AssistantMessage) and answer.tool_calls
    assert answer.tool_calls[0].function.arguments == result.content == wanted


# How v1 to v3 join system messages.
PROMPTS: dict[str, tuple[Messages, str | None]] = {
    "none": ([user("a")], None),
    "one": ([system("a")], "a"),
    "several, anywhere": ([system("a"), user("b"), system([text("c"), text("d")])], "a\n\nc\n\nd"),
    "an empty one": ([system(""), system([]), system("a")], "a"),
    "only empty ones": ([system(""), system([])], None),
    "an empty chunk": ([system([text("")])], ""),
    "empty chunks": ([system([text("")]), system([text("")])], "\n\n"),
}


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("version", ALL)
def test_system_prompt(version: TokenizerVersion, name: str) -> None:
    messages, prompt = PROMPTS[name]
    assert normalized(version, *messages).system_prompt == (prompt if version in JOINED else None)


# What has no place in an InstructRequest: the versions, the request, the place.
REFUSED: dict[
    str, tuple[tuple[TokenizerVersion, ...], dict[str, Any], type[MistralCommonException], Any]
] = {
    "thinking in the system prompt": (
        JOINED,
        {"messages": [user("a"), system([text("b"), THINKING])]},
        InvalidSystemPromptException,
        ("messages", 1, "content"),
    ),
    "more than text in the system prompt": (
        JOINED,
        {"messages": [system([MARKED])]},
        InvalidSystemPromptException,
        ("messages", 0, "content"),
    ),
    "content and calls": (
        JOINED,
        {"messages": [user("a"), assistant("b"), assistant("c", call("1"))]},
        InvalidAssistantMessageException,
        ("messages", 2),
    ),
    "an unknown field with two values": (
        ALL,
        {
            "messages": [
                user("a"),
                assistant("b", extra={"x": 1}),
                assistant("c", extra={"y": 1}),
                assistant("d", extra={"x": 2}),
            ]
        },
        InvalidAssistantMessageException,
        ("messages", 3, "x"),
    ),
    "a tool that is no function": (
        ALL,
        {
            "messages": [user("a")],
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {}}},
                {"type": "web_search"},
            ],
        },
        InvalidToolException,
        ("tools", 1),
    ),
    "a setting that the model does not take": (
        (TokenizerVersion.v15,),
        {"messages": [user("a")], "reasoning_effort": "low"},
        InvalidRequestException,
        ("reasoning_effort",),
    ),
}


@pytest.mark.parametrize(
    ("version", "document", "exception", "path"),
    [
        pytest.param(version, *rest, id=f"{name}, {version}")
        for name, (versions, *rest) in REFUSED.items()
        for version in versions
    ],
)
def test_refused(
    version: TokenizerVersion,
    document: dict[str, Any],
    exception: type[MistralCommonException],
    path: Any,
) -> None:
    request = ChatCompletionRequest(**{**document, "messages": made(document["messages"])})
    with pytest.raises(exception) as caught:
        normalizer(version).from_chat_completion_request(request)
    assert type(caught.value) is exception
    assert caught.value.path == path


@pytest.mark.parametrize("version", ALL)
def test_the_rest_of_the_request(version: TokenizerVersion) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    request = ChatCompletionRequest(
        messages=[UserMessage(content="a")],
        tools=[Tool.from_dict(tool)],
        continue_final_message=True,
        reasoning_effort="high",
        temperature=0.5,
    )
    found = normalizer(version).from_chat_completion_request(request)
    assert found == InstructRequest(
        messages=request.messages,
        available_tools=[Tool.from_dict(tool)],
        continue_final_message=True,
        settings=ModelSettings(reasoning_effort="high" if version == "v15" else None),
    )
    assert InstructRequest.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("version", ALL)
def test_no_tools(version: TokenizerVersion) -> None:
    assert normalized(version, UserMessage(content="a")).available_tools is None


# -- weights: neighbours with the same one are merged

PLAIN, NONE, ZERO, ONE = None, "none", 0, 1
WEIGHTS = {
    (PLAIN, PLAIN): [None],
    (PLAIN, NONE): [None],
    (NONE, PLAIN): [None],
    (NONE, NONE): [None],
    (ZERO, ZERO): [0],
    (ZERO, ONE): [0, 1],
    (ONE, ONE, ZERO, PLAIN, ONE): [1, 0, None, 1],
}


@pytest.mark.parametrize(("given", "wanted"), WEIGHTS.items(), ids=map(str, WEIGHTS))
@pytest.mark.parametrize("version", ALL)
def test_weights(version: TokenizerVersion, given: tuple[Any, ...], wanted: list[Any]) -> None:
    answers = [
        AssistantMessage(content="a")
        if weight is PLAIN
        else FinetuningAssistantMessage(content="a", weight=None if weight is NONE else weight)
        for weight in given
    ]
    found = normalized(version, UserMessage(content="a"), *answers).messages[1:]
    assert [getattr(message, "weight", None) for message in found] == wanted
    if PLAIN not in given or len(wanted) == 1 and NONE in given:
        assert {type(message) for message in found} == {FinetuningAssistantMessage}


@pytest.mark.parametrize("version", ALL)
def test_results_in_the_order_of_calls_with_other_weights(version: TokenizerVersion) -> None:
    messages = [
        FinetuningAssistantMessage(
            weight=weight,
            tool_calls=[ToolCall(id=id, function=FunctionCall(name="f", arguments=None))],
        )
        for weight, id in [(0, "a"), (1, "b")]
    ]
    results = [ToolMessage(content="1", tool_call_id=id) for id in ("b", "a")]
    found = normalized(version, *messages, *results).messages[-2:]
    ids = [message.tool_call_id for message in found if isinstance(message, ToolMessage)]
    assert ids == (["a", "b"] if version in ORDERED else ["b", "a"])


# -- properties

NEIGHBOURS: Messages = [
    system("s"),
    user([text("a"), text("b")]),
    assistant([text("c"), text("d")]),
    assistant(None, call("2", "{ }"), call("1")),
    result("1", '{"a":1}'),
]


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("length", range(1, 5))
def test_every_conversation(version: TokenizerVersion, length: int) -> None:
    for messages in itertools.product(NEIGHBOURS, repeat=length):
        request = ChatCompletionRequest.from_dict({"messages": list(messages)})
        before = copy.deepcopy(request)
        found = normalizer(version).from_chat_completion_request(request)
        # The request stays as it was, and every text is somewhere.
        assert request == before
        texts = [found.system_prompt or "", *[message.text for message in found.messages]]
        words = " ".join(texts).split()
        for letter in "sabcd":
            count = sum(f'"{letter}"' in json.dumps(message) for message in messages)
            assert words.count(letter) == count
        roles = [message.role for message in found.messages]
        assert roles, "never empty"
        assert version in KEPT or ("system" not in roles and roles[0] == "user")
        # Twice is as good as once.
        if version in KEPT:
            assert normalized(version, *found.messages).messages == found.messages


# -- the classes

CLASSES = {
    "v1": InstructRequestNormalizer,
    "v2": InstructRequestNormalizer,
    "v3": InstructRequestNormalizer,
    "v7": InstructRequestNormalizerV7,
    "v11": InstructRequestNormalizerV13,
    "v13": InstructRequestNormalizerV13,
    "v15": InstructRequestNormalizerV15,
}


@pytest.mark.parametrize("version", ALL)
def test_the_normalizer_of_a_version(version: TokenizerVersion) -> None:
    assert type(get_normalizer(version)) is CLASSES[version]
    assert get_normalizer(version.value) == get_normalizer(version)


@pytest.mark.parametrize("version", ["v4", "", "V3", 3, None])
def test_no_such_version(version: Any) -> None:
    with pytest.raises(ValueError, match="TokenizerVersion"):
        get_normalizer(version)


@pytest.mark.parametrize("version", ALL[:-1])
def test_a_builder_where_there_are_no_settings(version: TokenizerVersion) -> None:
    with pytest.raises(ValueError, match="has no settings"):
        get_normalizer(version, BUILDER)
    with pytest.raises(ValueError, match="has no settings"):
        CLASSES[version](BUILDER)


def test_no_builder_where_there_are_settings() -> None:
    with pytest.raises(InvalidRequestException, match="needs a builder"):
        get_normalizer("v15").from_chat_completion_request(
            ChatCompletionRequest(messages=[UserMessage(content="a")])
        )


def test_a_normalizer_is_a_value() -> None:
    assert get_normalizer("v15", BUILDER) == InstructRequestNormalizerV15(BUILDER)
    assert get_normalizer("v3") != get_normalizer("v7")
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_normalizer("v3").model_settings_builder = BUILDER  # type: ignore[misc]


def test_a_long_conversation_takes_no_longer_than_it_is() -> None:
    messages = [UserMessage(content="word " * 100)] * 20_000
    [message] = normalized(TokenizerVersion.v7, *messages).messages
    assert len(message.text) == 20_000 * 502 - 2


def test_thinking_keeps_its_form() -> None:
    thinking = ThinkChunk(thinking=[TextChunk(text="a"), TextChunk(text="b")])
    message = AssistantMessage(content=[thinking])
    assert normalized(TokenizerVersion.v13, message).messages == [message]


def test_a_connector_is_named() -> None:
    with pytest.raises(InvalidToolException, match="'web_search'"):
        normalized(TokenizerVersion.v13, user("a"), tools=[WebSearchTool()])
