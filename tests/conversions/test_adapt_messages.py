"""`adapt_request`: what becomes of the messages."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto.openai import adapt_request
from tests.conversions.adapting import HI, adapt, adapt_messages, refusals

NULL = "dropped: null stands for what is not given"
NO_FIELD = "dropped: Mistral's API has no such field"
NO_NAME = "dropped: Mistral's API takes no name here"
GOOD_ID = "Mistral's API takes ids of nine letters and digits only"
PAIRED = "Mistral's API pairs a call and its answer by an id"
AT_THE_HEAD = "changed to thinking at the head of the content: Mistral's API takes it there"
TO_TEXT = "changed to text of the content: Mistral's API has no refusals"

# What the ids in the tests become: beginnings of SHA-256 in hexadecimal digits.
CALL_1 = "74196fe72"
FIRST_CALL = "e24b6134b"


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def thinking(words: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [text(words)]}


def user(content: Any = "Hi", **others: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **others}


def said(content: Any = "Hello", **others: Any) -> dict[str, Any]:
    """An assistant's message, as it is written out."""
    return {"role": "assistant", "content": content, **others}


def call(given: Any = "a1b2c3d4e", **others: Any) -> dict[str, Any]:
    function = {"name": "now", "arguments": "{}"}
    return {"id": given, "type": "function", "function": function, **others}


def calls(*each: dict[str, Any]) -> dict[str, Any]:
    """An assistant's message of calls alone, as it is written out."""
    return {"role": "assistant", "tool_calls": [*each]}


def answer(given: Any = "a1b2c3d4e", content: Any = "12:00", **others: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": given, **others}


KEPT: list[tuple[str, list[dict[str, Any]]]] = [
    ("system", [{"role": "system", "content": "Be brief."}]),
    ("system in parts", [{"role": "system", "content": [text("Be "), text("brief.")]}]),
    ("system with thinking", [{"role": "system", "content": [thinking("Hm."), text("x")]}]),
    ("a user", [user()]),
    ("a user who says nothing", [user(None)]),
    ("an assistant", [said()]),
    ("an assistant in parts", [said([text("Hello")])]),
    ("an assistant who thinks", [said([thinking("Hm."), text("4.")])]),
    ("a call", [calls(call()), answer()]),
    ("a call with words", [said(tool_calls=[call()]), answer()]),
    ("a numbered call", [calls(call(index=0)), answer()]),
    ("an answer with its function's name", [calls(call()), answer(name="now")]),
    ("an answer in parts", [calls(call()), answer(content=[text("12"), text(":00")])]),
    ("an answer of nothing", [calls(call()), answer(content=None)]),
    ("an answer without a call", [{"role": "tool", "content": "12:00"}]),
]


@pytest.mark.parametrize("messages", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_a_message_that_mistral_takes_stays_as_it_is(messages: list[dict[str, Any]]) -> None:
    assert adapt_messages(*messages) == (messages, [])


def test_a_call_without_content_may_say_so() -> None:
    """As every call of OpenAI's does: Mistral's API takes the null, too."""
    assert adapt_messages({**calls(call()), "content": None}) == ([calls(call())], [])


def test_arguments_may_be_an_object() -> None:
    given = call(function={"name": "now", "arguments": {"zone": "UTC"}})
    written = call(function={"name": "now", "arguments": '{"zone": "UTC"}'})
    assert adapt_messages(calls(given)) == ([calls(written)], [])


CHANGED: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]], list[str]]] = [
    (
        "a developer",
        [{"role": "developer", "content": "Be brief."}],
        [{"role": "system", "content": "Be brief."}],
        ["[0].role: changed to 'system': Mistral's API has no role of that name"],
    ),
    (
        "names",
        [
            {"role": "system", "content": "x", "name": "a"},
            user(name="b"),
            said(name="c"),
        ],
        [{"role": "system", "content": "x"}, user(), said()],
        [f"[{index}].name: {NO_NAME}" for index in range(3)],
    ),
    (
        "fields of other roles, and of nobody's",
        [user(tool_calls=None, prefix=True, zzz=1), said(tool_call_id="x", weight=0, extra={})],
        [user(), said()],
        [
            f"[0].tool_calls: {NULL}",
            f"[0].prefix: {NO_FIELD}",
            f"[0].zzz: {NO_FIELD}",
            f"[1].tool_call_id: {NO_FIELD}",
            f"[1].weight: {NO_FIELD}",
            f"[1].extra: {NO_FIELD}",
        ],
    ),
    (
        "what a dumped response has",
        [
            {
                "content": "Hello",
                "refusal": None,
                "role": "assistant",
                "annotations": [],
                "audio": None,
                "function_call": None,
                "tool_calls": None,
            }
        ],
        [said()],
        [
            f"[0].refusal: {NULL}",
            "[0].annotations: dropped: Mistral's API takes no annotations of an answer",
            f"[0].audio: {NULL}",
            f"[0].function_call: {NULL}",
            f"[0].tool_calls: {NULL}",
        ],
    ),
    (
        "a prefix before other messages",
        [said("He", prefix=True, name="c")],
        [said("He")],
        [
            f"[0].name: {NO_NAME}",
            "[0].prefix: dropped: Mistral's API continues the last message only",
        ],
    ),
    (
        "no content",
        [{"role": "assistant", "content": None}],
        [said("")],
        ["[0].content: set to '': Mistral's API wants one where no tool is called"],
    ),
    (
        "no calls",
        [said(tool_calls=[])],
        [said()],
        ["[0].tool_calls: dropped: an empty list says nothing"],
    ),
    (
        "a refusal in place of content",
        [{"role": "assistant", "content": None, "refusal": "No."}],
        [said("No.")],
        [f"[0].refusal: {TO_TEXT}"],
    ),
    (
        "a refusal beside content",
        [said("Well.", refusal="No.")],
        [said([text("Well."), text("No.")])],
        [f"[0].refusal: {TO_TEXT}"],
    ),
    (
        "a refusal beside parts",
        [said([text("Well.")], refusal="No.")],
        [said([text("Well."), text("No.")])],
        [f"[0].refusal: {TO_TEXT}"],
    ),
    (
        "reasoning_content",
        [said(reasoning_content="Hm.")],
        [said([thinking("Hm."), text("Hello")])],
        [f"[0].reasoning_content: {AT_THE_HEAD}"],
    ),
    (
        "reasoning beside parts",
        [said([text("a"), text("b")], reasoning="Hm.")],
        [said([thinking("Hm."), text("a"), text("b")])],
        [f"[0].reasoning: {AT_THE_HEAD}"],
    ),
    (
        "reasoning, and nothing else",
        [{"role": "assistant", "content": "", "reasoning": "Hm."}],
        [said([thinking("Hm.")])],
        [f"[0].reasoning: {AT_THE_HEAD}"],
    ),
    (
        "reasoning before a call and a refusal",
        [{**calls(call()), "reasoning": "Hm.", "refusal": "No."}],
        [said([thinking("Hm."), text("No.")], tool_calls=[call()])],
        [f"[0].reasoning: {AT_THE_HEAD}", f"[0].refusal: {TO_TEXT}"],
    ),
    (
        "both fields for reasoning",
        [said(reasoning="One.", reasoning_content="Other.")],
        [said([thinking("Other."), text("Hello")])],
        [
            "[0].reasoning: dropped: reasoning_content is given too, and wins",
            f"[0].reasoning_content: {AT_THE_HEAD}",
        ],
    ),
    (
        "one of which is empty",
        [said(reasoning="One.", reasoning_content="")],
        [said([thinking("One."), text("Hello")])],
        [
            f"[0].reasoning: {AT_THE_HEAD}",
            "[0].reasoning_content: dropped: it is blank, and Mistral's API has no such field",
        ],
    ),
    (
        "an id, and it in an answer",
        [calls(call("call_1"), call()), answer("call_1"), answer()],
        [calls(call(CALL_1), call()), answer(CALL_1), answer()],
        [
            f"[0].tool_calls[0].id: changed to '{CALL_1}': {GOOD_ID}",
            f"[1].tool_call_id: changed to '{CALL_1}': {GOOD_ID}",
        ],
    ),
    (
        "no ids",
        [
            {"role": "assistant", "tool_calls": [call(""), call(None), call("null")]},
            {"role": "tool", "content": "a"},
            {"role": "tool", "content": "b", "tool_call_id": None},
            {"role": "tool", "content": "c", "tool_call_id": ""},
        ],
        [
            calls(call(FIRST_CALL), call("66ef61c95"), call("bc172c1ca")),
            answer(FIRST_CALL, "a"),
            answer("66ef61c95", "b"),
            answer("bc172c1ca", "c"),
        ],
        [
            f"[0].tool_calls[0].id: set to '{FIRST_CALL}': {PAIRED}",
            f"[0].tool_calls[1].id: set to '66ef61c95': {PAIRED}",
            f"[0].tool_calls[2].id: set to 'bc172c1ca': {PAIRED}",
            f"[1].tool_call_id: set to '{FIRST_CALL}': {PAIRED}",
            f"[2].tool_call_id: set to '66ef61c95': {PAIRED}",
            f"[3].tool_call_id: set to 'bc172c1ca': {PAIRED}",
        ],
    ),
    (
        "what a call has beside",
        [calls(call(name=None, function={"name": "now", "arguments": "{}", "parsed": {}}))],
        [calls(call())],
        [
            f"[0].tool_calls[0].function.parsed: {NO_FIELD}",
            f"[0].tool_calls[0].name: {NULL}",
        ],
    ),
    (
        "no arguments",
        [calls(call(function={"name": "now"}), call(function={"name": "now", "arguments": None}))],
        [calls(call(), call())],
        [
            f"[0].tool_calls[{index}].function.arguments: set to '{{}}': "
            "Mistral's API requires them"
            for index in range(2)
        ],
    ),
    (
        "a function_call, and its answer",
        [
            {"role": "assistant", "function_call": {"name": "now", "arguments": "{}"}},
            {"role": "function", "name": "now", "content": "12:00"},
        ],
        [calls(call("93c2ca807")), answer("93c2ca807", name="now")],
        [
            "[0].function_call: changed to a tool call with the id '93c2ca807': "
            "Mistral's API does not have what OpenAI's replaced by tool calls",
            "[1].role: changed to 'tool': Mistral's API has no role of that name",
            f"[1].tool_call_id: set to '93c2ca807': {PAIRED}",
        ],
    ),
    (
        "a function_call beside tool_calls",
        [{**calls(call()), "function_call": {"name": "now", "arguments": "{}"}}, answer()],
        [calls(call()), answer()],
        ["[0].function_call: dropped: tool_calls is given too, and wins"],
    ),
    (
        "a call that nobody answered before the next",
        [
            calls(call(None)),
            said(),
            {"role": "assistant", "function_call": {"name": "now", "arguments": "{}"}},
            {"role": "function", "name": "now", "content": "12:00"},
        ],
        [
            calls(call(FIRST_CALL)),
            said(),
            calls(call("c32458519")),
            answer("c32458519", name="now"),
        ],
        [
            f"[0].tool_calls[0].id: set to '{FIRST_CALL}': {PAIRED}",
            "[2].function_call: changed to a tool call with the id 'c32458519': "
            "Mistral's API does not have what OpenAI's replaced by tool calls",
            "[3].role: changed to 'tool': Mistral's API has no role of that name",
            f"[3].tool_call_id: set to 'c32458519': {PAIRED}",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"), [case[1:] for case in CHANGED], ids=[c[0] for c in CHANGED]
)
def test_messages_are_changed(
    given: list[dict[str, Any]], written: list[dict[str, Any]], changes: list[str]
) -> None:
    assert adapt_messages(*given) == (written, [f"messages{change}" for change in changes])


PREFIXED = "set to true: Mistral's API takes an assistant's message at the end only so"
AT_THE_END: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("words", {"role": "assistant", "content": "He"}, said("He", prefix=True), [PREFIXED]),
    ("no prefix", said("He"), said("He", prefix=True), [PREFIXED]),
    ("a prefix", said("He", prefix=True), said("He", prefix=True), []),
    ("a call", calls(call()), calls(call()), []),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"),
    [case[1:] for case in AT_THE_END],
    ids=[case[0] for case in AT_THE_END],
)
def test_an_assistant_at_the_end_is_continued(
    given: dict[str, Any], written: dict[str, Any], changes: list[str]
) -> None:
    adapted = adapt({**HI, "messages": [user(), given]})
    assert adapted.document["messages"] == [user(), written]
    assert adapted.changes == [f"messages[1].prefix: {change}" for change in changes]


ROLES = "'system', 'developer', 'user', 'assistant', 'tool' or 'function'"
NO_CUSTOM = "expected a function, as Mistral's API has no custom tools"
REFUSED: list[tuple[str, Any, list[str]]] = [
    ("no object", "Hi", [": expected an object, got the string 'Hi'"]),
    ("no role", {"content": "Hi"}, [".role: expected this field, got nothing"]),
    ("a null role", {"role": None}, [".role: expected this field, got null"]),
    (
        "an unknown role",
        {"role": "robot"},
        [f".role: expected {ROLES}, got the string 'robot'"],
    ),
    ("a role that is none", {"role": ["user"]}, [f".role: expected {ROLES}, got a list of 1"]),
    (
        "a system without content",
        {"role": "system"},
        [".content: expected this field, got nothing"],
    ),
    (
        "a null prompt",
        {"role": "developer", "content": None},
        [".content: expected this field, got null"],
    ),
    ("a user without content", {"role": "user"}, [".content: expected this field, got nothing"]),
    ("a number", user(3), [".content: expected a string or a list, got the number 3"]),
    (
        "a part alone",
        user(text("x")),
        [".content: expected a string or a list, got an object with 'type', 'text'"],
    ),
    (
        "an image in a system's content",
        {"role": "system", "content": [{"type": "image_url", "image_url": "https://x"}, 3]},
        [
            ".content[0]: expected a text, as Mistral takes nothing else here, "
            "got an object with 'type', 'image_url'",
            ".content[1]: expected an object, got the number 3",
        ],
    ),
    (
        "a prompt of no text",
        {"role": "system", "content": 3},
        [".content: expected a string or a list, got the number 3"],
    ),
    ("a prefix", said(prefix=1), [".prefix: expected true or false, got the number 1"]),
    (
        "reasoning",
        said(reasoning_content=["Hm."]),
        [".reasoning_content: expected a string, got a list of 1"],
    ),
    ("a refusal", said(refusal=True), [".refusal: expected a string, got true"]),
    (
        "audio that was answered",
        said(audio={"id": "audio_1"}),
        [
            ".audio: expected no audio that was answered, which Mistral's API can't look up, "
            "got an object with 'id'"
        ],
    ),
    ("calls", said(tool_calls={}), [".tool_calls: expected a list, got an empty object"]),
    ("a call", said(tool_calls=[1]), [".tool_calls[0]: expected an object, got the number 1"]),
    (
        "a custom call",
        said(tool_calls=[{"id": "1", "type": "custom", "custom": {"name": "a", "input": ""}}]),
        [f".tool_calls[0].type: {NO_CUSTOM}, got the string 'custom'"],
    ),
    (
        "a call of no kind",
        said(tool_calls=[call(type="robot"), call(type=1)]),
        [
            ".tool_calls[0].type: expected 'function', got the string 'robot'",
            ".tool_calls[1].type: expected 'function', got the number 1",
        ],
    ),
    (
        "a call of nothing",
        said(tool_calls=[{"id": 5}, call(function="now"), call(function={})]),
        [
            ".tool_calls[0].id: expected a string, got the number 5",
            ".tool_calls[0].function: expected this field, got nothing",
            ".tool_calls[1].function: expected an object, got the string 'now'",
            ".tool_calls[2].function.name: expected this field, got nothing",
        ],
    ),
    (
        "arguments",
        said(tool_calls=[call(function={"name": "now", "arguments": 3})]),
        [
            ".tool_calls[0].function.arguments: expected a JSON string or an object, "
            "got the number 3"
        ],
    ),
    (
        "a function_call",
        said(function_call="now"),
        [".function_call: expected an object, got the string 'now'"],
    ),
    (
        "a function_call of nothing",
        said(function_call={"arguments": "{}"}),
        [".function_call.name: expected this field, got nothing"],
    ),
    ("an answer's id", answer(3), [".tool_call_id: expected a string, got the number 3"]),
    ("an answer's name", answer(name=3), [".name: expected a string, got the number 3"]),
    (
        "an answer of no content",
        {"role": "tool", "tool_call_id": "a1b2c3d4e"},
        [".content: expected this field, got nothing"],
    ),
    (
        "a function's answer without a call",
        {"role": "function", "name": "now", "content": "12:00"},
        [
            ": expected a function_call before its answer, to pair them, "
            "got an object with 'role', 'name', 'content'"
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_message_is_refused(given: Any, problems: list[str]) -> None:
    expected = [f"messages[0]{problem}" for problem in problems]
    assert refusals({**HI, "messages": [given, user()]}) == expected
    # Also as the last one, which is looked at once more.
    assert refusals({**HI, "messages": [given]}) == expected


def test_an_id_is_the_same_in_every_request() -> None:
    """Or a conversation that grows would lose what the API has cached of it."""
    begun = [calls(call("call_1")), answer("call_1")]
    short, _ = adapt_messages(*begun)
    long, _ = adapt_messages(*begun, said(), calls(call("call_2")), answer("call_2"))
    assert long[:2] == short


def test_the_types_of_a_request_are_mistrals() -> None:
    request = adapt_request({**HI, "messages": [said(reasoning="Hm.", prefix=True)]}).request
    assert request.messages[0].thinking == "Hm."  # type: ignore[union-attr]
    assert request.messages[0].text == "Hello"
