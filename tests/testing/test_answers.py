"""The answers of a `MockServer` to valid requests, as sent."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing
from typing import Any

from mistral_proto import ChatCompletionResponse, ChatCompletionStreamResponse
from mistral_proto.testing import MockServer, ReceivedRequest
from tests.testing.raw import (
    HI,
    PATH,
    WEATHER,
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

TOOLS = [WEATHER, {"type": "function", "function": {"name": "get_time", "parameters": {}}}]
TIME = {"type": "function", "function": {"name": "get_time"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
CALLS = [{"id": "c1", "function": {"name": "get_weather", "arguments": "{}"}}]
CHAIN = [
    *HI,
    {"role": "assistant", "content": "", "tool_calls": CALLS},
    {"role": "tool", "content": "12 °C", "tool_call_id": "c1", "name": "get_weather"},
]
ECHO, THOUGHT = "You said: Hi there", "The user said 'Hi there'. I repeat it."
CITY = ("get_weather", '{"city": "example"}')

# The fields of a request; the answer's text, thinking and calls, and why it ends; the tokens.
Expected = tuple[str, str, list[tuple[str, str]], str]
CASES: list[tuple[dict[str, Any], Expected, tuple[int, int]]] = [
    ({}, (ECHO, "", [], "stop"), (2, 4)),
    ({"n": 3}, (ECHO, "", [], "stop"), (2, 12)),
    ({"max_tokens": 3}, ("You said: Hi", "", [], "length"), (2, 3)),
    ({"max_tokens": 0}, ("", "", [], "length"), (2, 0)),
    ({"max_tokens": 5}, (ECHO, "", [], "stop"), (2, 4)),
    ({"messages": HI * 2}, (ECHO, "", [], "stop"), (4, 4)),
    ({"response_format": {"type": "json_object"}}, ('{"said":"Hi there"}', "", [], "stop"), (2, 2)),
    ({"response_format": SCHEMA}, ("{}", "", [], "stop"), (2, 1)),
    ({"tools": TOOLS}, ("", "", [CITY], "tool_calls"), (2, 1)),
    ({"tools": TOOLS, "tool_choice": TIME}, ("", "", [("get_time", "{}")], "tool_calls"), (2, 1)),
    ({"messages": CHAIN, "tools": TOOLS}, ("The tool says: 12 °C", "", [], "stop"), (4, 5)),
    ({"model": "magistral-small-latest"}, (ECHO, THOUGHT, [], "stop"), (2, 11)),
    ({"stop": ["x"], "temperature": 0, "safe_prompt": True}, (ECHO, "", [], "stop"), (2, 4)),
]


def read(messages: list[Any], reason: str) -> Expected:
    """Return the text, thinking and calls of a message, or of all pieces of one."""
    text = thinking = ""
    calls = []
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        for chunk in content:
            if chunk["type"] == "thinking":
                thinking += "".join([part["text"] for part in chunk["thinking"]])
            else:
                text += chunk["text"]
        for call in message.get("tool_calls", []):
            assert call["type"] == "function" and call["index"] == 0 and len(call["id"]) == 9
            calls.append((call["function"]["name"], call["function"]["arguments"]))
    return text, thinking, calls, reason


def test_whole_answers_and_streams() -> None:
    for fields, expected, (prompt, written) in CASES:
        with MockServer() as server:
            whole = post(server, ask(**fields))
            stream = post(server, ask(**fields, stream=True))
        n, total = fields.get("n", 1), prompt + written
        usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": total}

        assert (whole.status, whole.headers["content-type"]) == (200, "application/json")
        document = whole.document
        ChatCompletionResponse.from_json(whole.body, strict=True)
        assert document["object"] == "chat.completion"
        assert document["model"] == fields.get("model", "m")
        assert document["usage"] == usage
        assert [choice["index"] for choice in document["choices"]] == list(range(n))
        for choice in document["choices"]:
            assert read([choice["message"]], choice["finish_reason"]) == expected, fields

        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
        documents = pieces(stream.body)
        for document in documents:
            ChatCompletionStreamResponse.from_dict(document, strict=True)
        for name in ("object", "model", "id", "created"):
            assert len({document[name] for document in documents}) == 1
        usages = [document.get("usage") for document in documents]
        assert usages == [*[None] * (len(documents) - 1), usage]
        choices = [choice for document in documents for choice in document["choices"]]
        for index in range(n):
            mine = [choice for choice in choices if choice["index"] == index]
            roles = [choice["delta"].get("role") for choice in mine]
            reasons = [choice["finish_reason"] for choice in mine]
            assert roles == ["assistant", *[None] * (len(mine) - 1)]
            assert reasons[:-1] == [None] * (len(mine) - 1)
            assert read([choice["delta"] for choice in mine], reasons[-1]) == expected, fields


def test_answers_on_the_wire() -> None:
    with MockServer(["né \U0001f600"] * 2) as server:
        whole_head, whole = wire(server, ask())
        head, body = wire(server, ask(stream=True))
    status, *headers = whole_head.decode("ascii").split("\r\n")
    assert status == "http/1.1 200 ok"
    names = [header.partition(":")[0] for header in headers]
    assert names == ["server", "date", "content-type", "content-length"]
    assert f"content-length: {len(whole)}" in headers
    assert b'"n\\u00e9 \\ud83d\\ude00"' in whole
    assert "prefix" not in json.loads(whole)["choices"][0]["message"]

    assert b"transfer-encoding: chunked" in head and b"content-length" not in head
    # Each block is one event.
    first, _, second, _, done = blocks(body)
    assert done == b"data: [DONE]\n\n" and b'"content":" \\ud83d\\ude00"' in second
    document = json.loads(first.removeprefix(b"data: "))
    choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    assert document["choices"] == [choice]
    assert first == b"data: %s\n\n" % json.dumps(document, separators=(",", ":")).encode()


def test_an_http_1_0_client_gets_no_chunks() -> None:
    data = request_bytes(ask(stream=True), "Connection: keep-alive").replace(b"/1.1", b"/1.0", 1)
    with MockServer() as server, closing(send(server, data)) as connection:
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body.startswith(b"data: {") and body.endswith(b"}\n\ndata: [DONE]\n\n")


def test_a_connection_carries_several_requests() -> None:
    with MockServer() as server, closing(connect(server)) as connection:
        for body in (ask(), ask(stream=True), {"nothing": 1}, ask()):
            answer = exchange(connection, body)
            assert connection.sock is not None
        assert answer.text == ECHO
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
    assert isinstance(first, ReceivedRequest)
    assert (first.method, first.path, first.body) == ("POST", PATH, body)
    assert (first.headers["authorization"], first.headers["x-mine"]) == ("Bearer s3cret", "1")
    assert first.request is not None and first.request.temperature == 0.5
    assert (second.method, second.path, second.body) == ("PUT", "/other?a=1", b"{")
    assert (second.endpoint, second.document, second.request) == ("/other", None, None)
    assert "s3cret" not in repr(first)
