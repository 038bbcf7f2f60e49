"""``convert``: documents in the format of the other API, and the changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Result, run, stdin_of

TO_MISTRAL = ("--from", "openai", "--to", "mistral")
TO_OPENAI = ("--from", "mistral", "--to", "openai")
HI = {"role": "user", "content": "Hi"}
TOOL = {"type": "function", "function": {"name": "now", "parameters": {}}}
REQUEST: dict[str, Any] = {"model": "m", "messages": [HI]}
ANSWER = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
RESPONSE: dict[str, Any] = {
    **ANSWER,
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNK: dict[str, Any] = {
    **ANSWER,
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
}
UNKNOWN = "unknown type of document: name it with --type request|response|chunk"

Convert = Callable[..., Result]


@pytest.fixture
def convert(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Convert:
    def run_on(documents: str | list[Any], *arguments: str) -> Result:
        text = documents if isinstance(documents, str) else "\n".join(map(json.dumps, documents))
        monkeypatch.setattr(sys, "stdin", stdin_of(text.encode()))
        return run(capsys, "convert", "-", *arguments)

    return run_on


def written(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.out.splitlines()]


def test_documents_that_both_formats_share(convert: Convert) -> None:
    for kind, document in {"request": REQUEST, "response": RESPONSE, "chunk": CHUNK}.items():
        for formats in (TO_MISTRAL, TO_OPENAI):
            result = convert([document], *formats)
            assert (result.code, result.err) == (0, "")
            [converted] = written(result)
            assert converted == {**document, **converted}
            assert convert([document], *formats, "--type", kind) == result
    one_line = json.dumps(REQUEST, separators=(",", ":")) + "\n"
    assert convert(json.dumps(REQUEST, indent=2), *TO_MISTRAL) == (0, one_line, "")


def test_changes(convert: Convert) -> None:
    cases: list[tuple[tuple[str, ...], dict[str, Any], dict[str, Any], list[str]]] = [
        (
            TO_MISTRAL,
            {"max_completion_tokens": 5, "store": True},
            {"max_tokens": 5},
            ["max_completion_tokens: renamed to max_tokens", "store: dropped"],
        ),
        (
            TO_OPENAI,
            {"random_seed": 1, "tools": [TOOL], "tool_choice": "any"},
            {"seed": 1, "tools": [TOOL], "tool_choice": "required"},
            ["random_seed: renamed to seed", "tool_choice: changed to 'required'"],
        ),
    ]
    for formats, fields, expected, changes in cases:
        result = convert([{**REQUEST, **fields}], *formats)
        assert (result.code, written(result)) == (0, [{**REQUEST, **expected}])
        shown = [line.rsplit(": ", 1)[0] for line in result.err.splitlines()]  # without the reason
        assert shown == [f"stdin: {change}" for change in changes]


def test_refused_documents(convert: Convert) -> None:
    cases: list[tuple[str, tuple[str, ...], list[str]]] = [
        (json.dumps({**REQUEST, "n": 0, "audio": {}}), TO_MISTRAL, ["n: ", "audio: "]),
        ('{"detail":[]}', TO_OPENAI, [UNKNOWN]),
        ("[]", (*TO_MISTRAL, "--type", "request"), ["the document: expected an object"]),
        ("[]", (*TO_OPENAI, "--type", "request"), ["the document: expected an object"]),
        ("nonsense", TO_MISTRAL, ["the document: expected JSON"]),
        ('{"choices":3,"model":"m"}', TO_OPENAI, ["choices: expected a list"]),
        (json.dumps({"messages": [HI], "max": 1}), TO_OPENAI, ["max: ", "model: "]),
    ]
    for text, arguments, problems in cases:
        result = convert(text, *arguments)
        assert (result.code, result.out) == (1, "")
        shown = result.err.splitlines()
        assert len(shown) == len(problems)
        for line, problem in zip(shown, problems):
            assert line.startswith(f"stdin: refused: {problem}"), text


def test_json_lines_and_files(
    convert: Convert, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    result = convert([REQUEST, {"a": 1}, {**REQUEST, "user": "u"}, CHUNK], *TO_MISTRAL)
    assert result.code == 1
    assert [next(iter(document)) for document in written(result)] == ["model", "model", "id"]
    places = [" ".join(line.split(" ")[:2]) for line in result.err.splitlines()]
    assert places == ["stdin:2: refused:", "stdin:3: user:"]
    file = tmp_path / "a request.json"
    file.write_text(json.dumps({**REQUEST, "user": "u"}), encoding="utf-8")
    result = run(capsys, "convert", str(file), *TO_MISTRAL)
    assert (result.code, written(result)) == (0, [REQUEST])
    assert result.err.startswith(f"{file}: user: dropped: ")
