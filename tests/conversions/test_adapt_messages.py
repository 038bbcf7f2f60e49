"""`adapt_request`: the messages, and their order."""

from __future__ import annotations

import random
from typing import Any

from mistral_proto import check_conversation
from mistral_proto.openai import adapt_request
from tests.conversions.helpers import HI, adapt, adapt_messages, refusals

Message = dict[str, Any]

GOOD, OTHER = "a1b2c3d4e", "b1b2c3d4e"
FUNCTION = {"name": "now", "arguments": "{}"}
# Made ids are beginnings of SHA-256 in hexadecimal digits: of a given id, or of a path.
CALL_1 = "74196fe72"
CALLS_AT_0 = ["e24b6134b", "66ef61c95", "bc172c1ca"]
FUNCTION_CALL_AT_0 = "93c2ca807"


def text(words: str) -> Message:
    return {"type": "text", "text": words}


def thinking(words: str) -> Message:
    return {"type": "thinking", "thinking": [text(words)]}


def system(content: Any = "Be brief.", **others: Any) -> Message:
    return {"role": "system", "content": content, **others}


def user(content: Any = "Hi", **others: Any) -> Message:
    return {"role": "user", "content": content, **others}


def assistant(content: Any = "Hello", **others: Any) -> Message:
    return {"role": "assistant", "content": content, **others}


def call(given: Any = GOOD, **others: Any) -> Message:
    return {"id": given, "type": "function", "function": FUNCTION, **others}


def calls(*each: Any, **others: Any) -> Message:
    return {"role": "assistant", "tool_calls": [*each], **others}


def answer(given: Any = GOOD, content: Any = "12:00", **others: Any) -> Message:
    return {"role": "tool", "content": content, "tool_call_id": given, **others}


def function_call(call: Any = FUNCTION, **others: Any) -> Message:
    return {"role": "assistant", "function_call": call, **others}


FUNCTION_ANSWER = {"role": "function", "name": "now", "content": "12:00"}
TWO_CALLS = [call(), call(OTHER)]

KEPT: list[list[Message]] = [
    [system([text("Be "), thinking("Hm."), text("brief.")]), user(None)],
    [assistant("Hm.", tool_calls=TWO_CALLS), answer(OTHER, name="now"), answer(content=None)],
    [calls(call(index=0)), answer(content=[text("12"), text(":00")])],
]
# Messages, their results, and the changes.
CHANGED: list[tuple[list[Message], list[Message], list[str]]] = [
    (
        [
            *(system(name="a", role="developer"), user(name="b", tool_calls=None, prefix=True)),
            assistant(weight=0, refusal=None, annotations=[], audio=None, tool_calls=[], prefix=True),
        ],
        [system(), user(), assistant()],
        ["[0].name dropped", "[0].role changed"]
        + [f"[1].{name} dropped" for name in ("name", "prefix", "tool_calls")]
        + [f"[2].{it} dropped" for it in ("annotations", "audio", "prefix", "refusal", "tool_calls", "weight")],
    ),
    # empty messages
    *[([assistant(content), user()], [user()], ["[0] dropped"]) for content in (None, "", [], [text("")] * 2)],
    ([assistant("", tool_calls=[], refusal="")], [], [f"[0]{it} dropped" for it in ("", ".refusal", ".tool_calls")]),
    # fields of a response
    ([assistant("Well.", refusal="No.")], [assistant([text("Well."), text("No.")])], ["[0].refusal moved"]),
    (
        [calls(call(), reasoning="Hm.", refusal="No."), answer()],
        [assistant([thinking("Hm."), text("No.")], tool_calls=[call()]), answer()],
        ["[0].reasoning moved", "[0].refusal moved"],
    ),
    (
        [assistant(reasoning="One.", reasoning_content="Other.")],
        [assistant([thinking("Other."), text("Hello")])],
        ["[0].reasoning dropped", "[0].reasoning_content moved"],
    ),
    (
        [assistant([text("a"), text("b")], reasoning="One.", reasoning_content="")],
        [assistant([thinking("One."), text("a"), text("b")])],
        ["[0].reasoning moved", "[0].reasoning_content dropped"],
    ),
    # calls
    (
        [calls(call(function={**FUNCTION, "arguments": None, "parsed": {}}, name="x")), answer(name="a b")],
        [calls(call()), answer()],
        [f"[0].tool_calls[0].{it}" for it in ("function.arguments set", "function.parsed dropped", "name dropped")]
        + ["[1].name dropped"],
    ),
    (
        [calls(call("call_1"), call()), answer("call_1"), answer()],
        [calls(call(CALL_1), call()), answer(CALL_1), answer()],
        ["[0].tool_calls[0].id changed", "[1].tool_call_id changed"],
    ),
    (
        [
            calls(call(""), call(None), call("null")),
            *({"role": "tool", "content": "a"}, answer(None, "b"), answer("", "c")),
        ],
        [calls(*map(call, CALLS_AT_0)), *map(answer, CALLS_AT_0, "abc")],
        [f"[0].tool_calls[{it}" for it in ("0].id set", "1].id dropped", "1].id set", "2].id set")]
        + [f"[{index}].tool_call_id set" for index in range(1, 4)],
    ),
    (
        [calls(*TWO_CALLS), answer(OTHER), answer("")],
        [calls(*TWO_CALLS), answer(OTHER), answer()],
        ["[2].tool_call_id set"],
    ),
    (
        [function_call(), FUNCTION_ANSWER],
        [calls(call(FUNCTION_CALL_AT_0)), answer(FUNCTION_CALL_AT_0, name="now")],
        ["[0].function_call changed", "[1].role changed", "[1].tool_call_id set"],
    ),
    ([function_call(tool_calls=[call()]), answer(name=None)], [calls(call()), answer()], ["[0].function_call dropped"]),
]  # fmt: skip


def test_messages_are_kept_or_changed() -> None:
    kept: list[Any] = [(messages, messages, []) for messages in KEPT]
    for given, written, expected in [*kept, *CHANGED]:
        adapted, changes = adapt_messages(*given)
        assert (adapted, sorted(changes)) == (written, sorted(expected))


def test_made_ids() -> None:
    for given in ("a1b2c3d4", "a1b2-3d4e", "a1b2c3d4é", "１２３４５６７８９", "\ud800"):
        [made, _], _ = adapt_messages(calls(call(given)), answer(given))
        id = made["tool_calls"][0]["id"]
        assert id.isascii() and id.isalnum() and len(id) == 9


def test_an_assistant_message_at_the_end_is_a_prefix() -> None:
    set_at_1 = ["messages[1].prefix set"]
    for prefix, changes in [({}, set_at_1), ({"prefix": False}, set_at_1), ({"prefix": True}, [])]:
        messages, found = adapt({**HI, "messages": [user(), assistant("He", **prefix)]})
        assert messages["messages"] == [user(), assistant("He", prefix=True)]
        assert found == changes


CUSTOM = {"id": "1", "type": "custom", "custom": {"name": "a", "input": ""}}
# Messages that are refused, alone and with another message after them.
REFUSED: list[tuple[Any, list[str]]] = [
    ("Hi", [" dict_type"]),
    ({"role": None}, [".role missing"]),
    ({"role": ["user"]}, [".role union_tag_invalid"]),
    (
        system([{"type": "image_url", "image_url": "https://x"}, 3], role="developer"),
        [".content[0].type union_tag_invalid", ".content[1] dict_type"],
    ),
    (assistant(prefix=1), [".prefix bool_type"]),
    (assistant(reasoning_content=["Hm."]), [".reasoning_content string_type"]),
    (assistant({}, refusal="No.", reasoning="Hm."), [".content union_type"]),
    (assistant([text("a"), 3], reasoning="Hm."), [".content[1] dict_type"]),
    (assistant(audio={"id": "audio_1"}), [".audio value_error"]),
    (assistant(tool_calls={"a": 1}), [".tool_calls list_type"]),
    (calls(1, CUSTOM), [f".tool_calls[{it}" for it in ("0] dict_type", "1].type enum", "1].function missing")]),
    (
        calls({"id": [], "function": FUNCTION}, call(function={})),
        [".tool_calls[0].id string_type", ".tool_calls[1].function.name missing"],
    ),
    (function_call("now"), [".function_call dict_type"]),
    (function_call({"arguments": "{}"}), [".function_call.name missing"]),
    (answer([]), [".tool_call_id string_type"]),
    # by the rules of a conversation
    (function_call(), [".function_call.id value_error"]),
    (FUNCTION_ANSWER, [".tool_call_id value_error"]),
    (
        calls(call(function={"name": "a b", "arguments": ""})),
        [".tool_calls[0].id value_error", ".tool_calls[0].function.name value_error"],
    ),
]  # fmt: skip


def test_a_message_is_refused() -> None:
    for given, problems in REFUSED:
        expected = [f"messages[0]{problem}" for problem in problems]
        assert refusals({**HI, "messages": [given, user()]}) == expected
        assert refusals({**HI, "messages": [given]}) == expected
    assert refusals({**HI, "messages": [assistant("")]}) == ["messages too_short"]


def test_calls_and_answers_that_do_not_match_are_refused() -> None:
    for given, problems in [
        ([user(), calls(*TWO_CALLS), answer(), user()], ["[1].tool_calls[1].id"]),
        ([calls(call()), answer(), answer()], ["[2].tool_call_id"]),
        ([calls(call()), user(), answer()], ["[0].tool_calls[0].id", "[2].tool_call_id"]),
        # The first message is dropped.
        ([assistant(""), user(), answer("call_1")], ["[2].tool_call_id"]),
    ]:
        found = [f"messages{problem} value_error" for problem in problems]
        assert refusals({**HI, "messages": given}) == found


DONE = assistant("Done.")
C: Message = calls(call())
S, S2, U, U2, A, T = system(), system("In French."), user(), user("And?"), assistant(), answer()
S_AS_USER = user(S["content"])
ORDERS: list[tuple[list[Message], list[Message], list[str]]] = [
    ([S, S2, U, U2, S, A, U, C, T, A, A, U], [], []),
    ([A, U, C, T], [], []),
    ([U, A, S, S2, U, U2, A, U], [U, A, U, U2, S, S2, A, U], ["[2] moved", "[3] moved"]),
    ([A, S, U, S2, U2], [A, U, S, S2, U2], ["[1] moved"]),
    ([U, C, T, S, U2], [U, C, T, DONE, U2, S], ["[3] moved", "[4] preceded"]),
    ([U, A, S, S2], [U, A, S_AS_USER, S2], ["[2].role changed"]),
    ([A, S, C, T], [A, S_AS_USER, C, T], ["[1].role changed"]),
    ([U, C, T, S, A, U], [U, C, T, DONE, S_AS_USER, A, U], ["[3] preceded", "[3].role changed"]),
    ([U, C, T, assistant(""), U2], [U, C, T, DONE, U2], ["[3] dropped", "[4] preceded"]),
    ([U, A, S, assistant(""), U2], [U, A, U2, S], ["[2] moved", "[3] dropped"]),
    ([U, A, system("x", role="developer")], [U, A, user("x")], ["[2].role changed"] * 2),
]


def test_messages_are_brought_into_order() -> None:
    for given, written, expected in ORDERS:
        body = {"model": "m", "messages": given}
        document, changes = adapt(body)
        assert document["messages"] == (written or given)
        assert sorted(changes) == [f"messages{change}" for change in expected]
        assert check_conversation(adapt_request(body).request) == ()


# Parts of conversations that OpenAI's API takes.
TURNS: list[list[Message]] = [
    *([S], [system(role="developer")], [U], [A], [assistant("")], [assistant([text("")])]),
    *([assistant(prefix=True)], [function_call(content=None), FUNCTION_ANSWER]),
    [calls(call("call_1"), call(), content="Hm."), answer(), answer("call_1")],
]


def test_any_conversation_is_adapted() -> None:
    chance = random.Random(1)
    for _ in range(400):
        turns = chance.choices(TURNS, k=chance.randint(1, 8))
        # mistral_common refuses one that begins with calls or has only an assistant message.
        given = [U, *(message for turn in turns for message in turn)]
        adapted = adapt_request({"model": "m", "messages": given})
        assert check_conversation(adapted.request) == (), given
        assert adapt_request(adapted.request.to_dict()).changes == ()
        indexes = [change.path[1] for change in adapted.changes]
        assert indexes == sorted(map(int, indexes)) and {*indexes} <= {*range(len(given))}
        # No content is lost.
        for role, roles in (("assistant", ["assistant"]), ("tool", ["tool", "function"])):
            texts = [it.text for it in adapted.request.messages if it.role == role]
            before = [it.get("content") for it in given if it["role"] in roles]
            assert [words for words in texts if words and words != "Done."] == [
                words for words in before if words and isinstance(words, str)
            ]
