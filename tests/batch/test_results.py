"""The results of a batch: answers, and why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    BatchRequestOutput,
    ChatCompletionResponse,
    HTTPValidationError,
    MistralError,
    RateLimitError,
    ResponseValidationError,
    SDKError,
    ValidationError,
)
from tests.batch.lines import ANSWER, result

DETAIL = {"loc": ["body", "n"], "msg": "Too small", "type": "greater_than_equal"}


@pytest.mark.parametrize("status", [200, 201, None])
def test_an_answer(status: Any) -> None:
    document = result("1", status)
    if status is None:
        del document["response"]["status_code"]
    output = BatchRequestOutput.from_dict(document)
    assert output.exception() is None
    assert output.result() == ChatCompletionResponse.from_dict(ANSWER)
    assert output.response is not None and output.response.body is output.result()
    assert output.custom_id == "1" and output.id == "batch-1"


FAILURES: dict[str, tuple[dict[str, Any], type[MistralError], str, int | None, str]] = {
    "an error of the API": (
        result("1", 400, {"object": "error", "message": "Invalid model: x", "code": "1500"}),
        SDKError,
        "400 Bad Request: Invalid model: x",
        400,
        '{"object":"error","message":"Invalid model: x","code":"1500"}',
    ),
    "a request that is refused": (
        result("1", 422, {"detail": [DETAIL]}),
        HTTPValidationError,
        "422 Unprocessable Content: body.n: Too small",
        422,
        '{"detail":[{"loc":["body","n"],"msg":"Too small","type":"greater_than_equal"}]}',
    ),
    "a body that is text": (
        result("1", 503, "Overloaded"),
        SDKError,
        "503 Service Unavailable: Overloaded",
        503,
        "Overloaded",
    ),
    "a body that is JSON in a string": (
        result("1", 422, '{"detail": [{"loc": ["n"], "msg": "Bad", "type": "x"}]}'),
        HTTPValidationError,
        "422 Unprocessable Content: n: Bad",
        422,
        '{"detail": [{"loc": ["n"], "msg": "Bad", "type": "x"}]}',
    ),
    "no body, but an error": (
        result("1", 429, None, error="rate limited"),
        RateLimitError,
        "429 Too Many Requests: rate limited",
        429,
        "rate limited",
    ),
    "an empty body": (result("1", 500, {}), SDKError, "500 Internal Server Error", 500, ""),
    "neither body nor error": (
        result("1", 500, None),
        SDKError,
        "500 Internal Server Error",
        500,
        "",
    ),
    "an answer with an error's status": (
        result("1", 500),
        SDKError,
        "500 Internal Server Error",
        500,
        ChatCompletionResponse.from_dict(ANSWER).to_json(),
    ),
    "no response, but an error": (
        {"custom_id": "1", "response": None, "error": {"code": "x", "message": "It\nexpired"}},
        MistralError,
        "It expired",
        None,
        '{"code":"x","message":"It\\nexpired"}',
    ),
    "an answer and an error": (
        result("1", error="cut short"),
        MistralError,
        "cut short",
        200,
        "cut short",
    ),
    "an error that says nothing": (
        {"custom_id": "1", "error": {}},
        MistralError,
        "the request was not answered",
        None,
        "{}",
    ),
    "nothing at all": ({}, MistralError, "the request was not answered", None, ""),
    "an answer of another kind": (
        result("1", 200, {"data": [{"embedding": [0.5]}]}),
        ResponseValidationError,
        "the answer is not a chat completion: response.body: expected a chat completion, got an"
        " object with 'data'",
        200,
        '{"data":[{"embedding":[0.5]}]}',
    ),
    "an answer without a body": (
        {"custom_id": "1", "response": {"status_code": 200}},
        ResponseValidationError,
        "the answer is not a chat completion: response.body: expected a chat completion, got null",
        200,
        "",
    ),
}


@pytest.mark.parametrize(
    ("document", "kind", "message", "status", "body"), FAILURES.values(), ids=FAILURES
)
def test_a_failure(
    document: dict[str, Any], kind: type[MistralError], message: str, status: int | None, body: str
) -> None:
    output = BatchRequestOutput.from_dict(document)
    error = output.exception()
    assert type(error) is kind
    assert (str(error), error.status_code, error.body) == (message, status, body)
    with pytest.raises(kind) as caught:
        output.result()
    assert str(caught.value) == message


def test_what_an_error_has_besides() -> None:
    refused = BatchRequestOutput.from_dict(result("1", 422, {"detail": [DETAIL]})).exception()
    assert isinstance(refused, HTTPValidationError)
    assert refused.data.detail[0].to_dict() == DETAIL
    other = BatchRequestOutput.from_dict(result("1", 200, [])).exception()
    assert isinstance(other, ResponseValidationError)
    assert isinstance(other.cause, ValidationError)
    assert other.cause.problems[0].path == ("response", "body")


@pytest.mark.parametrize(
    "document",
    [document for document, *_ in FAILURES.values()] + [result("1")],
    ids=[*FAILURES, "an answer"],
)
def test_a_line_comes_back_out(document: dict[str, Any]) -> None:
    output = BatchRequestOutput.from_dict(document)
    assert BatchRequestOutput.from_json(output.to_json()) == output
    assert output.to_dict() == document


def test_it_is_built_of_types_or_of_mappings() -> None:
    answer = ChatCompletionResponse.from_dict(ANSWER)
    built = BatchRequestOutput(custom_id="1", response={"status_code": 200, "body": answer})  # type: ignore[arg-type]
    assert built.result() is answer
    assert built == BatchRequestOutput.from_dict(
        {"custom_id": "1", "response": {"status_code": 200, "body": ANSWER}}
    )
