"""The exceptions for errors that a server reports, by a status or in a document."""

from __future__ import annotations

import contextlib
import json
from http import HTTPStatus
from typing import Any

import mistral_proto as mp
from mistral_proto.testing import ErrorShape
from tests.client.doubles import Reply, double_for
from tests.client.support import CALLS, URL, WHOLE, client, complete, every_call, failure

DETAIL: dict[str, Any] = {
    "type": "missing",
    "loc": ["body", "messages", 0, "content"],
    "msg": "Field required",
    "input": {"role": "user"},
}
PLACE = "body.messages[0].content: Field required"


def error_of(status: int, body: bytes, **headers: str) -> mp.MistralError:
    """Return the exception for an answer."""
    reply = Reply(body, status=status, headers={"X-Request-Id": "r1", **headers})
    error = failure(complete, client(double_for("complete", reply), retry_config=0))
    assert (error.status_code, error.headers["x-request-id"]) == (status, "r1")
    raw = error.raw_response
    assert (raw.status_code, raw.headers, raw.text) == (status, error.headers, error.body)
    return error


def kind_of(status: int) -> type[mp.MistralError]:
    return {422: mp.HTTPValidationError, 429: mp.RateLimitError}.get(status, mp.SDKError)


def line(status: int, text: str = "") -> str:
    reason = "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase
    return f"{status} {reason}" + (f": {text}" if text else "")


# The body, and the message after the status.
BODIES: list[tuple[str, str]] = [
    ('{"detail": "No such route"}', "No such route"),
    ('{"error": {"message": "Overloaded", "code": 503}}', "Overloaded"),
    ('{"error": "Internal"}', "Internal"),
    ('{"detail": {"msg": "Broken"}}', "Broken"),
    ('{"detail": [], "message": "Broken"}', "Broken"),
    ('{"message": "second", "detail": "first"}', "first"),
    ('{"errors": [{"message": "one"}, {"message": "two", "code": 7}]}', "one; two"),
    ('{"errors": ["a", "b", "c", "d"]}', "a; b; c; and 1 more"),
    ('{"Message": "User is not authorized"}', "User is not authorized"),
    ('{"fault": {"faultstring": "Backend", "detail": {"errorcode": "x.y"}}}', "Backend"),
    ('{"base_resp": {"status_code": 1, "status_msg": "Busy"}}', "Busy"),
    ('{"title": "No credit", "status": 403, "detail": "It costs 50"}', "No credit: It costs 50"),
    ('{"title": "No credit", "status": 403}', "No credit"),
    ('{"title": null, "detail": "It costs"}', "It costs"),
    ('{"error": {"message": "", "code": "model_not_found"}}', "code model_not_found"),
    ('{"error": {"code": 1500, "type": null}}', "code 1500"),
    ('{"error": {"code": true}}', ""),
    ('["one", {"error": {"message": "two"}}]', "one; two"),
    ("upstream connect error", "upstream connect error"),
    ("<html><HEAD><TITLE lang='en'>\n Bad\n gateway </TITLE></HEAD><h1>Worse</h1>", "Bad gateway"),
    ("<title></title><h1>\n<span class='a'>\n <b>Bad</b></span> gateway</h1>", "Bad"),
    ("<h1>Bad &amp; &lt;ugly&#62;</h1>", "Bad & <ugly>"),
    ('<?xml version="1.0"?><Error><Code>Denied</Code><Message>Access denied</Message></Error>',
        "Access denied"),
    *[(body, "") for body in (" <html><body>Bad</body></html>", "<titles>x</titles><h10>y</h10>",
        " \n ", "{}", "42", "null", '{"detail": 1, "message": [2], "error": true, "msg": {}}')],
    ('{"message": "Bro', '{"message": "Bro'),
    # A server's text must not move a terminal's cursor.
    ('{"message": "a\\u001b[31mred\\u0007\\r\\nb\\u0000c\\u0085d\\u2028e\\u202ef"}', "a [31mred b c d e f"),
    ("a\x1b[2Jb\x7fc\r\n\td", "a [2Jb c d"),
    ('{"title": "a\\u001b[2J", "detail": "b"}', "a [2J: b"),
    ('{"error": {"code": "a\\u001b[2J"}}', "code a [2J"),
    ('{"message": "a\\ud83db"}', "a b"),
    (json.dumps({"message": "x" * 501}), "x" * 500 + "…"),
    (json.dumps({"message": "x" * 500}), "x" * 500),
]  # fmt: skip


def test_the_message_of_an_error() -> None:
    for body, text in BODIES:
        error = error_of(500, body.encode())
        assert str(error) == error.message == line(500, text), body
        assert (type(error), error.body) == (mp.SDKError, body)
    for status in (400, 422, 429, 503):
        for shape in ErrorShape:
            error = error_of(status, shape.body(status, "It went wrong").encode())
            assert (type(error), str(error)) == (kind_of(status), line(status, "It went wrong"))


def test_the_status_in_the_message() -> None:
    reasons = {413: " Content Too Large", 418: " I'm a Teapot", 499: ""}
    for status, reason in reasons.items():
        assert str(error_of(status, b'{"message": "Odd"}')) == f"{status}{reason}: Odd"
    assert str(error_of(404, b"No")) == f"404 Not Found: No ({URL}/v1/chat/completions)"
    for location in ("/else\x1b[2Jwhere", "/" + "x" * 5000):
        error = error_of(302, b"", Location=f"http://other.invalid{location}")
        assert error.message.isprintable() and len(error.message) < 3000
    assert str(error_of(304, b"")) == line(304, "a redirect to nowhere was not followed")
    assert str(error_of(302, b'{"detail": "Moved"}', Location="/x")) == "302 Found: Moved"


def test_the_wait_after_a_rate_limit() -> None:
    for headers, seconds in (
        ({}, None),
        ({"Retry-After": "2"}, 2),
        ({"retry-after-ms": "5"}, 0.005),
    ):
        error = error_of(429, b"", **headers)
        assert isinstance(error, mp.RateLimitError) and error.retry_after == seconds


# The `detail` of a 422, the indices of the entries in `data.detail`, and the message.
DETAILS: list[tuple[Any, list[int], str]] = [
    ([], [], ""),
    ([{**DETAIL, "loc": [], "url": "https://x"}], [0], "Field required"),
    ([{**DETAIL, "loc": [name]} for name in "abcd"], [0, 1, 2, 3],
        "a: Field required; b: Field required; c: Field required; and 1 more"),
    ([DETAIL, {"msg": "Odd"}, "Text", 5, None, {**DETAIL, "loc": "body"}], [0],
        f"{PLACE}; Odd; Text; and 3 more"),
    ([{**DETAIL, "loc": ["body", None, 1.5, {}]}], [], "body: Field required"),
    ([{**DETAIL, "loc": ["body", "x y"]}], [0], "body['x y']: Field required"),
    ([{**DETAIL, "msg": 5}], [], ""),
    ("Refused", [], "Refused"),
    ({"msg": "Refused", "loc": ["body", "n"]}, [], "body.n: Refused"),
]  # fmt: skip


def test_the_details_of_a_422() -> None:
    for detail, kept, text in DETAILS:
        for document in ({"detail": detail}, {"message": {"detail": detail}}):
            error = error_of(422, json.dumps(document).encode())
            assert isinstance(error, mp.HTTPValidationError)
            assert str(error) == line(422, text)
            entries = [mp.HTTPValidationErrorDetail.from_dict(detail[index]) for index in kept]
            assert error.data.detail == entries
    for body in (b"", b"<html>", b"[]", b'{"message": {"message": {}}}', b"\xff"):
        error = error_of(422, body)
        assert isinstance(error, mp.HTTPValidationError) and error.data.detail == []
        assert error.body == body.decode("utf-8", "replace")


HOSTILE: list[bytes] = [
    b'{"detail":' * 900 + b'"x"' + b"}" * 900,
    b'{"errors":[' * 400 + b'"x"' + b"]}" * 400,
    b'{"title":"t","detail":' * 900 + b'"x"' + b"}" * 900,
    b"[" * 600 + b'"x"' + b"]" * 600,
    b"[" * 5000 + b'"x"' + b"]" * 5000,
    json.dumps([[[["x" * 500] * 3] * 3] * 3] * 3).encode(),
    b'{"error": {"code": ' + b"9" * 4000 + b"}}",
    b'{"message": "' + b"x" * 3_000_000 + b'"}',
    json.dumps({"detail": [{**DETAIL, "loc": ["a" * 5000] * 50}]}).encode(),
    b"<title" * 1_000_000,
    b"<title>" * 1_000_000,
    (b"<h1>" + b" " * 99) * 10_000,
    bytes(range(256)) * 50,
]


def test_a_hostile_body_gives_a_short_message() -> None:
    for body in HOSTILE:
        for status in (422, 500):
            error: mp.MistralError | None = None
            # pytest would take minutes to print it.
            with contextlib.suppress(RecursionError):
                error = error_of(status, body)
            assert error is not None, "RecursionError"
            assert error.message.isprintable() and len(error.message) < 3000


# Documents that report "Overloaded", and the status of the exception.
REPORTED: list[tuple[dict[str, Any], int]] = [
    ({"error": {"message": "Overloaded"}}, 200),
    ({"error": {"message": "Overloaded", "code": 503}}, 503),
    ({"error": {"message": "Overloaded", "code": "429", "status": 500}}, 429),
    ({"error": {"message": "Overloaded", "code": "x", "status": 422}}, 422),
    ({"error": {"message": "Overloaded", "http_status_code": 500}}, 500),
    ({"error": {"message": "Overloaded", "code": True, "status_code": 404.0}}, 200),
    *[({"error": {"message": "Overloaded", "code": code}}, 200) for code in (
        0, 200, 399, 600, -429, 10**400, "0429", "4x9", None, [429], "\u0664\u0662\u0669")],
    ({"error": "Overloaded", "status": 502}, 502),
    ({"error": 504, "message": "Overloaded"}, 504),
    ({"choices": [{"error": {"message": "Overloaded", "code": 502}, "message": {"content": "a"}}]}, 502),
    ({"object": "error", "message": "Overloaded", "code": 400, "choices": []}, 400),
    ({"errors": ["Overloaded"], "success": False}, 200),
]  # fmt: skip


@every_call
def test_an_error_with_a_good_status(name: str) -> None:
    for document, status in REPORTED:
        text = json.dumps(document)
        events = [f"data: {text}\n\n", f"error: {text}\n\n", f"event: error\ndata: {text}"]
        if "error" in document:
            events.append(f"event: x\ndata: {text}\n\n")
        if text.startswith('{"error"'):
            events.append(f": no event\n\n{text}\n")
        for body in (text, f"{text}\n\ndata: [DONE]\n", *events):
            with client(double_for(name, Reply(body.encode())), retry_config=0) as mistral:
                error = failure(CALLS[name], mistral)
            assert type(error) is (kind_of(status) if body[0] == "{" else mp.StreamError), body
            assert error.status_code == status and error.tries == 1
            assert error.message.endswith("Overloaded") and error.body.strip() == text


@every_call
def test_neither_choices_nor_an_error(name: str) -> None:
    documents: list[Any] = [{}, [], 5, {"id": "1", "choices": None}, {"message": {}}]
    bodies: list[tuple[bytes, Any]] = [
        (json.dumps(document).encode(), ("choices",)) for document in documents
    ]
    bodies += [(body, ()) for body in (b"Hello", b"internal error", WHOLE[:-9])]
    for body, path in bodies:
        with client(double_for(name, Reply(body, headers={})), retry_config=0) as mistral:
            error = failure(CALLS[name], mistral)
        assert type(error) is mp.ResponseValidationError
        assert isinstance(error.__cause__, mp.ValidationError)
        assert [problem.path for problem in error.__cause__.problems] == [path]
        assert error.body == body.decode() and "\n" not in error.message
