"""``validate --check-conversation``: which rules of a conversation a request breaks, and where."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from mistral_proto import TokenizerVersion, ValidationMode
from tests.cli.commands import Result, run, stdin_of

USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "Bonjour"}
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": "Hm.", "tool_calls": [CALL]}
ANSWER = {"role": "tool", "content": "", "tool_call_id": "a1b2c3d4e"}
CHUNK = '{"id":"1","model":"m","choices":[]}'

VALID = "stdin: a valid ChatCompletionRequest\n"


def request(*messages: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"model": "m", "messages": messages, **fields})


@pytest.fixture
def validate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run_on(data: str, *arguments: str) -> Result:
        monkeypatch.setattr(sys, "stdin", stdin_of(data.encode()))
        return run(capsys, "validate", "-", *arguments)

    return run_on


BROKEN: list[tuple[str, str, list[str], list[str]]] = [
    (
        "one place",
        request(USER, ASSISTANT),
        [],
        ["in 1 place:", "  messages[1]: an assistant message comes last only with prefix"],
    ),
    (
        "every place",
        request(
            *(USER, CALLS, {**ANSWER, "tool_call_id": "ABCDEFGHI"}),
            tools=[{"function": {"name": "f", "parameters": {"not": 1}}}],
        ),
        [],
        [
            "in 3 places:",
            "  messages[2].tool_call_id: no call before it has this id: the string 'ABCDEFGHI'",
            "  messages[1].tool_calls[0].id: no tool message answers this call: the string 'a1b2c3d4e'",
            "  tools[0].function.parameters.not: not a JSON Schema: expected a schema "
            "(an object, true or false), got the number 1",
        ],
    ),
    (
        "of a version",
        request(USER, CALLS, ANSWER, reasoning_effort="high"),
        ["--tokenizer-version", "v2"],
        [
            "in 2 places:",
            "  messages[1]: an assistant message has either content or tool_calls, not both",
            "  reasoning_effort: models of this version don't have it",
        ],
    ),
    (
        "in a mode",
        request(USER),
        ["--mode", "finetuning"],
        ["in 1 place:", "  messages[0].role: the last message is assistant, not user"],
    ),
]


@pytest.mark.parametrize(
    ("document", "arguments", "shown"),
    [case[1:] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
def test_every_place_is_shown(
    validate: Any, document: str, arguments: list[str], shown: list[str]
) -> None:
    first, *others = shown
    lines = [f"stdin: ChatCompletionRequest breaks the rules of a conversation {first}", *others]
    result = validate(document, "--check-conversation", *arguments)
    assert (result.code, result.out.splitlines(), result.err) == (1, lines, "")
    # Which only those learn who ask.
    assert validate(document) == (0, VALID, "")


IN_ORDER: list[tuple[str, list[str]]] = [
    (request(USER), []),
    (request(USER, reasoning_effort="high"), ["--tokenizer-version", "v15"]),
    (request(USER, {**CALLS, "content": ""}, ANSWER), ["--tokenizer-version", "v1"]),
    (request(USER, ASSISTANT), ["--mode", "finetuning"]),
]


@pytest.mark.parametrize(("document", "arguments"), IN_ORDER)
def test_a_conversation_in_order(validate: Any, document: str, arguments: list[str]) -> None:
    assert validate(document, "--check-conversation", *arguments) == (0, VALID, "")


def test_a_request_in_a_batch(validate: Any) -> None:
    bodies = [request(USER), request(USER, ASSISTANT)]
    lines = [f'{{"custom_id":"{number}","body":{body}}}' for number, body in enumerate(bodies)]
    result = validate("\n".join(lines), "--check-conversation")
    one, two, broken = result.out.splitlines()
    assert result.code == 1
    assert one == "stdin:1: a valid BatchRequest"
    assert two == "stdin:2: BatchRequest breaks the rules of a conversation in 1 place:"
    assert broken.startswith("  messages[1]: ")


def test_only_requests_that_are_valid_are_asked(validate: Any) -> None:
    lines = [request(USER, ASSISTANT, n="1"), CHUNK, request(USER, ASSISTANT), "{}"]
    result = validate("\n".join(lines), "--check-conversation")
    assert result.code == 1
    one, problem, two, three, broken, four = result.out.splitlines()
    assert one == "stdin:1: ChatCompletionRequest has 1 problem:"
    assert problem.startswith("  n: ")
    assert two == "stdin:2: a valid ChatCompletionResponse"
    assert three.startswith("stdin:3: ChatCompletionRequest breaks the rules")
    assert broken.startswith("  messages[1]: ")
    assert four.startswith("stdin:4: unknown type")


@pytest.mark.parametrize(
    ("option", "values"),
    [("--tokenizer-version", TokenizerVersion), ("--mode", ValidationMode)],
)
def test_the_versions_and_modes(validate: Any, option: str, values: Any) -> None:
    document = request(USER, {**ASSISTANT, "prefix": True})
    for value in values:
        assert validate(document, "--check-conversation", option, value.value).code < 2
    result = validate(document, "--check-conversation", option, "none")
    assert result.code == 2
    assert f"{option} {{{','.join(value.value for value in values)}}}" in result.err


@pytest.mark.parametrize("arguments", [["--mode", "serving"], ["--tokenizer-version", "v3"]])
def test_what_needs_the_check(validate: Any, arguments: list[str]) -> None:
    result = validate(request(USER), *arguments)
    assert (result.code, result.out) == (2, "")
    assert "--tokenizer-version and --mode need --check-conversation" in result.err
