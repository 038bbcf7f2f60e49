"""`adapt_request`: what becomes of the messages, and of their order."""

from __future__ import annotations

import random
from typing import Any

from mistral_proto import ValidationError, check_conversation
from mistral_proto.conversation.rules import API, breaches
from mistral_proto.openai import adapt_request
from tests.conversions.adapting import HI, adapt, adapt_messages, refusals

Message = dict[str, Any]

GOOD = "a1b2c3d4e"
FUNCTION = {"name": "now", "arguments": "{}"}
# What ids become: beginnings of SHA-256 in hexadecimal digits.
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


def said(content: Any = "Hello", **others: Any) -> Message:
    """An assistant's message."""
    return {"role": "assistant", "content": content, **others}


def call(given: Any = GOOD, **others: Any) -> Message:
    return {"id": given, "type": "function", "function": FUNCTION, **others}


def calls(*each: Any, **others: Any) -> Message:
    """An assistant's message of calls alone."""
    return {"role": "assistant", "tool_calls": [*each], **others}


def answer(given: Any = GOOD, content: Any = "12:00", **others: Any) -> Message:
    return {"role": "tool", "content": content, "tool_call_id": given, **others}


def function_call(call: Any = FUNCTION, **others: Any) -> Message:
    return {"role": "assistant", "function_call": call, **others}


FUNCTION_ANSWER = {"role": "function", "name": "now", "content": "12:00"}

KEPT: list[list[Message]] = [
    [system()],
    [system([text("Be "), text("brief.")])],
    [system([thinking("Hm."), text("x")])],
    [user()],
    [user(None)],
    [said([text("Hello")])],
    [said([thinking("Hm."), text("4.")])],
    [calls(call()), answer()],
    [said("Hm.", tool_calls=[call(), call("b1b2c3d4e")]), answer("b1b2c3d4e"), answer()],
    [calls(call(index=0)), answer(name="now")],
    [calls(call()), answer(content=[text("12"), text(":00")])],
    [calls(call()), answer(content=None)],
]

# Messages, what they become, and where they were changed.
CHANGED: list[tuple[list[Message], list[Message], list[str]]] = [
    ([{**calls(call()), "content": None}, answer(name=None)], [calls(call()), answer()], []),
    (
        [calls(call(function={"name": "now", "arguments": {"zone": "UTC"}})), answer()],
        [calls(call(function={"name": "now", "arguments": '{"zone": "UTC"}'})), answer()],
        [],
    ),
    ([system(role="developer")], [system()], ["[0].role changed"]),
    (
        [system(name="a"), user(name="b", tool_calls=None, prefix=True), said(weight=0)],
        [system(), user(), said()],
        [
            *("[0].name dropped", "[1].name dropped", "[1].tool_calls dropped"),
            *("[1].prefix dropped", "[2].weight dropped"),
        ],
    ),
    (
        [said(refusal=None, annotations=[], audio=None, function_call=None, tool_calls=[])],
        [said()],
        [f"[0].{name} dropped" for name in ("annotations", "audio", "function_call", "refusal")]
        + ["[0].tool_calls dropped"],
    ),
    ([said("He", prefix=True)], [said("He")], ["[0].prefix dropped"]),
    # What says nothing.
    *[
        ([{"role": "assistant", "content": content}, user()], [user()], ["[0] dropped"])
        for content in (None, "", [], [text("")], [text(""), text("")])
    ],
    ([{"role": "assistant"}], [], ["[0] dropped"]),
    (
        [said("", tool_calls=[], name="a")],
        [],
        ["[0] dropped", "[0].name dropped", "[0].tool_calls dropped"],
    ),
    # What a response has.
    ([said(None, refusal="No.")], [said([text("No.")])], ["[0].refusal moved"]),
    ([said("", refusal="")], [], ["[0] dropped", "[0].refusal dropped"]),
    *[
        (
            [said(content, refusal="No.")],
            [said([text("Well."), text("No.")])],
            ["[0].refusal moved"],
        )
        for content in ("Well.", [text("Well.")])
    ],
    (
        [said(reasoning_content="Hm.")],
        [said([thinking("Hm."), text("Hello")])],
        ["[0].reasoning_content moved"],
    ),
    (
        [said([text("a"), text("b")], reasoning="Hm.")],
        [said([thinking("Hm."), text("a"), text("b")])],
        ["[0].reasoning moved"],
    ),
    ([said("", reasoning="Hm.")], [said([thinking("Hm.")])], ["[0].reasoning moved"]),
    (
        [calls(call(), reasoning="Hm.", refusal="No."), answer()],
        [said([thinking("Hm."), text("No.")], tool_calls=[call()]), answer()],
        ["[0].reasoning moved", "[0].refusal moved"],
    ),
    (
        [said(reasoning="One.", reasoning_content="Other.")],
        [said([thinking("Other."), text("Hello")])],
        ["[0].reasoning dropped", "[0].reasoning_content moved"],
    ),
    (
        [said(reasoning="One.", reasoning_content="")],
        [said([thinking("One."), text("Hello")])],
        ["[0].reasoning moved", "[0].reasoning_content dropped"],
    ),
    # Calls.
    (
        [
            calls(call(function={"name": "now", "arguments": None, "parsed": {}}, name="x")),
            answer(),
        ],
        [calls(call()), answer()],
        [
            "[0].tool_calls[0].function.arguments set",
            "[0].tool_calls[0].function.parsed dropped",
            "[0].tool_calls[0].name dropped",
        ],
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
        [
            calls(*map(call, CALLS_AT_0)),
            *(answer(each, content) for each, content in zip(CALLS_AT_0, "abc")),
        ],
        [
            *("[0].tool_calls[0].id set", "[0].tool_calls[1].id dropped"),
            *("[0].tool_calls[1].id set", "[0].tool_calls[2].id set"),
            *(f"[{index}].tool_call_id set" for index in range(1, 4)),
        ],
    ),
    (
        [calls(call(), call("b1b2c3d4e")), answer("b1b2c3d4e"), answer("")],
        [calls(call(), call("b1b2c3d4e")), answer("b1b2c3d4e"), answer()],
        ["[2].tool_call_id set"],
    ),
    (
        [function_call(), FUNCTION_ANSWER],
        [calls(call(FUNCTION_CALL_AT_0)), answer(FUNCTION_CALL_AT_0, name="now")],
        ["[0].function_call changed", "[1].role changed", "[1].tool_call_id set"],
    ),
    (
        [function_call(tool_calls=[call()]), answer()],
        [calls(call()), answer()],
        ["[0].function_call dropped"],
    ),
    *[
        ([calls(call()), answer(name=name)], [calls(call()), answer()], ["[1].name dropped"])
        for name in ("", "What time is it")
    ],
]


def test_messages_stay_or_are_changed() -> None:
    kept: list[Any] = [(messages, messages, []) for messages in KEPT]
    for given, written, changes in [*kept, *CHANGED]:
        adapted, told = adapt_messages(*given)
        assert (adapted, sorted(told)) == (written, sorted(changes))


def test_an_id_is_the_same_in_every_request() -> None:
    """Or a conversation that grows would lose what the API has cached of it."""
    begun = [calls(call("call_1")), answer("call_1")]
    short, _ = adapt_messages(*begun)
    long, _ = adapt_messages(*begun, said(), calls(call("call_2")), answer("call_2"))
    assert long[:2] == short
    for given in (
        "a1b2c3d4",
        "a1b2c3d4e5",
        "a1b2-3d4e",
        "a1b2c3d4é",
        "１２３４５６７８９",
        "\ud800",
    ):
        [made, _], _ = adapt_messages(calls(call(given)), answer(given))
        assert made["tool_calls"][0]["id"].isalnum() and len(made["tool_calls"][0]["id"]) == 9


def test_an_assistant_at_the_end_is_continued() -> None:
    for given, changes in [
        (said("He"), ["messages[1].prefix set"]),
        (said("He", prefix=False), ["messages[1].prefix set"]),
        (said("He", prefix=True), []),
    ]:
        adapted = adapt({**HI, "messages": [user(), given]})
        assert adapted.document["messages"] == [user(), said("He", prefix=True)]
        assert adapted.changes == changes
    [message] = adapt_request(
        {**HI, "messages": [said(reasoning="Hm.", prefix=True)]}
    ).request.messages
    assert (message.thinking, message.text) == ("Hm.", "Hello")  # type: ignore[union-attr]


CUSTOM = {"id": "1", "type": "custom", "custom": {"name": "a", "input": ""}}
REFUSED: list[tuple[Any, list[str]]] = [
    ("Hi", [" dict_type"]),
    ({"content": "Hi"}, [".role missing"]),
    ({"role": None}, [".role missing"]),
    ({"role": "robot"}, [".role union_tag_invalid"]),
    ({"role": ["user"]}, [".role union_tag_invalid"]),
    ({"role": "system"}, [".content missing"]),
    ({"role": "developer", "content": None}, [".content missing"]),
    ({"role": "user"}, [".content missing"]),
    (user(3), [".content union_type"]),
    (user(text("x")), [".content union_type"]),
    (
        system([{"type": "image_url", "image_url": "https://x"}, 3]),
        [".content[0].type union_tag_invalid", ".content[1] dict_type"],
    ),
    (system(3), [".content union_type"]),
    (said(prefix=1), [".prefix bool_type"]),
    (said(reasoning_content=["Hm."]), [".reasoning_content string_type"]),
    (said(refusal=True), [".refusal string_type"]),
    (said({}, refusal="No.", reasoning="Hm."), [".content union_type"]),
    (said(audio={"id": "audio_1"}), [".audio value_error"]),
    (said(tool_calls={"a": 1}), [".tool_calls list_type"]),
    (said(tool_calls=[1]), [".tool_calls[0] dict_type"]),
    (calls(CUSTOM), [".tool_calls[0].type enum", ".tool_calls[0].function missing"]),
    (
        calls(call(type="robot"), call(type=1)),
        [".tool_calls[0].type enum", ".tool_calls[1].type enum"],
    ),
    (
        calls({"id": []}, call(function="now"), call(function={})),
        [
            *(".tool_calls[0].id string_type", ".tool_calls[0].function missing"),
            ".tool_calls[1].function dict_type",
            ".tool_calls[2].function.name missing",
        ],
    ),
    (calls({}), [".tool_calls[0].function missing"]),
    (
        calls(call(function={"name": "now", "arguments": 3})),
        [".tool_calls[0].function.arguments string_type"],
    ),
    (function_call("now"), [".function_call dict_type"]),
    (function_call({"arguments": "{}"}), [".function_call.name missing"]),
    (answer([]), [".tool_call_id string_type"]),
    (answer(name=3), [".name string_type"]),
    ({"role": "tool", "tool_call_id": GOOD}, [".content missing"]),
    # What no change to the messages makes a conversation.
    (calls(call()), [".tool_calls[0].id value_error"]),
    (function_call(), [".function_call value_error"]),
    (answer(), [".tool_call_id value_error"]),
    (FUNCTION_ANSWER, [".tool_call_id value_error"]),
    (
        calls(call(function={"name": "a b", "arguments": ""})),
        [".tool_calls[0].id value_error", ".tool_calls[0].function.name value_error"],
    ),
]


def test_a_message_is_refused() -> None:
    for given, problems in REFUSED:
        expected = [f"messages[0]{problem}" for problem in problems]
        assert refusals({**HI, "messages": [given, user()]}) == expected
        # Also as the last one, which is looked at once more.
        assert refusals({**HI, "messages": [given]}) == expected


def test_calls_and_answers_that_do_not_match_are_refused() -> None:
    for given, problems in [
        ([user(), calls(call(), call("b1b2c3d4e")), answer(), user()], ["[1].tool_calls[1].id"]),
        ([calls(call()), answer(), answer()], ["[2].tool_call_id"]),
        ([calls(call()), answer("b1b2c3d4e")], ["[0].tool_calls[0].id", "[1].tool_call_id"]),
        ([calls(call()), user(), answer()], ["[0].tool_calls[0].id", "[2].tool_call_id"]),
        ([calls(call(), call()), answer()], ["[0].tool_calls[1].id"]),
        # An empty message is dropped, and what comes after it moves up.
        ([said(""), user(), answer("call_1")], ["[2].tool_call_id"]),
    ]:
        found = [f"messages{problem} value_error" for problem in problems]
        assert refusals({**HI, "messages": given}) == found
    assert refusals({**HI, "messages": [said("")]}) == ["messages too_short"]


# -- orders

DONE = said("Done.")
C: Message = calls(call())
S, S2, U, U2, A, T = system(), system("In French."), user(), user("And?"), said(), answer()
S_AS_USER = user(S["content"])
ORDERS: list[tuple[list[Message], list[Message], list[str]]] = [
    ([S, S2, U, U2, S, A, U, C, T, A, A, U], [], []),
    ([A, U], [], []),
    ([U, C, T], [], []),
    ([U, C, T, U, U2], [U, C, T, DONE, U, U2], ["[3] preceded"]),
    ([U, A, S, U2], [U, A, U2, S], ["[2] moved"]),
    ([U, A, S, S2, U, U2, A, U], [U, A, U, U2, S, S2, A, U], ["[2] moved", "[3] moved"]),
    ([A, S, U, S2, U2], [A, U, S, S2, U2], ["[1] moved"]),
    ([U, C, T, S, U2], [U, C, T, DONE, U2, S], ["[3] moved", "[4] preceded"]),
    ([U, A, S], [U, A, S_AS_USER], ["[2].role changed"]),
    ([U, A, S, S2], [U, A, S_AS_USER, S2], ["[2].role changed"]),
    ([A, S, C, T], [A, S_AS_USER, C, T], ["[1].role changed"]),
    ([U, C, T, S, A, U], [U, C, T, DONE, S_AS_USER, A, U], ["[3] preceded", "[3].role changed"]),
    ([U, C, T, said(""), U2], [U, C, T, DONE, U2], ["[3] dropped", "[4] preceded"]),
    ([U, A, S, said(""), U2], [U, A, U2, S], ["[2] moved", "[3] dropped"]),
    (
        [U, A, system([text("x")], role="developer")],
        [U, A, user([text("x")])],
        ["[2].role changed", "[2].role changed"],
    ),
    ([U, said(prefix=True), S], [U, A, S_AS_USER], ["[1].prefix dropped", "[2].role changed"]),
]


def test_messages_are_brought_into_order() -> None:
    for given, written, changes in ORDERS:
        body = {"model": "m", "messages": given}
        document, told = adapt(body)
        assert document["messages"] == (written or given)
        assert sorted(told) == [f"messages{change}" for change in changes]
        assert check_conversation(adapt_request(body).request) == ()


# -- any conversation that OpenAI's API takes


def answered_calls(chance: random.Random) -> list[Message]:
    """Calls, and an answer to each of them in any order."""
    if chance.random() < 0.2:
        return [function_call(content=None), FUNCTION_ANSWER]
    ids = chance.sample(["call_1", "call_2", "toolu_01A09q90qw90lq91", GOOD], chance.randint(1, 3))
    answers = [answer(each) for each in ids]
    chance.shuffle(answers)
    content = chance.choice([None, "", "Hm."])
    return [calls(*map(call, ids), content=content), *answers]


def conversation(chance: random.Random) -> list[Message]:
    # Of one that the assistant's calls or its only message begin, mistral_common takes none.
    messages: list[Message] = [U]
    for _ in range(chance.randint(1, 8)):
        kind = chance.choice(["system", "developer", "user", "assistant", "assistant", "calls"])
        if kind == "calls":
            messages += answered_calls(chance)
        elif kind == "assistant":
            content = chance.choice([None, "", [], [text("")], "Hi", "Hi"])
            messages.append(said(content, prefix=chance.random() < 0.3))
        else:
            messages.append({"role": kind, "content": "Hi"})
    return messages


def test_what_openai_takes_is_adapted_to_what_mistral_takes() -> None:
    chance = random.Random(1)
    parameters: dict[str, list[Any]] = {"temperature": [0, 1], "top_p": [None, 0, 0.5, 1]}
    for _ in range(1000):
        given = conversation(chance)
        chosen = {name: chance.choice(values) for name, values in parameters.items()}
        adapted = adapt_request({**chosen, "model": "m", "messages": given})
        assert check_conversation(adapted.request) == (), given
        assert adapt_request(adapted.request.to_dict()).changes == ()

        places = [change.path for change in adapted.changes if change.path[0] == "messages"]
        assert [place[1] for place in places] == sorted(int(place[1]) for place in places)
        assert all(place[1] in range(len(given)) for place in places)
        # What was said is all there, and of each role in the order in which it was.
        for role in ("assistant", "tool"):
            texts = [each.text for each in adapted.request.messages if each.role == role]
            names = (role, "function") if role == "tool" else (role,)
            assert [words for words in texts if words and words != "Done."] == [
                message["content"]
                for message in given
                if message["role"] in names and message["content"] in ("Hi", "Hm.", "12:00")
            ]


def test_what_is_adapted_breaks_no_rule_of_the_api() -> None:
    chance = random.Random(2)
    refused = 0
    for _ in range(1000):
        given = conversation(chance)
        given.insert(chance.randrange(len(given)), given.pop(chance.randrange(len(given))))
        del given[: chance.randint(0, 2)]
        try:
            request = adapt_request({"model": "m", "messages": given}).request
        except ValidationError:
            refused += 1
        else:
            assert [*breaches(request, API, "serving")] == []
    assert 200 < refused < 800
