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

MODEL = '"model":"m",'
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
EVENT = f'{{"data":{CHUNK}}}'
ERROR = '{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]}'
BATCH_REQUEST = f'{{"custom_id":"1","body":{REQUEST}}}'
BATCH_RESULT = f'{{"custom_id":"1","response":{{"status_code":200,"body":{RESPONSE}}}}}'
# By the name of its type, a valid document and the class.
TYPES = {
    "request": (REQUEST, "ChatCompletionRequest"),
    "response": (RESPONSE, "ChatCompletionResponse"),
    "chunk": (CHUNK, "ChatCompletionStreamResponse"),
    "event": (EVENT, "CompletionEvent"),
    "error": (ERROR, "HTTPValidationErrorData"),
    "batch-request": (BATCH_REQUEST, "BatchRequest"),
    "batch-result": (BATCH_RESULT, "BatchRequestOutput"),
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


def test_valid_documents_of_each_type(validate: Validate) -> None:
    for name, (document, cls) in TYPES.items():
        valid = (0, f"stdin: a valid {cls}\n", "")
        for options in ([], ["--strict"]):
            assert validate(document, *options) == valid
            assert validate(document, "--type", name, *options) == valid


def test_the_type_is_detected_from_the_fields(validate: Validate) -> None:
    for document, kind in [
        ('{"messages":[],"model":"m"}', "request"),
        ('{"id":"1","model":"m","choices":[]}', "response"),
        ('{"choices":{}}', "response"),
        ('{"object":"chat.completion.chunk","model":"m","choices":[]}', "chunk"),
        ('{"model":"m","choices":[3,{"delta":{}}]}', "chunk"),
        ('{"data":null}', "event"),
        ('{"detail":[]}', "error"),
        ('{"custom_id":"1","body":[]}', "batch-request"),
        ('{"custom_id":"1","response":null}', "batch-result"),
        ('{"custom_id":"1","error":"x"}', "batch-result"),
        ('{"custom_id":"1","model":"m","messages":[]}', "request"),
    ]:
        result = validate(document)
        first = result.out.split("\n")[0].removeprefix("stdin: ")
        assert first.removeprefix("a valid ").startswith(TYPES[kind][1]), document
        assert result.code == (0 if "a valid" in first else 1)
    for document in ["{}", "3", "null", '"text"', '{"choices":null}', f"[{REQUEST}]"]:
        assert validate(document) == (1, f"stdin: {UNKNOWN}\n", "")
        named = validate(document, "--type", "request")
        assert named.code == 1 and named.out.startswith("stdin: ChatCompletionRequest has ")


PROBLEMS: list[tuple[str | bytes, list[str], list[str]]] = [
    (
        '{"messages":[{"role":"robot","content":"Hi"}],"max":3}',
        [],
        [
            "ChatCompletionRequest has 3 problems:",
            "messages[0].role: expected 'system', 'user', 'assistant' or 'tool', "
            "got the string 'robot'",
            "max: ",
            "model: ",
        ],
    ),
    (
        RESPONSE.replace('"stop"', '"brand-new"').replace('"index":0', '"index":0,"x":[1]'),
        ["--strict"],
        ["ChatCompletionResponse has 2 problems:", "choices[0].x: ", "choices[0].finish_reason: "],
    ),
    (BATCH_REQUEST.replace(MODEL, '"n":0,'), [], ["BatchRequest has 1 problem:", "body.n: "]),
    (RESPONSE, ["--type", "event"], ["CompletionEvent has 1 problem:", "data: "]),
    ("nonsense", ["--type", "request"], ["ChatCompletionRequest has 1 problem:", "the document: "]),
    ('{\n "model": m\n}\n', [], ["the value has 1 problem:", "the document: expected JSON, got "]),
    (b'{"messages":"\xff"}', [], ["the value has 1 problem:", "the document: "]),
    (
        REQUEST.replace("{", '{"model":"n",', 1),
        [],
        ["ChatCompletionRequest has 1 problem:", "the document: "],
    ),
]


def test_each_problem_has_its_path(validate: Validate) -> None:
    for document, options, expected in PROBLEMS:
        result = validate(document, *options)
        assert (result.code, result.err) == (1, "")
        shown = result.out.splitlines()
        assert len(shown) == len(expected)
        for line, start in zip(
            shown, ["stdin: " + expected[0], *["  " + it for it in expected[1:]]]
        ):
            assert line.startswith(start)


def test_new_fields_of_a_server_are_allowed_unless_strict(validate: Validate) -> None:
    for document in [
        CHUNK.replace('"index":0', '"index":0,"x":1'),
        RESPONSE.replace('"stop"', '"brand-new"'),
        RESPONSE.replace('"id":"1"', '"id":"1","id":"2"'),
        '{"model":"m","choices":[{"index":0}]}',
        ERROR.replace('"type"', '"x":1,"type"'),
    ]:
        assert validate(document).code == 0
        assert validate(document, "--strict").code == 1


def valid(*documents: str) -> list[str]:
    return [f"stdin:{number}: a valid {CLASSES[it]}" for number, it in enumerate(documents, 1)]


def test_json_lines(validate: Validate) -> None:
    mixed = [REQUEST, RESPONSE, CHUNK, EVENT, ERROR]
    request, chunk = CLASSES[REQUEST], CLASSES[CHUNK]
    for text, shown in [
        ("\n".join(mixed), valid(*mixed)),
        ("\ufeff" + "\r\n".join([*mixed, ""]), valid(*mixed)),
        (
            f"\n{REQUEST}\n \n\r\n{CHUNK}\n\n",
            [f"stdin:2: a valid {request}", f"stdin:5: a valid {chunk}"],
        ),
        # One document on one or many lines.
        (f"\ufeff\r\n{REQUEST}\r\n", [f"stdin: a valid {request}"]),
        (json.dumps(json.loads(REQUEST), indent=2), [f"stdin: a valid {request}"]),
        (
            json.dumps(json.loads(CHUNK), indent="\t").replace("\n", "\r\n"),
            [f"stdin: a valid {chunk}"],
        ),
    ]:
        assert validate(text) == (0, "\n".join([*shown, ""]), "")
    lines = [REQUEST, REQUEST.replace(MODEL, ""), "{", '{"a":1}', CHUNK]
    result = validate("\n".join(lines))
    shown = result.out.splitlines()
    assert (result.code, result.err) == (1, "")
    assert [shown[0], shown[-1]] == [valid(REQUEST)[0], f"stdin:5: a valid {chunk}"]
    assert shown[1:3] == [f"stdin:2: {request} has 1 problem:", shown[2]]
    assert shown[3] == "stdin:3: the value has 1 problem:"
    assert shown[-2] == f"stdin:4: {UNKNOWN}"
    # At least half of the lines must be objects.
    assert validate(f"{REQUEST}\n3").out.startswith("stdin:1: a valid ")
    assert validate(f"{REQUEST}\n3\n4").out.startswith("stdin: the value has ")
    result = validate(f"{REQUEST}\n{CHUNK}\n", "--type", "request")
    assert result.code == 1 and f"stdin:2: {request} has " in result.out


def test_files(validate: Validate, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for data in ("", "\n", " \r\n\t\n", "\ufeff"):
        result = validate(data)
        assert (result.code, result.out, result.error) == (1, "", "stdin contains no document")
    file = tmp_path / "some documents.jsonl"
    file.write_text(f"{REQUEST}\n{CHUNK}\n", encoding="utf-8")
    out = f"{file}:1: a valid {CLASSES[REQUEST]}\n{file}:2: a valid {CLASSES[CHUNK]}\n"
    assert run(capsys, "validate", str(file)) == (0, out, "")


USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "Bonjour"}
CALL = {"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": "Hm.", "tool_calls": [CALL]}
RESULT = {"role": "tool", "content": "", "tool_call_id": "a1b2c3d4e"}


def request(*messages: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"model": "m", "messages": messages, **fields})


def test_check_conversation(validate: Validate) -> None:
    for document, options, paths in [
        (request(USER), [], []),
        (request(USER, ASSISTANT), ["--mode", "finetuning"], []),
        (request(USER), ["--mode", "finetuning"], ["messages[0].role"]),
        (request(USER, CALLS, RESULT), [], []),
        (request(USER, CALLS, RESULT), ["--tokenizer-version", "v2"], ["messages[1]"]),
        (request(USER, CALLS), [], ["messages[1]", "messages[1].tool_calls[0].id"]),
    ]:
        valid = (0, "stdin: a valid ChatCompletionRequest\n", "")
        assert validate(document) == valid
        result = validate(document, "--check-conversation", *options)
        if not paths:
            assert result == valid
            continue
        first, *problems = result.out.splitlines()
        breaks = f"breaks {len(paths)} of the rules of a conversation:"
        assert (result.code, first) == (1, f"stdin: ChatCompletionRequest {breaks}")
        assert [line.partition(": ")[0].strip() for line in problems] == paths


def test_only_valid_requests_are_checked_as_conversations(validate: Validate) -> None:
    wrong = request(USER, ASSISTANT)
    lines = [
        request(USER, ASSISTANT, n="1"),
        '{"id":"1","model":"m","choices":[]}',
        wrong,
        f'{{"custom_id":"1","body":{wrong}}}',
    ]
    result = validate("\n".join(lines), "--check-conversation")
    shown = result.out.splitlines()
    assert result.code == 1
    assert [line for line in shown if line.startswith("stdin:")] == [
        "stdin:1: ChatCompletionRequest has 1 problem:",
        "stdin:2: a valid ChatCompletionResponse",
        "stdin:3: ChatCompletionRequest breaks 1 of the rules of a conversation:",
        "stdin:4: BatchRequest breaks 1 of the rules of a conversation:",
    ]


def test_the_versions_and_modes(validate: Validate) -> None:
    document = request(USER, {**ASSISTANT, "prefix": True})
    options: list[tuple[str, Any]] = [
        ("--tokenizer-version", TokenizerVersion),
        ("--mode", ValidationMode),
    ]
    for option, values in options:
        for value in values:
            assert validate(document, "--check-conversation", option, value.value).code < 2
        result = validate(document, "--check-conversation", option, "none")
        assert result.code == 2
        assert f"{option} {{{','.join(value.value for value in values)}}}" in result.err
        result = validate(document, option, next(iter(values)).value)
        assert (result.code, result.out) == (2, "")
        assert "need --check-conversation" in result.err
