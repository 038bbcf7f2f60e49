"""The exceptions for errors that a server reports, by a status or in a document."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import mistral_proto as mp
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.client.doubles import Reply, double_for
from tests.client.support import (
    CALLS,
    URL,
    client,
    complete,
    every_call,
    failure,
)

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
    ('{"message": "no Route matched", "request_id": "1"}', "no Route matched"),
    ('{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}',
        "Invalid model: x"),
    ('{"error": {"message": "Overloaded", "code": 503}}', "Overloaded"),
    ('{"error": "Internal"}', "Internal"),
    ('{"msg": "Internal"}', "Internal"),
    ('{"detail": {"message": "Broken"}}', "Broken"),
    ('{"detail": null, "message": "Broken"}', "Broken"),
    ('{"detail": [], "message": "Broken"}', "Broken"),
    ('{"message": "second", "detail": "first"}', "first"),
    ('{"errors": [{"message": "one"}, {"message": "two", "code": 7}]}', "one; two"),
    ('{"errors": ["one", "two"], "success": false}', "one; two"),
    ('{"errors": ["a", "b", "c", "d"]}', "a; b; c; and 1 more"),
    ('{"Message": "User is not authorized"}', "User is not authorized"),
    ('{"fault": {"faultstring": "Backend", "detail": {"errorcode": "x.y"}}}', "Backend"),
    ('{"base_resp": {"status_code": 1, "status_msg": "Busy"}}', "Busy"),
    ('{"type": "https://x/credit", "title": "No credit", "status": 403, "detail": "It costs 50"}',
        "No credit: It costs 50"),
    ('{"title": "No credit", "status": 403}', "No credit"),
    ('{"title": null, "detail": "It costs"}', "It costs"),
    ('{"error": {"code": "model_not_found"}}', "code model_not_found"),
    ('{"error": {"code": 1500, "type": null}}', "code 1500"),
    ('{"error": {"code": true}}', ""),
    ('{"error": {"message": "", "code": "x"}}', "code x"),
    ('["one", "two"]', "one; two"),
    ('[{"error": {"message": "one"}}]', "one"),
    ('"Broken"', "Broken"),
    ("upstream connect error", "upstream connect error"),
    ("<html><HEAD><TITLE lang='en'>\n Bad\n gateway </TITLE></HEAD>", "Bad gateway"),
    ("<title>Bad</title><h1>gateway</h1>", "Bad"),
    (" <html><body><h1 class=x>Bad</h1><p>Sorry</p></body></html>", "Bad"),
    ("<h1>\n<span class='a'>\n <b>Bad</b></span> gateway</h1>", "Bad"),
    ("<title></title><h1>Bad</h1>", "Bad"),
    ("<h1>Bad &amp; &lt;ugly&#62;</h1>", "Bad & <ugly>"),
    ('<?xml version="1.0"?><Error><Code>Denied</Code><Message>Access denied</Message></Error>',
        "Access denied"),
    *[(body, "") for body in (" <html><body>Bad</body></html>", "<title></title>",
        "<titles>x</titles><h10>y</h10>", "", " \n ", "{}", "[]", "42", "null", "true",
        '{"detail": 1, "message": [2], "error": true, "msg": {}}')],
    ('{"message": "Bro', '{"message": "Bro'),
    ('{"message": NaN}', '{"message": NaN}'),
    ('{"message": "a\\u001b[31mred\\u0007\\r\\nb\\u0000c\\u0085d\\u2028e\\u202ef"}', "a [31mred b c d e f"),
    ("a\x1b[2Jb\x7fc\r\n\td", "a [2Jb c d"),
    ('{"title": "a\\u001b[2J", "detail": "b"}', "a [2J: b"),
    ('{"error": {"code": "a\\u001b[2J"}}', "code a [2J"),
    ('{"message": "a\\ud83db"}', "a b"),
    ('{"message": "Modèle inconnu"}', "Modèle inconnu"),
    (json.dumps({"message": "x" * 5000}), "x" * 500 + "…"),
    ("y " * 5000, "y " * 249 + "y…"),
    (json.dumps({"message": "x" * 500}), "x" * 500),
]  # fmt: skip


def test_the_message_of_an_error() -> None:
    for body, text in BODIES:
        error = error_of(500, body.encode())
        assert str(error) == error.message == line(500, text), body
        assert (type(error), error.body) == (mp.SDKError, body)
    for status in (400, 401, 403, 422, 429, 500, 502, 503):
        for shape in ErrorShape:
            error = error_of(status, shape.body(status, "It went wrong").encode())
            assert (type(error), str(error)) == (kind_of(status), line(status, "It went wrong"))


def test_the_status_in_the_message() -> None:
    reasons = {413: " Content Too Large", 414: " URI Too Long", 416: " Range Not Satisfiable",
        418: " I'm a Teapot", 451: " Unavailable For Legal Reasons", 499: "", 529: "", 999: ""}  # fmt: skip
    for status, reason in reasons.items():
        assert str(error_of(status, b'{"message": "Odd"}')) == f"{status}{reason}: Odd"
    assert str(error_of(404, b"No")) == f"404 Not Found: No ({URL}/v1/chat/completions)"
    for location in ("/else\x1b[2Jwhere", "/a\x07", "/" + "x" * 5000):
        error = error_of(302, b"", Location=f"http://other.invalid{location}")
        # A server's text must not move a terminal's cursor.
        assert error.message.isprintable() and len(error.message) < 3000
    assert str(error_of(304, b"")) == line(304, "a redirect to nowhere was not followed")
    assert str(error_of(302, b'{"detail": "Moved"}', Location="/x")) == "302 Found: Moved"


def test_the_wait_after_a_rate_limit() -> None:
    cases: list[tuple[dict[str, str], float | None]] = [
        ({}, None),
        ({"Retry-After": "2"}, 2),
        ({"retry-after-ms": "62.5"}, 0.0625),
    ]
    for headers, seconds in cases:
        error = error_of(429, b"", **headers)
        assert isinstance(error, mp.RateLimitError) and isinstance(error, mp.SDKError)
        assert error.retry_after == seconds


# The `detail` of a 422, the indices of the entries in `data.detail`, and the message.
DETAILS: list[tuple[Any, list[int], str]] = [
    ([], [], ""),
    ([DETAIL], [0], PLACE),
    ([{**DETAIL, "loc": []}], [0], "Field required"),
    ([{**DETAIL, "loc": [name]} for name in "abcd"], [0, 1, 2, 3],
        "a: Field required; b: Field required; c: Field required; and 1 more"),
    ([DETAIL, {"msg": "Odd"}, "Text", 5, None, {**DETAIL, "loc": "body"}], [0],
        f"{PLACE}; Odd; Text; and 3 more"),
    ([{**DETAIL, "url": "https://x"}], [0], PLACE),
    ([{**DETAIL, "loc": "body"}], [], "Field required"),
    ([{**DETAIL, "loc": ["body", None, 1.5, {}]}], [], "body: Field required"),
    ([{**DETAIL, "loc": ["body", "x y"]}], [0], "body['x y']: Field required"),
    ([{**DETAIL, "msg": 5}], [], ""),
    ("Refused", [], "Refused"),
    ({"msg": "Refused", "loc": ["body", "n"]}, [], "body.n: Refused"),
    (None, [], ""),
]  # fmt: skip


def test_the_details_of_a_422() -> None:
    for detail, kept, text in DETAILS:
        for document in ({"detail": detail}, {"message": {"detail": detail}}):
            error = error_of(422, json.dumps(document).encode())
            assert isinstance(error, mp.HTTPValidationError)
            assert str(error) == line(422, text)
            entries = [mp.HTTPValidationErrorDetail.from_dict(detail[index]) for index in kept]
            assert error.data.detail == entries
    for body in (b"", b"<html>", b"[]", b"5", b'"x"', b'{"message": {"message": {}}}', b"\xff"):
        error = error_of(422, body)
        assert isinstance(error, mp.HTTPValidationError) and error.data.detail == []
        assert error.body == body.decode("utf-8", "replace")
    for shape in (ErrorShape.detail, ErrorShape.message_detail):
        reply = ErrorReply(422, shape=shape, detail=[DETAIL])
        with MockServer([reply]) as server, client(server) as mistral:
            error = failure(complete, mistral)
        assert (
            isinstance(error, mp.HTTPValidationError) and error.data.detail[0].loc == DETAIL["loc"]
        )


HOSTILE: list[bytes] = [
    b'{"detail":' * 900 + b'"x"' + b"}" * 900,
    b'{"detail":' * 5000 + b'"x"' + b"}" * 5000,
    b'{"errors":[' * 400 + b'"x"' + b"]}" * 400,
    b'{"title":"t","detail":' * 900 + b'"x"' + b"}" * 900,
    b'{"detail":' + b"[" * 600 + b'"x"' + b"]" * 600 + b"}",
    b"[" * 600 + b'"x"' + b"]" * 600,
    b"[" * 5000 + b'"x"' + b"]" * 5000,
    json.dumps([[[["x" * 500] * 3] * 3] * 3] * 3).encode(),
    b'{"message": ' + b"9" * 10_000 + b"}",
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


def random_document(random_: random.Random, depth: int = 0) -> Any:
    kinds: list[Callable[[], Any]] = [
        lambda: random_.choice([None, True, False, random_.randint(-9, 9)]),
        *[lambda: "".join(random_.choices("a \n\x1b\u202eé", k=random_.randint(0, 5)))] * 3,
    ]
    if depth < 4:
        names = ["detail", "message", "error", "errors", "msg", "title", "code", "loc", "other"]

        def each(count: int) -> list[Any]:
            return [random_document(random_, depth + 1) for _ in range(count)]

        kinds += [lambda: each(random_.randint(0, 5))] * 3
        kinds += [lambda: dict(zip(random_.sample(names, random_.randint(0, 4)), each(4)))] * 3
    return random_.choice(kinds)()


def test_any_document_gives_one_printable_line() -> None:
    random_ = random.Random(20)
    texts = [
        error_of(500, json.dumps(random_document(random_)).encode()).message for _ in range(500)
    ]
    assert all(text.isprintable() for text in texts)
    assert sum(text != line(500) for text in texts) > 150


def test_errors_survive_pickling() -> None:
    for body in (b'{"detail": "x"}', json.dumps({"detail": [DETAIL]}).encode()):
        error = error_of(422, body)
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (vars(again), again.args) == (vars(error), error.args)


# -- errors with a status of success

# Documents that report "Overloaded", and the status of the exception.
REPORTED: list[tuple[dict[str, Any], int]] = [
    ({"error": {"message": "Overloaded"}}, 200),
    ({"error": {"message": "Overloaded", "code": 503}}, 503),
    ({"error": {"message": "Overloaded", "code": "429", "status": 500}}, 429),
    ({"error": {"message": "Overloaded", "code": "x", "status": 422}}, 422),
    ({"error": {"message": "Overloaded", "http_status_code": 500}}, 500),
    ({"error": {"message": "Overloaded", "code": True, "status_code": 404.0}}, 200),
    *[({"error": {"message": "Overloaded", "code": code}}, 200) for code in (
        0, 200, 399, 600, 1500, -429, 10**400, "0429", "4290", "4x9", "", None, [429], "\u0664\u0662\u0669")],
    ({"error": "Overloaded", "status": 502}, 502),
    ({"error": 504, "message": "Overloaded"}, 504),
    ({"error": "Overloaded", "code": 599, "choices": []}, 599),
    ({"error": {"message": "Overloaded", "code": 400}, "choices": [{"message": {"content": "a"}}]}, 400),
    ({"choices": [{"error": {"message": "Overloaded", "code": 502}, "message": {"content": "a"}}]}, 502),
    ({"object": "error", "message": "Overloaded", "code": 400, "choices": []}, 400),
    ({"object": "error", "message": "Overloaded"}, 200),
    ({"detail": "Overloaded"}, 200),
    ({"detail": [{"msg": "Overloaded"}], "choices": None}, 200),
    ({"message": "Overloaded", "status_code": 503}, 503),
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
    documents: list[Any] = [{}, [], None, "text", 5, {"id": "1", "choices": None}, {"message": {}}]
    for document in documents:
        body = json.dumps(document).encode()
        with client(double_for(name, Reply(body, headers={})), retry_config=0) as mistral:
            error = failure(CALLS[name], mistral)
        assert type(error) is mp.ResponseValidationError
        assert isinstance(error.__cause__, mp.ValidationError)
        assert [problem.path for problem in error.__cause__.problems] == [("choices",)]
        assert "\n" not in error.message
