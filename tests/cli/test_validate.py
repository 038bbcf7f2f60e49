"""``validate``: which document is what, which problems it has, and where."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

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
BATCH_REQUEST = '{"custom_id":"1","body":{"model":"m","messages":[{"role":"user","content":"Hi"}]}}'
BATCH_RESULT = f'{{"custom_id":"1","response":{{"status_code":200,"body":{RESPONSE}}}}}'

NAMES = {
    REQUEST: "ChatCompletionRequest",
    RESPONSE: "ChatCompletionResponse",
    CHUNK: "ChatCompletionStreamResponse",
    EVENT: "CompletionEvent",
    ERROR: "HTTPValidationErrorData",
    BATCH_REQUEST: "BatchRequest",
    BATCH_RESULT: "BatchRequestOutput",
}
TYPES = {
    "request": REQUEST,
    "response": RESPONSE,
    "chunk": CHUNK,
    "event": EVENT,
    "error": ERROR,
    "batch-request": BATCH_REQUEST,
    "batch-result": BATCH_RESULT,
}

CAN_NOT_TELL = (
    "unknown type of document: name it with "
    "--type request|response|chunk|event|error|batch-request|batch-result"
)


@pytest.fixture
def validate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run_on(data: str | bytes, *arguments: str) -> Result:
        sent = data if isinstance(data, bytes) else data.encode()
        monkeypatch.setattr(sys, "stdin", stdin_of(sent))
        return run(capsys, "validate", "-", *arguments)

    return run_on


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("arguments", [[], ["--strict"]], ids=["plain", "strict"])
def test_a_valid_document(validate: Any, name: str, arguments: list[str]) -> None:
    document = TYPES[name]
    shown = f"stdin: a valid {NAMES[document]}\n"
    assert validate(document, *arguments) == (0, shown, "")
    assert validate(document, "--type", name, *arguments) == (0, shown, "")


TOLD: list[tuple[str, str, str]] = [
    ("a request by its messages", '{"messages":[],"model":"m"}', REQUEST),
    ("a response without choices", '{"id":"1","model":"m","choices":[]}', RESPONSE),
    ("a chunk by its object", '{"object":"chat.completion.chunk","model":"m","choices":[]}', CHUNK),
    ("a chunk by its delta", '{"model":"m","choices":[{"index":0,"delta":{}}]}', CHUNK),
    ("a chunk by its second delta", '{"model":"m","choices":[3,{"delta":{}}]}', CHUNK),
    ("a response by its choices", '{"choices":{}}', RESPONSE),
    ("an event by its data", '{"data":null}', EVENT),
    ("an error by its detail", '{"detail":[]}', ERROR),
    ("a batch's request by its body", '{"custom_id":"1","body":[]}', BATCH_REQUEST),
    ("a batch's result by its response", '{"custom_id":"1","response":null}', BATCH_RESULT),
    ("a batch's result by its error", '{"custom_id":"1","error":"x"}', BATCH_RESULT),
    ("a request with an id", '{"custom_id":"1","model":"m","messages":[]}', REQUEST),
]


@pytest.mark.parametrize(
    ("document", "like"), [case[1:] for case in TOLD], ids=[case[0] for case in TOLD]
)
def test_a_document_is_told_by_its_fields(validate: Any, document: str, like: str) -> None:
    result = validate(document)
    first, *_ = result.out.split("\n")
    # Valid or not, it was read as what it is.
    assert first.removeprefix("stdin: ").removeprefix("a valid ").startswith(NAMES[like])
    assert result.code == (0 if "a valid" in first else 1)


UNKNOWN = ["{}", "[]", "3", "null", '"text"', '{"a":1}', '{"choices":null}', f"[{REQUEST}]"]


@pytest.mark.parametrize("document", UNKNOWN)
def test_a_document_of_no_known_kind(validate: Any, document: str) -> None:
    result = validate(document)
    assert result.code == 1
    assert CAN_NOT_TELL in result.out + result.err
    # Named, it is checked.
    named = validate(document, "--type", "request")
    assert named.code == 1
    assert named.out.startswith("stdin: ChatCompletionRequest has ")


PROBLEMS: list[tuple[str, str | bytes, list[str], str]] = [
    (
        "a request, with every problem",
        '{"model":"m","messages":[{"role":"robot","content":"Hi"},{"role":"user"}],'
        '"temperature":9,"max_completion_tokens":3}',
        [],
        "stdin: ChatCompletionRequest has 4 problems:\n"
        "  messages[0].role: expected 'system', 'user', 'assistant' or 'tool', "
        "got the string 'robot'\n"
        "  messages[1].content: expected this field, got nothing\n"
        "  temperature: expected a number of at least 0 and at most 1.5, got the number 9\n"
        "  max_completion_tokens: expected no such field (did you mean 'max_tokens'?), "
        "got the number 3\n",
    ),
    (
        "a request is checked as the API does it",
        '{"messages":[]}',
        [],
        "stdin: ChatCompletionRequest has 2 problems:\n"
        "  messages: expected a list of at least 1, got an empty list\n"
        "  model: expected this field, got nothing\n",
    ),
    (
        "a response without a model",
        RESPONSE.replace(MODEL, ""),
        ["--strict"],
        "stdin: ChatCompletionResponse has 1 problem:\n  model: expected this field, got nothing\n",
    ),
    (
        "a response, strictly",
        RESPONSE.replace('"stop"', '"brand-new"').replace('"index":0', '"index":0,"x":[1]'),
        ["--strict"],
        "stdin: ChatCompletionResponse has 2 problems:\n"
        "  choices[0].x: expected no such field, got a list of 1\n"
        "  choices[0].finish_reason: expected 'stop', 'length', 'model_length', 'error' or "
        "'tool_calls', got the string 'brand-new'\n",
    ),
    (
        "a batch, whose job has the model",
        BATCH_REQUEST.replace(MODEL, "")
        + "\n\n"
        + BATCH_REQUEST.replace('"m",', '"m","seed":1,')
        + "\n",
        [],
        "stdin:1: a valid BatchRequest\n"
        "stdin:3: BatchRequest has 1 problem:\n"
        "  body.seed: expected no such field (did you mean 'random_seed'?), got the number 1\n",
    ),
    (
        "an error's detail",
        '{"detail":[{"type":"x","loc":["body",0],"msg":"m"},{"type":3,"loc":[],"msg":"m"}]}',
        ["--strict"],
        "stdin: HTTPValidationErrorData has 1 problem:\n"
        "  detail[1].type: expected a string, got the number 3\n",
    ),
    (
        "an event, inside",
        '{"data":{"id":1,"choices":[{"delta":{"content":3}}]}}',
        [],
        "stdin: CompletionEvent has 1 problem:\n"
        "  data.choices[0].delta.content: expected a string or a list, got the number 3\n",
    ),
    (
        "another type than the fields say",
        RESPONSE,
        ["--type", "event"],
        "stdin: CompletionEvent has 1 problem:\n  data: expected this field, got nothing\n",
    ),
    (
        "escapes in a value",
        REQUEST.replace("}]}", '}],"tool_choice":"\\u001b[2J"}'),
        [],
        "stdin: ChatCompletionRequest has 1 problem:\n"
        "  tool_choice: expected 'auto', 'none', 'any' or 'required', "
        "got the string '\\x1b[2J'\n",
    ),
]


@pytest.mark.parametrize(
    ("document", "arguments", "shown"),
    [case[1:] for case in PROBLEMS],
    ids=[case[0] for case in PROBLEMS],
)
def test_every_problem_is_shown_with_its_path(
    validate: Any, document: str | bytes, arguments: list[str], shown: str
) -> None:
    assert validate(document, *arguments) == (1, shown, "")


# Texts that are no JSON: how they are read, and what is said of the place.
NOT_JSON: list[tuple[str, str | bytes, list[str], str, str]] = [
    ("words", "nonsense", [], "the value", "(line 1, column 1)"),
    ("named", "nonsense", ["--type", "request"], NAMES[REQUEST], "(line 1, column 1)"),
    (
        "at some line",
        '{\n  "messages": [],\n  "model": m\n}\n',
        [],
        "the value",
        "(line 3, column 12)",
    ),
    ("two documents on one line", f"{REQUEST} {REQUEST}", [], "the value", "(line 1, column 59)"),
    ("no UTF-8", b'{"messages":"\xff"}', [], "the value", "(at byte 13)"),
    ("NaN", '{"messages":[],"top_p":NaN}', [], "the value", "NaN"),
    ("a key twice", REQUEST.replace("{", '{"model":"n",', 1), [], NAMES[REQUEST], "'model'"),
]


@pytest.mark.parametrize(
    ("text", "arguments", "title", "place"),
    [case[1:] for case in NOT_JSON],
    ids=[case[0] for case in NOT_JSON],
)
def test_a_text_that_is_no_json(
    validate: Any, text: str | bytes, arguments: list[str], title: str, place: str
) -> None:
    result = validate(text, *arguments)
    assert (result.code, result.err) == (1, "")
    first, second = result.out.splitlines()
    assert first == f"stdin: {title} has 1 problem:"
    assert second.startswith("  the document: expected JSON, got ") and place in second


LENIENT: list[tuple[str, str]] = [
    ("an unknown field", CHUNK.replace('"index":0', '"index":0,"x":1')),
    ("an unknown reason", RESPONSE.replace('"stop"', '"brand-new"')),
    ("a key that comes twice", RESPONSE.replace('"id":"1"', '"id":"1","id":"2"')),
    ("what some servers leave out", '{"model":"m","choices":[{"index":0}]}'),
    ("an unknown field in an error", ERROR.replace('"type"', '"x":1,"type"')),
]


@pytest.mark.parametrize(
    "document", [case[1] for case in LENIENT], ids=[case[0] for case in LENIENT]
)
def test_what_a_server_sends_may_be_new_unless_strict(validate: Any, document: str) -> None:
    assert validate(document).code == 0
    assert validate(document, "--strict").code == 1


def valid(*documents: str) -> list[str]:
    return [f"stdin:{number}: a valid {NAMES[one]}" for number, one in enumerate(documents, 1)]


MIXED = [REQUEST, RESPONSE, CHUNK, EVENT, ERROR]
NO_MODEL = ["ChatCompletionRequest has 1 problem:", "  model: expected this field, got nothing"]
LINES: list[tuple[str, str, int, list[str]]] = [
    ("mixed", "\n".join(MIXED), 0, valid(*MIXED)),
    ("with an end", "\n".join([*MIXED, ""]), 0, valid(*MIXED)),
    ("CRLF", "\r\n".join([*MIXED, ""]), 0, valid(*MIXED)),
    (
        "empty lines",
        f"\n{REQUEST}\n \n\r\n{CHUNK}\n\n",
        0,
        [f"stdin:2: a valid {NAMES[REQUEST]}", f"stdin:5: a valid {NAMES[CHUNK]}"],
    ),
    (
        "one that is not valid",
        f"{REQUEST}\n{REQUEST.replace(MODEL, '')}\n{CHUNK}\n",
        1,
        [
            valid(REQUEST)[0],
            f"stdin:2: {NO_MODEL[0]}",
            NO_MODEL[1],
            f"stdin:3: a valid {NAMES[CHUNK]}",
        ],
    ),
    (
        "a single line with an end and a CR",
        f"\r\n{REQUEST}\r\n",
        0,
        [f"stdin: a valid {NAMES[REQUEST]}"],
    ),
    ("a byte order mark", "\ufeff" + "\n".join(MIXED), 0, valid(*MIXED)),
    ("and one document", f"\ufeff{REQUEST}", 0, [f"stdin: a valid {NAMES[REQUEST]}"]),
    (
        "a single document on many lines",
        json.dumps(json.loads(RESPONSE), indent=2),
        0,
        [f"stdin: a valid {NAMES[RESPONSE]}"],
    ),
    (
        "and those by CRLF",
        json.dumps(json.loads(REQUEST), indent="\t").replace("\n", "\r\n"),
        0,
        [f"stdin: a valid {NAMES[REQUEST]}"],
    ),
]


@pytest.mark.parametrize(
    ("text", "code", "shown"), [case[1:] for case in LINES], ids=[case[0] for case in LINES]
)
def test_documents_on_lines(validate: Any, text: str, code: int, shown: list[str]) -> None:
    result = validate(text)
    assert (result.code, result.out.splitlines(), result.err) == (code, shown, "")


def test_a_line_that_is_no_json(validate: Any) -> None:
    result = validate(f"{REQUEST}\n{{\n{CHUNK}\n")
    assert (result.code, result.err) == (1, "")
    one, two, problem, three = result.out.splitlines()
    assert [one, three] == [valid(REQUEST)[0], f"stdin:3: a valid {NAMES[CHUNK]}"]
    assert two == "stdin:2: the value has 1 problem:"
    assert problem.startswith("  the document: expected JSON, got ")


def test_a_line_of_no_known_kind_is_told_like_any_other_problem(validate: Any) -> None:
    result = validate(f'{REQUEST}\n{{"a":1}}\n{CHUNK}\n{{"b":2}}\n')
    assert result.code == 1
    told = (result.out + result.err).splitlines()
    assert [line for line in told if "unknown type" in line and "stdin:2" in line]
    assert [line for line in told if "unknown type" in line and "stdin:4" in line]
    # And those after it are checked.
    assert f"stdin:3: a valid {NAMES[CHUNK]}" in told


def test_the_type_holds_for_every_line(validate: Any) -> None:
    result = validate(f"{REQUEST}\n{CHUNK}\n", "--type", "request")
    assert result.code == 1
    first, second, *_ = result.out.splitlines()
    assert first == f"stdin:1: a valid {NAMES[REQUEST]}"
    assert second.startswith("stdin:2: ChatCompletionRequest has ")


@pytest.mark.parametrize("data", ["", "\n", " \r\n\t\n", "\ufeff"], ids=repr)
def test_nothing_is_no_document(validate: Any, data: str) -> None:
    result = validate(data)
    assert (result.code, result.out, result.error) == (1, "", "stdin contains no document")


def test_a_file_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "some documents.jsonl"
    file.write_text(f"{REQUEST}\n{CHUNK}\n", encoding="utf-8")
    result = run(capsys, "validate", str(file))
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{file}:1: a valid {NAMES[REQUEST]}\n{file}:2: a valid {NAMES[CHUNK]}\n"

    file.write_text(REQUEST, encoding="utf-8-sig")
    assert run(capsys, "validate", str(file)).out == f"{file}: a valid {NAMES[REQUEST]}\n"

    file.write_bytes(b"")
    assert run(capsys, "validate", str(file)).error == f"{file} contains no document"
