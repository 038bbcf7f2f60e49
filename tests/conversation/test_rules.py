"""Each rule: what breaks it, where that is told, and for which versions and modes it is one."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.conversation import exceptions
from mistral_proto.conversation.rules import RULES, Part, Rule, ValidationMode, broken_rules
from mistral_proto.errors import Path
from mistral_proto.protocol.instruct import TokenizerVersion
from tests.conversation.broken_rules import (
    CALL,
    CASES,
    NOT_FINETUNING,
    REQUEST,
    STRUCTURE,
    TOOLS,
    Case,
    scope,
)
from tests.conversation.requests import (
    ASSISTANT,
    AUDIO,
    ONE,
    PREFIX,
    SYSTEM,
    TWO,
    USER,
    answer,
    calls,
    request,
    tool,
)

V = TokenizerVersion
EVERYWHERE = tuple(itertools.product(TokenizerVersion, ValidationMode))


def numbered(cases: list[Case]) -> list[str]:
    count: dict[str, int] = {}
    ids = []
    for case in cases:
        count[case.rule] = number = count.get(case.rule, 0) + 1
        ids.append(f"{case.rule} {number}")
    return ids


def found(
    given: ChatCompletionRequest, version: TokenizerVersion, mode: ValidationMode
) -> list[tuple[str, Path]]:
    return [(type(error).__name__, error.path) for error in broken_rules(given, version, mode)]


@pytest.mark.parametrize("case", CASES, ids=numbered(CASES))
def test_a_broken_rule(case: Case) -> None:
    [rule] = [rule for rule in RULES if rule.name == case.rule]
    message = dict(rule.find(case.request))[case.path]
    assert case.message in message

    told = {
        where
        for where in EVERYWHERE
        for error in broken_rules(case.request, *where)
        if (type(error).__name__, error.path, error.message) == (case.raises, case.path, message)
    }
    assert told == scope(case.versions, case.modes)


def test_every_rule_has_a_case() -> None:
    special = {"calls to learn from"}
    assert {case.rule for case in CASES} | special == {rule.name for rule in RULES}


# Conversations in which nothing is wrong, by versions and modes.
GOOD: list[tuple[str, ChatCompletionRequest, str, str]] = [
    ("a question", request(USER), "v1-v15", NOT_FINETUNING),
    ("a system prompt alone", request(SYSTEM), "v1-v15", NOT_FINETUNING),
    ("a system prompt at the end", request(USER, SYSTEM), "v1-v15", NOT_FINETUNING),
    (
        "the same role twice",
        request(SYSTEM, SYSTEM, USER, USER, ASSISTANT, ASSISTANT, USER),
        "v1-v15",
        NOT_FINETUNING,
    ),
    ("the assistant first", request(ASSISTANT, USER), "v1-v15", NOT_FINETUNING),
    ("to learn from", request(SYSTEM, USER, ASSISTANT), "v1-v15", "finetuning"),
    (
        "weights",
        request(USER, *({**ASSISTANT, "weight": weight} for weight in (0, 1, 1.0, None))),
        "v1-v15",
        "finetuning",
    ),
    ("any weight", request(USER, {**PREFIX, "weight": 0.5}), "v1-v15", NOT_FINETUNING),
    ("a prefix", request(USER, PREFIX), "v1-v15", "serving finetuning test"),
    (
        "a message to continue",
        request(USER, ASSISTANT, continue_final_message=True),
        "v1-v15",
        NOT_FINETUNING,
    ),
    (
        # mistral_common asks what is continued of several messages only.
        "a single message to continue",
        request(USER, continue_final_message=True),
        "v1-v15",
        NOT_FINETUNING,
    ),
    (
        "calls and answers",
        request(
            USER, calls(ONE, TWO), answer(TWO), answer(ONE), ASSISTANT, USER, calls(ONE), answer(ONE)
        ),
        "v1-v15",
        NOT_FINETUNING,
    ),
    ("calls to learn", request(USER, calls(ONE, TWO)), "v1-v15", "finetuning"),
    ("a call without id to learn", request(USER, calls(None)), "v1-v15", "finetuning"),
    (
        "calls in the first message",
        request(calls(ONE, ONE), USER),
        "v1-v15",
        "serving test",
    ),
    (
        "an unanswered call",
        request(USER, calls(ONE), USER),
        "v1-v15",
        "test",
    ),
    ("an answer too many", request(USER, calls(ONE), answer(ONE), answer(ONE)), "v1-v7", "test"),
    ("answers of other ids", request(USER, calls(ONE), answer(TWO)), "v1-v7", NOT_FINETUNING),
    ("ids of any kind", request(USER, calls("call_1"), answer(None)), "v1-v2", NOT_FINETUNING),
    (
        "content and calls",
        request(USER, calls(ONE, content="Let me see."), answer(ONE)),
        "v7-v15",
        NOT_FINETUNING,
    ),
    ("neither", request(USER, {"role": "assistant"}, USER), "v7-v15", NOT_FINETUNING),
    ("no content", request({"role": "user", "content": None}), "v1-v15", NOT_FINETUNING),
    ("a system prompt with audio", request(SYSTEM, AUDIO), "v11-v15", NOT_FINETUNING),
    ("audio", request(AUDIO, USER), "v1-v15", NOT_FINETUNING),
    ("a chunk of a new kind", request(USER, calls(ONE), answer(
        ONE, content=[{"type": "image_url", "image_url": "https://example.com/a.png"}]
    )), "v1-v15", NOT_FINETUNING),
    (
        "tools",
        request(
            USER, tools=[tool("A-z_0-9", type="object"), tool("n" * 64), {"type": "web_search"}]
        ),
        "v1-v15",
        NOT_FINETUNING,
    ),
    ("reasoning effort", request(USER, reasoning_effort="high"), "v15", NOT_FINETUNING),
    ("no model", request(USER, model=None), "v1-v15", "test"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "versions", "modes"), [case[1:] for case in GOOD], ids=[case[0] for case in GOOD]
)
def test_nothing_is_wrong(given: ChatCompletionRequest, versions: str, modes: str) -> None:
    for version, mode in scope(versions, modes):
        assert found(given, version, mode) == []


# What is wrong in several places, in the order in which it is told.
SEVERAL: list[tuple[str, ChatCompletionRequest, str, str, list[tuple[str, Path]]]] = [
    (
        "the parts of a request",
        request(
            SYSTEM, answer(ONE), PREFIX, model=None, reasoning_effort="high",
            tools=[tool("", type=1, not_=1)],
        ),
        "v2",
        "serving",
        [
            (REQUEST, ("model",)),
            (STRUCTURE, ("messages", 1, "role")),
            (STRUCTURE, ("messages", 1)),
            ("InvalidToolSchemaException", ("tools", 0, "function", "parameters", "type")),
            ("InvalidToolException", ("tools", 0, "function", "name")),
            (REQUEST, ("reasoning_effort",)),
        ],
    ),
    (
        "message by message",
        request(USER, calls("x"), answer("y", name=""), calls("z"), USER),
        "v3",
        "test",
        [
            (CALL, ("messages", 1, "tool_calls", 0, "id")),
            (TOOLS, ("messages", 2, "name")),
            (TOOLS, ("messages", 2, "tool_call_id")),
            (CALL, ("messages", 3, "tool_calls", 0, "id")),
        ],
    ),
    (
        "an answer's name before its id",
        request(USER, calls(ONE), answer(None, name="")),
        "v3",
        "serving",
        [
            (TOOLS, ("messages", 2, "name")),
            (REQUEST, ("messages", 2, "tool_call_id")),
        ],
    ),
    (
        "tool by tool",
        request(USER, tools=[tool("", type=1), tool("", type=2)]),
        "v15",
        "serving",
        [
            ("InvalidToolSchemaException", ("tools", 0, "function", "parameters", "type")),
            ("InvalidToolException", ("tools", 0, "function", "name")),
            ("InvalidToolSchemaException", ("tools", 1, "function", "parameters", "type")),
            ("InvalidToolException", ("tools", 1, "function", "name")),
        ],
    ),
    (
        # The last message's calls come before the order, and are told once.
        "calls to learn from",
        request(USER, answer("y"), calls("x")),
        "v3",
        "finetuning",
        [
            (CALL, ("messages", 2, "tool_calls", 0, "id")),
            (STRUCTURE, ("messages", 1, "role")),
            (STRUCTURE, ("messages", 1)),
            (TOOLS, ("messages", 1, "tool_call_id")),
        ],
    ),
    (
        "every problem of a schema",
        request(USER, tools=[tool(type=1, required=[1, "a", 2], properties={"a": {"not": []}})]),
        "v15",
        "serving",
        [
            ("InvalidToolSchemaException", ("tools", 0, "function", "parameters", *path))
            for path in (("type",), ("required", 0), ("required", 2), ("properties", "a", "not"))
        ],
    ),
    (
        "every answer too many, every call unanswered",
        request(USER, calls(ONE, TWO), ASSISTANT, answer(ONE), answer(TWO), ASSISTANT, USER),
        "v13",
        "serving",
        [
            (STRUCTURE, ("messages", 3, "tool_call_id")),
            (STRUCTURE, ("messages", 4, "tool_call_id")),
            (STRUCTURE, ("messages", 1, "tool_calls", 0, "id")),
            (STRUCTURE, ("messages", 1, "tool_calls", 1, "id")),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "version", "mode", "expected"),
    [case[1:] for case in SEVERAL],
    ids=[case[0] for case in SEVERAL],
)
def test_everything_wrong_is_told_in_order(
    given: ChatCompletionRequest, version: str, mode: str, expected: list[tuple[str, Path]]
) -> None:
    assert found(given, V(version), ValidationMode(mode)) == expected


# -- the table itself


def test_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", rule.doc), "one sentence"
    assert issubclass(rule.raises, exceptions.MistralCommonException)
    assert set(rule.versions) <= set(TokenizerVersion) and set(rule.modes) <= set(ValidationMode)


def test_the_rules_stand_in_the_order_of_the_parts() -> None:
    parts = [rule.part for rule in RULES]
    assert parts == sorted(parts, key=list(Part).index)


@pytest.mark.parametrize(("one", "other"), [(V.v1, V.v2), (V.v11, V.v13)])
def test_versions_that_one_validator_stands_for(one: TokenizerVersion, other: Any) -> None:
    assert all((one in rule.versions) == (other in rule.versions) for rule in RULES)


@pytest.mark.parametrize("given", [request(), request(SYSTEM), request(answer(None))])
def test_no_rule_needs_what_another_asks_for(given: ChatCompletionRequest) -> None:
    for rule in RULES:
        for path, message in rule.find(given):
            assert path and message
