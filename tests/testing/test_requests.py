"""The requests of a `MockServer`: how they are read, refused, and answered, in bytes."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing, suppress
from typing import Any

from mistral_proto.testing import MockServer
from tests.testing.raw import (
    PATH,
    ask,
    blocks,
    connect,
    eventually,
    exchange,
    pieces,
    post,
    read_to_end,
    request_bytes,
    send,
    wire,
)


def test_answers_on_the_wire() -> None:
    with MockServer(["né \U0001f600"] * 3) as server:
        whole_head, whole = wire(server, ask())
        head, body = wire(server, ask(stream=True))
        # A client of HTTP 1.0 gets no chunks.
        old = request_bytes(ask(stream=True), "Connection: keep-alive").replace(b"/1.1", b"/1.0", 1)
        with closing(send(server, old)) as connection:
            old_head, _, old_body = read_to_end(connection).partition(b"\r\n\r\n")
    status, *headers = whole_head.decode("ascii").split("\r\n")
    assert status == "http/1.1 200 ok"
    assert "content-type: application/json" in headers
    names = [header.partition(":")[0] for header in headers]
    assert names == ["server", "date", "content-type", "content-length"]
    assert f"content-length: {len(whole)}" in headers
    assert b'"n\\u00e9 \\ud83d\\ude00"' in whole
    assert "prefix" not in json.loads(whole)["choices"][0]["message"]

    assert b"transfer-encoding: chunked" in head and b"content-length" not in head
    assert b"content-type: text/event-stream" in head
    # Each block is one event.
    first, _, second, _, done = blocks(body)
    assert done == b"data: [DONE]\n\n" and b'"content":" \\ud83d\\ude00"' in second
    document = json.loads(first.removeprefix(b"data: "))
    choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    assert document["choices"] == [choice]
    assert first == b"data: %s\n\n" % json.dumps(document, separators=(",", ":")).encode()
    assert b"transfer-encoding" not in old_head.lower() and len(pieces(old_body)) == 4


def test_a_connection_carries_several_requests() -> None:
    with MockServer() as server, closing(connect(server)) as connection:
        for body in (ask(), ask(stream=True), {"nothing": 1}, ask()):
            answer = exchange(connection, body)
            assert connection.sock is not None
        assert answer.text == "You said: Hi there"
        assert (server.connections, server.open_connections, len(server.requests)) == (1, 1, 4)
    both = request_bytes(ask(model="a")) + request_bytes(ask(model="b"), "Connection: close")
    with MockServer() as server, closing(send(server, both)) as connection:
        received = read_to_end(connection)
    assert received.index(b'"model":"a"') < received.index(b'"model":"b"')


def test_chunked_requests() -> None:
    body = json.dumps(ask()).encode()
    head = "Authorization: Bearer k\r\nTransfer-Encoding: Chunked\r\n\r\n"
    start = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{head}".encode()
    chunks = b"5\r\n%s\r\n%X;a=b\r\n%s\r\n0\r\n" % (body[:5], len(body) - 5, body[5:])
    # Without and with trailers, on one connection.
    whole = start + chunks + b"\r\n" + start + chunks + b"X-Sum: 1\r\n\r\n"
    for data, statuses in [
        (whole + request_bytes(ask(), "Connection: close"), [b"200"] * 3),
        (start + b"ffffffff\r\n", [b"413"]),
        (start + b"5\r\nabcde\r\n3fffffc\r\n", [b"413"]),
        *((start + size + b"\r\n", [b"400"]) for size in (b"-5", b"0x5", b"", b"5 5", b"\xb2")),
    ]:
        with MockServer() as server, closing(send(server, data)) as connection:
            received = read_to_end(connection)
        assert re.findall(rb"HTTP/1.1 (\d+)", received) == statuses
    with MockServer() as server, closing(send(server, start + chunks[:20])) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert read_to_end(connection) == b"" and server.requests == []


def test_received_requests() -> None:
    body = json.dumps(ask(temperature=0.5)).encode()
    with MockServer() as server:
        post(server, body, headers={"Authorization": "Bearer s3cret", "X-Mine": "1"})
        post(server, b"{", path="/other?a=1", method="PUT")
    first, second = server.requests
    assert (first.method, first.path, first.body) == ("POST", PATH, body)
    assert (first.headers["authorization"], first.headers["x-mine"]) == ("Bearer s3cret", "1")
    assert first.request is not None and first.request.temperature == 0.5
    assert (second.method, second.path, second.body) == ("PUT", "/other?a=1", b"{")
    assert (second.endpoint, second.document, second.request) == ("/other", None, None)
    assert "s3cret" not in repr(first)


# -- requests that are refused


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
