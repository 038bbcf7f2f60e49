"""``validate``: the type of a document, its problems, and their paths."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import TokenizerVersion, ValidationMode
from tests.cli.commands import Result, run, stdin_of

REQUEST = '{"model":"m","messages":[{"role":"user","content":"Hi"}]}'
RESPONSE = (
    '{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
    '"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],'
    '"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
)
CHUNK = (
    '{"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,'
    '"delta":{"content":"Hi"},"finish_reason":null}]}'
)
ERROR = '{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]}'
BATCH_REQUEST = f'{{"custom_id":"1","body":{REQUEST}}}'
# By the name of its type, a valid document and the class.
TYPES = {
    "request": (REQUEST, "ChatCompletionRequest"),
    "response": (RESPONSE, "ChatCompletionResponse"),
    "chunk": (CHUNK, "ChatCompletionStreamResponse"),
    "event": (f'{{"data":{CHUNK}}}', "CompletionEvent"),
    "error": (ERROR, "HTTPValidationErrorData"),
    "batch-request": (BATCH_REQUEST, "BatchRequest"),
    "batch-result": (
        f'{{"custom_id":"1","response":{{"status_code":200,"body":{RESPONSE}}}}}',
        "BatchRequestOutput",
    ),
}
CLASSES = dict(TYPES.values())
UNKNOWN = f"unknown type of document: name it with --type {'|'.join(TYPES)}"

Validate = Callable[..., Result]


@pytest.fixture
def validate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Validate:
    def run_on(data: str | bytes, *arguments: str) -> Result:
        monkeypatch.setattr(
            sys, "stdin", stdin_of(data if isinstance(data, bytes) else data.encode())
        )
        return run(capsys, "validate", "-", *arguments)

    return run_on


def test_types(validate: Validate) -> None:
    for name, (document, cls) in TYPES.items():
        valid = (0, f"stdin: a valid {cls}\n", "")
        assert validate(document, "--strict") == valid
        assert validate(document, "--type", name) == valid
    for document, name in [
        ('{"choices":{}}', "response"),
        ('{"object":"chat.completion.chunk","choices":3}', "chunk"),
        ('{"choices":[3,{"delta":{}}]}', "chunk"),
        ('{"custom_id":"1","response":"x"}', "batch-result"),
        ('{"custom_id":"1","error":{}}', "batch-result"),
        ('{"custom_id":"1","model":"m","messages":[]}', "request"),
    ]:
        assert TYPES[name][1] in validate(document).out, document
    for document in ["3", '{"choices":null}', f"[{REQUEST}]"]:
        assert validate(document) == (1, f"stdin: {UNKNOWN}\n", "")
        named = validate(document, "--type", "request")
        assert named.code == 1 and named.out.startswith("stdin: ChatCompletionRequest has ")


# A document, the options, and the beginning of each line.
PROBLEMS: list[tuple[str | bytes, list[str], list[str]]] = [
    (
        '{"messages":[{"role":"robot","content":"Hi"}],"max":3}',
        [],
        ["ChatCompletionRequest has 3 problems:", "messages[0].role: ", "max: ", "model: "],
    ),
    (
        RESPONSE.replace('"stop"', '"brand-new"').replace('"index":0', '"index":0,"x":[1]'),
        ["--strict"],
        ["ChatCompletionResponse has 2 problems:", "choices[0].x: ", "choices[0].finish_reason: "],
    ),
    (BATCH_REQUEST.replace('"model":"m",', '"n":0,'), [], ["BatchRequest has ", "body.n: "]),
    (RESPONSE, ["--type", "event"], ["CompletionEvent has 1 problem:", "data: "]),
    ("nonsense", ["--type", "request"], ["ChatCompletionRequest has ", "the document: "]),
    ('{\n "model": m\n}\n', [], ["the value has ", "the document: expected JSON, got "]),
    (b'{"messages":"\xff"}', [], ["the value has 1 problem:", "the document: "]),
]


def test_each_problem_has_its_path(validate: Validate) -> None:
    for document, options, expected in PROBLEMS:
        result = validate(document, *options)
        assert (result.code, result.err) == (1, "")
        shown = result.out.splitlines()
        assert len(shown) == len(expected)
        for line, start in zip(shown, [f"stdin: {expected[0]}", *map("  {}".format, expected[1:])]):
            assert line.startswith(start)


def test_new_fields_of_a_server_are_allowed_unless_strict(validate: Validate) -> None:
    for document in [
        CHUNK.replace('"index":0', '"index":0,"x":1'),
        RESPONSE.replace('"id":"1"', '"id":"1","id":"2"'),
        ERROR.replace('"type"', '"x":1,"type"'),
    ]:
        assert validate(document).code == 0
        assert validate(document, "--strict").code == 1


def test_json_lines(validate: Validate, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    request, chunk = CLASSES[REQUEST], CLASSES[CHUNK]
    indented = json.dumps(json.loads(CHUNK), indent="\t").replace("\n", "\r\n")
    for text, shown in [
        (f"\ufeff{REQUEST}\r\n{CHUNK}\r\n", f"stdin:1: a valid {request}\nstdin:2: a valid {chunk}\n"),
        (f"\n{REQUEST}\n \n\r\n{CHUNK}", f"stdin:2: a valid {request}\nstdin:5: a valid {chunk}\n"),
        # One document on one or many lines.
        (f"\ufeff\r\n{REQUEST}\r\n", f"stdin: a valid {request}\n"),
        (indented, f"stdin: a valid {chunk}\n"),
    ]:  # fmt: skip
        assert validate(text) == (0, shown, "")
    result = validate(f'{REQUEST}\n{{\n{{"a":1}}\n{CHUNK}')
    assert (result.code, result.err) == (1, "")
    shown_lines = [line for line in result.out.splitlines() if line.startswith("stdin")]
    assert shown_lines == [
        f"stdin:1: a valid {request}",
        "stdin:2: the value has 1 problem:",
        f"stdin:3: {UNKNOWN}",
        f"stdin:4: a valid {chunk}",
    ]
    # At least half of the lines must be objects.
    assert validate(f"{REQUEST}\n3").out.startswith("stdin:1: a valid ")
    assert validate(f"{REQUEST}\n3\n4").out.startswith("stdin: the value has ")
    for data in (" \r\n\t\n", "\ufeff"):
        result = validate(data)
        assert (result.code, result.out, result.error) == (1, "", "stdin contains no document")
    file = tmp_path / "some documents.jsonl"
    file.write_text(f"{REQUEST}\n{CHUNK}\n", encoding="utf-8")
    out = f"{file}:1: a valid {request}\n{file}:2: a valid {chunk}\n"
    assert run(capsys, "validate", str(file)) == (0, out, "")


USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "Bonjour"}
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": "Hm.", "tool_calls": [CALL]}
RESULT = {"role": "tool", "content": "", "tool_call_id": "a1b2c3d4e"}


def request(*messages: dict[str, Any]) -> str:
    return json.dumps({"model": "m", "messages": messages})


def test_check_conversation(validate: Validate) -> None:
    broken = request(USER, ASSISTANT)
    for document, options, paths in [
        (request(USER, CALLS, RESULT), [], []),
        (broken, ["--mode", "finetuning"], []),
        (broken, [], ["messages[1]"]),
        (f'{{"custom_id":"1","body":{broken}}}', [], ["messages[1]"]),
        (request(USER), ["--mode", "finetuning"], ["messages[0].role"]),
        (request(USER, CALLS, RESULT), ["--tokenizer-version", "v2"], ["messages[1]"]),
        (request(USER, CALLS), [], ["messages[1]", "messages[1].tool_calls[0].id"]),
        (RESPONSE, [], []),
    ]:
        valid = validate(document)
        assert valid.code == 0 and valid.out.startswith("stdin: a valid ")
        result = validate(document, "--check-conversation", *options)
        if not paths:
            assert result == valid
            continue
        first, *problems = result.out.splitlines()
        assert result.code == 1
        assert first.endswith(f" breaks {len(paths)} of the rules of a conversation:")
        assert [line.partition(": ")[0].strip() for line in problems] == paths
    assert "has 1 problem" in validate(request({"role": 3}), "--check-conversation").out


def test_the_versions_and_modes(validate: Validate) -> None:
    options: list[tuple[str, Any]] = [
        ("--tokenizer-version", TokenizerVersion),
        ("--mode", ValidationMode),
    ]
    for option, values in options:
        for value in values:
            result = validate(request(USER), "--check-conversation", option, value.value)
            assert result.code < 2
            assert validate(request(USER), option, value.value).code == 2
        result = validate(request(USER), "--check-conversation", option, "none")
        assert result.code == 2
        assert f"{option} {{{','.join(value.value for value in values)}}}" in result.err
