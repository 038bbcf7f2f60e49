"""The faults of a `MockServer`, as a client sees them that knows nothing of them."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from contextlib import closing
from typing import Any

import pytest

from mistral_proto.testing import Fault, MockServer
from tests.testing.raw import (
    PATH,
    ask,
    blocks,
    connect,
    eventually,
    pieces,
    post,
    read_to_end,
    read_until,
    request_bytes,
    send,
)

BOTH = [False, True]
# Lingering for zero seconds turns the close into a reset.
LINGER = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
HTML = "<html><head><title>Welcome</title></head><body>200</body></html>"


def respond(server: MockServer, *, stream: bool, timeout: float = 10.0) -> tuple[int, bytes]:
    """The answer as `http.client` has it; it raises where that is broken."""
    with closing(connect(server)) as connection:
        connection.timeout = timeout
        body = json.dumps(ask(stream=stream))
        connection.request("POST", PATH, body, {"Authorization": "Bearer k"})
        response = connection.getresponse()
        return response.status, response.read()


FAILURES: list[tuple[Fault, list[bool], type[Exception]]] = [
    (Fault.close, BOTH, http.client.RemoteDisconnected),
    (Fault.reset, BOTH, ConnectionResetError),
    (Fault.garbage, BOTH, http.client.BadStatusLine),
    (Fault.cut_body, BOTH, http.client.IncompleteRead),
    (Fault.cut_stream, BOTH, http.client.IncompleteRead),
    # Of a whole answer these cut the body, whatever they do to a stream.
    (Fault.stall_stream, [False], http.client.IncompleteRead),
    (Fault.no_done, [False], http.client.IncompleteRead),
    (Fault.error_event, [False], http.client.IncompleteRead),
]


@pytest.mark.parametrize(
    ("fault", "stream", "error"),
    [(fault, stream, error) for fault, kinds, error in FAILURES for stream in kinds],
)
def test_a_fault_breaks_the_answer(fault: Fault, stream: bool, error: type[Exception]) -> None:
    with MockServer([fault], default="Hi") as server:
        with pytest.raises(error) as caught:
            respond(server, stream=stream)
        assert type(caught.value) is error
        assert len(server.requests) == 1
        # It was for one request, and the server goes on.
        assert respond(server, stream=stream)[0] == 200


@pytest.mark.parametrize(
    ("fault", "stream"), [(Fault.stall, False), (Fault.stall, True), (Fault.stall_stream, True)]
)
def test_a_stall_lasts_until_the_client_gives_up(fault: Fault, stream: bool) -> None:
    with MockServer([fault]) as server:
        with pytest.raises(TimeoutError):
            respond(server, stream=stream, timeout=0.05)
        eventually(lambda: server.open_connections == 0)


def test_a_stall_ends_with_a_reset_by_the_client() -> None:
    with MockServer([Fault.stall]) as server:
        connection = send(server, request_bytes(ask()))
        eventually(lambda: server.requests)
        connection.setsockopt(*LINGER)
        connection.close()
        eventually(lambda: server.open_connections == 0)


def test_a_stall_does_not_mind_what_else_the_client_sends() -> None:
    with MockServer([Fault.stall]) as server:
        with closing(send(server, request_bytes(ask()))) as connection:
            eventually(lambda: server.requests)
            connection.sendall(b"\n" * 3)
            connection.settimeout(0.05)
            with pytest.raises(TimeoutError):
                connection.recv(1)


def received(fault: Fault, *, stream: bool) -> bytes:
    with MockServer([fault]) as server:
        with closing(send(server, request_bytes(ask(stream=stream)))) as connection:
            return read_to_end(connection)


@pytest.mark.parametrize("stream", BOTH)
def test_headers_that_are_cut(stream: bool) -> None:
    assert received(Fault.cut_headers, stream=stream) == b"HTTP/1.1 200 OK\r\ncontent-type: appl"


@pytest.mark.parametrize("stream", BOTH)
def test_what_is_not_http(stream: bool) -> None:
    assert not received(Fault.garbage, stream=stream).startswith(b"HTTP/")


@pytest.mark.parametrize("stream", BOTH)
def test_a_close_without_a_byte(stream: bool) -> None:
    assert received(Fault.close, stream=stream) == b""


def test_a_body_that_is_cut() -> None:
    head, _, body = received(Fault.cut_body, stream=False).partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    [length] = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")]
    assert len(body) == length // 2
    assert body.startswith(b'{"id":')


def first_events(body: bytes) -> list[Any]:
    """The documents of the two events that come before a fault in a stream."""
    return pieces(b"".join(blocks(body)) + b"data: [DONE]\n\n")


def test_a_stream_that_is_cut_after_an_event() -> None:
    _, _, body = received(Fault.cut_stream, stream=True).partition(b"\r\n\r\n")
    opening, piece = first_events(body + b"0\r\n\r\n")
    assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert piece["choices"][0]["delta"] == {"content": "You"}


def test_a_stream_that_is_cut_in_an_event() -> None:
    _, _, body = received(Fault.cut_body, stream=True).partition(b"\r\n\r\n")
    rest = b"100\r\ndata: {"
    assert body.endswith(rest)
    assert len(first_events(body.removesuffix(rest) + b"0\r\n\r\n")) == 2


def test_a_stream_that_stalls_has_begun() -> None:
    with MockServer([Fault.stall_stream]) as server:
        with closing(send(server, request_bytes(ask(stream=True)))) as connection:
            data = read_until(connection, b'{"content":"You"},"finish_reason":null}]}\n\n\r\n')
            connection.settimeout(0.05)
            with pytest.raises(TimeoutError):
                connection.recv(1)
    _, _, body = data.partition(b"\r\n\r\n")
    assert len(first_events(body + b"0\r\n\r\n")) == 2


def test_a_stream_that_ends_without_done() -> None:
    with MockServer([Fault.no_done]) as server:
        status, body = respond(server, stream=True)
    assert status == 200
    documents = pieces(body + b"data: [DONE]\n\n")
    assert [document["choices"][0]["finish_reason"] for document in documents] == [None, None]


def test_a_stream_that_reports_an_error() -> None:
    with MockServer([Fault.error_event]) as server:
        status, body = respond(server, stream=True)
    assert status == 200
    *events, last, end = body.decode("ascii").split("\n\n")
    assert (len(events), end) == (2, "")
    kind, data = last.split("\n")
    assert kind == "event: error"
    assert json.loads(data.removeprefix("data: ")) == {
        "object": "error",
        "message": "the model broke down",
        "type": "server_error",
        "param": None,
        "code": "500",
    }


@pytest.mark.parametrize("stream", BOTH)
def test_a_success_that_is_a_web_page(stream: bool) -> None:
    with MockServer([Fault.not_json]) as server:
        answer = post(server, ask(stream=stream))
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert answer.body.decode() == HTML


def test_a_function_may_choose_the_fault() -> None:
    with MockServer([lambda request: Fault.close if request.n == 2 else "fine"] * 2) as server:
        assert post(server, ask(n=1)).status == 200
        with pytest.raises(http.client.RemoteDisconnected):
            post(server, ask(n=2))


def test_the_tables_hold_every_fault() -> None:
    tested = {fault for fault, _, _ in FAILURES}
    assert tested | {Fault.stall, Fault.cut_headers, Fault.not_json} == set(Fault)
