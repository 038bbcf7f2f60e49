"""For each rule, requests that break it: where, for which versions, and in which modes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from mistral_proto import ChatCompletionRequest
from mistral_proto.conversation.rules import ValidationMode
from mistral_proto.errors import Path
from mistral_proto.protocol.instruct import TokenizerVersion
from tests.conversation.requests import (
    ASSISTANT,
    AUDIO,
    ONE,
    PREFIX,
    SYSTEM,
    THREE,
    TWO,
    USER,
    Document,
    answer,
    call,
    calls,
    request,
    tool,
)

V = TokenizerVersion


def scope(versions: str, modes: str) -> set[tuple[TokenizerVersion, ValidationMode]]:
    """The versions and modes of a case: ``v3-v7``, and ``serving test``."""
    first, _, last = versions.partition("-")
    every = list(TokenizerVersion)
    named = every[every.index(V(first)) : every.index(V(last or first)) + 1]
    return set(itertools.product(named, map(ValidationMode, modes.split())))


@dataclass(frozen=True)
class Case:
    """A request that breaks a rule, and where: by the versions and modes that tell so."""

    rule: str
    raises: str
    path: Path
    request: ChatCompletionRequest
    versions: str = "v1-v15"
    modes: str = "serving finetuning test"
    message: str = field(default="", kw_only=True)


STRUCTURE, ASSISTANTS, TOOLS = (
    "InvalidMessageStructureException",
    "InvalidAssistantMessageException",
    "InvalidToolMessageException",
)
CALL, REQUEST = "InvalidFunctionCallException", "InvalidRequestException"
NOT_FINETUNING = "serving test"

ID = ("messages", 1, "tool_calls", 0, "id")
NAME = ("messages", 1, "tool_calls", 0, "function", "name")


def with_call(called: Document, *more: Document) -> ChatCompletionRequest:
    """A call in the second message of several."""
    message = {"role": "assistant", "tool_calls": [called]}
    return request(USER, message, answer(called.get("id")), *more, ASSISTANT)


def with_answer(answered: Document) -> ChatCompletionRequest:
    return request(USER, calls(ONE), answered, ASSISTANT)


CASES: list[Case] = [
    Case("model", REQUEST, ("model",), request(USER, model=None), modes="serving"),
    Case("not empty", STRUCTURE, ("messages",), request()),
    *(
        Case("single message", STRUCTURE, ("messages", 0, "role"), request(message))
        for message in (ASSISTANT, PREFIX, calls(ONE), answer(ONE))
    ),
    *(
        Case(
            "last message to learn from",
            STRUCTURE,
            ("messages", len(messages) - 1, "role"),
            request(*messages),
            modes="finetuning",
        )
        for messages in ([USER], [SYSTEM], [ASSISTANT, USER], [USER, calls(ONE), answer(ONE)])
    ),
    Case(
        "nothing continued in finetuning",
        STRUCTURE,
        ("continue_final_message",),
        request(USER, ASSISTANT, continue_final_message=True),
        modes="finetuning",
    ),
    *(
        Case(
            "last message to answer",
            STRUCTURE,
            ("messages", 1),
            request(USER, message),
            modes=NOT_FINETUNING,
        )
        for message in (ASSISTANT, calls(ONE), {**ASSISTANT, "weight": 1})
    ),
    *(
        Case(
            "message to continue",
            STRUCTURE,
            ("continue_final_message",),
            request(USER, *messages, continue_final_message=True),
            modes=NOT_FINETUNING,
            message=words,
        )
        for messages, words in (
            ([USER], "but the last one is user"),
            ([SYSTEM], "but the last one is system"),
            ([calls(ONE), answer(ONE)], "but the last one is tool"),
            ([PREFIX], "but the last one is one with prefix"),
        )
    ),
    *(
        Case("order", STRUCTURE, ("messages", 1, "role"), request(before, after, USER))
        for before, after in (
            (SYSTEM, answer(ONE)),
            (USER, answer(ONE)),
            (ASSISTANT, SYSTEM),
            (answer(ONE), SYSTEM),
            (answer(ONE), USER),
        )
    ),
    # Calls and answers are counted before v11, and go by their ids from then on.
    Case(
        "as many answers as calls",
        STRUCTURE,
        ("messages", 1, "tool_calls"),
        request(USER, calls(ONE, TWO), answer(ONE), ASSISTANT, USER),
        "v1-v7",
        message="2 calls have 1 answers",
    ),
    Case(
        "as many answers as calls",
        STRUCTURE,
        ("messages", 3),
        request(USER, calls(ONE), answer(ONE), answer(ONE), ASSISTANT, USER),
        "v1-v7",
    ),
    Case(
        # The calls of the first message are passed over, and its answers are not.
        "as many answers as calls",
        STRUCTURE,
        ("messages", 1),
        request(calls(ONE), answer(ONE), ASSISTANT, USER),
        "v1-v7",
    ),
    Case(
        "no call without an answer at the end",
        STRUCTURE,
        ("messages", 1, "tool_calls"),
        request(USER, calls(ONE, TWO), answer(ONE)),
        "v1-v7",
        "serving",
    ),
    Case(
        "no answer without a call at the end",
        STRUCTURE,
        ("messages", 3),
        request(USER, calls(ONE), answer(ONE), answer(TWO)),
        "v1-v7",
        "serving finetuning",
    ),
    *(
        Case(
            "an id of its own for each call",
            STRUCTURE,
            ("messages", 1, "tool_calls", 2, "id"),
            request(USER, calls(id, TWO, id), answer(TWO)),
            "v11-v15",
        )
        for id in (ONE, None)
    ),
    *(
        Case(
            "answers by id",
            STRUCTURE,
            ("messages", 3, "tool_call_id"),
            request(USER, calls(ONE, TWO), answer(ONE), answer(id), ASSISTANT, USER),
            "v11-v15",
            message=words,
        )
        for id, words in (
            (ONE, f"the call is answered already: the string '{ONE}'"),
            (THREE, f"no call before it has this id: the string '{THREE}'"),
            (None, "no call before it has this id: null"),
        )
    ),
    Case(
        "answers by id",
        STRUCTURE,
        ("messages", 4, "tool_call_id"),
        request(USER, calls(ONE), answer(ONE), calls(TWO), answer(ONE)),
        "v11-v15",
    ),
    Case(
        "every call answered",
        STRUCTURE,
        ("messages", 1, "tool_calls", 1, "id"),
        request(USER, calls(ONE, TWO, THREE), answer(THREE), answer(ONE), ASSISTANT, USER),
        "v11-v15",
    ),
    Case(
        "every call answered at the end",
        STRUCTURE,
        ("messages", 1, "tool_calls", 0, "id"),
        request(USER, calls(ONE)),
        "v11-v15",
        "serving",
    ),
    *(
        Case(
            "no system prompt with audio",
            "InvalidSystemPromptException",
            ("messages", index),
            request(*messages),
            "v7",
        )
        for index, messages in (
            (0, [SYSTEM, AUDIO]),
            (1, [AUDIO, SYSTEM, USER]),
            (1, [USER, SYSTEM, {**AUDIO, "content": [{"type": "audio_url", "audio_url": "a"}]}]),
        )
    ),
    # -- each message
    *(
        Case("content or calls", ASSISTANTS, ("messages", 1), request(USER, message, USER), "v1-v3")
        for message in (
            calls(ONE, content="Let me see."),
            calls(ONE, content=[{"type": "text", "text": ""}]),
            {"role": "assistant"},
            {"role": "assistant", "content": ""},
            {"role": "assistant", "content": [], "tool_calls": []},
            {"role": "assistant", "weight": 1},
        )
    ),
    *(
        Case("ids of calls", CALL, ID, with_call(call(id)), "v3-v15")
        for id in ("", "a1b2c3d4", "a1b2c3d4ef", "a1b2c3d4-", "a1b2c3d4é", "a1b2c3d4\n", "Null")
    ),
    Case(
        "an id for each call but the last message's",
        CALL,
        ID,
        with_call(call()),
        "v3-v15",
        "finetuning",
    ),
    Case(
        "an id for each call",
        CALL,
        ID,
        request(USER, calls(None)),
        "v3-v15",
        "serving",
    ),
    *(
        Case("names of called functions", CALL, NAME, with_call(call(ONE, name)))
        for name in ("", "get weather", "f.g", "é", "f\n", "n" * 65)
    ),
    *(
        Case(
            "weight",
            ASSISTANTS,
            ("messages", 1, "weight"),
            request(USER, {**ASSISTANT, "weight": weight}),
            modes="finetuning",
            message=f"a weight is 0 or 1, not the number {weight}",
        )
        for weight in (0.5, -1, 2)
    ),
    Case(
        "prefix at the end",
        ASSISTANTS,
        ("messages", 1, "prefix"),
        request(USER, PREFIX, USER),
    ),
    *(
        Case(
            "names of answering functions",
            TOOLS,
            ("messages", 2, "name"),
            with_answer(answer(ONE, name=name)),
        )
        for name in ("", "get weather", "n" * 65, "f\n")
    ),
    Case(
        "an id for each answer",
        REQUEST,
        ("messages", 2, "tool_call_id"),
        with_answer(answer(None)),
        "v3-v15",
    ),
    *(
        Case(
            "ids of answers",
            TOOLS,
            ("messages", 2, "tool_call_id"),
            with_answer(answer(id)),
            "v3-v15",
        )
        for id in ("", "null", "call_1", "a1b2c3d4\n")
    ),
    # -- tools and settings
    Case(
        "schemas of tools",
        "InvalidToolSchemaException",
        ("tools", 1, "function", "parameters", "properties", "a", "type"),
        request(USER, tools=[tool(), tool(properties={"a": {"type": 1}})]),
        message="not a JSON Schema: expected 'array', 'boolean', 'integer', 'null', 'number', "
        "'object' or 'string' or a list, got the number 1",
    ),
    *(
        Case(
            "names of tools",
            "InvalidToolException",
            ("tools", 1, "function", "name"),
            request(USER, tools=[{"type": "web_search"}, tool(name)]),
        )
        for name in ("", "get weather", "n" * 65, "f\n")
    ),
    *(
        Case(
            "reasoning effort",
            REQUEST,
            ("reasoning_effort",),
            request(USER, reasoning_effort=effort),
            "v1-v13",
        )
        for effort in ("none", "high")
    ),
]
