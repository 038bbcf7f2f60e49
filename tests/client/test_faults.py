"""Everything that can go wrong on the way: the error, what it carries, and no open connection."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any

import pytest

from mistral_proto import (
    IncompleteStreamError,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    StreamError,
)
from mistral_proto.testing import Fault, MockServer, RawReply
from tests.client.support import (
    CALLS,
    DONE,
    HI,
    MODEL,
    STREAM_HEAD,
    WHOLE,
    Call,
    ScriptedServer,
    answer,
    assert_all_closed,
    client,
    complete,
    failure,
    piece,
    stream,
)

# Of a faulty stream the mock server sends two events: the opening one, and "You".
FIRST = "You"

# What happens, in which call, and what it gives: the type, words of the message, the text
# that had come, and the status (0: no response at all).
FAULTS: list[tuple[Fault, str, type[MistralError], str, str | None, int]] = [
    (Fault.close, "complete", NoResponseError, "closed connection", None, 0),
    (Fault.close, "stream", NoResponseError, "closed connection", None, 0),
    (Fault.reset, "complete", NoResponseError, "reset by peer", None, 0),
    (Fault.reset, "stream", NoResponseError, "reset by peer", None, 0),
    (Fault.garbage, "complete", NoResponseError, "not HTTP", None, 0),
    (Fault.garbage, "stream", NoResponseError, "not HTTP", None, 0),
    (Fault.stall, "complete", NoResponseError, "timed out", None, 0),
    (Fault.stall, "stream", NoResponseError, "timed out", None, 0),
    (Fault.cut_headers, "complete", NoResponseError, "middle of the headers", None, 0),
    (Fault.cut_headers, "stream", NoResponseError, "middle of the headers", None, 0),
    (Fault.cut_body, "complete", NoResponseError, "broke off: the connection was", None, 200),
    (Fault.cut_body, "stream", IncompleteStreamError, "broke off", FIRST, 200),
    (Fault.cut_stream, "complete", NoResponseError, "broke off: the connection was", None, 200),
    (Fault.cut_stream, "stream", IncompleteStreamError, "broke off", FIRST, 200),
    (Fault.stall_stream, "complete", NoResponseError, "broke off: the connection was", None, 200),
    (Fault.stall_stream, "stream", IncompleteStreamError, "timed out", FIRST, 200),
    (Fault.no_done, "complete", NoResponseError, "broke off: the connection was", None, 200),
    (Fault.no_done, "stream", IncompleteStreamError, "ended without [DONE]", FIRST, 200),
    (Fault.error_event, "complete", NoResponseError, "broke off: the connection was", None, 200),
    (Fault.error_event, "stream", StreamError, "the model broke down", FIRST, 200),
    (Fault.not_json, "complete", ResponseValidationError, "not a chat completion", None, 200),
    (Fault.not_json, "stream", ResponseValidationError, "not an event stream", None, 200),
]


@pytest.mark.parametrize(
    ("fault", "name", "kind", "words", "partial", "status"),
    [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in FAULTS],
)
def test_a_fault(
    fault: Fault,
    name: str,
    kind: type[MistralError],
    words: str,
    partial: str | None,
    status: int,
) -> None:
    timeout_ms = 200 if fault in (Fault.stall, Fault.stall_stream) else 5000
    with MockServer([fault]) as server, client(server, timeout_ms=timeout_ms) as mistral:
        error = failure(CALLS[name], mistral)
        assert_all_closed(server)
        assert server.connections == 1
    assert isinstance(error, kind)
    assert words in error.message
    assert str(error) == error.message
    assert error.status_code == status
    assert bool(error.headers) == (status != 0)
    if isinstance(error, NoResponseError) and not status:
        assert error.message.startswith("no answer from http://127.0.0.1:")
    found = getattr(error, "partial", None)
    if partial is None:
        assert found is None
    else:
        assert found is not None
        assert found.choices[0].message.text == partial
        assert found.choices[0].finish_reason is None


def test_the_table_has_every_fault() -> None:
    cases = [(fault, name) for fault, name, *_ in FAULTS]
    assert sorted(cases) == sorted((fault, name) for fault in Fault for name in CALLS)


def test_an_unused_port_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with MockServer() as server, client(server, server_url=f"http://127.0.0.1:{port}") as mistral:
        for call in CALLS.values():
            error = failure(call, mistral)
            assert isinstance(error, NoResponseError)
            assert error.message == f"no answer from http://127.0.0.1:{port}: Connection refused"
            assert (error.status_code, error.headers, error.body) == (0, {}, "")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_host_that_nobody_knows(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # No test asks a real name server.
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with MockServer() as server, client(server, server_url="http://nowhere.invalid") as mistral:
        error = failure(call, mistral)
    assert isinstance(error, NoResponseError)
    assert error.message == "no answer from http://nowhere.invalid:80: Name or service not known"


@pytest.mark.parametrize("name", ["complete", "stream"])
def test_a_timeout_comes_in_time(name: str) -> None:
    # Of the call, over that of the client: an hour would be noticed.
    with MockServer([Fault.stall]) as server, client(server, timeout_ms=3_600_000) as mistral:
        started = time.monotonic()
        failure(CALLS[name], mistral, timeout_ms=50)
        assert time.monotonic() - started < 5
        assert_all_closed(server)


BROKEN_ANSWERS: list[tuple[str, str, bytes, type[MistralError], str]] = [
    ("short body", "complete", b"content-length: 9999\r\n\r\n" + WHOLE, NoResponseError, "middle"),
    ("no body", "complete", b"content-length: 9999\r\n\r\n", NoResponseError, "middle"),
    (
        "bad chunk size", "complete", b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        NoResponseError, "the size of a chunk",
    ),
    (
        "chunks without an end", "complete",
        b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(WHOLE), WHOLE),
        NoResponseError, "middle",
    ),
    ("not UTF-8", "complete", b'\r\n{"id": "\xff"}', ResponseValidationError, "UTF-8"),
    ("not JSON", "complete", b"\r\n<html>", ResponseValidationError, "expected JSON"),
    ("a list", "complete", b"\r\n[]", ResponseValidationError, "expected an object"),
    ("no document", "complete", b"\r\n", ResponseValidationError, "expected JSON"),
    (
        "nested too deeply", "complete", b"\r\n" + b"[" * 200_000, ResponseValidationError,
        "nested too deeply",
    ),
    (
        "cut after the finish reason", "stream",
        b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        b"%x\r\n%s\r\n" % (len(piece("a", "stop")), piece("a", "stop")),
        IncompleteStreamError, "broke off",
    ),
    (
        "chunk of negative size in a stream", "stream",
        b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n-5\r\ndata: {",
        IncompleteStreamError, "broke off",
    ),
    (
        "bad chunk size in a stream", "stream",
        b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        IncompleteStreamError, "broke off",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rest", "kind", "words"),
    [pytest.param(*case[1:], id=case[0]) for case in BROKEN_ANSWERS],
)
def test_a_broken_answer(name: str, rest: bytes, kind: type[MistralError], words: str) -> None:
    with ScriptedServer(b"HTTP/1.1 200 OK\r\n" + rest) as server, client(server) as mistral:
        error = failure(CALLS[name], mistral)
    assert isinstance(error, kind)
    assert words in error.message
    assert error.status_code == 200


def test_a_stream_that_says_more_than_its_length_ends_there() -> None:
    events = piece("a", "stop")
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(events)
    with ScriptedServer(head + events + b"data: {\n\n") as server, client(server) as mistral:
        assert len(stream(mistral)) == 1


def test_a_whole_answer_may_say_more_than_its_length() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(WHOLE)
    with ScriptedServer(head + WHOLE + b"rubbish") as server, client(server) as mistral:
        assert complete(mistral).choices[0].message.content == "Bonjour"


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    with ScriptedServer(b"HTTP/1.0 200 OK\r\n\r\n" + WHOLE) as server, client(server) as mistral:
        assert complete(mistral).choices[0].message.content == "Bonjour"


@pytest.mark.parametrize("status", [100, 101, 201, 202, 204, 206, 299])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_only_200_is_success(call: Call, status: int) -> None:
    # "100 Continue" is not an answer yet; the next one is.
    scripts: list[Any] = [answer(status, b"" if status == 204 else WHOLE)]
    if status == 100:
        scripts = [b"HTTP/1.1 100 Continue\r\n\r\n" + answer(201, WHOLE)]
    with ScriptedServer(*scripts) as server, client(server) as mistral:
        error = failure(call, mistral)
    assert type(error).__name__ == "SDKError"
    assert error.status_code == (201 if status == 100 else status)


def test_a_stream_that_is_reset() -> None:
    seen = threading.Event()

    def send(connection: socket.socket) -> None:
        connection.sendall(STREAM_HEAD + piece("a"))
        # A reset before the client has read would take the event with it.
        assert seen.wait(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with ScriptedServer(send) as server, client(server) as mistral:
        with mistral.chat.stream(model=MODEL, messages=HI) as events:
            next(events)
            seen.set()
            with pytest.raises(IncompleteStreamError) as caught:
                next(events)
    assert str(caught.value) == "the stream broke off: Connection reset by peer"
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.text == "a"


@pytest.mark.parametrize(
    "reply",
    [
        RawReply([piece("a"), DONE], status=503),
        RawReply([b"x" * 100_000], status=500),
        RawReply([b"{}"], status=422),
        RawReply([b""], status=404),
    ],
    ids=lambda reply: str(reply.status),
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_error_status_leaves_no_connection_behind(call: Call, reply: RawReply) -> None:
    with MockServer([reply] * 20) as server, client(server) as mistral:
        for _ in range(20):
            assert failure(call, mistral).status_code == reply.status
        assert_all_closed(server)
