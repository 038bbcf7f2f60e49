"""Messages: what each may hold, and what becomes of it in a request."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    DeltaMessage,
    FinetuningAssistantMessage,
    Roles,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    ToolMessage,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.wire import OpenWireType, WireType
from tests.protocol.sending import sent

FUNCTION = {"name": "f", "arguments": "{}"}
CALL = {"id": "a", "type": "function", "function": FUNCTION}

# A message as it is given, and what `to_dict` makes of it.
WRITTEN: list[tuple[str, WireType, dict[str, Any]]] = [
    ("system", SystemMessage(content="a"), {"role": "system", "content": "a"}),
    ("user", UserMessage(content="a"), {"role": "user", "content": "a"}),
    ("user, no chunks", UserMessage(content=[]), {"role": "user", "content": []}),
    # Null is a content of its own there, which the API requires to be written.
    ("user, null", UserMessage(content=None), {"role": "user", "content": None}),
    ("tool, null", ToolMessage(content=None), {"role": "tool", "content": None}),
    (
        "tool",
        ToolMessage(content="a", tool_call_id="1", name="f"),
        {"role": "tool", "content": "a", "tool_call_id": "1", "name": "f"},
    ),
    ("assistant, nothing", AssistantMessage(), {"role": "assistant"}),
    (
        "assistant, null",
        AssistantMessage(content=None, tool_calls=None),
        {"role": "assistant"},
    ),
    (
        "assistant, prefix",
        AssistantMessage(content="a", prefix=True),
        {"role": "assistant", "content": "a", "prefix": True},
    ),
    (
        "assistant, no calls",
        AssistantMessage(content="a", tool_calls=[]),
        {"role": "assistant", "content": "a", "tool_calls": []},
    ),
    (
        "finetuning",
        FinetuningAssistantMessage(content="a", weight=0),
        {"role": "assistant", "content": "a", "weight": 0},
    ),
    ("delta, nothing", DeltaMessage(), {}),
    ("delta, empty", DeltaMessage(content=""), {"content": ""}),
    ("delta, of any role", DeltaMessage(role="critic"), {"role": "critic"}),
]


@pytest.mark.parametrize(
    ("message", "document"), [case[1:] for case in WRITTEN], ids=[case[0] for case in WRITTEN]
)
def test_written(message: WireType, document: dict[str, Any]) -> None:
    assert message.to_dict() == document
    assert type(message).from_dict(document) == message
    assert type(message).from_dict(document, strict=True) == message


REFUSED: list[tuple[str, type[WireType], dict[str, Any], Path, str]] = [
    ("no content", UserMessage, {"role": "user"}, ("content",), "missing"),
    ("system, null", SystemMessage, {"content": None}, ("content",), "missing"),
    ("tool, no content", ToolMessage, {"tool_call_id": "1"}, ("content",), "missing"),
    ("another role", UserMessage, {"role": "system", "content": "a"}, ("role",), "literal_error"),
    ("content a number", UserMessage, {"content": 1}, ("content",), "union_type"),
    ("content an object", UserMessage, {"content": {"text": "a"}}, ("content",), "union_type"),
    ("chunk a string", UserMessage, {"content": ["a"]}, ("content", 0), "dict_type"),
    ("prefix", AssistantMessage, {"prefix": "true"}, ("prefix",), "bool_type"),
    ("calls", AssistantMessage, {"tool_calls": CALL}, ("tool_calls",), "list_type"),
    ("call", AssistantMessage, {"tool_calls": [1]}, ("tool_calls", 0), "dict_type"),
    ("weight", FinetuningAssistantMessage, {"weight": "1"}, ("weight",), "float_type"),
    ("index", DeltaMessage, {"index": -1}, ("index",), "greater_than_equal"),
    ("metadata", DeltaMessage, {"metadata": []}, ("metadata",), "dict_type"),
    ("role", DeltaMessage, {"role": 1}, ("role",), "string_type"),
]


@pytest.mark.parametrize(
    ("cls", "document", "path", "kind"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_refused(cls: type[WireType], document: dict[str, Any], path: Path, kind: str) -> None:
    strict = issubclass(cls, OpenWireType)  # without, what the server sent is kept
    reads: list[Any] = [lambda it: cls.from_dict(it, strict=strict), lambda it: cls(**it)]
    for read in reads:
        with pytest.raises(ValidationError) as caught:
            read(document)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (path, kind)


@pytest.mark.parametrize(
    ("content", "text", "thinking"),
    [
        pytest.param(None, "", "", id="none"),
        pytest.param("a", "a", "", id="string"),
        pytest.param([], "", "", id="no chunks"),
        pytest.param([TextChunk(text="a")], "a", "", id="text"),
        pytest.param(
            [
                ThinkChunk(thinking="x"),
                TextChunk(text="a"),
                ThinkChunk(thinking=[TextChunk(text="y")]),
                TextChunk(text="b"),
            ],
            "ab",
            "xy",
            id="both, twice",
        ),
    ],
)
def test_text_and_thinking(content: Any, text: str, thinking: str) -> None:
    for cls in (AssistantMessage, DeltaMessage):
        message = cls(content=content)
        assert (message.text, message.thinking) == (text, thinking)
    assert UserMessage(content=content).text == text
    assert ToolMessage(content=content).text == text


@pytest.mark.parametrize("cls", [AssistantMessage, DeltaMessage])
def test_the_thinking_of_other_servers(cls: type[AssistantMessage | DeltaMessage]) -> None:
    think = [{"type": "thinking", "thinking": "x"}]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"reasoning_content": "a"}, "a"),
        ({"reasoning": "b", "content": "c"}, "b"),
        ({"reasoning_content": "a", "reasoning": "b"}, "a"),
        ({"reasoning_content": "", "reasoning": "b"}, "b"),
        ({"reasoning_content": None, "reasoning": {"effort": "high"}}, ""),
        ({"reasoning_content": ["a"], "reasoning": "b", "content": []}, "b"),
        ({"reasoning_content": "a", "content": think}, "x"),
        ({"reasoning_content": "a", "content": [{"type": "text", "text": "c"}]}, "a"),
    ]
    for document, thinking in cases:
        message = cls.from_dict(document)
        assert message.thinking == thinking, document
        assert message.to_dict() == document


def test_an_answer_goes_straight_back_without_what_is_not_published() -> None:
    document = {
        "role": "assistant",
        "content": "a",
        "tool_calls": [{**CALL, "function": {**FUNCTION, "x": 1}, "x": 2}],
        "prefix": False,
        "reasoning_content": "b",
    }
    message = AssistantMessage.from_dict(document)

    assert message.to_dict() == document
    assert sent(message) == {
        "role": "assistant",
        "content": "a",
        "tool_calls": [CALL],
        "prefix": False,
    }
    # As a mapping it is the user's own, who is told about it.
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({"messages": [document]})
    assert [problem.path for problem in caught.value.problems] == [
        ("messages", 0, "tool_calls", 0, "function", "x"),
        ("messages", 0, "tool_calls", 0, "x"),
        ("messages", 0, "reasoning_content"),
    ]


def test_a_message_may_go_back_as_a_dict() -> None:
    for more in ({}, {"reasoning_content": "b"}):
        message = AssistantMessage.from_dict({"role": "assistant", "content": "a", **more})
        for given in (dict(message), dataclasses.asdict(message)):
            assert AssistantMessage.from_dict(given) == message
            assert ChatCompletionRequest.from_dict({"messages": [given]}).messages == [message]
            with pytest.raises(ValidationError, match="extra: expected no such field"):
                AssistantMessage.from_dict(given, strict=True)


def test_what_a_request_takes_for_a_message() -> None:
    weighted = FinetuningAssistantMessage(content="a", weight=1)
    assert ChatCompletionRequest(messages=[weighted]).messages == [weighted]

    piece: Any = DeltaMessage(role="assistant", content="a")
    with pytest.raises(ValidationError, match=r"messages\[0\]: expected an object with a role"):
        ChatCompletionRequest(messages=[piece])


def test_roles_are_their_strings() -> None:
    assert [str(role) for role in Roles] == ["system", "user", "assistant", "tool"]
    assert UserMessage.from_dict({"role": Roles.user, "content": "a"}).to_dict()["role"] == "user"
