"""The replies of a script, and the faults, as an independent client receives them."""

from __future__ import annotations

import json
import re
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
    (AssistantMessage(content="Hm", tool_calls=[CALL]), "Hm", "tool_calls"),
    (WHOLE, "Salut", "model_length"),
    (echo, "m: Hi there", "stop"),
    (lambda _: echo, "m: Hi there", "stop"),
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
        calls = [CALL.to_dict()] if reason == "tool_calls" else None
        assert choice["message"].get("tool_calls") == calls
        assert choices[-1]["delta"].get("tool_calls") == calls
        assert reply is not WHOLE or answer.body.decode() == WHOLE.to_json()


def test_replies_are_given_in_order() -> None:
    def reply(request: ChatCompletionRequest) -> Reply:
        assert request is server.requests[-1].request
        server.reply("5")
        return "4"

    script = "1", ErrorReply(500)
    with MockServer(script, default="6") as server, closing(connect(server)) as connection:
        server.reply("3", reply)
        answers = [exchange(connection, ask()) for _ in range(6)]
    texts = [answer.text if answer.status == 200 else answer.status for answer in answers]
    assert texts == ["1", 500, "3", "4", "5", "6"]


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
    for done in (False, True):
        with MockServer([StreamReply(chunks, done), StreamReply([], done)]) as server:
            head, body = wire(server, ask())
            end = [b"data: [DONE]\n\n"] * done
            assert b"content-type: text/event-stream" in head
            assert blocks(body) == [*sent, *end]
            assert blocks(wire(server, ask(stream=True))[1]) == end


def test_a_raw_reply_is_sent_as_it_is() -> None:
    data = [b"data: x", b"", b"\r\n\r\n", b"\x00\xff"]
    replies = [
        RawReply(data),
        RawReply(data, 203, {"Content-Length": str(sum(map(len, data)))}),
        RawReply([b"x"], headers={"Transfer-Encoding": "chunked"}),
        RawReply([b"abc"], headers={"content-length": "10"}),
    ]
    with MockServer(replies) as server:
        head, body = wire(server, ask(stream=True))
        assert head.startswith(b"http/1.1 200 ok\r\n")
        assert b"content-type: text/event-stream" in head
        assert blocks(body) == [block for block in data if block]
        head, body = wire(server, ask())
        assert head.startswith(b"http/1.1 203 ") and body == b"".join(data)
        assert b"transfer-encoding" not in head and b"content-type" not in head
        head, body = wire(server, ask())
        assert head.count(b"transfer-encoding") == 1 and blocks(body) == [b"x"]
        assert wire(server, ask())[1] == b"abc"
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


DONE = b"data: [DONE]\n\n"
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


def test_error_replies() -> None:
    for shape in ErrorShape:
        expected = SHAPES[shape]
        kind = {"text": "text/plain", "html": "text/html"}.get(shape, "application/json")
        with MockServer([ErrorReply(429, "Déjà", shape)]) as server:
            answer = post(server, ask(stream=True))
        assert (answer.status, answer.headers["content-type"]) == (429, kind)
        body = answer.body.decode()
        assert (body if isinstance(expected, str) else json.loads(body)) == expected
    for shape in (ErrorShape.object, ErrorShape.error):
        assert '"type":"server_error"' in shape.body(500, "Overloaded")
        assert '"type":"invalid_request_error"' in shape.body(499, "Cancelled")
    assert f"{ErrorShape.text} {Fault('cut_stream')}" == "text cut_stream"
    detail: list[Any] = [{"type": "invalid_model", "loc": ["body", "model"], "msg": "Invalid"}]
    headers = {"Retry-After": "2", "Content-Type": "text/x"}
    with MockServer([ErrorReply(422, "", ErrorShape.detail, detail, headers)]) as server:
        head, sent = wire(server, ask())
    assert json.loads(sent) == {"detail": detail}
    assert b"\r\nretry-after: 2" in head and b"\r\ncontent-type: text/x" in head
    assert head.count(b"content-type") == 1


OPENING = {"role": "assistant", "content": ""}


def test_faults_before_an_answer() -> None:
    for stream in (False, True):
        faults = [Fault.cut_headers, Fault.garbage, Fault.close, Fault.not_json, Fault.reset]
        with MockServer(faults, default="Hi") as server:
            assert wire(server, ask(stream=stream))[0].endswith(b"\r\ncontent-type: appl")
            assert not wire(server, ask(stream=stream))[0].startswith(b"http/")
            assert wire(server, ask(stream=stream)) == (b"", b"")
            answer = post(server, ask(stream=stream))
            assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
            with pytest.raises(ConnectionResetError):
                wire(server, ask(stream=stream))
            assert post(server, ask(stream=stream)).status == 200


def test_faults_in_an_answer() -> None:
    error = {**ERROR, "type": "server_error", "message": "the model broke down", "code": "500"}
    event = f"event: error\ndata: {json.dumps(error, separators=(',', ':'))}\n\n".encode()
    last = b"0\r\n\r\n"
    for fault, end in [
        (Fault.cut_stream, b""),
        (Fault.cut_body, b"100\r\ndata: {"),
        (Fault.no_done, last),
        (Fault.error_event, b"%x\r\n%s\r\n%s" % (len(event), event, last)),
    ]:
        with MockServer([fault] * 2) as server:
            _, stream = wire(server, ask(stream=True))
            head, body = wire(server, ask())
        events = blocks(stream.removesuffix(end) + last)
        deltas = [it["choices"][0]["delta"] for it in pieces(b"".join([*events, DONE]))]
        assert deltas == [OPENING, {"content": "You"}] and stream.endswith(end)
        # A whole answer is cut.
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None and int(length[1]) // 2 == len(body) > 0


def test_a_stall_lasts_until_the_client_leaves() -> None:
    linger = struct.pack("ii", 1, 0)  # with which a close is a reset
    for fault, stream, end in ((Fault.stall, False, b""), (Fault.stall_stream, True, b'"You"}')):
        for leaves_by_reset in (False, True):
            with MockServer([fault]) as server:
                with closing(send(server, request_bytes(ask(stream=stream)))) as connection:
                    eventually(lambda: server.requests)
                    connection.sendall(b"\n" * 3)  # which the server ignores
                    connection.settimeout(0.05)
                    received = b""
                    with pytest.raises(TimeoutError):
                        while True:
                            received += connection.recv(65536)
                    assert end in received and server.open_connections == 1
                    if leaves_by_reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                eventually(lambda: server.open_connections == 0)
