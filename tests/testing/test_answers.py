"""What a `MockServer` sends for a valid request, on the wire."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from contextlib import closing
from typing import Any

import pytest

from mistral_proto import ChatCompletionResponse, ChatCompletionStreamResponse, Mistral
from mistral_proto.testing import MockServer, ReceivedRequest
from tests.testing.raw import (
    ASK,
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

NAMED = {"type": "function", "function": {"name": "get_time"}}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {}}}
TOOLS = [WEATHER, TIME]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
CALLED = [
    *ASK,
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "c1", "function": {"name": "get_weather", "arguments": "{}"}}],
    },
    {"role": "tool", "content": "12 °C", "tool_call_id": "c1", "name": "get_weather"},
]


def text(said: str = "You said: Hi there", reason: str = "stop") -> dict[str, Any]:
    return {"text": said, "thinking": "", "calls": [], "finish_reason": reason}


def call(name: str, arguments: str) -> dict[str, Any]:
    return {
        "text": "",
        "thinking": "",
        "calls": [{"name": name, "arguments": arguments}],
        "finish_reason": "tool_calls",
    }


TOLD = "The tool says: 12 °C"
SAID = text('{"said":"Hi there"}')
THOUGHT = {**text(), "thinking": "The user said 'Hi there'. I repeat it."}

# A request, its answers, and the tokens of the prompt and of the answers.
ANSWERS: list[tuple[str, dict[str, Any], list[dict[str, Any]], tuple[int, int]]] = [
    ("plain", {}, [text()], (2, 4)),
    ("three choices", {"n": 3}, [text()] * 3, (2, 12)),
    ("max_tokens", {"max_tokens": 3}, [text("You said: Hi", "length")], (2, 3)),
    ("json_object", {"response_format": {"type": "json_object"}}, [SAID], (2, 2)),
    ("json_schema", {"response_format": SCHEMA}, [text("{}")], (2, 1)),
    ("tools", {"tools": TOOLS}, [call("get_weather", '{"city": "example"}')], (2, 1)),
    (
        "tool_choice required",
        {"tools": TOOLS, "tool_choice": "required"},
        [call("get_weather", '{"city": "example"}')],
        (2, 1),
    ),
    ("tool_choice named", {"tools": TOOLS, "tool_choice": NAMED}, [call("get_time", "{}")], (2, 1)),
    ("tool_choice none", {"tools": TOOLS, "tool_choice": "none"}, [text()], (2, 4)),
    ("a tool's answer", {"messages": CALLED, "tools": TOOLS}, [text(TOLD)], (4, 5)),
    ("reasoning model", {"model": "magistral-small-latest"}, [THOUGHT], (2, 11)),
    ("prompt_mode", {"prompt_mode": "reasoning"}, [THOUGHT], (2, 11)),
    ("reasoning_effort", {"reasoning_effort": "high"}, [THOUGHT], (2, 11)),
    ("reasoning_effort none", {"reasoning_effort": "none"}, [text()], (2, 4)),
    ("other fields", {"stop": ["x"], "temperature": 0, "safe_prompt": True}, [text()], (2, 4)),
]
TABLE = pytest.mark.parametrize(
    ("fields", "answers", "tokens"), [case[1:] for case in ANSWERS], ids=[c[0] for c in ANSWERS]
)


def add(summary: dict[str, Any], message: dict[str, Any]) -> None:
    """Add a message, or a piece of one, to what was read of it so far."""
    content = message["content"]
    chunks: list[Any] = content
    if isinstance(content, str):
        chunks = [{"type": "text", "text": content}]
    for chunk in chunks:
        if chunk["type"] == "thinking":
            assert all(part["type"] == "text" for part in chunk["thinking"])
            summary["thinking"] += "".join([part["text"] for part in chunk["thinking"]])
        else:
            summary["text"] += chunk["text"]
    for one in message.get("tool_calls", []):
        assert one["type"] == "function" and one["index"] == 0 and len(one["id"]) == 9
        summary["calls"].append(one["function"])


def usage(tokens: tuple[int, int]) -> dict[str, int]:
    prompt, written = tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }


@TABLE
def test_a_whole_answer(
    fields: dict[str, Any], answers: list[dict[str, Any]], tokens: tuple[int, int]
) -> None:
    with MockServer() as server:
        answer = post(server, ask(**fields))

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["content-length"] == str(len(answer.body))
    document = answer.document
    assert document["object"] == "chat.completion"
    assert document["model"] == fields.get("model", "m")
    assert document["usage"] == usage(tokens)
    found = []
    for index, choice in enumerate(document["choices"]):
        assert choice["index"] == index
        assert choice["message"]["role"] == "assistant"
        summary = text("", choice["finish_reason"])
        add(summary, choice["message"])
        found.append(summary)
    assert found == answers
    ChatCompletionResponse.from_json(answer.body, strict=True)


@TABLE
def test_a_streamed_answer(
    fields: dict[str, Any], answers: list[dict[str, Any]], tokens: tuple[int, int]
) -> None:
    with MockServer() as server:
        answer = post(server, ask(**fields, stream=True))

    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    documents = pieces(answer.body)
    assert {document["object"] for document in documents} == {"chat.completion.chunk"}
    assert {document["model"] for document in documents} == {fields.get("model", "m")}
    assert len({(document["id"], document["created"]) for document in documents}) == 1
    assert [document.get("usage") for document in documents] == [
        *[None] * (len(documents) - 1),
        usage(tokens),
    ]
    found = [text("", "") for _ in answers]
    opened = set()
    for document in documents:
        [choice] = document["choices"]
        index = choice["index"]
        assert (choice["delta"].get("role") == "assistant") is (index not in opened)
        opened.add(index)
        assert found[index]["finish_reason"] == ""  # nothing comes after it
        add(found[index], choice["delta"])
        # Where there is no reason yet the API says so, with an explicit null.
        if choice["finish_reason"] is not None:
            found[index]["finish_reason"] = choice["finish_reason"]
        ChatCompletionStreamResponse.from_dict(document, strict=True)
    assert found == answers


def test_a_whole_answer_on_the_wire() -> None:
    with MockServer() as server:
        head, body = wire(server, ask())

    status, *headers = head.decode("ascii").split("\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert [name for header in headers if (name := header.partition(":")[0].lower())] == [
        "server",
        "date",
        "content-type",
        "content-length",
    ]
    assert body.isascii() and "prefix" not in json.loads(body)["choices"][0]["message"]


def test_a_stream_on_the_wire() -> None:
    with MockServer() as server:
        head, body = wire(server, ask(stream=True, max_tokens=1))

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    headers = head.lower().split(b"\r\n")
    assert b"transfer-encoding: chunked" in headers
    assert b"content-type: text/event-stream" in headers
    assert not any(header.startswith(b"content-length") for header in headers)
    # A block is an event, whole.
    events = blocks(body)
    assert events[-1] == b"data: [DONE]\n\n"
    assert all(event.startswith(b"data: {") and event.endswith(b"}\n\n") for event in events[:-1])
    document = json.loads(events[0].removeprefix(b"data: "))
    same = json.dumps(
        {
            "id": document["id"],
            "object": "chat.completion.chunk",
            "created": document["created"],
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "delta": {"role": "assistant", "content": ""},
                    "finish_reason": None,
                }
            ],
        },
        separators=(",", ":"),
    )
    assert events[0] == f"data: {same}\n\n".encode()
    assert len(events) == 4


def test_an_older_http_gets_no_chunks() -> None:
    data = request_bytes(ask(stream=True), "Connection: keep-alive").replace(b"/1.1", b"/1.0", 1)
    with MockServer() as server, closing(send(server, data)) as connection:
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body.startswith(b"data: {") and body.endswith(b"}\n\ndata: [DONE]\n\n")


def test_text_beyond_ascii_is_escaped_on_the_wire() -> None:
    with MockServer(["né \U0001f600"] * 2) as server:
        _, whole = wire(server, ask())
        _, stream = wire(server, ask(stream=True))
    assert b'"n\\u00e9 \\ud83d\\ude00"' in whole
    assert b'"n\\u00e9"' in stream and b'" \\ud83d\\ude00"' in stream


@pytest.mark.parametrize("first", [False, True, None], ids=["whole", "streamed", "refused"])
def test_a_connection_carries_one_request_after_the_other(first: bool | None) -> None:
    with MockServer() as server, closing(connect(server)) as connection:
        exchange(connection, ask(stream=first) if first is not None else {"nothing": 1})
        kept = connection.sock
        answer = exchange(connection, ask())
        assert connection.sock is kept is not None
        assert answer.document["choices"][0]["message"]["content"] == "You said: Hi there"
        assert len(server.requests) == 2
        assert (server.connections, server.open_connections) == (1, 1)


def test_two_requests_in_one_go() -> None:
    one, two = request_bytes(ask(model="a")), request_bytes(ask(model="b"), "Connection: close")
    with MockServer() as server, closing(send(server, one + two)) as connection:
        received = read_to_end(connection)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.index(b'"model":"a"') < received.index(b'"model":"b"')


def test_a_chunked_request() -> None:
    body = json.dumps(ask()).encode()
    head = "Authorization: Bearer k\r\nTransfer-Encoding: Chunked\r\n\r\n"
    start = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{head}".encode()
    chunks = b"5\r\n%s\r\n%X;a=b\r\n%s\r\n0\r\n" % (body[:5], len(body) - 5, body[5:])
    # With and without trailers, one after the other on a connection.
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


def test_a_body_that_waits_for_leave() -> None:
    # As curl sends one that is large; it loses a second where no leave comes.
    whole = request_bytes(ask(), "Expect: 100-continue", "Connection: close")
    head, _, body = whole.partition(b"\r\n\r\n")
    with MockServer() as server, closing(send(server, head + b"\r\n\r\n")) as connection:
        connection.settimeout(1)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_to_end(connection).startswith(b"HTTP/1.1 200 OK")


def test_what_came_can_be_read() -> None:
    body = json.dumps(ask(temperature=0.5)).encode()
    with MockServer() as server:
        post(server, body, headers={"Authorization": "Bearer s3cret", "X-Mine": "1"})
        post(server, b"{", path="/other", method="PUT")
    first, second = server.requests
    assert isinstance(first, ReceivedRequest)
    assert (first.method, first.path, first.body) == ("POST", PATH, body)
    assert first.headers["authorization"] == "Bearer s3cret"
    assert first.headers["x-mine"] == "1"
    assert first.request is not None and first.request.temperature == 0.5
    assert (second.method, second.path, second.body) == ("PUT", "/other", b"{")
    assert second.request is None


def test_urllib_gets_an_answer() -> None:
    with MockServer() as server:
        request = urllib.request.Request(
            server.url + PATH,
            json.dumps(ask()).encode(),
            {"Authorization": "Bearer k", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            assert json.load(response)["choices"][0]["finish_reason"] == "stop"


def test_our_own_client_gets_an_answer() -> None:
    with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        whole = mistral.chat.complete(model="magistral-small", messages=ASK)
        with mistral.chat.stream(model="magistral-small", messages=ASK) as events:
            assert sum(1 for _ in events) > 5
            gathered = events.snapshot
    assert gathered is not None
    assert gathered.choices == whole.choices
    assert gathered.usage == whole.usage
