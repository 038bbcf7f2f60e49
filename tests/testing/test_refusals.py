"""The requests that a `MockServer` refuses."""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress
from typing import Any

from mistral_proto.testing import MockServer
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


def test_other_paths_and_methods_are_not_found() -> None:
    targets = [
        *[("POST", path) for path in ("/", "/v1/chat", f"{PATH}/", "/v1/models")],
        *[("GET", path) for path in ("/v1/models/m", PATH)],
        *[(method, PATH) for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")],
    ]
    with MockServer() as server, closing(connect(server)) as connection:
        for method, path in targets:
            answer = exchange(connection, ask(), method=method, path=path)
            assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
            if method != "HEAD":
                assert answer.document == {"detail": "no Route matched with those values"}
        # The connection can still be used.
        assert exchange(connection, ask()).status == 200


def test_keys() -> None:
    for api_key, headers, status in [
        (None, {"Authorization": "Bearer whatever"}, 200),
        (None, {}, 401),
        (None, {"Authorization": "Bearer "}, 401),
        ("s3cret", {"authorization": "Bearer s3cret"}, 200),
        ("s3cret", {"Authorization": "Bearer s3cre"}, 401),
        ("s3cret", {}, 401),
    ]:
        with MockServer(api_key=api_key) as server:
            answer = post(server, ask(stream=True), headers=headers)
            assert answer.status == status
            assert status == 200 or answer.document == {"detail": "Unauthorized"}
            # Without the key, no problem of the request is reported.
            assert post(server, b"{", headers=headers).status == (422 if status == 200 else 401)


def entry(kind: str, loc: list[str | int], message: str, given: Any) -> dict[str, Any]:
    return {"type": kind, "loc": ["body", *loc], "msg": message, "input": given}


EXTRA, MISSING = "Extra inputs are not permitted", "Field required"
NO_MODEL: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
NO_JSON = entry("json_invalid", [], "Input should be JSON", None)
NO_TEXT: dict[str, Any] = {"role": "user", "content": [{"type": "text", "id": "x"}]}
ROLE = "Input should be 'system', 'user', 'assistant' or 'tool'"
RANGE = "Input should be a number of at least 0 and at most 1.5"
REFUSED: list[tuple[bytes | dict[str, Any], list[dict[str, Any]]]] = [
    (b"", [NO_JSON]),
    (b'{"n":1,"n":2}', [{**NO_JSON, "input": {"n": 2}}]),
    (b"[1]", [entry("dict_type", [], "Input should be an object", [1])]),
    (NO_MODEL, [entry("missing", ["model"], MISSING, NO_MODEL)]),
    (
        ask(messages=[NO_TEXT, {"role": "human", "content": "Hi"}], temperature=9),
        [
            entry("extra_forbidden", ["messages", 0, "content", 0, "id"], EXTRA, "x"),
            entry("missing", ["messages", 0, "content", 0, "text"], MISSING, NO_TEXT["content"][0]),
            entry("union_tag_invalid", ["messages", 1, "role"], ROLE, "human"),
            entry("less_than_equal", ["temperature"], RANGE, 9),
        ],
    ),
]


def test_invalid_requests() -> None:
    for body, detail in REFUSED:
        with MockServer(["unused"]) as server, closing(connect(server)) as connection:
            lines: list[str] = []
            server.log = lines.append
            answer = exchange(connection, body)
            assert " 422 Input validation failed: " in lines[0]
            assert (answer.status, answer.headers["content-type"]) == (422, "application/json")
            assert sorted(answer.document["detail"], key=str) == sorted(detail, key=str)
            assert server.requests[-1].request is None
            # The next valid request gets the reply.
            assert exchange(connection, ask()).text == "unused"


def test_unknown_parameters_are_ignored_unless_strict() -> None:
    content = [{"type": "text", "text": "Hi", "x": 1}]
    many = {f"x{number}": number for number in range(250)}  # more than one error lists
    document = ask(messages=[{"role": "user", "content": content, "name": "bob"}], **many)
    with MockServer(strict=False) as server:
        assert post(server, document).status == 200
        request = server.requests[-1].request
        assert request is not None and server.requests[-1].document == document
        assert request.to_dict().keys() == {"model", "messages"}
        assert "name" not in request.messages[0].to_dict()
        wrong: list[bytes | dict[str, Any]] = [b"{", b"[1]", ask(store=True, n=0), {"store": True}]
        assert {post(server, body).status for body in wrong} == {422}


def test_a_large_or_incomplete_body_is_never_read_as_a_request() -> None:
    limit, complete = 64 * 1024 * 1024, request_bytes(ask())
    lines: list[str] = []
    with MockServer() as server:
        server.log = lines.append
        for length in (limit + 1, 10**14):
            head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
            with closing(send(server, head.encode())) as connection:
                received = read_to_end(connection)
                assert received.startswith(b"HTTP/1.1 413 ")
                assert received.count(b"HTTP/1.1") == 1
        with closing(send(server, head.encode() + complete)) as connection:
            with suppress(ConnectionError):  # as the rest is not read
                assert read_to_end(connection).count(b"HTTP/1.1") == 1
        eventually(lambda: server.open_connections == 0)
        # Even if the missing end is not a part of the JSON.
        with closing(send(server, request_bytes(json.dumps(ask()).encode() + b" ")[:-1])) as cut:
            cut.shutdown(socket.SHUT_WR)
            assert read_to_end(cut) == b""
        assert server.requests == []
    assert lines == [f"POST {PATH} 413 the body is larger than {limit} bytes"] * 3


def test_the_models() -> None:
    options: dict[str, Any] = {"method": "GET", "path": "/v1/models?limit=1"}
    with MockServer(api_key="k") as server:
        assert post(server, b"", **options, headers={}).status == 401
        document = post(server, b"", **options).document
    assert document["object"] == "list"
    for card in document["data"]:
        # The SDK refuses a card without these fields.
        assert (card["object"], card["owned_by"], card["type"]) == ("model", "mistralai", "base")
        assert card["capabilities"]["completion_chat"]
