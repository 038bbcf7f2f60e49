"""The answers of a `MockServer` to valid requests, as sent."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing

from mistral_proto.testing import MockServer
from tests.testing.raw import (
    PATH,
    ask,
    blocks,
    connect,
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
