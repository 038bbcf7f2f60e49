"""The rules of a conversation: what breaks them, where, in which versions and modes."""

from __future__ import annotations

import itertools
from typing import Any

import mistral_proto as m
from mistral_proto.conversation.rules import API, breaches
from mistral_proto.errors import format_path

Document = dict[str, Any]
Scope = set[tuple[m.TokenizerVersion, m.ValidationMode]]
V = m.TokenizerVersion

ONE, TWO, THREE = "a1b2c3d4e", "ABCDEFGHI", "123456789"
SYSTEM: Document = {"role": "system", "content": "Answer in French."}
USER: Document = {"role": "user", "content": "Hi"}
ASSISTANT: Document = {"role": "assistant", "content": "Bonjour"}
PREFIX: Document = {**ASSISTANT, "prefix": True}
TEXT = {"type": "text", "text": ""}


def calls(*ids: str | None, name: str = "f", **others: Any) -> Document:
    function = {"name": name, "arguments": "{}"}
    made = [
        {"id": id, "function": function} if id is not None else {"function": function} for id in ids
    ]
    return {"role": "assistant", "tool_calls": made, **others}


def answer(id: str | None, **others: Any) -> Document:
    return {"role": "tool", "content": "12 °C", "tool_call_id": id, **others}


def tool(name: str = "f", **parameters: Any) -> Document:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


BEFORE = {"system": [], "user": [], "assistant": [USER], "tool": [USER, calls(ONE)]}


def holding(role: str, kind: str) -> list[Document]:
    """Return a conversation in which the message after `BEFORE` ends with a chunk of a kind."""
    chunk = {"type": kind, "file_id" if kind == "file" else kind: "YQ=="}
    message = {"role": role, "content": [TEXT, chunk]}
    return [
        *BEFORE[role],
        *([{**message, "tool_call_id": ONE}] if role == "tool" else [message, USER]),
    ]


def request(*messages: Document, **fields: Any) -> m.ChatCompletionRequest:
    return m.ChatCompletionRequest.from_dict({"model": "m", "messages": messages, **fields})


def scope(spec: str) -> Scope:
    """Return versions and modes: ``v3-v11 serving test; v13``; empty for all, ``-`` for none."""
    found: Scope = set()
    for part in spec.split(";") if spec != "-" else ():
        words = part.split()
        modes = [mode for mode in m.ValidationMode if mode in words] or [*m.ValidationMode]
        named = next((word for word in words if word[0] == "v"), "v1-v15").split("-")
        versions = [version for version in V if V(named[0]) <= version <= V(named[-1])]
        found |= set(itertools.product(versions, modes))
    return found


def found(
    given: m.ChatCompletionRequest, version: m.TokenizerVersion, mode: m.ValidationMode
) -> list[tuple[str, str]]:
    return [
        (rule.raises.__name__[7:-9], format_path(path))
        for path, _, rule in breaches(given, version.version_num, mode)
    ]


# By rule and exception: conversations, the place of the breach, the versions and modes.
ANSWERING, LEARNING = "serving test", "finetuning agnostic"
BAD_NAMES = ("", "get weather", "f.g", "é", "f\n", "n" * 65)
BAD_IDS = ("a1b2c3d4", "a1b2c3d4ef", "a1b2c3d4-", "a1b2c3d4é", "a1b2c3d4\n", "Null", "call_1")
OLD, NEW = "v1-v7", "v11-v15"  # counted, and by their ids
ID, NAME = "messages[1].tool_calls[0].id", "messages[1].tool_calls[0].function.name"
ANSWERED, NAMED = "messages[2].tool_call_id", "messages[2].name"
TOOL = "tools[1].function"

BROKEN: dict[str, list[tuple[list[Document], str, str]]] = {
    "single_message MessageStructure": [
        ([message], "messages[0].role", "") for message in (ASSISTANT, PREFIX, calls(ONE), answer(ONE))
    ],
    "last_message MessageStructure": [
        ([USER], "messages[0].role", "finetuning"),
        ([USER, SYSTEM], "messages[1].role", "finetuning"),
        ([USER, calls(ONE), answer(ONE)], "messages[2].role", "finetuning"),
        ([USER, PREFIX], "messages[1].prefix", "finetuning"),
        *(
            ([USER, message], "messages[1]", ANSWERING)
            for message in (ASSISTANT, {**ASSISTANT, "weight": 1}, calls())
        ),
    ],
    "order MessageStructure": [
        ([before, after, USER], "messages[1].role", "")
        for before, after in [
            *((SYSTEM, answer(ONE)), (USER, answer(ONE))),
            *((ASSISTANT, SYSTEM), (answer(ONE), SYSTEM)),
        ]
    ],
    "as_many_answers_as_calls MessageStructure": [
        ([USER, calls(ONE, TWO), answer(ONE), ASSISTANT], "messages[1].tool_calls", OLD),
        ([USER, calls(ONE), answer(ONE), answer(ONE), ASSISTANT], "messages[3]", OLD),
        # The calls of the first message are passed over, and its answers are not.
        ([calls(ONE), answer(ONE), ASSISTANT], "messages[1]", OLD),
        ([USER, calls(ONE, TWO), answer(ONE)], "messages[1].tool_calls", f"{OLD} serving"),
        ([USER, calls(ONE), answer(ONE), answer(TWO)], "messages[3]", f"{OLD} serving finetuning"),
    ],
    "answers_by_id MessageStructure": [
        ([USER, calls(ONE, TWO, ONE), answer(TWO)], "messages[1].tool_calls[2].id", NEW),
        *(
            ([USER, calls(ONE, TWO), answer(ONE), answer(id)], "messages[3].tool_call_id", NEW)
            for id in (ONE, THREE, None)
        ),
        ([USER, calls(ONE), answer(ONE), calls(TWO), answer(ONE)], "messages[4].tool_call_id", NEW),
        ([USER, calls(ONE, TWO), answer(ONE), ASSISTANT], "messages[1].tool_calls[1].id", NEW),
        ([USER, calls(ONE)], ID, f"{NEW} serving"),
    ],
    "no_system_prompt_with_audio SystemPrompt": [
        ([SYSTEM, *holding("user", "input_audio")], "messages[0]", "v7"),
        ([*holding("user", "audio_url"), SYSTEM], "messages[2]", "v7"),
    ],
    "content_or_calls AssistantMessage": [
        ([USER, message, USER], "messages[1]", "v1-v3")
        for message in (
            *(calls(ONE, content="Let me see."), calls(ONE, content=[TEXT]), calls(content="")),
            *({"role": "assistant"}, {"role": "assistant", "content": [], "weight": 1}),
        )
    ],
    "ids FunctionCall": [
        *(([USER, calls(id)], ID, "v3-v11") for id in BAD_IDS),
        ([USER, calls(None)], ID, f"v3-v11 {ANSWERING}; v13-v15"),
    ],
    "ids_present FunctionCall": [([USER, calls(id), answer(ONE)], ID, "v3-v15") for id in ("", "null", None)],
    "names FunctionCall": [([USER, calls(ONE, name=name)], NAME, "") for name in BAD_NAMES],
    "names ToolMessage": [([USER, calls(ONE), answer(ONE, name=name)], NAMED, "") for name in BAD_NAMES],
    "weight AssistantMessage": [
        ([USER, {**ASSISTANT, "weight": weight}], "messages[1].weight", LEARNING) for weight in (0.5, -1, 2)
    ],
    "prefix_at_the_end AssistantMessage": [([USER, PREFIX, USER], "messages[1].prefix", "")],
    "ids_present Request": [([USER, calls(ONE), answer(None)], ANSWERED, "v3-v11")],
    "ids ToolMessage": [([USER, calls(ONE), answer(id)], ANSWERED, "v3-v11") for id in BAD_IDS],
    "ids_present ToolMessage": [
        ([USER, calls(ONE), answer(None)], ANSWERED, "v13-v15"),
        *(([USER, calls(ONE), answer(id)], ANSWERED, "v3-v15") for id in ("", "null")),
    ],
}  # fmt: skip
# The same for other fields of a request.
OF_REQUESTS: dict[str, list[tuple[Document, str, str]]] = {
    "message_to_continue MessageStructure": [({"continue_final_message": True}, "continue_final_message", "")],
    "model Request": [({"model": None}, "model", "serving")],
    "names Tool": [({"tools": [{"type": "web_search"}, tool(name)]}, f"{TOOL}.name", "") for name in BAD_NAMES],
    "schemas_of_tools ToolSchema": [
        ({"tools": [tool(), tool(not_=1, items={"not": 1})]}, f"{TOOL}.parameters.items.not", "")
    ],
    "reasoning_effort Request": [({"reasoning_effort": "none"}, "reasoning_effort", "v1-v13")],
}  # fmt: skip
# By role: the kinds of chunk, and the versions that support them.
CHUNKS = {
    "system": {"text": "v1-v15", "thinking": "v7-v13", "input_audio": "v7-v15"},
    "user": {
        **dict.fromkeys(("text", "document_url", "file"), "v1-v15"),
        **dict.fromkeys(("image", "image_url"), "v3-v15"),
        **dict.fromkeys(("input_audio", "audio_url"), "v7-v15"),
        "thinking": "-",
    },
    "assistant": {
        **dict.fromkeys(("text", "document_url"), "v1-v15"),
        "thinking": "v11-v15",
        **dict.fromkeys(("image", "image_url", "input_audio", "audio_url"), "-"),
    },
    "tool": {
        **dict.fromkeys(("text", "document_url", "file"), "v1-v15"),
        **dict.fromkeys(("image", "image_url", "input_audio", "audio_url"), "v15"),
        "thinking": "-",
    },
}
EXCEPTIONS = {
    "system": "SystemPrompt",
    **{role: f"{role.capitalize()}Message" for role in ("user", "assistant", "tool")},
}
EVERYWHERE = scope("")


def reported(given: m.ChatCompletionRequest, what: tuple[str, str]) -> Scope:
    return {where for where in EVERYWHERE if what in found(given, *where)}


def test_a_broken_rule() -> None:
    for name, cases in BROKEN.items():
        for messages, place, where in cases:
            what = name.split()[1], place
            assert reported(request(*messages), what) == scope(where), (name, messages)
    for name, others in OF_REQUESTS.items():
        for fields, place, where in others:
            what = name.split()[1], place
            assert reported(request(USER, **fields), what) == scope(where), (name, fields)


def test_the_kinds_of_chunk() -> None:
    for role, kinds in CHUNKS.items():
        for kind, versions in kinds.items():
            what = EXCEPTIONS[role], f"messages[{len(BEFORE[role])}].content[1]"
            refused = reported(request(*holding(role, kind)), what)
            assert refused == EVERYWHERE - scope(versions), (role, kind)


# Conversations without breaches, by versions and modes.
GOOD: list[tuple[list[Document], str]] = [
    ([SYSTEM], "test agnostic"),
    ([SYSTEM, SYSTEM, USER, USER, ASSISTANT, ASSISTANT, USER, SYSTEM], ANSWERING),
    ([ASSISTANT, USER], "serving test agnostic"),
    ([USER, *({**ASSISTANT, "weight": weight} for weight in (0, 1, 1.0, None))], LEARNING),
    ([USER, {**PREFIX, "weight": 0.5}], ANSWERING),
    ([USER, PREFIX], "serving test agnostic"),
    ([USER, calls(ONE, TWO), answer(TWO), answer(ONE), USER, calls(ONE), answer(ONE)], ANSWERING),
    ([USER, calls(None)], f"v1-v11 {LEARNING}"),
    ([calls(ONE, ONE), USER], ANSWERING),
    ([USER, calls(ONE), USER], "test agnostic"),
    ([USER, calls(ONE), answer(ONE), answer(ONE)], f"{OLD} test agnostic"),
    ([USER, calls(ONE), answer(TWO)], f"{OLD} {ANSWERING}"),
    ([USER, calls("call_1"), answer(None)], f"v1-v2 {ANSWERING}"),
    ([USER, calls("call_1", content="Hm."), answer("call_1", name="f")], f"v13-v15 {ANSWERING}"),
    ([{"role": "user", "content": None}, {"role": "assistant"}, USER], f"v7-v15 {ANSWERING}"),
]


def test_conversations_without_breaches() -> None:
    for messages, spec in GOOD:
        for where in scope(spec):
            assert found(request(*messages), *where) == [], (messages, where)
    tools = [tool("A-z_0-9", type="object"), tool("n" * 64), {"type": "web_search"}]
    given = request(USER, tools=tools, reasoning_effort="high")
    assert found(given, V.v15, m.ValidationMode.serving) == []


# The breaches of a request in mistral_common's order.
SEVERAL = [
    ("Request", "model"),
    ("MessageStructure", "messages[1].role"),
    ("MessageStructure", "messages[1]"),
    ("MessageStructure", "messages[2].tool_calls"),
    ("ToolMessage", "messages[1].content[0]"),
    ("ToolMessage", "messages[1].name"),
    ("AssistantMessage", "messages[2]"),
    ("FunctionCall", "messages[2].tool_calls[0].function.name"),
    ("FunctionCall", "messages[2].tool_calls[0].id"),
    ("AssistantMessage", "messages[2].prefix"),
    ("ToolSchema", "tools[0].function.parameters.type"),
    ("Tool", "tools[0].function.name"),
    ("ToolSchema", "tools[1].function.parameters.required[0]"),
    ("ToolSchema", "tools[1].function.parameters.required[2]"),
    ("Tool", "tools[1].function.name"),
    ("Request", "reasoning_effort"),
]


def test_breaches_are_in_order() -> None:
    image = {"type": "image", "image": "YQ=="}
    given = request(
        *(SYSTEM, answer(ONE, name="", content=[image]), {**PREFIX, **calls("x", name="")}, USER),
        model=None,
        reasoning_effort="high",
        tools=[tool("", type=1), tool("", required=[1, "a", 2])],
    )
    assert found(given, V.v3, m.ValidationMode.serving) == SEVERAL


# Requests that the API refuses, with the paths; droppable ones after the dash.
SCHEMA: Document = {"$id": "a", "properties": {"$id": {"$schema": "b"}, "default": {"$id": "c"}}}
OF_THE_API: list[tuple[m.ChatCompletionRequest, str]] = [
    (request(USER, temperature=0, top_p=0.5), "- top_p"),
    (request(USER, stream=True, n=2), "n"),
    (request(USER, {"role": "assistant", "content": [TEXT]}, {"role": "assistant"}), "- messages[1] messages[2]"),
    (request(USER, ASSISTANT, SYSTEM), "messages[2].role"),
    (request(calls(ONE), answer(ONE), USER), "messages[2].role"),
    (request(calls(ONE, ONE), USER, answer(ONE, name="f g")),
        "messages[0].tool_calls[1].id messages[0].tool_calls[0].id messages[0].tool_calls[1].id "
        "messages[2].tool_call_id - messages[2].name"),
    (request(USER, calls("call_1", name="f g"), answer("call_1")), f"{NAME} {ID}"),
    (request(USER, tools=[tool("f g"), tool(), {"type": "web_search"}]), "tools[0].function.name"),
    (request(USER, tools=[tool(**SCHEMA, enum=[{"$id": "a"}], allOf=[{"$schema": "d"}])]),
        "- " + " ".join(f"tools[0].function.parameters{place}" for place in (
            "['$id']", ".properties['$id']['$schema']", ".properties.default['$id']", ".allOf[0]['$schema']"))),
    (request(calls(ONE, TWO), answer(TWO), answer(ONE, name="f"), ASSISTANT, USER, temperature=0, top_p=1, stream=True, n=1), ""),
]  # fmt: skip


def test_what_the_api_refuses() -> None:
    for given, places in OF_THE_API:
        broken = [*breaches(given, API, "serving")]
        for part, droppable in zip(places.split("-"), (False, True)):
            found = [format_path(path) for path, _, rule in broken if rule.droppable is droppable]
            assert found == part.split(), (places, found)
        paths = {path for path, *_ in broken}
        assert paths <= {error.path for error in m.check_conversation(given)}
    greedy = request(USER, temperature=0, top_p=0.5)
    assert m.check_conversation(greedy, mode="test") == ()
    twice = request(USER, calls("call_1"), answer("call_1"))  # against both sets of rules
    paths_of = [error.path for error in m.check_conversation(twice, "v11")]
    assert paths_of.count(("messages", 1, "tool_calls", 0, "id")) == 1
