"""What a `MockServer` refuses, and in which words."""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress
from typing import Any

import pytest

from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.testing.raw import (
    PATH,
    ask,
    connect,
    eventually,
    exchange,
    post,
    read_to_end,
    request_bytes,
    send,
)

NOT_FOUND = {"detail": "no Route matched with those values"}
UNAUTHORIZED = {"detail": "Unauthorized"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("POST", path) for path in ("/", "/v1", "/v1/chat", PATH + "/", "/v1/models")],
        *[("GET", path) for path in ("/", "/v1/models/m", PATH)],
        *[(method, PATH) for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")],
    ],
)
def test_any_other_path_or_method_is_not_found(method: str, path: str) -> None:
    with MockServer() as server, closing(connect(server)) as connection:
        answer = exchange(connection, ask(), method=method, path=path)
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/json"
        if method != "HEAD":
            assert answer.document == NOT_FOUND
        # And the connection still serves.
        assert exchange(connection, ask()).status == 200
    assert [(one.method, one.path) for one in server.requests] == [(method, path), ("POST", PATH)]


KEYS: list[tuple[str, str | None, dict[str, str], int]] = [
    ("any key", None, {"Authorization": "Bearer whatever"}, 200),
    ("no header", None, {}, 401),
    ("no key", None, {"Authorization": "Bearer "}, 401),
    ("an empty header", None, {"Authorization": ""}, 401),
    ("the key", "s3cret", {"Authorization": "Bearer s3cret"}, 200),
    ("the header's name in lower case", "s3cret", {"authorization": "Bearer s3cret"}, 200),
    ("another key", "s3cret", {"Authorization": "Bearer guess"}, 401),
    ("a part of the key", "s3cret", {"Authorization": "Bearer s3cre"}, 401),
    ("the key, but no header", "s3cret", {}, 401),
]


@pytest.mark.parametrize(
    ("api_key", "headers", "status"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS]
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_key_is_asked_for(
    api_key: str | None, headers: dict[str, str], status: int, stream: bool
) -> None:
    with MockServer(api_key=api_key) as server:
        answer = post(server, ask(stream=stream), headers=headers)
        assert answer.status == status
        if status == 401:
            assert answer.document == UNAUTHORIZED
        # Nothing is said of the request before the key is right.
        assert post(server, b"{", headers=headers).status == (422 if status == 200 else 401)


def entry(kind: str, loc: list[str | int], msg: str, *given: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "loc": ["body", *loc], "msg": msg}
    return {**found, "input": given[0]} if given else found


EXTRA = "Extra inputs are not permitted"
NO_MODEL: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}

REFUSED: list[tuple[str, bytes | dict[str, Any], list[dict[str, Any]]]] = [
    ("no JSON", b"{", [entry("json_invalid", [], "Input should be JSON", None)]),
    ("an empty body", b"", [entry("json_invalid", [], "Input should be JSON", None)]),
    ("no UTF-8", b'"\xff"', [entry("json_invalid", [], "Input should be JSON", None)]),
    ("no object", b"[1]", [entry("dict_type", [], "Input should be an object", [1])]),
    ("null", b"null", [entry("dict_type", [], "Input should be an object", None)]),
    ("no model", NO_MODEL, [entry("missing", ["model"], "Field required", NO_MODEL)]),
    ("an unknown field", ask(store=True), [entry("extra_forbidden", ["store"], EXTRA, True)]),
    (
        "a field of tokenizers",
        ask(continue_final_message=True),
        [entry("extra_forbidden", ["continue_final_message"], EXTRA, True)],
    ),
    (
        "a wrong type",
        ask(max_tokens="10"),
        [entry("int_type", ["max_tokens"], "Input should be an integer of at least 0", "10")],
    ),
    (
        "out of bounds",
        ask(n=0),
        [entry("greater_than_equal", ["n"], "Input should be an integer of at least 1", 0)],
    ),
    (
        "deep inside",
        ask(messages=[{"role": "user", "content": [{"type": "text", "text": "a", "id": "x"}]}]),
        [entry("extra_forbidden", ["messages", 0, "content", 0, "id"], EXTRA, "x")],
    ),
    (
        "missing deep inside",
        ask(messages=[{"role": "user", "content": [{"type": "text"}]}]),
        [
            entry(
                "missing", ["messages", 0, "content", 0, "text"], "Field required", {"type": "text"}
            )
        ],
    ),
    (
        "several mistakes",
        ask(
            messages=[{"role": "human", "content": "Hi"}, {"role": "user"}],
            temperature=9,
            max_completion_tokens=10,
            stop=3,
        ),
        [
            entry(
                "union_tag_invalid",
                ["messages", 0, "role"],
                "Input should be 'system', 'user', 'assistant' or 'tool'",
                "human",
            ),
            entry("missing", ["messages", 1, "content"], "Field required", {"role": "user"}),
            entry(
                "less_than_equal",
                ["temperature"],
                "Input should be a number of at least 0 and at most 1.5",
                9,
            ),
            entry("extra_forbidden", ["max_completion_tokens"], EXTRA, 10),
            entry("union_type", ["stop"], "Input should be a string or a list", 3),
        ],
    ),
    (
        "on an open bound",
        ask(top_p=0),
        [entry("greater_than", ["top_p"], "Input should be a number above 0 and at most 1", 0)],
    ),
]


@pytest.mark.parametrize(
    ("body", "detail"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_request_that_is_not_valid_is_refused(
    body: bytes | dict[str, Any], detail: list[dict[str, Any]]
) -> None:
    with MockServer(["unused"]) as server, closing(connect(server)) as connection:
        answer = exchange(connection, body)
        assert (answer.status, answer.headers["content-type"]) == (422, "application/json")
        assert answer.document == {"detail": detail}
        assert server.requests[-1].request is None
        # The reply is for the next request that is valid.
        content = exchange(connection, ask()).document["choices"][0]["message"]["content"]
        assert content == "unused"


def test_a_key_that_comes_twice_is_refused() -> None:
    with MockServer() as server:
        answer = post(server, b'{"model":"m","messages":[],"model":"n"}')
    assert answer.status == 422
    assert [one["type"] for one in answer.document["detail"]] == ["json_invalid"]


def test_unknown_parameters_are_taken_where_that_is_asked_for() -> None:
    said = [{"role": "user", "content": [{"type": "text", "text": "Hi", "x": 1}], "name": "bob"}]
    many = {f"x{number}": number for number in range(250)}  # more than one error lists
    taken: list[dict[str, Any]] = [
        ask(stream_options={"include_usage": True}, max_completion_tokens=5, **many),
        ask(messages=said, store=True),
    ]
    refused: list[bytes | dict[str, Any]] = [b"{", b"[1]", ask(store=True, n=0), {"store": True}]
    with MockServer(strict=False) as server:
        for document in taken:
            assert post(server, document).status == 200
            request = server.requests[-1].request
            assert request is not None and json.loads(server.requests[-1].body) == document
            assert request.to_dict().keys() <= {"model", "messages"}
        for wrong in refused:
            assert post(server, wrong).status == 422


def test_a_body_beyond_the_bound_is_refused_and_never_read_as_a_request() -> None:
    bound, one = 64 * 1024 * 1024, request_bytes(ask())
    with MockServer() as server:
        lines: list[str] = []
        server.log = lines.append
        for length in (bound + 1, 10**14):
            head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
            with closing(send(server, head.encode())) as connection:
                received = read_to_end(connection)
                assert received.startswith(b"HTTP/1.1 413 ")
                assert received.count(b"HTTP/1.1") == 1
        with closing(send(server, head.encode() + one)) as connection:
            with suppress(ConnectionError):  # as the rest is not read
                assert read_to_end(connection).count(b"HTTP/1.1") == 1
        eventually(lambda: server.open_connections == 0)
        for rest in range(1, 3):  # nor is one that is not whole
            with closing(
                send(server, request_bytes(json.dumps(ask()).encode() + b"  ")[:-rest])
            ) as connection:
                connection.shutdown(socket.SHUT_WR)
                assert read_to_end(connection) == b""
        assert server.requests == []
        assert lines == [f"POST {PATH} 413 the body is larger than {bound} bytes"] * 3


def test_the_models() -> None:
    with MockServer(api_key="k") as server, closing(connect(server)) as connection:
        for headers, status in (({"Authorization": "Bearer k"}, 200), ({}, 401)):
            path = "/v1/models?limit=1"
            answer = exchange(connection, b"", method="GET", path=path, headers=headers)
            assert answer.status == status
            if status == 200:
                assert answer.document["object"] == "list"
                for card in answer.document["data"]:
                    assert (card["object"], card["owned_by"]) == ("model", "mistralai")
                    # Without these the SDK can't read it.
                    assert card["type"] == "base" and card["capabilities"]["completion_chat"]
                    assert post(server, ask(model=card["id"])).document["model"] == card["id"]


SHAPES: list[tuple[ErrorShape, str, str, Any]] = [
    (ErrorShape.detail, "application/json", "Boo", {"detail": "Boo"}),
    (
        ErrorShape.object,
        "application/json",
        "Boo",
        {
            "object": "error",
            "message": "Boo",
            "type": "invalid_request_error",
            "param": None,
            "code": "429",
        },
    ),
    (
        ErrorShape.message_detail,
        "application/json",
        "Boo",
        {
            "object": "error",
            "message": {"detail": "Boo"},
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        },
    ),
    (
        ErrorShape.error,
        "application/json",
        "Boo",
        {"error": {"message": "Boo", "type": "invalid_request_error", "code": 429}},
    ),
    (ErrorShape.message, "application/json", "Boo", {"message": "Boo", "request_id": "6f2a1c"}),
    (ErrorShape.text, "text/plain", "Déjà", "Déjà"),
    (
        ErrorShape.html,
        "text/html",
        "Boo",
        "<html><head><title>Boo</title></head><body>429</body></html>",
    ),
]


@pytest.mark.parametrize(
    ("shape", "content_type", "message", "body"), SHAPES, ids=[case[0] for case in SHAPES]
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_shapes_of_an_error(
    shape: ErrorShape, content_type: str, message: str, body: Any, stream: bool
) -> None:
    with MockServer([ErrorReply(429, message, shape)]) as server:
        answer = post(server, ask(stream=stream))
    assert (answer.status, answer.headers["content-type"]) == (429, content_type)
    assert answer.headers["content-length"] == str(len(answer.body))
    assert (answer.body.decode() if isinstance(body, str) else answer.document) == body


def test_the_table_holds_every_shape() -> None:
    assert {case[0] for case in SHAPES} == set(ErrorShape)


@pytest.mark.parametrize("shape", [ErrorShape.object, ErrorShape.error], ids=str)
def test_an_error_of_the_server_is_typed_as_one(shape: ErrorShape) -> None:
    assert '"type":"server_error"' in shape.body(503, "Overloaded")


@pytest.mark.parametrize("shape", list(ErrorShape), ids=str)
def test_the_shape_of_what_the_server_refuses_by_itself(shape: ErrorShape) -> None:
    with MockServer(error_shape=shape) as server:
        missing = post(server, ask(), path="/nowhere")
        unauthorized = post(server, ask(), headers={})
        invalid = post(server, ask(n=0, top_p=0))
    assert missing.body.decode() == shape.body(404, NOT_FOUND["detail"])
    assert unauthorized.body.decode() == shape.body(401, UNAUTHORIZED["detail"])
    assert invalid.status == 422
    if shape in (ErrorShape.detail, ErrorShape.message_detail):
        document = invalid.document
        detail = document["message"]["detail"] if shape == "message_detail" else document["detail"]
        assert [one["loc"] for one in detail] == [["body", "n"], ["body", "top_p"]]
    else:
        assert b"Input validation failed: n; top_p" in invalid.body


DETAIL: list[Any] = [{"type": "invalid_model", "loc": ["body", "model"], "msg": "Invalid model"}]


def test_a_refusal_of_ones_own() -> None:
    reply = ErrorReply(422, shape=ErrorShape.detail, detail=DETAIL)
    with MockServer([reply]) as server:
        assert post(server, ask()).document == {"detail": DETAIL}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "2"}, {"retry-after": ["2"]}),
        ({"content-type": "text/x"}, {"content-type": ["text/x"]}),
        ({"Content-Type": "text/x"}, {"content-type": ["text/x"]}),
        ({}, {"content-type": ["application/json"]}),
    ],
    ids=str,
)
def test_an_error_reply_has_its_own_headers(
    headers: dict[str, str], expected: dict[str, list[str]]
) -> None:
    with MockServer([ErrorReply(429, headers=headers)]) as server:
        with closing(connect(server)) as connection:
            connection.request("POST", PATH, json.dumps(ask()), {"Authorization": "Bearer k"})
            response = connection.getresponse()
            response.read()
    for name, values in expected.items():
        assert response.headers.get_all(name) == values
