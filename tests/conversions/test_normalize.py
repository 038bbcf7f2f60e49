"""A request for the API becomes one for a tokenizer, as mistral_common's versions do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import mistral_proto as m

ALL = tuple(m.TokenizerVersion)
JOINED, KEPT = ALL[:3], ALL[3:]
"""The versions that join the system messages to one prompt, and those that keep them."""
ORDERED, LAST = ALL[4:], ALL[-1:]
"""The versions that put the results of tools in the order of the calls, and v15."""

BUILDER = m.ModelSettingsBuilder.from_dict(
    {
        "reasoning_effort": {"accepts_none": True, "default": "none", "values": ["none", "high"]},
        "json_schema": {"type": "json_schema", "accepts_none": False, "default": None},
    }
)

THINKING = {"type": "thinking", "thinking": "Hm."}
IMAGE = {"type": "image_url", "image_url": "https://example.com/cat.png"}


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


def made(messages: Sequence[dict[str, Any]]) -> list[Any]:
    return list(m.InstructRequest.from_dict({"messages": messages}).messages)


def normalizer(version: m.TokenizerVersion) -> m.InstructRequestNormalizer:
    return m.get_normalizer(version, BUILDER if version.supports_model_settings else None)


def normalized(version: m.TokenizerVersion, *messages: Any, **fields: Any) -> m.InstructRequest:
    given: Any = messages or [user("")]
    request = m.ChatCompletionRequest(messages=given, **fields)
    if not messages:  # the constructor refuses an empty list
        request.messages.clear()  # type: ignore[attr-defined]
    return normalizer(version).from_chat_completion_request(request)


Messages = list[dict[str, Any]]
U, A, U_A = user("a"), assistant("b"), [user("a"), assistant("b")]
C1, C2, C3, NULL = call("1"), call("2"), call("3"), call("null")
R1, R2, R3 = result("1"), result("2"), result("3")
CALLS: Messages = [U, assistant("", C1, C2)]
OTHERS = [result("x", "1"), result("y", "2"), result("x", "3"), result("1", "4")]
NO_IDS = [result("1", "1"), result("", "2"), result(None, "3"), result("null", "4")]
# The versions, the messages, and the result.
MERGED: list[tuple[tuple[m.TokenizerVersion, ...], Messages, Messages]] = [
    (ALL, [], [user("")]),
    # user messages: empty texts do not count
    (ALL, [user(""), user("b"), user(None), user("c")], [user("b\n\nc")]),
    (JOINED + KEPT[:-1], [user([text("a"), text("b")]), user("c")], [user("a\n\nb\n\nc")]),
    (LAST, [user([text("a"), text("b")]), user("c")], [user("ab\n\nc")]),
    (ALL, [user([]), user([text("")])], [user("")]),
    (ALL, [U, user([text("b"), IMAGE, text("c")]), user("d")], [user([text("a\n\nb"), IMAGE, text("c\n\nd")])]),
    # assistant messages
    (JOINED, [A, U], [user(""), A, U]),
    (KEPT, [A], [A]),
    (ALL, [U, assistant([THINKING, text("b")]), assistant("c")], [U, assistant([THINKING, text("b\n\nc")])]),
    (ALL, [U, assistant()], [U, assistant("")]),
    (ALL, [U, A, assistant("c", prefix=True)], [U, assistant("b\n\nc", prefix=True)]),
    (ALL, [U, assistant(None, call("1", index=7)), assistant("", C2, C3)], [U, assistant("", C1, C2, C3)]),
    (ALL, [U, assistant(None, C1), A], [U, assistant("b", C1)]),
    (KEPT, [U, assistant("b", C1)], [U, assistant("b", C1)]),
    # system messages
    (JOINED, [system("a")], [user("")]),
    (
        KEPT[:-1],
        [system([text("a"), text("b")]), system([THINKING, text("d"), text("e")])],
        [system("a\n\nb"), system([THINKING, text("d\n\ne")])],
    ),
    (LAST, [system([text("a"), text("b")])], [system("ab")]),
    (KEPT, [system([]), system([text("")])], [system(""), system("")]),
    # tool messages
    (
        JOINED,
        [U, result("1", [text('{"a":'), text('"é"}')]), result("2", None, name="f")],
        [U, result("1", '{"a": "é"}'), result("2", "{}", name="f")],
    ),
    (
        KEPT[:-1],
        [U, result("1", [text('{"a":'), text("1}")]), result("2", "")],
        [U, result("1", '{"a":\n\n1}'), result("2", "")],
    ),
    (LAST, [U, result("1", [text("{ }"), text("b"), IMAGE, text("")])], [U, result("1", [text("{ }b"), IMAGE])]),
    # the order of results: as they came, or that of the calls
    (ALL[:4], [*CALLS, R2, R1], [*CALLS, R2, R1]),
    (ORDERED, [*CALLS, assistant("", C3), R3, R2, R1], [U, assistant("", C1, C2, C3), R1, R2, R3]),
    # results of no call last, next to those of the same id
    (ORDERED, [U, assistant("", C1), *OTHERS], [U, assistant("", C1), *(OTHERS[i] for i in (3, 1, 0, 2))]),
    # the last of two calls with one id
    (ORDERED, [U, assistant("", C1, C2, C1), R1, R2], [U, assistant("", C1, C2, C1), R2, R1]),
    # a missing id belongs to calls without one
    (ORDERED, [U, assistant("", NULL, C1), *NO_IDS], [U, assistant("", NULL, C1), *NO_IDS[1:], NO_IDS[0]]),
    # calls before other messages count, but not if they were answered
    (ORDERED, [assistant("", C1), U, assistant("", C2), R2, R1], [assistant("", C1), U, assistant("", C2), R1, R2]),
    (ORDERED, [assistant("", C1), R1, assistant("", C2), R1, R2], [assistant("", C1), R1, assistant("", C2), R2, R1]),
]  # fmt: skip


def test_messages() -> None:
    for versions, messages, wanted in MERGED:
        for version in versions:
            assert normalized(version, *made(messages)).messages == made(wanted), messages


# JSON as Python writes it; other text is kept.
ARGUMENTS = {
    "": "{}",
    '{"a":1,"b":[1.50,null]}': '{"a": 1, "b": [1.5, null]}',
    '"\\u00e9"': '"é"',
    **{kept: kept for kept in ("12 °C", "  ", "[" * 100_000 + "]" * 100_000)},
}


def test_arguments_become_json() -> None:
    for version in ALL:
        for given, wanted in ARGUMENTS.items():
            messages = made([user("a"), assistant(None, call("1", given)), result("1", given)])
            _, answer, answered = normalized(version, *messages).messages
            assert isinstance(answer, m.AssistantMessage) and answer.tool_calls
            assert answer.tool_calls[0].function.arguments == wanted
            assert answered.content == (wanted if version in JOINED else given)


# The prompts of v1 to v3, which join system messages.
PROMPTS: list[tuple[Messages, str | None]] = [
    ([system("a"), user("b"), system([text("c"), text("d")])], "a\n\nc\n\nd"),
    ([system(""), system([])], None),
    ([system([text("")]), system([text("")])], "\n\n"),
]


def test_system_prompt() -> None:
    for version in ALL:
        for messages, prompt in PROMPTS:
            wanted = prompt if version in JOINED else None
            assert normalized(version, *made(messages)).system_prompt == wanted


F_TOOL: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}
# The versions, the request, the exception and its path.
REFUSED: list[tuple[tuple[m.TokenizerVersion, ...], dict[str, Any], type[Exception], Any]] = [
    (JOINED, {"messages": [U, system([text("b"), THINKING])]}, m.InvalidSystemPromptException, ("messages", 1, "content")),
    (JOINED, {"messages": [U, A, assistant("c", C1)]}, m.InvalidAssistantMessageException, ("messages", 2)),
    (ALL[:-1], {"messages": [U, result("1", [IMAGE])]}, m.InvalidToolMessageException, ("messages", 1, "content")),
    (ALL, {"messages": [U], "tools": [F_TOOL, {"type": "web_search"}]}, m.InvalidToolException, ("tools", 1)),
    (LAST, {"messages": [U], "reasoning_effort": "low"}, m.InvalidRequestException, ("reasoning_effort",)),
]  # fmt: skip


def test_refused() -> None:
    for versions, document, exception, path in REFUSED:
        for version in versions:
            with pytest.raises(exception) as caught:
                normalizer(version).from_chat_completion_request(
                    m.ChatCompletionRequest.from_dict(document)
                )
            assert type(caught.value) is exception
            assert caught.value.path == path  # type: ignore[attr-defined]


def test_the_rest_of_the_request() -> None:
    tool = m.Tool.from_dict({"function": {"name": "f", "parameters": {"type": "object"}}})
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "array"}}}
    settings = m.ModelSettings(reasoning_effort="high", json_schema={"type": "array"})
    for version in ALL:
        found = normalized(
            version,
            *made([user("a"), assistant("b")]),
            tools=[tool],
            continue_final_message=True,
            reasoning_effort="high",
            response_format=schema,
            temperature=0.5,
        )
        assert found == m.InstructRequest(
            messages=made([user("a"), assistant("b", prefix=True)]),
            available_tools=[tool],
            settings=settings if version in LAST else m.ModelSettings.none(),
        )
        assert m.InstructRequest.from_dict(found.to_dict()) == found
        assert normalized(version, user("a")).available_tools is None


class Question(m.UserMessage):
    """A subclass."""


class Asked(m.InstructRequest):
    """A subclass."""


# Neighbours with the same weight are merged.
WEIGHTS: dict[tuple[float | None, ...], list[float | None]] = {
    (None, None): [None],
    (1, 1, 0, None, 1): [1, 0, None, 1],
}


def test_messages_are_of_the_given_classes() -> None:
    classes = (Question, m.FinetuningAssistantMessage, m.ToolMessage, m.SystemMessage, Asked)
    for version in ALL:
        ours = normalizer(version)
        builder, wrong = (BUILDER, None) if version in LAST else (None, BUILDER)
        with pytest.raises(m.InvalidRequestException):
            type(ours)(*classes, wrong).from_chat_completion_request(
                m.ChatCompletionRequest(messages=made([U]))
            )
        for given, wanted in WEIGHTS.items():
            answers = [m.FinetuningAssistantMessage(content="a", weight=it) for it in given]
            request = m.ChatCompletionRequest(messages=[m.UserMessage(content="a"), *answers])
            found = type(ours)(*classes, builder).from_chat_completion_request(request)
            first, *others = found.messages
            assert (type(found), type(first)) == (Asked, Question)
            assert [message.weight for message in others] == wanted  # type: ignore[union-attr]
            plain = ours.from_chat_completion_request(request).messages[1:]
            assert [type(message) for message in plain] == [m.AssistantMessage] * len(wanted)


CLASSES = {
    JOINED: m.InstructRequestNormalizer,
    KEPT[:1]: m.InstructRequestNormalizerV7,
    ORDERED[:-1]: m.InstructRequestNormalizerV13,
    LAST: m.InstructRequestNormalizerV15,
}


def test_the_normalizer_of_a_version() -> None:
    for versions, cls in CLASSES.items():
        for version in versions:
            assert type(m.get_normalizer(version)) is cls
            assert type(m.normalizer_for_tokenizer_version(version.value)) is cls
            if version not in LAST:
                with pytest.raises(ValueError, match="has no settings"):
                    m.get_normalizer(version, BUILDER)
    unknown: list[Any] = ["v4", "V3", 3, None]
    for version in unknown:
        with pytest.raises(ValueError, match="TokenizerVersion"):
            m.get_normalizer(version)
