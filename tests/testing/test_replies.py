"""The replies of a script, and the faults, as an independent client receives them."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time
from contextlib import closing
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    FunctionCall,
    ToolCall,
)
from mistral_proto.testing import (
    ErrorReply,
    ErrorShape,
    Fault,
    MockServer,
    RawReply,
    StreamReply,
    answer_by_rules,
)
from mistral_proto.testing.replies import Reply
from tests.testing.raw import (
    ask,
    blocks,
    connect,
    eventually,
    exchange,
    pieces,
    post,
    read_to_end,
    read_until,
    request_bytes,
    send,
    wire,
)

CALL = ToolCall(id="abc123def", function=FunctionCall(name="f", arguments={"x": 1}))
WHOLE = ChatCompletionResponse.from_dict(
    {
        "id": "r1",
        "object": "chat.completion",
        "created": 1,
        "model": "other",
        "choices": [{"index": 0, "message": {"content": "Salut"}, "finish_reason": "model_length"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15},
    }
)


def echo(request: ChatCompletionRequest) -> Reply:
    return f"{request.model}: {request.messages[0].text}"


# A reply, the text of the answer, and why it ends.
SCRIPTS: list[tuple[Reply, str, str]] = [
    ("Bonjour à tous", "Bonjour à tous", "stop"),
    ("", "", "stop"),
    (AssistantMessage(content="Bonjour"), "Bonjour", "stop"),
    (AssistantMessage(content="Hm", tool_calls=[CALL]), "Hm", "tool_calls"),
    (WHOLE, "Salut", "model_length"),
    (echo, "m: Hi there", "stop"),
    (lambda _: echo, "m: Hi there", "stop"),
    (lambda _: WHOLE, "Salut", "model_length"),
]


def test_a_reply_is_given_once_whole_or_streamed() -> None:
    for reply, text, reason in SCRIPTS:
        with MockServer([reply] * 2, default=answer_by_rules) as server:
            answer = post(server, ask())
            documents = pieces(post(server, ask(stream=True)).body)
            assert post(server, ask()).text == "You said: Hi there"
        [choice] = answer.document["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == (text, reason)
        choices = [document["choices"][0] for document in documents]
        assert "".join([choice["delta"]["content"] for choice in choices]) == text
        assert choices[-1]["finish_reason"] == reason
        if choice["message"].get("tool_calls"):
            calls = [CALL.to_dict()]
            assert choice["message"]["tool_calls"] == choices[-1]["delta"]["tool_calls"] == calls
    with MockServer([WHOLE]) as server:
        assert post(server, ask()).body.decode() == WHOLE.to_json()


def test_replies_are_given_in_order() -> None:
    def reply(request: ChatCompletionRequest) -> Reply:
        assert request is server.requests[-1].request
        server.reply("5")
        return "4"

    script = "1", ErrorReply(500)
    with MockServer(script, default="6") as server, closing(connect(server)) as connection:
        server.reply("3", reply)
        answers = [exchange(connection, ask()) for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 500, 200, 200, 200, 200]
    assert [answer.text for answer in answers if answer.status == 200] == [*"13456"]


def chunk(**choice: Any) -> ChatCompletionStreamResponse:
    document = {"id": "s1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return ChatCompletionStreamResponse.from_dict({**document, "choices": [{"index": 0, **choice}]})


def test_a_stream_reply_is_sent_as_it_is() -> None:
    event = (
        '{"id":"s1","object":"chat.completion.chunk","created":1,"model":"m",'
        '"choices":[{"index":0,"delta":{"content":"Sa"},"finish_reason":%s}]}'
    )
    chunks = [chunk(delta={"content": "Sa"}, finish_reason=it) for it in (None, "new")]
    sent = [f"data: {event % reason}\n\n".encode() for reason in ("null", '"new"')]
    for stream in (False, True):
        for done in (False, True):
            end = [b"data: [DONE]\n\n"] * done
            with MockServer([StreamReply(chunks, done), StreamReply([], done)]) as server:
                head, body = wire(server, ask(stream=stream))
                assert b"content-type: text/event-stream" in head
                assert blocks(body) == [*sent, *end]
                assert blocks(wire(server, ask())[1]) == end


def test_a_raw_reply_is_sent_as_it_is() -> None:
    data = [b"data: x", b"", b"\r\n\r\n", b"\x00\xff"]
    length = str(sum(map(len, data)))
    for stream in (False, True):
        with MockServer([RawReply(data)]) as server:
            head, body = wire(server, ask(stream=stream))
        assert head.startswith(b"http/1.1 200 ok\r\n")
        assert b"content-type: text/event-stream" in head
        assert blocks(body) == [block for block in data if block]
        for name in ("content-length", "Content-Length"):
            with MockServer([RawReply(data, 203, {name: length})]) as server:
                head, body = wire(server, ask(stream=stream))
            assert head.startswith(b"http/1.1 203 ") and body == b"".join(data)
            assert b"transfer-encoding" not in head and b"content-type" not in head
    with MockServer([RawReply([b"x"], headers={"Transfer-Encoding": "chunked"})]) as server:
        head, body = wire(server, ask())
    assert head.count(b"transfer-encoding") == 1 and blocks(body) == [b"x"]
    close = RawReply([b"abc"], headers={"content-length": "10", "connection": "close"})
    with MockServer([close]) as server, closing(send(server, request_bytes(ask()))) as connection:
        assert read_to_end(connection).endswith(b"\r\n\r\nabc")
    with MockServer([RawReply(), "Hi"]) as server, closing(connect(server)) as kept:
        assert exchange(kept, ask()).body == b""
        assert exchange(kept, ask()).status == 200


def test_pace() -> None:
    one, two = b'data: {"a":1}\n\n', b"data: [DONE]\n\n"
    length = {"content-length": str(len(one + two))}
    for headers, end in [({}, one + b"\r\n"), (length, one)]:
        # The second block would come after ten minutes.
        with MockServer([RawReply([one, two], headers=headers, pace=600)]) as server:
            with closing(send(server, request_bytes(ask()))) as connection:
                assert two not in read_until(connection, end)
    with MockServer(pace=600) as server:
        with closing(send(server, request_bytes(ask(stream=True)))) as connection:
            _, _, body = read_until(connection, b"\n\n\r\n").partition(b"\r\n\r\n")
        assert len(blocks(body + b"0\r\n\r\n")) == 1
        assert post(server, ask()).status == 200  # a whole answer does not wait
        server.pace = 0.01
        started = time.monotonic()
        documents = pieces(post(server, ask(stream=True)).body)
        assert time.monotonic() - started >= 0.01 * (len(documents) - 1)


ERROR = {"object": "error", "type": "invalid_request_error", "param": None}
SHAPES: dict[ErrorShape, Any] = {
    ErrorShape.detail: {"detail": "Déjà"},
    ErrorShape.object: {**ERROR, "message": "Déjà", "code": "429"},
    ErrorShape.message_detail: {**ERROR, "message": {"detail": "Déjà"}, "code": None},
    ErrorShape.error: {"error": {"message": "Déjà", "type": ERROR["type"], "code": 429}},
    ErrorShape.message: {"message": "Déjà", "request_id": "6f2a1c"},
    ErrorShape.text: "Déjà",
    ErrorShape.html: "<html><head><title>Déjà</title></head><body>429</body></html>",
}


def test_the_shapes_of_an_error() -> None:
    for shape in ErrorShape:
        expected = SHAPES[shape]
        kind = {"text": "text/plain", "html": "text/html"}.get(shape, "application/json")
        for stream in (False, True):
            with MockServer([ErrorReply(429, "Déjà", shape)]) as server:
                answer = post(server, ask(stream=stream))
            assert (answer.status, answer.headers["content-type"]) == (429, kind)
            body = answer.body.decode()
            assert (body if isinstance(expected, str) else json.loads(body)) == expected
    for shape in (ErrorShape.object, ErrorShape.error):
        assert '"type":"server_error"' in shape.body(500, "Overloaded")
        assert '"type":"invalid_request_error"' in shape.body(499, "Cancelled")
    assert f"{ErrorShape.text} {Fault('cut_stream')}" == "text cut_stream"


def test_an_error_reply_has_its_own_detail_and_headers() -> None:
    detail: list[Any] = [{"type": "invalid_model", "loc": ["body", "model"], "msg": "Invalid"}]
    with MockServer([ErrorReply(422, shape=ErrorShape.detail, detail=detail)]) as server:
        assert post(server, ask()).document == {"detail": detail}
    for headers, name, value in [
        ({"Retry-After": "2"}, "retry-after", b"2"),
        ({"Content-Type": "text/x"}, "content-type", b"text/x"),
        ({}, "content-type", b"application/json"),
    ]:
        with MockServer([ErrorReply(429, headers=headers)]) as server:
            head, _ = wire(server, ask())
        lines = [line for line in head.split(b"\r\n") if line.startswith(name.encode())]
        assert lines == [b"%s: %s" % (name.encode(), value)]


BOTH = (False, True)
FAULTS: list[tuple[Fault, tuple[bool, ...], type[Exception]]] = [
    (Fault.close, BOTH, http.client.RemoteDisconnected),
    (Fault.reset, BOTH, ConnectionResetError),
    (Fault.garbage, BOTH, http.client.BadStatusLine),
    (Fault.cut_body, BOTH, http.client.IncompleteRead),
    (Fault.cut_stream, BOTH, http.client.IncompleteRead),
    # The faults of a stream cut the body of a whole answer.
    (Fault.stall_stream, (False,), http.client.IncompleteRead),
    (Fault.no_done, (False,), http.client.IncompleteRead),
    (Fault.error_event, (False,), http.client.IncompleteRead),
]


def test_a_fault_breaks_one_answer() -> None:
    for fault, kinds, error in FAULTS:
        for stream in kinds:
            with MockServer([fault], default="Hi") as server:
                with pytest.raises(error) as caught:
                    post(server, ask(stream=stream))
                assert type(caught.value) is error
                assert post(server, ask(stream=stream)).status == 200
    assert {case[0] for case in FAULTS} == set(Fault) - {
        Fault.stall,
        Fault.cut_headers,
        Fault.not_json,
    }


def received(fault: Fault, *, stream: bool) -> bytes:
    with MockServer([fault]) as server:
        with closing(send(server, request_bytes(ask(stream=stream)))) as connection:
            return read_to_end(connection)


def test_the_bytes_before_a_fault() -> None:
    for stream in BOTH:
        assert received(Fault.cut_headers, stream=stream).endswith(b"\r\ncontent-type: appl")
        assert not received(Fault.garbage, stream=stream).startswith(b"HTTP/")
        assert received(Fault.close, stream=stream) == b""
        with MockServer([Fault.not_json]) as server:
            answer = post(server, ask(stream=stream))
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
        assert b"<title>Welcome</title>" in answer.body
    head, _, body = received(Fault.cut_body, stream=False).partition(b"\r\n\r\n")
    assert int(head.rpartition(b": ")[2]) // 2 == len(body)


def test_a_stream_has_two_events_before_a_fault() -> None:
    cut = b"100\r\ndata: {"
    for fault in (Fault.cut_stream, Fault.cut_body, Fault.stall_stream):
        with MockServer([fault]) as server:
            with closing(send(server, request_bytes(ask(stream=True)))) as connection:
                if fault is Fault.stall_stream:
                    data = read_until(connection, b'"You"},"finish_reason":null}]}\n\n\r\n')
                    connection.settimeout(0.05)
                    with pytest.raises(TimeoutError):
                        connection.recv(1)
                else:
                    data = read_to_end(connection)
        assert data.endswith(cut) is (fault is Fault.cut_body)
        body = data.removesuffix(cut).partition(b"\r\n\r\n")[2] + b"0\r\n\r\n"
        opening, second = pieces(b"".join(blocks(body)) + b"data: [DONE]\n\n")
        assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        assert second["choices"][0]["delta"] == {"content": "You"}
    with MockServer([Fault.no_done, Fault.error_event]) as server:
        without_done = post(server, ask(stream=True)).body
        *events, error, _ = post(server, ask(stream=True)).body.decode().split("\n\n")
    assert len(pieces(without_done + b"data: [DONE]\n\n")) == len(events) == 2
    kind, data_line = error.split("\n")
    assert kind == "event: error"
    assert json.loads(data_line.removeprefix("data: ")) == {
        **ERROR,
        "type": "server_error",
        "message": "the model broke down",
        "code": "500",
    }


def test_a_stall_lasts_until_the_client_leaves() -> None:
    linger = struct.pack("ii", 1, 0)  # with which a close is a reset
    for fault, stream in ((Fault.stall, False), (Fault.stall, True), (Fault.stall_stream, True)):
        for leaves_by_reset in BOTH:
            with MockServer([fault]) as server:
                with closing(send(server, request_bytes(ask(stream=stream)))) as connection:
                    eventually(lambda: server.requests)
                    connection.sendall(b"\n" * 3)  # which the server ignores
                    connection.settimeout(0.05)
                    with pytest.raises(TimeoutError):
                        while connection.recv(65536):
                            pass
                    assert server.open_connections == 1
                    if leaves_by_reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                eventually(lambda: server.open_connections == 0)
