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
    SDKError,
    ValidationError,
)
from mistral_proto.client.api_errors import readable_error
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer, RawReply
from tests.client.support import (
    CALLS,
    PATH,
    Call,
    ScriptedServer,
    answer,
    assert_all_closed,
    client,
    complete,
    failure,
)

DETAIL: dict[str, Any] = {
    "type": "missing",
    "loc": ["body", "messages", 0, "content"],
    "msg": "Field required",
    "input": {"role": "user"},
}
JSON = "application/json"


def error_of(status: int, body: bytes, content_type: str = JSON) -> MistralError:
    reply = RawReply([body], status=status, headers={"content-type": content_type})
    with MockServer([reply]) as server, client(server) as mistral:
        error = failure(complete, mistral)
        assert_all_closed(server)
    assert error.status_code == status
    assert error.headers["content-type"] == content_type
    return error


def line(status: int, text: str = "") -> str:
    """The message that begins with the status and its name, the same in every Python."""
    reason = "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase
    return f"{status} {reason}" + (f": {text}" if text else "")


# The status, the body, its content type, and what the message says after the status.
BODIES: dict[str, tuple[int, str, str, str]] = {
    "detail": (404, '{"detail": "No such route"}', JSON, "No such route"),
    "message": (404, '{"message": "no Route matched", "request_id": "1"}', JSON, "no Route matched"),
    "object": (
        400, '{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}',
        JSON, "Invalid model: x",
    ),
    "error": (503, '{"error": {"message": "Overloaded", "code": 503}}', JSON, "Overloaded"),
    "error as text": (500, '{"error": "Internal"}', JSON, "Internal"),
    "msg": (500, '{"msg": "Internal"}', JSON, "Internal"),
    "message inside detail": (500, '{"detail": {"message": "Broken"}}', JSON, "Broken"),
    "null detail": (500, '{"detail": null, "message": "Broken"}', JSON, "Broken"),
    "empty detail": (500, '{"detail": [], "message": "Broken"}', JSON, "Broken"),
    "first of several": (500, '{"message": "second", "detail": "first"}', JSON, "first"),
    "list of texts": (500, '["one", "two"]', JSON, "one; two"),
    "list of errors": (500, '[{"error": {"message": "one"}}]', JSON, "one"),
    "a string": (500, '"Broken"', JSON, "Broken"),
    "plain text": (502, "upstream connect error", "text/plain", "upstream connect error"),
    "plain text as JSON": (502, "upstream connect error", JSON, "upstream connect error"),
    "JSON as plain text": (502, '{"message": "Bad"}', "text/plain", "Bad"),
    "page": (
        502, "<html><HEAD><TITLE lang='en'>\n Bad\n gateway </TITLE></HEAD></html>", "text/html",
        "Bad gateway",
    ),
    "page without a title": (502, " <html><body>Bad</body></html>", "text/html", ""),
    "page with an empty title": (502, "<title></title>", "text/html", ""),
    "empty": (500, "", JSON, ""),
    "blank": (500, " \n ", "text/plain", ""),
    "empty object": (500, "{}", JSON, ""),
    "empty list": (500, "[]", JSON, ""),
    "a number": (500, "42", JSON, ""),
    "null": (500, "null", JSON, ""),
    "true": (500, "true", JSON, ""),
    "numbers": (500, '{"detail": 1, "message": [2], "error": true, "msg": {}}', JSON, ""),
    "cut JSON": (500, '{"message": "Bro', JSON, '{"message": "Bro'),
    "NaN": (500, '{"message": NaN}', JSON, '{"message": NaN}'),
    "control characters": (
        500, '{"message": "a\\u001b[31mred\\u0007\\r\\nb\\u0000c\\u0085d\\u2028e\\u202ef"}', JSON,
        "a [31mred b c d e f",
    ),
    "control characters in text": (500, "a\x1b[2Jb\x7fc\r\n\td", "text/plain", "a [2Jb c d"),
    "half a surrogate pair": (500, '{"message": "a\\ud83db"}', JSON, "a b"),
    "not ASCII": (500, '{"message": "Modèle inconnu"}', JSON, "Modèle inconnu"),
    "long": (500, json.dumps({"message": "x" * 5000}), JSON, "x" * 500 + "…"),
    "long text": (500, "y " * 5000, "text/plain", "y " * 249 + "y…"),
    "just not long": (500, json.dumps({"message": "x" * 500}), JSON, "x" * 500),
    "bad request": (400, '{"message": "n"}', JSON, "n"),
    "unauthorized": (401, '{"detail": "Unauthorized"}', JSON, "Unauthorized"),
    "rate limit": (429, '{"message": "Requests rate limit exceeded"}', JSON,
                   "Requests rate limit exceeded"),
    "not modified": (304, "", JSON, "a redirect to nowhere was not followed"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "text"), BODIES.values(), ids=BODIES)
def test_an_error_status(status: int, body: str, kind: str, text: str) -> None:
    if status == 304:  # has no body, and so no chunks of one
        with ScriptedServer(answer(status)) as server, client(server) as mistral:
            error = failure(complete, mistral)
    else:
        error = error_of(status, body.encode(), kind)
    assert type(error) is SDKError
    assert str(error) == error.message == line(status, text)
    assert error.body == body


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
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 502, 503])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_shape(call: Call, status: int, shape: ErrorShape) -> None:
    reply = ErrorReply(status, "It went wrong", shape, headers={"x-request-id": "r1"})
    with MockServer([reply]) as server, client(server) as mistral:
        error = failure(call, mistral)
        assert_all_closed(server)
    assert type(error) is (HTTPValidationError if status == 422 else SDKError)
    assert str(error) == line(status, "It went wrong")
    assert error.body == shape.body(status, "It went wrong")
    assert error.headers["x-request-id"] == "r1"
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
    "an entry nested deeply": b'{"detail":' + b"[" * 600 + b'"x"' + b"]" * 600 + b"}",
    "lists nested deeply": b"[" * 600 + b'"x"' + b"]" * 600,
    "lists nested very deeply": b"[" * 5000 + b'"x"' + b"]" * 5000,
    "lists in lists": json.dumps([[[["x" * 500] * 3] * 3] * 3] * 3).encode(),
    "a huge number": b'{"message": ' + b"9" * 10_000 + b"}",
    "a huge text": b'{"message": "' + b"x" * 3_000_000 + b'"}',
    "a long place": json.dumps({"detail": [{**DETAIL, "loc": ["a" * 5000] * 50}]}).encode(),
    "unfinished titles": b"<title" * 1_000_000,
    "bytes that are no text": bytes(range(256)) * 50,
}


@pytest.mark.parametrize("status", [422, 500])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_gives_a_short_line(status: int, body: bytes) -> None:
    with ScriptedServer(answer(status, body)) as server, client(server) as mistral:
        error: MistralError | None = None
        # Kept from pytest, which takes minutes to print it.
        with contextlib.suppress(RecursionError):
            error = failure(complete, mistral)
    assert error is not None, "RecursionError"
    assert error.status_code == status
    assert error.message.isprintable()
    assert len(error.message) < 3000


def test_an_error_body_that_cannot_be_had_leaves_the_status() -> None:
    cut = b'HTTP/1.1 503 X\r\ncontent-length: 99\r\n\r\n{"mess'
    with ScriptedServer(cut) as server, client(server) as mistral:
        error = failure(complete, mistral)
    assert type(error) is SDKError
    assert str(error).startswith(line(503))


@pytest.mark.parametrize("location", ["/else\x1b[2Jwhere", "/a\x07", "/" + "x" * 5000], ids=len)
def test_a_redirect_cannot_move_the_cursor(location: str) -> None:
    # What a server says must not move a terminal's cursor, in a header as in a body.
    target = f"http://other.invalid{location}"
    with ScriptedServer(answer(302, headers=f"location: {target}")) as server:
        with client(server) as mistral:
            error = failure(complete, mistral)
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
        names = ["detail", "message", "error", "msg", "loc", "type", "other"]
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


@pytest.mark.parametrize(
    "document", [{"error": {"message": "Overloaded"}}, {"object": "error", "message": "Overloaded"}]
)
def test_an_error_with_a_good_status(document: dict[str, Any]) -> None:
    with ScriptedServer(answer(200, json.dumps(document).encode())) as server:
        with client(server) as mistral:
            error = failure(complete, mistral)
    assert type(error) is SDKError
    assert (str(error), error.tries) == (line(200, "Overloaded"), 1)


def test_a_message_is_one_line() -> None:
    with ScriptedServer(answer(200, b'{"choices": [{"message": 1}, 2]}')) as server:
        with client(server) as mistral:
            error = failure(complete, mistral)
    assert isinstance(error.__cause__, ValidationError)
    assert len(error.__cause__.problems) == 2
    assert "\n" not in error.message


def test_the_path_of_the_api() -> None:
    with ScriptedServer(answer(404)) as server, client(server) as mistral:
        assert str(failure(complete, mistral)) == line(404)
        assert server.received[0].start == f"POST {PATH} HTTP/1.1"
