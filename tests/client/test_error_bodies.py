"""From the body of an error answer to one line that a person can read."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from mistral_proto import (
    HTTPValidationError,
    HTTPValidationErrorDetail,
    MistralError,
    RateLimitError,
    ResponseValidationError,
    SDKError,
    StreamError,
    ValidationError,
)
from mistral_proto.client.api_errors import MAX_ERROR_BODY, api_error, readable_error
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.client.doubles import Reply, double_for
from tests.client.support import (
    CALLS,
    ScriptedServer,
    answer,
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


def error_of(status: int, body: bytes) -> MistralError:
    text = body.decode("utf-8", "replace")
    error = api_error(status, {"X-Request-Id": "r1"}, text)
    assert (error.status_code, error.headers["x-request-id"]) == (status, "r1")
    assert error.body == text
    raw = error.raw_response
    assert (raw.status_code, raw.headers, raw.text) == (status, error.headers, text)
    assert raw.content.decode() == text
    return error


def kind_of(status: int) -> type[MistralError]:
    return {422: HTTPValidationError, 429: RateLimitError}.get(status, SDKError)


def line(status: int, text: str = "") -> str:
    """The message that begins with the status and its name, the same in every Python."""
    reason = "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase
    return f"{status} {reason}" + (f": {text}" if text else "")


# The status, the body, and what the message says after the status.
BODIES: dict[str, tuple[int, str, str]] = {
    "detail": (400, '{"detail": "No such route"}', "No such route"),
    "message": (400, '{"message": "no Route matched", "request_id": "1"}', "no Route matched"),
    "object": (
        400, '{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}',
        "Invalid model: x",
    ),
    "error": (503, '{"error": {"message": "Overloaded", "code": 503}}', "Overloaded"),
    "error as text": (500, '{"error": "Internal"}', "Internal"),
    "msg": (500, '{"msg": "Internal"}', "Internal"),
    "message inside detail": (500, '{"detail": {"message": "Broken"}}', "Broken"),
    "null detail": (500, '{"detail": null, "message": "Broken"}', "Broken"),
    "empty detail": (500, '{"detail": [], "message": "Broken"}', "Broken"),
    "first of several": (500, '{"message": "second", "detail": "first"}', "first"),
    "errors": (400, '{"errors": [{"message": "one"}, {"message": "two", "code": 7}]}', "one; two"),
    "errors of texts": (400, '{"errors": ["one", "two"], "success": false}', "one; two"),
    "four errors": (400, '{"errors": ["a", "b", "c", "d"]}', "a; b; c; and 1 more"),
    "Message": (403, '{"Message": "User is not authorized"}', "User is not authorized"),
    "fault": (
        500, '{"fault": {"faultstring": "Backend", "detail": {"errorcode": "x.y"}}}', "Backend",
    ),
    "problem": (
        403,
        '{"type": "https://x/credit", "title": "No credit", "status": 403, "detail": "It costs 50"}',
        "No credit: It costs 50",
    ),
    "problem without a detail": (403, '{"title": "No credit", "status": 403}', "No credit"),
    "problem with a detail alone": (403, '{"title": null, "detail": "It costs"}', "It costs"),
    "a lone code": (400, '{"error": {"code": "model_not_found"}}', "code model_not_found"),
    "a lone code of digits": (400, '{"error": {"code": 1500, "type": null}}', "code 1500"),
    "a code that is none": (400, '{"error": {"code": true}}', ""),
    "an empty message, and a code": (400, '{"error": {"message": "", "code": "x"}}', "code x"),
    "list of texts": (500, '["one", "two"]', "one; two"),
    "list of errors": (500, '[{"error": {"message": "one"}}]', "one"),
    "a string": (500, '"Broken"', "Broken"),
    "plain text": (502, "upstream connect error", "upstream connect error"),
    "title": (502, "<html><HEAD><TITLE lang='en'>\n Bad\n gateway </TITLE></HEAD>", "Bad gateway"),
    "title and heading": (502, "<title>Bad</title><h1>gateway</h1>", "Bad"),
    "heading": (502, " <html><body><h1 class=x>Bad</h1><p>Sorry</p></body></html>", "Bad"),
    "heading in spans": (502, "<h1>\n<span class='a'>\n <b>Bad</b></span> gateway</h1>", "Bad"),
    "empty title, and heading": (502, "<title></title><h1>Bad</h1>", "Bad"),
    "entities": (502, "<h1>Bad &amp; &lt;ugly&#62;</h1>", "Bad & <ugly>"),
    "XML": (
        403, '<?xml version="1.0"?><Error><Code>Denied</Code><Message>Access denied</Message></Error>',
        "Access denied",
    ),
    "page without a title": (502, " <html><body>Bad</body></html>", ""),
    "page with an empty title": (502, "<title></title>", ""),
    "words that begin alike": (502, "<titles>x</titles><h10>y</h10>", ""),
    "empty": (500, "", ""),
    "blank": (500, " \n ", ""),
    "empty object": (500, "{}", ""),
    "empty list": (500, "[]", ""),
    "a number": (500, "42", ""),
    "null": (500, "null", ""),
    "true": (500, "true", ""),
    "numbers": (500, '{"detail": 1, "message": [2], "error": true, "msg": {}}', ""),
    "cut JSON": (500, '{"message": "Bro', '{"message": "Bro'),
    "NaN": (500, '{"message": NaN}', '{"message": NaN}'),
    "control characters": (
        500, '{"message": "a\\u001b[31mred\\u0007\\r\\nb\\u0000c\\u0085d\\u2028e\\u202ef"}',
        "a [31mred b c d e f",
    ),
    "control characters in text": (500, "a\x1b[2Jb\x7fc\r\n\td", "a [2Jb c d"),
    "control characters in a title": (500, '{"title": "a\\u001b[2J", "detail": "b"}', "a [2J: b"),
    "control characters in a code": (500, '{"error": {"code": "a\\u001b[2J"}}', "code a [2J"),
    "half a surrogate pair": (500, '{"message": "a\\ud83db"}', "a b"),
    "not ASCII": (500, '{"message": "Modèle inconnu"}', "Modèle inconnu"),
    "long": (500, json.dumps({"message": "x" * 5000}), "x" * 500 + "…"),
    "long text": (500, "y " * 5000, "y " * 249 + "y…"),
    "just not long": (500, json.dumps({"message": "x" * 500}), "x" * 500),
    "bad request": (400, '{"message": "n"}', "n"),
    "unauthorized": (401, '{"detail": "Unauthorized"}', "Unauthorized"),
    "rate limit": (429, '{"message": "Too fast"}', "Too fast"),
    "not modified": (304, "", "a redirect to nowhere was not followed"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "text"), BODIES.values(), ids=BODIES)
def test_an_error_status(status: int, body: str, text: str) -> None:
    error = error_of(status, body.encode("utf-8"))
    assert type(error) is kind_of(status)
    assert str(error) == error.message == line(status, text)


@pytest.mark.parametrize(
    ("status", "url", "shown"),
    [
        (404, "https://x/v2/v1/chat/completions", "404 Not Found: No (https://x/v2/v1/chat/completions)"),
        (404, "https://x/\x1b[2J", "404 Not Found: No (https://x/ [2J)"),
        (404, None, "404 Not Found: No"),
        (400, "https://x/v1/chat/completions", "400 Bad Request: No"),
    ],
)  # fmt: skip
def test_a_404_shows_the_url(status: int, url: str | None, shown: str) -> None:
    assert str(api_error(status, {}, "No", url)) == shown


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, None), ({"Retry-After": "2"}, 2), ({"retry-after-ms": "62.5"}, 0.0625)],
    ids=str,
)
def test_how_long_a_rate_limit_lasts(headers: dict[str, str], seconds: float | None) -> None:
    error = api_error(429, headers, "")
    assert isinstance(error, RateLimitError) and isinstance(error, SDKError)
    assert (error.status_code, error.retry_after) == (429, seconds)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (413, " Content Too Large"),
        (414, " URI Too Long"),
        (416, " Range Not Satisfiable"),
        (418, " I'm a Teapot"),
        (451, " Unavailable For Legal Reasons"),
        (499, ""),
        (529, ""),
        (599, ""),
        (999, ""),
    ],
)
def test_a_status_of_any_number(status: int, reason: str) -> None:
    error = error_of(status, b'{"message": "Odd"}')
    assert type(error) is SDKError
    assert str(error) == f"{status}{reason}: Odd"


@pytest.mark.parametrize("shape", ErrorShape)
@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500, 502, 503])
def test_every_shape(status: int, shape: ErrorShape) -> None:
    error = error_of(status, shape.body(status, "It went wrong").encode())
    assert type(error) is kind_of(status)
    assert str(error) == line(status, "It went wrong")
    if isinstance(error, HTTPValidationError):
        assert error.data.detail == []


@pytest.mark.parametrize("shape", [ErrorShape.detail, ErrorShape.message_detail])
def test_a_refusal_says_where(shape: ErrorShape) -> None:
    reply = ErrorReply(422, shape=shape, detail=[DETAIL])
    with MockServer([reply]) as server, client(server) as mistral:
        error = failure(complete, mistral)
    assert isinstance(error, HTTPValidationError)
    assert error.data.detail == [HTTPValidationErrorDetail.from_dict(DETAIL)]
    assert error.data.detail[0].loc == ["body", "messages", 0, "content"]
    assert str(error) == line(422, "body.messages[0].content: Field required")


# The `detail` of a 422: what `data.detail` keeps of it, and the message.
DETAILS: dict[str, tuple[Any, list[int], str]] = {
    "none": ([], [], ""),
    "one": ([DETAIL], [0], "body.messages[0].content: Field required"),
    "no place": ([{**DETAIL, "loc": []}], [0], "Field required"),
    "four": (
        [{**DETAIL, "loc": [name]} for name in "abcd"], [0, 1, 2, 3],
        "a: Field required; b: Field required; c: Field required; and 1 more",
    ),
    "half known": (
        [DETAIL, {"msg": "Odd"}, "Text", 5, None, {**DETAIL, "loc": "body"}], [0],
        "body.messages[0].content: Field required; Odd; Text; and 3 more",
    ),
    "a key we do not know": ([{**DETAIL, "url": "https://x"}], [0],
                             "body.messages[0].content: Field required"),
    "loc is no list": ([{**DETAIL, "loc": "body"}], [], "Field required"),
    "loc holds anything": ([{**DETAIL, "loc": ["body", None, 1.5, {}]}], [], "body: Field required"),
    "a key with a space": ([{**DETAIL, "loc": ["body", "x y"]}], [0],
                           "body['x y']: Field required"),
    "msg is no text": ([{**DETAIL, "msg": 5}], [], ""),
    "a text": ("Refused", [], "Refused"),
    "an object": ({"msg": "Refused", "loc": ["body", "n"]}, [], "body.n: Refused"),
    "null": (None, [], ""),
}  # fmt: skip


@pytest.mark.parametrize(("detail", "kept", "text"), DETAILS.values(), ids=DETAILS)
@pytest.mark.parametrize("inside", [False, True], ids=["at the root", "inside message"])
def test_details(detail: Any, kept: list[int], text: str, inside: bool) -> None:
    document = {"detail": detail}
    error = error_of(422, json.dumps({"message": document} if inside else document).encode())
    assert isinstance(error, HTTPValidationError)
    assert str(error) == line(422, text)
    assert error.data.detail == [
        HTTPValidationErrorDetail.from_dict(detail[index]) for index in kept
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"5",
        b'"x"',
        b'{"message": 5}',
        b'{"message": {"message": {}}}',
        b"\xff",
    ],
    ids=repr,
)
def test_a_refusal_without_details(body: bytes) -> None:
    error = error_of(422, body)
    assert isinstance(error, HTTPValidationError)
    assert error.data.detail == []
    assert error.body == body.decode("utf-8", "replace")


# Texts that a server may send to do harm rather than to inform.
HOSTILE: dict[str, bytes] = {
    "objects nested deeply": b'{"detail":' * 900 + b'"x"' + b"}" * 900,
    "objects nested very deeply": b'{"detail":' * 5000 + b'"x"' + b"}" * 5000,
    "errors nested deeply": b'{"errors":[' * 400 + b'"x"' + b"]}" * 400,
    "titles nested deeply": b'{"title":"t","detail":' * 900 + b'"x"' + b"}" * 900,
    "an entry nested deeply": b'{"detail":' + b"[" * 600 + b'"x"' + b"]" * 600 + b"}",
    "lists nested deeply": b"[" * 600 + b'"x"' + b"]" * 600,
    "lists nested very deeply": b"[" * 5000 + b'"x"' + b"]" * 5000,
    "lists in lists": json.dumps([[[["x" * 500] * 3] * 3] * 3] * 3).encode(),
    "a huge number": b'{"message": ' + b"9" * 10_000 + b"}",
    "a huge code": b'{"error": {"code": ' + b"9" * 4000 + b"}}",
    "a huge text": b'{"message": "' + b"x" * 3_000_000 + b'"}',
    "a long place": json.dumps({"detail": [{**DETAIL, "loc": ["a" * 5000] * 50}]}).encode(),
    "unfinished titles": b"<title" * 1_000_000,
    "titles in titles": b"<title>" * 1_000_000,
    "headings and white space": (b"<h1>" + b" " * 99) * 10_000,
    "bytes that are no text": bytes(range(256)) * 50,
}


@pytest.mark.parametrize("status", [422, 500])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_gives_a_short_line(status: int, body: bytes) -> None:
    error: MistralError | None = None
    # Kept from pytest, which takes minutes to print it.
    with contextlib.suppress(RecursionError):
        error = error_of(status, body[:MAX_ERROR_BODY])
    assert error is not None, "RecursionError"
    assert error.message.isprintable()
    assert len(error.message) < 3000


@pytest.mark.parametrize("location", ["/else\x1b[2Jwhere", "/a\x07", "/" + "x" * 5000], ids=len)
def test_a_redirect_cannot_move_the_cursor(location: str) -> None:
    # What a server says must not move a terminal's cursor, in a header as in a body.
    error = api_error(302, {"Location": f"http://other.invalid{location}"}, "")
    assert type(error) is SDKError
    assert error.message.isprintable()
    assert len(error.message) < 3000


def random_document(random_: random.Random, depth: int = 0) -> Any:
    kinds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: random_.random() < 0.5,
        lambda: random_.randint(-9, 9),
    ]
    kinds += [lambda: "".join(random_.choices("a \n\x1b\u202eé", k=random_.randint(0, 5)))] * 3
    if depth < 4:
        names = ["detail", "message", "error", "errors", "msg", "title", "code", "loc", "other"]
        kinds += [
            lambda: [random_document(random_, depth + 1) for _ in range(random_.randint(0, 5))],
            lambda: {
                name: random_document(random_, depth + 1)
                for name in random_.sample(names, random_.randint(0, 4))
            },
        ] * 3
    return random_.choice(kinds)()


def test_any_document_gives_one_printable_line() -> None:
    random_ = random.Random(20)
    said = 0
    for _ in range(3000):
        text = readable_error(random_document(random_))
        assert text.isprintable()
        said += bool(text)
    assert said > 1000


def test_errors_survive_pickling() -> None:
    for body in (b'{"detail": "x"}', json.dumps({"detail": [DETAIL]}).encode()):
        error = error_of(422, body)
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert again.args == error.args


# -- 200, and not what it should be


# What says "Overloaded", and the status that it tells.
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
            assert type(error) is (kind_of(status) if body[0] == "{" else StreamError), body
            assert error.status_code == status and error.tries == 1
            assert error.message.endswith("Overloaded") and error.body.strip() == text


@every_call
def test_neither_choices_nor_an_error(name: str) -> None:
    documents: list[Any] = [{}, [], None, "text", 5, {"id": "1", "choices": None}, {"message": {}}]
    for document in documents:
        body = json.dumps(document).encode()
        with client(double_for(name, Reply(body, headers={})), retry_config=0) as mistral:
            error = failure(CALLS[name], mistral)
        assert type(error) is ResponseValidationError and "choices or an error" in error.message
        assert isinstance(error.__cause__, ValidationError)
        assert [one.path for one in error.__cause__.problems] == [("choices",)]


def test_a_message_is_one_line() -> None:
    with ScriptedServer(answer(200, b'{"choices": [{"message": 1}, 2]}')) as server:
        with client(server) as mistral:
            error = failure(complete, mistral)
    assert isinstance(error.__cause__, ValidationError)
    assert len(error.__cause__.problems) == 2
    assert "\n" not in error.message
