"""The replies that a `MockServer` was told to give, on the wire."""

from __future__ import annotations

import json
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


def chunk(**fields: Any) -> ChatCompletionStreamResponse:
    document = {"id": "s1", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
    return ChatCompletionStreamResponse.from_dict(document)


CHUNKS = [chunk(choices=[{"index": 0, "delta": {"content": text}}]) for text in ("Sa", "lut")]


def echo(request: ChatCompletionRequest) -> Reply:
    return f"{request.model}: {request.messages[0].text}"


def echo_later(_: ChatCompletionRequest) -> Reply:
    return echo


def message_of(request: ChatCompletionRequest) -> AssistantMessage:
    return AssistantMessage(content=f"{len(request.messages)}")


# A reply, and what is then said, and why the answer ends.
SAID: list[tuple[str, Reply, str, str]] = [
    ("a text", "Bonjour à tous", "Bonjour à tous", "stop"),
    ("an empty text", "", "", "stop"),
    ("a message", AssistantMessage(content="Bonjour"), "Bonjour", "stop"),
    ("a call", AssistantMessage(content="Hm", tool_calls=[CALL]), "Hm", "tool_calls"),
    ("a response", WHOLE, "Salut", "model_length"),
    ("a function", echo, "m: Hi there", "stop"),
    ("a function that gives a function", echo_later, "m: Hi there", "stop"),
    ("a function that gives a message", message_of, "1", "stop"),
    ("a lambda that gives a response", lambda _: WHOLE, "Salut", "model_length"),
]


@pytest.mark.parametrize(
    ("reply", "said", "reason"), [case[1:] for case in SAID], ids=[case[0] for case in SAID]
)
def test_a_reply_is_given_once(reply: Reply, said: str, reason: str) -> None:
    with MockServer([reply], default=answer_by_rules) as server:
        answer = post(server, ask())
        after = post(server, ask())
    [choice] = answer.document["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (said, reason)
    assert after.document["choices"][0]["message"]["content"] == "You said: Hi there"


@pytest.mark.parametrize(
    ("reply", "said", "reason"), [case[1:] for case in SAID], ids=[case[0] for case in SAID]
)
def test_a_reply_is_streamed_where_that_is_asked_for(reply: Reply, said: str, reason: str) -> None:
    with MockServer([reply]) as server:
        documents = pieces(post(server, ask(stream=True)).body)
    choices = [document["choices"][0] for document in documents]
    assert "".join([choice["delta"]["content"] for choice in choices]) == said
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + [reason]


def test_a_response_goes_out_as_it_is() -> None:
    with MockServer([WHOLE]) as server:
        answer = post(server, ask())
    assert answer.body.decode() == WHOLE.to_json()


def test_a_call_goes_out_as_it_is() -> None:
    message = AssistantMessage(content="", tool_calls=[CALL])
    with MockServer([message, message]) as server:
        whole = post(server, ask()).document["choices"][0]["message"]
        stream = pieces(post(server, ask(stream=True)).body)[-1]["choices"][0]["delta"]
    assert whole["tool_calls"] == stream["tool_calls"] == [CALL.to_dict()]


def test_replies_are_given_in_order() -> None:
    script = "1", ErrorReply(500)
    with MockServer(script, default="6") as server, closing(connect(server)) as connection:
        server.reply("3", lambda _: "4")
        server.reply("5")
        answers = [exchange(connection, ask()) for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 500, 200, 200, 200, 200]
    said = [
        answer.document["choices"][0]["message"]["content"]
        for answer in answers
        if answer.status == 200
    ]
    assert said == ["1", "3", "4", "5", "6"]


def test_a_function_sees_the_request_and_may_ask_the_server_what_came() -> None:
    seen: list[ChatCompletionRequest] = []

    def reply(request: ChatCompletionRequest) -> Reply:
        seen.append(request)
        server.reply("the next")
        return str(len(server.requests))

    with MockServer([reply]) as server:
        said = [
            post(server, ask(temperature=0.5)).document["choices"][0]["message"]["content"]
            for _ in range(2)
        ]
    assert said == ["1", "the next"]
    assert seen == [server.requests[0].request]


# The answers to both kinds of request are the same.
ALIKE = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@ALIKE
@pytest.mark.parametrize("done", [False, True])
def test_the_pieces_of_a_stream(stream: bool, done: bool) -> None:
    with MockServer([StreamReply(CHUNKS, done=done)]) as server:
        head, body = wire(server, ask(stream=stream))
    assert b"content-type: text/event-stream" in head
    sent = blocks(body)
    assert (
        sent
        == [
            b'data: {"id":"s1","object":"chat.completion.chunk","created":1,"model":"m","choices":'
            b'[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n' % text
            for text in (b"Sa", b"lut")
        ]
        + [b"data: [DONE]\n\n"] * done
    )


def test_a_finish_reason_in_a_piece_is_kept() -> None:
    last = chunk(
        choices=[{"index": 0, "delta": {}, "finish_reason": "brand-new"}],
        usage={"total_tokens": 3},
    )
    with MockServer([StreamReply([last])]) as server:
        [document] = pieces(post(server, ask(stream=True)).body)
    assert document["choices"] == [{"index": 0, "delta": {}, "finish_reason": "brand-new"}]
    assert document["usage"]["total_tokens"] == 3


def test_a_stream_of_nothing() -> None:
    with MockServer([StreamReply([]), StreamReply([], done=False)]) as server:
        assert blocks(wire(server, ask())[1]) == [b"data: [DONE]\n\n"]
        assert blocks(wire(server, ask())[1]) == []


BLOCKS = [b"data: x", b"", b"\r\n\r\n", b"\x00\xff"]


@ALIKE
def test_raw_blocks_go_out_one_by_one(stream: bool) -> None:
    with MockServer([RawReply(BLOCKS)]) as server:
        head, body = wire(server, ask(stream=stream))
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-type: text/event-stream" in head
    # An empty block would end the body.
    assert blocks(body) == [block for block in BLOCKS if block]


@ALIKE
@pytest.mark.parametrize("name", ["content-length", "Content-Length"])
def test_raw_blocks_with_a_length(stream: bool, name: str) -> None:
    length = sum(map(len, BLOCKS))
    with MockServer([RawReply(BLOCKS, status=203, headers={name: str(length)})]) as server:
        head, body = wire(server, ask(stream=stream))
    assert head.startswith(b"HTTP/1.1 203 ")
    assert b"transfer-encoding" not in head
    assert b"content-type" not in head
    assert body == b"".join(BLOCKS)


@pytest.mark.parametrize("name", ["transfer-encoding", "Transfer-Encoding"])
def test_raw_blocks_with_an_encoding(name: str) -> None:
    with MockServer([RawReply([b"x"], headers={name: "chunked"})]) as server:
        head, body = wire(server, ask())
    assert head.lower().count(b"transfer-encoding") == 1
    assert blocks(body) == [b"x"]


def test_a_raw_reply_that_closes_the_connection() -> None:
    reply = RawReply([b"abc"], headers={"content-length": "10", "connection": "close"})
    with MockServer([reply]) as server:
        with closing(send(server, request_bytes(ask()))) as connection:
            assert read_to_end(connection).endswith(b"\r\n\r\nabc")


def test_a_raw_reply_without_blocks() -> None:
    with MockServer([RawReply(), "Hi"]) as server, closing(connect(server)) as connection:
        assert exchange(connection, ask()).body == b""
        assert exchange(connection, ask()).status == 200


ONE, TWO = b'data: {"a":1}\n\n', b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("headers", "end"),
    [
        ({"content-type": "text/event-stream"}, ONE + b"\r\n"),
        ({"content-length": str(len(ONE + TWO))}, ONE),
    ],
    ids=["chunked", "with a length"],
)
def test_the_pace_of_raw_blocks(headers: dict[str, str], end: bytes) -> None:
    # Far longer than the test: the second block has no chance to be there.
    reply = RawReply([ONE, TWO], headers=headers, pace=600)
    with MockServer([reply]) as server:
        with closing(send(server, request_bytes(ask()))) as connection:
            assert TWO not in read_until(connection, end)


def test_the_pace_of_a_stream() -> None:
    pace = 0.01
    with MockServer(pace=pace) as server:
        started = time.monotonic()
        documents = pieces(post(server, ask(stream=True)).body)
        assert time.monotonic() - started >= pace * (len(documents) - 1)
        # A whole answer is not slowed down.
        server.pace = 600
        assert post(server, ask()).status == 200


def test_the_first_piece_is_there_before_the_second() -> None:
    with MockServer(pace=600) as server:
        with closing(send(server, request_bytes(ask(stream=True)))) as connection:
            received = read_until(connection, b"\n\n\r\n")
    _, _, body = received.partition(b"\r\n\r\n")
    [event] = blocks(body + b"0\r\n\r\n")
    assert json.loads(event.removeprefix(b"data: "))["choices"][0]["delta"]["role"] == "assistant"


SHOWN: list[tuple[Any, str]] = [
    (ErrorShape.text, "text"),
    (Fault.close, "close"),
    (Fault("cut_stream"), "cut_stream"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_the_enumerations_print_as_their_values(value: object, text: str) -> None:
    assert str(value) == f"{value}" == text
