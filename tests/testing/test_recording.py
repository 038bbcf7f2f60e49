"""Exchanges with a server are recorded without the key, and played back."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import Mistral
from mistral_proto.testing import Fault, MockServer, RawReply, RecordingServer, ReplayServer
from tests.client.support import CALLS
from tests.testing.raw import PATH, ask, eventually, post, read_until, request_bytes, send

KEY = "sk-0123456789/abcdef"
JSON = {"content-type": "application/json"}
HEADERS = {"Authorization": f"Bearer {KEY}", "Cookie": f"session={KEY[::-1]}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recorded.jsonl"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_kind_of_call_is_recorded_and_played_back(file: Path) -> None:
    def call_all(url: str) -> list[Any]:
        with Mistral(KEY, server_url=url) as mistral:
            return [
                call(mistral, model=model, n=n)
                for n, call in enumerate(CALLS.values(), 1)
                for model in ("mistral-small-latest", "magistral-small-latest")
            ]

    with MockServer() as real, RecordingServer(f"{real.url}/v1/", file) as server:
        answers = call_all(server.url)
        assert [each.body for each in real.requests] == [each.body for each in server.requests]
        assert real.requests[0].headers["authorization"] == f"Bearer {KEY}"
    with ReplayServer(file) as replay:
        assert call_all(replay.url) == answers
    recorded = [(line["method"], line["path"], line["status"]) for line in lines(file)]
    assert recorded == [("POST", PATH, 200)] * len(answers)


def test_the_recorded_lines(file: Path) -> None:
    headers = {**JSON, "Retry-After": "7", "Set-Cookie": "a=b"}
    refused = RawReply([b"{}"], 429, headers=headers)
    with MockServer([refused, RawReply([b"data: 1\n\n"])], default="Hi") as real:
        with RecordingServer(real.url, file) as server:
            answer = post(server, ask())
            assert (answer.status, answer.headers["set-cookie"], answer.body) == (429, "a=b", b"{}")
            post(server, ask(stream=True))
            post(server, b"7", path="/v1/models?x=1")
            assert post(server, b"", method="GET", path="/v1/models").status == 200
            assert post(server, b"", method="PUT").status == 404
            # A path that would lead to another server.
            other = request_bytes(ask(), "Connection: close").replace(PATH.encode(), b"@127.0.0.1/")
            with closing(send(server, other)) as connection:
                assert connection.recv(12) == b"HTTP/1.1 404"
        assert [each.path for each in real.requests] == [PATH, PATH, "/v1/models?x=1", "/v1/models"]
    first, second, third, last = lines(file)
    line: dict[str, Any] = {"method": "POST", "path": PATH}
    kept = {**JSON, "retry-after": "7"}
    assert first == {**line, "request": ask(), "status": 429, "headers": kept, "response": {}}
    line |= {"request": ask(stream=True), "sse": "data: 1\n\n"}
    assert second == {**line, "status": 200, "headers": {"content-type": "text/event-stream"}}
    assert (third["path"], third["request"], third["status"]) == ("/v1/models", "7", 404)
    assert (last["method"], last["request"]) == ("GET", "")


def test_keys_are_never_written(file: Path) -> None:
    def echo(_: Any) -> RawReply:
        event = json.dumps({"key": KEY, "inner": json.dumps({KEY: 1})})
        headers = {"content-type": f"text/event-stream; for={KEY}"}
        return RawReply([f"data: {event}\n\n".encode(), KEY[::-1].encode()], headers=headers)

    logged: list[str] = []
    with MockServer([echo, RawReply([KEY.encode()], headers=JSON)]) as real:
        with RecordingServer(real.url, file) as server:
            server.log = logged.append
            post(server, ask(metadata={"key": KEY}), headers=HEADERS)
            post(server, ask(model=KEY), headers=HEADERS)
            post(server, b"", path=f"/{KEY}?api-version=1&key=query-key-1", headers=HEADERS)
            path = "/?x-Key=query-key-1&version=2024-10-21"
            post(server, {"query-key-1": "2024-10-21"}, path=path, headers=HEADERS)
            assert "query-key" not in repr(server.requests[2])
            post(server, ask(api_key=KEY))
    written = file.read_text()
    for secret in ("0123456789", "query-key", "fedcba9876543210"):
        assert secret not in written + "".join(logged)
    assert len(logged) == len(lines(file)) == 5
    assert lines(file)[3]["request"] == {"[API key]": "2024-10-21"}
    assert logged[1:3] == [f"POST {PATH} [API key] 200", "POST /[API key] 404"]


def test_long_texts_with_escapes_stay_different(file: Path) -> None:
    requests = [ask(model=text * 100_001) for text in "é\n"]
    with MockServer() as real, RecordingServer(real.url, file) as server:
        for request in requests:
            post(server, request)
    assert [line["request"] for line in lines(file)] == requests


def test_a_stream_passes_as_it_arrives(file: Path) -> None:
    with MockServer([RawReply([b"data: 1\n\n", b"data: 2\n\n"], pace=600)]) as real:
        with RecordingServer(real.url, file) as server:
            with closing(send(server, request_bytes(ask(stream=True)))) as connection:
                assert b"data: 2" not in read_until(connection, b"data: 1\n\n\r\n")
    assert [line["sse"] for line in lines(file)] == ["data: 1\n\n"]


def test_a_server_that_fails(file: Path) -> None:
    with MockServer([Fault.close, Fault.cut_body, Fault.garbage, Fault.stall]) as real:
        with RecordingServer(real.url, file) as server:
            assert post(server, ask()).status == 502
            with pytest.raises(http.client.IncompleteRead):
                post(server, ask())
            assert post(server, ask()).status == 502
            connection = send(server, request_bytes(ask()))
            eventually(lambda: len(real.requests) == 4)
        # The recording server stopped without waiting for the real one.
        with closing(connection), RecordingServer(real.url, file) as server:
            real.stop()
            answer = post(server, ask())
    assert answer.status == 502
    assert answer.document["message"].startswith("no answer from http://127.0.0.1:")
    assert [line["status"] for line in lines(file)] == [200]


def entry(text: str, request: Any = None, **fields: Any) -> dict[str, Any]:
    response = {"choices": [{"index": 0, "message": {"content": text}}], "model": "m"}
    return {"request": request, "response": response, **fields}


def write(file: Path, *entries: Any) -> Path:
    file.write_text("\n\n".join(map(json.dumps, entries)), "utf-8")
    return file


def test_an_answer_is_found_by_its_request_or_by_its_order(file: Path) -> None:
    entries = [
        entry("first"),
        entry("second", ask(n=2)),
        entry("third", dict(reversed(ask(n=1).items()))),
        entry("fourth", ask(n=1)),
    ]
    expected = [
        (1, "third"),  # the first of two that match
        (7, "first"),  # none matches
        (1, "fourth"),
        (2, "second"),
        (1, "third"),  # all were given, and it matches
        (2, "second"),
    ]
    with pytest.raises(AssertionError, match="no recorded answer matches"):
        with ReplayServer(write(file, *entries)) as server:
            for n, text in expected:
                assert post(server, ask(n=n)).text == text
            answer = post(server, ask(n=7))
            assert answer.status == 500
            assert "no recorded answer matches" in answer.document["message"]


def test_a_replay_accepts_any_request_unless_strict(file: Path) -> None:
    models = entry("models", "", method="GET", path="/v1/models")
    with ReplayServer(write(file, models, entry("Hi", {"anything": 1}))) as server:
        assert post(server, {"anything": 1}, headers={}).status == 200
        for path, status in (("/v1/models?limit=1", 200), ("/v1/other", 404)):
            assert post(server, b"", method="GET", path=path).status == status
    with ReplayServer(file, strict=True) as server:
        assert post(server, {"anything": 1}).status == 422
        assert post(server, ask()).text == "Hi"


def test_the_forms_of_a_line(file: Path) -> None:
    entries = [
        {"response": {"a": 1}},
        {"response": "Oops", "sse": None, "status": 503, "headers": {"Content-Type": "text/html"}},
        {"response": None, "sse": "data: 1\r\n\r\ndata: 2\n\ndata", "source": "unknown"},
    ]
    with ReplayServer(write(file, *entries), pace=0.001) as server:
        whole, page, stream = [post(server, ask()) for _ in entries]
    assert (whole.document, whole.headers["content-type"]) == ({"a": 1}, "application/json")
    assert (page.status, page.body, page.headers["content-type"]) == (503, b"Oops", "text/html")
    assert stream.body == b"data: 1\r\n\r\ndata: 2\n\ndata"
    assert stream.headers["content-type"] == "text/event-stream"
    wrong: list[tuple[Any, str]] = [
        ([], "the line must be an object"),
        ({"request": {}}, "the line must have response or sse"),
        ({"sse": 1}, "sse must be a string"),
        ({"response": {}, "status": "200"}, "status must be an integer"),
        ({"response": {}, "status": 199}, "status must be 200 to 599"),
        ({"response": {}, "status": 600}, "status must be 200 to 599"),
        ({"response": {}, "headers": []}, "headers must be"),
        ({"response": {}, "headers": {"content-length": "1"}}, "content-length in headers"),
    ]
    for line, message in wrong:
        with pytest.raises(ValueError, match=rf"recorded.jsonl:3: {message}"):
            ReplayServer(write(file, entry("fine"), line))
    file.write_text("{")
    with pytest.raises(ValueError, match="recorded.jsonl:1: the document: expected JSON"):
        ReplayServer(file)
    with pytest.raises(OSError):
        ReplayServer(file / "none")
