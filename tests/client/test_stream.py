"""`EventStream`: each event when it is there, and a connection that never outlives it."""

from __future__ import annotations

import gc
import pickle
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import (
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    EventStream,
    IncompleteStreamError,
    Mistral,
    ResponseValidationError,
    StreamError,
    Timeouts,
)
from mistral_proto.testing import Fault, MockServer, RawReply, StreamReply
from tests.client.support import (
    DONE,
    HI,
    MODEL,
    STREAM_HEAD,
    ScriptedServer,
    answer,
    assert_all_closed,
    client,
    failure,
    piece,
    stream,
)


def begin(mistral: Mistral, **parameters: Any) -> EventStream:
    return mistral.chat.stream(model=MODEL, messages=HI, **parameters)


def texts(events: EventStream) -> list[str]:
    return [event.data.choices[0].delta.text for event in events]


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        pytest.param([piece("a"), piece("b"), DONE], ["a", "b"], id="plain"),
        pytest.param([piece("a") + piece("b") + DONE], ["a", "b"], id="one block"),
        pytest.param([DONE], [], id="nothing but the end"),
        pytest.param([piece("a"), DONE, piece("late")], ["a"], id="nothing counts after the end"),
        pytest.param([piece("a"), DONE + b"rubbish"], ["a"], id="rubbish after the end"),
        pytest.param([b"\xef\xbb\xbf", piece("a"), DONE], ["a"], id="byte order mark"),
        pytest.param([b": ping\n\n", piece("a"), b":\n\n", DONE], ["a"], id="comments"),
        pytest.param([b"data:\n\n", piece("a"), b"data\n\n", DONE], ["a"], id="empty data"),
        pytest.param([b"event: ping\n\n", piece("a"), DONE], ["a"], id="no data"),
        pytest.param([b"event: message\n" + piece("a"), DONE], ["a"], id="named event"),
        pytest.param([b"id: 1\nretry: 5\n" + piece("a"), DONE], ["a"], id="id and retry"),
        pytest.param([piece("a").replace(b"\n", b"\r\n"), DONE], ["a"], id="CRLF"),
        pytest.param([piece("a").replace(b"\n", b"\r"), DONE], ["a"], id="CR"),
        pytest.param(
            [piece("a").replace(b"data: ", b"data:"), b"data:[DONE]\n\n"], ["a"], id="tight"
        ),
        pytest.param([piece("a").replace(b",", b",\ndata: "), DONE], ["a"], id="data in lines"),
        pytest.param([piece("a", "stop")], ["a"], id="a finish reason, no [DONE]"),
        pytest.param([piece("a", "a_new_reason")], ["a"], id="an unknown finish reason, no [DONE]"),
        pytest.param([piece("a", "stop"), b"data: [DONE]"], ["a"], id="[DONE] without its end"),
    ],
)
def test_what_a_stream_holds(blocks: list[bytes], expected: list[str]) -> None:
    with MockServer([RawReply(blocks)]) as server, client(server) as mistral:
        with begin(mistral) as events:
            assert texts(events) == expected
            # At its end, not only at that of the block.
            assert_all_closed(server)
            assert list(events) == []


@pytest.mark.parametrize(
    ("blocks", "message", "partial"),
    [
        pytest.param([], "ended without [DONE] or a finish reason", None, id="empty"),
        pytest.param([b": ping\n\n"], "ended without [DONE] or a finish reason", None, id="comment"),
        pytest.param(
            [piece("a"), piece("b")], "ended without [DONE] or a finish reason", "ab", id="no end"
        ),
        pytest.param(
            [piece("a"), b"data: [DONE]"], "ended without [DONE] or a finish reason", "a",
            id="[DONE] without its end",
        ),
        pytest.param(
            [piece("a"), piece("b", "stop")[:-1]], "ended without [DONE] or a finish reason", "a",
            id="the last event without its end",
        ),
        pytest.param(
            [piece("a", "stop"), piece("b", index=1)], "ended without [DONE] or a finish reason",
            "a", id="one of two answers is not finished",
        ),
    ],
)  # fmt: skip
def test_a_stream_that_is_not_whole(blocks: list[bytes], message: str, partial: str | None) -> None:
    with MockServer([RawReply(blocks)]) as server, client(server) as mistral:
        error = failure(stream, mistral, n=2)
        assert_all_closed(server)
    assert type(error) is IncompleteStreamError
    assert message in error.message
    assert error.status_code == 200
    assert error.headers["content-type"] == "text/event-stream"
    if partial is None:
        assert error.partial is None
    else:
        assert error.partial is not None
        assert error.partial.choices[0].message.text == partial


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        pytest.param(
            b'event: error\ndata: {"message": "Overloaded"}\n\n', "Overloaded", id="error event"
        ),
        pytest.param(b"event: error\ndata: Overloaded\n\n", "Overloaded", id="plain text"),
        pytest.param(
            b'data: {"error": {"message": "Overloaded", "code": 503}}\n\n', "Overloaded", id="error"
        ),
        pytest.param(b'data: {"error": "Overloaded"}\n\n', "Overloaded", id="error as text"),
        pytest.param(
            b'data: {"object": "error", "message": "Overloaded", "type": "x"}\n\n', "Overloaded",
            id="object error",
        ),
        pytest.param(
            b'data: {"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"Bad"}]}}\n\n',
            "body.n: Bad", id="object error with details",
        ),
    ],
)  # fmt: skip
def test_an_error_inside_a_stream(sent: bytes, message: str) -> None:
    with MockServer([RawReply([piece("a"), sent, piece("b"), DONE])]) as server:
        with client(server) as mistral, begin(mistral) as events:
            assert next(events).data.choices[0].delta.text == "a"
            with pytest.raises(StreamError) as caught:
                next(events)
            assert list(events) == []
            assert_all_closed(server)
    error = caught.value
    assert type(error) is StreamError
    assert str(error) == f"the server reported an error: {message}"
    assert error.body in sent.decode()
    assert error.status_code == 200
    assert error.partial is not None
    assert error.partial.choices[0].message.text == "a"


@pytest.mark.parametrize(
    "data", ["{", "[]", "null", '{"choices": 1}', '{"choices": ["1"]}', "[done]"], ids=repr
)
def test_an_event_that_is_none(data: str) -> None:
    reply = RawReply([piece("a"), f"data: {data}\n\n".encode(), DONE])
    with MockServer([reply]) as server, client(server) as mistral:
        error = failure(stream, mistral)
        assert_all_closed(server)
    assert type(error) is ResponseValidationError
    assert error.message.startswith("an event is not a completion event")
    assert error.body == data
    assert error.cause is not None


@pytest.mark.parametrize(
    "content_type",
    ["text/event-stream", "text/event-stream; charset=utf-8", "TEXT/Event-Stream ;charset=UTF-8"],
)
def test_content_types_of_a_stream(content_type: str) -> None:
    reply = RawReply([piece("a"), DONE], headers={"content-type": content_type})
    with MockServer([reply]) as server, client(server) as mistral:
        with begin(mistral) as events:
            assert texts(events) == ["a"]


def test_a_stream_without_a_content_type_is_taken_for_one() -> None:
    script = b"HTTP/1.1 200 OK\r\n\r\n" + piece("a") + DONE
    with ScriptedServer(script) as server, client(server) as mistral:
        with begin(mistral) as events:
            assert texts(events) == ["a"]


def test_a_whole_answer_is_no_stream() -> None:
    reply = RawReply([b'{"id": "1"}'], headers={"content-type": "application/json"})
    with MockServer([reply]) as server, client(server) as mistral:
        error = failure(begin, mistral)
        assert_all_closed(server)
    assert type(error) is ResponseValidationError
    assert error.message.startswith("the answer is not an event stream")
    assert "'application/json'" in error.message
    assert error.body == '{"id": "1"}'


def test_each_event_comes_out_as_it_arrives() -> None:
    # The server may send the next event only after the one before was seen.
    gates = [threading.Event() for _ in range(3)]

    def send(connection: socket.socket) -> None:
        connection.sendall(STREAM_HEAD)
        for number, gate in enumerate(gates):
            connection.sendall(piece(f"{number}"))
            assert gate.wait(10)
        connection.sendall(DONE)

    with ScriptedServer(send) as server, client(server) as mistral:
        seen = []
        with begin(mistral) as events:
            for event in events:
                seen.append(event.data.choices[0].delta.text)
                assert not gates[len(seen) - 1].is_set()
                gates[len(seen) - 1].set()
    assert seen == ["0", "1", "2"]


def _exhausted(events: EventStream) -> None:
    list(events)


def _left(events: EventStream) -> None:
    with events:
        next(events)


def _left_by_an_error(events: EventStream) -> None:
    with pytest.raises(ZeroDivisionError), events:
        next(events)
        raise ZeroDivisionError


def _closed_twice(events: EventStream) -> None:
    events.close()
    events.close()
    assert list(events) == []


@pytest.mark.parametrize(
    ("end", "reply"),
    [
        (_exhausted, "Bonjour"),
        (_left, Fault.stall_stream),
        (_left_by_an_error, Fault.stall_stream),
        (_closed_twice, Fault.stall_stream),
    ],
)
def test_the_connection_ends_with_the_stream(
    end: Callable[[EventStream], None], reply: str | Fault
) -> None:
    with MockServer([reply]) as server, client(server) as mistral:
        events = begin(mistral)
        end(events)
        assert_all_closed(server)


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_stream_that_is_dropped_is_closed(taken: int) -> None:
    # The server stalls after two events: only the client can end this.
    with MockServer([Fault.stall_stream]) as server, client(server) as mistral:
        events = begin(mistral)
        for _ in range(taken):
            next(events)
        assert server.open_connections == 1
        del events
        assert_all_closed(server)


# The collector finalizes the socket and the stream in an order of its own, and a socket
# that comes first says that it was not closed.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_stream_that_is_dropped_in_a_cycle_is_closed(taken: int) -> None:
    with MockServer([Fault.stall_stream]) as server, client(server) as mistral:
        cycle: list[object] = [begin(mistral)]
        for _ in range(taken):
            next(cycle[0])  # type: ignore[call-overload]
        cycle.append(cycle)
        assert server.open_connections == 1
        del cycle
        gc.collect()
        assert_all_closed(server)


def test_what_was_gathered() -> None:
    with MockServer(["Bonjour le monde"]) as server, client(server) as mistral:
        with begin(mistral) as events:
            assert events.gathered is None
            said = ""
            for event in events:
                said += event.data.choices[0].delta.text
                gathered = events.gathered
                assert isinstance(gathered, ChatCompletionResponse)
                assert gathered.choices[0].message.text == said
    assert events.gathered == gathered is not None
    assert said == "Bonjour le monde"
    assert gathered.choices[0].finish_reason == "stop"
    assert gathered.usage.completion_tokens == 3


def test_status_and_headers() -> None:
    script = answer(200, DONE, "X-Request-Id: r1\r\nx-request-ID: r2")
    with ScriptedServer(script) as server, client(server) as mistral:
        with begin(mistral) as events:
            assert events.status_code == 200
            assert events.headers["x-request-id"] == "r1, r2"
            with pytest.raises(TypeError):
                pickle.dumps(events)


def test_the_pieces_are_typed() -> None:
    chunk = ChatCompletionStreamResponse(
        id="1",
        model="m",
        choices=[{"index": 0, "delta": {"content": "x"}}],  # type: ignore[list-item]
    )
    with MockServer([StreamReply([chunk])]) as server, client(server) as mistral:
        (event,) = stream(mistral)
    assert event.data == chunk


def test_events_that_come_slowly_are_no_timeout() -> None:
    # That of the parts; the stream as a whole takes longer than it.
    reply = RawReply([piece("a")] * 8 + [DONE], pace=0.03)
    with MockServer([reply]) as server, client(server, timeout_ms=Timeouts(read_ms=200)) as mistral:
        with begin(mistral) as events:
            assert texts(events) == ["a"] * 8
