"""``convert``: documents of one API in the other's format, and what was changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Result, run, stdin_of

TO_MISTRAL = ("--from", "openai", "--to", "mistral")
TO_OPENAI = ("--from", "mistral", "--to", "openai")
WAYS = {"to Mistral": TO_MISTRAL, "to OpenAI": TO_OPENAI}

HI = {"role": "user", "content": "Hi"}
TOOL = {"type": "function", "function": {"name": "now", "parameters": {}}}
REQUEST: dict[str, Any] = {"model": "m", "messages": [HI]}
RESPONSE: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNK: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
}
KINDS = {"request": REQUEST, "response": RESPONSE, "chunk": CHUNK}

CAN_NOT_TELL = "unknown type of document: name it with --type request|response|chunk"


@pytest.fixture
def convert(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run_on(documents: str | list[Any], *arguments: str) -> Result:
        text = documents if isinstance(documents, str) else "\n".join(map(json.dumps, documents))
        monkeypatch.setattr(sys, "stdin", stdin_of(text.encode()))
        return run(capsys, "convert", "-", *arguments)

    return run_on


def written(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_the_same_for_both(convert: Any, kind: str, way: tuple[str, ...]) -> None:
    result = convert([KINDS[kind]], *way)
    assert (result.code, result.err) == (0, "")
    [document] = written(result)
    assert document == {**KINDS[kind], **document}
    assert convert([KINDS[kind]], *way, "--type", kind) == result


CHANGED: list[tuple[str, tuple[str, ...], dict[str, Any], dict[str, Any], list[str]]] = [
    (
        "a request of OpenAI's",
        TO_MISTRAL,
        {**REQUEST, "max_completion_tokens": 5, "store": True},
        {**REQUEST, "max_tokens": 5},
        [
            "max_completion_tokens: renamed to max_tokens",
            "store: dropped",
        ],
    ),
    (
        "a request of Mistral's",
        TO_OPENAI,
        {
            "model": "m",
            "messages": [HI, {"role": "assistant", "content": "He", "prefix": True}],
            "tools": [TOOL],
            "tool_choice": "any",
            "random_seed": 1,
            "safe_prompt": True,
        },
        {
            "model": "m",
            "messages": [HI, {"role": "assistant", "content": "He"}],
            "tools": [TOOL],
            "tool_choice": "required",
            "seed": 1,
        },
        [
            "messages[1].prefix: dropped",
            "random_seed: renamed to seed",
            "tool_choice: changed to 'required'",
            "safe_prompt: dropped",
        ],
    ),
]


@pytest.mark.parametrize(
    ("way", "given", "expected", "changes"),
    [case[1:] for case in CHANGED],
    ids=[case[0] for case in CHANGED],
)
def test_each_change_is_told_on_a_line(
    convert: Any,
    way: tuple[str, ...],
    given: dict[str, Any],
    expected: dict[str, Any],
    changes: list[str],
) -> None:
    result = convert([given], *way)
    assert result.code == 0
    assert written(result) == [expected]
    told = [line.rsplit(": ", 1)[0] for line in result.err.splitlines()]  # less the reason
    assert told == [f"stdin: {change}" for change in changes]


def test_the_changes_of_an_answer_are_told(convert: Any) -> None:
    [choice] = RESPONSE["choices"]
    content = [{"type": "text", "text": "Hi"}, {"type": "reference", "reference_ids": [1]}]
    message = {"role": "assistant", "content": content}
    result = convert([{**RESPONSE, "choices": [{**choice, "message": message}]}], *TO_OPENAI)
    assert result.code == 0
    assert result.err.startswith("stdin: choices[0].message.content[1]: dropped: ")
    [document] = written(result)
    assert document["choices"][0]["message"]["content"] == "Hi"


def test_lines_of_several_kinds(convert: Any) -> None:
    result = convert([REQUEST, RESPONSE, {**REQUEST, "user": "u"}, CHUNK], *TO_MISTRAL)
    assert result.code == 0
    assert [next(iter(document)) for document in written(result)] == ["model", "id", "model", "id"]
    assert result.err == "stdin:3: user: dropped: Mistral's API has no such parameter\n"


def test_a_document_on_many_lines_becomes_one_line(convert: Any) -> None:
    result = convert(json.dumps(REQUEST, indent=2), *TO_MISTRAL)
    assert result == (0, json.dumps(REQUEST, separators=(",", ":")) + "\n", "")


REFUSED: list[tuple[str, tuple[str, ...], str, list[str]]] = [
    (
        "every problem of a request",
        (),
        json.dumps({**REQUEST, "n": 0, "audio": {}}),
        [
            "n: expected an integer of at least 1, got the number 0",
            "audio: expected no audio, as Mistral's API answers in text only, got an empty object",
        ],
    ),
    ("another thing", (), '{"a":1}', [CAN_NOT_TELL]),
    ("an event", (), json.dumps({"data": CHUNK}), [CAN_NOT_TELL]),
    ("an error", (), '{"detail":[]}', [CAN_NOT_TELL]),
    ("a list", (), "[]", [CAN_NOT_TELL]),
    (
        "a list that is said to be a request",
        ("--type", "request"),
        "[]",
        ["the document: expected an object, got an empty list"],
    ),
    (
        "a list that is said to be a chunk",
        ("--type", "chunk"),
        "[]",
        ["the document: expected an object, got an empty list"],
    ),
    (
        "no JSON",
        (),
        "nonsense",
        ["the document: expected JSON, got text that is not: Expecting value (line 1, column 1)"],
    ),
    (
        "a response that is none",
        (),
        '{"choices":3,"object":"chat.completion","id":"1","created":1,"model":"m"}',
        ["choices: expected a list, got the number 3"],
    ),
]


@pytest.mark.parametrize(
    ("arguments", "text", "problems"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_what_is_refused(
    convert: Any, arguments: tuple[str, ...], text: str, problems: list[str]
) -> None:
    result = convert(text, *TO_MISTRAL, *arguments)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [f"stdin: refused: {problem}" for problem in problems]


def test_a_request_of_mistrals_is_checked_as_the_api_does(convert: Any) -> None:
    result = convert([{"messages": [HI], "truncate_for_context_length": True}], *TO_OPENAI)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "stdin: refused: truncate_for_context_length: expected no such field, got true",
        "stdin: refused: model: expected this field, got nothing",
    ]


def test_what_openais_format_can_not_hold_is_refused(convert: Any) -> None:
    audio = {"type": "input_audio", "input_audio": "AAAA"}
    message = {"role": "user", "content": [audio]}
    result = convert([{"model": "m", "messages": [message]}], *TO_OPENAI)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("stdin: refused: messages[0].content[0].input_audio: expected ")


def test_the_other_lines_are_converted(convert: Any) -> None:
    result = convert([REQUEST, {**REQUEST, "audio": {}}, {"a": 1}, REQUEST], *TO_MISTRAL)
    assert result.code == 1
    assert written(result) == [REQUEST, REQUEST]
    assert [line.split(" ")[0] for line in result.err.splitlines()] == ["stdin:2:", "stdin:3:"]


def test_a_file_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "a request.json"
    file.write_text(json.dumps({**REQUEST, "user": "u"}), encoding="utf-8")
    result = run(capsys, "convert", str(file), *TO_MISTRAL)
    assert result.code == 0
    assert written(result) == [REQUEST]
    assert result.err == f"{file}: user: dropped: Mistral's API has no such parameter\n"


def test_nothing_to_convert(convert: Any) -> None:
    result = convert("\n", *TO_MISTRAL)
    assert (result.code, result.out, result.error) == (1, "", "stdin contains no document")


def test_no_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run(capsys, "convert", "-", *TO_MISTRAL).error == "stdin is closed"


USAGE: list[tuple[str, list[str], str]] = [
    ("no file", [*TO_MISTRAL], "file"),
    ("from nowhere", ["x", "--to", "mistral"], "--from"),
    ("to nowhere", ["x", "--from", "mistral"], "--to"),
    ("to another", ["x", "--from", "mistral", "--to", "esperanto"], "invalid choice: 'esperanto'"),
    (
        "to itself",
        ["x", "--from", "mistral", "--to", "mistral"],
        "--from and --to name the same format",
    ),
    ("of another type", ["x", *TO_MISTRAL, "--type", "event"], "invalid choice: 'event'"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), [case[1:] for case in USAGE], ids=[case[0] for case in USAGE]
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    result = run(capsys, "convert", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err.splitlines()[-1]


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "convert", "--help")
    assert (result.code, result.err) == (0, "")
    for word in ("--from", "--to", "--type", "openai", "mistral", "request", "response", "chunk"):
        assert word in result.out
    assert "convert" in run(capsys, "--help").out
