"""The results of a batch: answers, and errors in their place."""

from __future__ import annotations

from typing import Any

import pytest

import mistral_proto as mp
from tests.batch.lines import ANSWER, result

DETAIL = {"loc": ["body", "n"], "msg": "Too small", "type": "greater_than_equal"}


def test_an_answer() -> None:
    for status in (200, 399, None):
        document = result("1", status or 0)
        if status is None:
            del document["response"]["status_code"]
        output = mp.BatchRequestOutput.from_dict(document)
        assert output.exception() is None
        assert output.result() == mp.ChatCompletionResponse.from_dict(ANSWER)
        assert output.response is not None and output.response.body is output.result()
        assert output.custom_id == "1" and output.id == "batch-1"
        assert output.to_dict() == document


INVALID_MODEL = {"object": "error", "message": "Invalid model: x", "code": "1500"}
DETAIL_TEXT = '{"detail": [{"loc": ["n"], "msg": "Bad", "type": "x"}]}'
EXPIRED = {"code": "x", "message": "It\nexpired"}
# The document, the exception, its message, status and body.
FAILURES: dict[str, tuple[dict[str, Any], type[mp.MistralError], str, int | None, str]] = {
    "error status": (result("1", 400, INVALID_MODEL), mp.SDKError, "400 Bad Request: Invalid model: x",
        400, '{"object":"error","message":"Invalid model: x","code":"1500"}'),
    "422": (result("1", 422, {"detail": [DETAIL]}), mp.HTTPValidationError,
        "422 Unprocessable Content: body.n: Too small", 422,
        '{"detail":[{"loc":["body","n"],"msg":"Too small","type":"greater_than_equal"}]}'),
    "text": (result("1", 503, "Overloaded"), mp.SDKError, "503 Service Unavailable: Overloaded", 503,
        "Overloaded"),
    "JSON in a string": (result("1", 422, DETAIL_TEXT), mp.HTTPValidationError,
        "422 Unprocessable Content: n: Bad", 422, DETAIL_TEXT),
    "error without a body": (result("1", 429, None, error="rate limited"), mp.RateLimitError,
        "429 Too Many Requests: rate limited", 429, "rate limited"),
    "empty body": (result("1", 500, {}), mp.SDKError, "500 Internal Server Error", 500, ""),
    "neither body nor error": (result("1", 500, None), mp.SDKError, "500 Internal Server Error", 500, ""),
    "answer with an error status": (result("1", 400), mp.SDKError, "400 Bad Request", 400,
        mp.ChatCompletionResponse.from_dict(ANSWER).to_json()),
    "error without a response": ({"custom_id": "1", "response": None, "error": EXPIRED}, mp.MistralError,
        "It expired", None, '{"code":"x","message":"It\\nexpired"}'),
    "answer and error": (result("1", error="cut short"), mp.MistralError, "cut short", 200, "cut short"),
    "empty error": ({"custom_id": "1", "error": {}}, mp.MistralError, "the request was not answered",
        None, "{}"),
    "nothing": ({}, mp.MistralError, "the request was not answered", None, ""),
    "other answer": (result("1", 200, {"data": [{"embedding": [0.5]}]}), mp.ResponseValidationError,
        "the answer is not a chat completion: response.body: expected a chat completion, got an"
        " object with 'data'", 200, '{"data":[{"embedding":[0.5]}]}'),
    "answer without a body": ({"custom_id": "1", "response": {"status_code": 200}},
        mp.ResponseValidationError, "the answer is not a chat completion: response.body: expected a chat"
        " completion, got null", 200, ""),
}  # fmt: skip


def test_a_failure() -> None:
    for case, (document, kind, message, status, body) in FAILURES.items():
        output = mp.BatchRequestOutput.from_dict(document)
        error = output.exception()
        assert type(error) is kind, case
        assert (str(error), error.status_code, error.body) == (message, status, body), case
        with pytest.raises(kind):
            output.result()
        assert mp.BatchRequestOutput.from_json(output.to_json()) == output
        assert output.to_dict() == document
        if isinstance(error, mp.HTTPValidationError) and case == "422":
            assert error.data.detail[0].to_dict() == DETAIL
        if isinstance(error, mp.ResponseValidationError):
            assert isinstance(error.cause, mp.ValidationError)
            assert error.cause.problems[0].path == ("response", "body")


def test_parts_may_be_mappings() -> None:
    answer = mp.ChatCompletionResponse.from_dict(ANSWER)
    built = mp.BatchRequestOutput(custom_id="1", response={"status_code": 200, "body": answer})  # type: ignore[arg-type]
    assert built.result() is answer
