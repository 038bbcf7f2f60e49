"""What goes to a server and back is recorded, without the key, and played back."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import Mistral
from mistral_proto.testing import (
    Fault,
    MockServer,
    RawReply,
    RecordingServer,
    ReplayServer,
)
from tests.client.support import CALLS
from tests.recorded.shared_folder import missing_reason, shared_folder
from tests.testing.raw import (
    PATH,
    ask,
    connect,
    eventually,
    exchange,
    post,
    read_until,
    request_bytes,
    send,
)

KEY = "sk-0123456789/abcdef"
JSON = {"content-type": "application/json"}
HEADERS = {"Authorization": f"Bearer {KEY}", "Cookie": f"session={KEY[::-1]}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recorded.jsonl"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def said(server: MockServer, *, status: int = 200, **fields: Any) -> Any:
    answer = post(server, ask(**fields))
    assert answer.status == status
    return answer.document["choices"][0]["message"]["content"] if status == 200 else answer.document


def test_what_is_recorded_is_played_back_to_every_kind_of_call(file: Path) -> None:
    def asked(url: str) -> list[Any]:
        with Mistral(KEY, server_url=url) as mistral:
            return [
                call(mistral, model=model, n=n)
                for n, call in enumerate(CALLS.values(), 1)
                for model in ("mistral-small-latest", "magistral-small-latest")
            ]

    with MockServer() as real, RecordingServer(f"{real.url}/v1/", file) as server:
        answers = asked(server.url)
        assert [one.body for one in real.requests] == [one.body for one in server.requests]
        assert real.requests[0].headers["authorization"] == f"Bearer {KEY}"
    with ReplayServer(file) as replay:
        assert asked(replay.url) == answers
    assert [(line["method"], line["path"], line["status"]) for line in lines(file)] == [
        ("POST", PATH, 200)
    ] * len(answers)


def test_a_line(file: Path) -> None:
    headers = {**JSON, "Retry-After": "7", "Set-Cookie": "a=b"}
    refused = RawReply([b"{}"], 429, headers=headers)
    with MockServer([refused, RawReply([b"data: 1\n\n"])], default="Hi") as real:
        with RecordingServer(real.url, file) as server:
            answer = post(server, ask())
            assert (answer.status, answer.headers["set-cookie"], answer.body) == (429, "a=b", b"{}")
            post(server, ask(stream=True))
            post(server, b"7", path="/v1/models?x=1")
            with closing(connect(server)) as connection:
                assert exchange(connection, b"", method="GET", path="/v1/models").status == 200
            assert post(server, b"", method="PUT").status == 404
        assert [one.path for one in real.requests] == [PATH, PATH, "/v1/models?x=1", "/v1/models"]
    first, second, third, last = lines(file)
    chat = {"method": "POST", "path": PATH}
    assert first == {
        **chat,
        "request": ask(),
        "status": 429,
        "headers": {**JSON, "retry-after": "7"},
        "response": {},
    }
    kind = {"content-type": "text/event-stream"}
    assert second == {
        **chat,
        "request": ask(stream=True),
        "status": 200,
        "headers": kind,
        "sse": "data: 1\n\n",
    }
    assert (third["path"], third["request"], third["status"]) == ("/v1/models", "7", 404)
    assert (last["method"], last["request"]) == ("GET", "")


def test_the_key_is_never_written(file: Path) -> None:
    def echo(_: Any) -> RawReply:
        event = json.dumps({"key": KEY, "inner": json.dumps({KEY: 1})})
        headers = {"content-type": f"text/event-stream; for={KEY}"}
        return RawReply([f"data: {event}\n\n".encode(), KEY[::-1].encode()], headers=headers)

    shown: list[str] = []
    with MockServer([echo, RawReply([KEY.encode()], headers=JSON)]) as real:
        with RecordingServer(real.url, file) as server:
            server.log = shown.append
            post(server, ask(metadata={"key": KEY}), headers=HEADERS)
            post(server, ask(model=KEY), headers=HEADERS)
            post(server, b"", path=f"/{KEY}?api-version=1&key=query-key-1", headers=HEADERS)
            path = "/?x-Key=query-key-1&version=2024-10-21"
            post(server, {"query-key-1": "2024-10-21"}, path=path, headers=HEADERS)
            assert "query-key" not in repr(server.requests[2])
            post(server, ask(api_key=KEY))
    written = file.read_text()
    for text in ("0123456789", "query-key", "fedcba9876543210"):
        assert text not in written + "".join(shown)
    assert len(shown) == len(lines(file)) == 5
    assert lines(file)[3]["request"] == {"[API key]": "2024-10-21"}
    assert shown[1:3] == [
        f"POST {PATH} [API key] 200",
        "POST /[API key] 404",
    ]


def test_long_texts_that_json_escapes_are_told_apart(file: Path) -> None:
    asked = [ask(messages=[{"role": "user", "content": text * 100_001}]) for text in "é\n"]
    with MockServer(["one", "two"]) as real, RecordingServer(real.url, file) as server:
        for document in asked:
            post(server, document)
    assert [line["request"] for line in lines(file)] == asked
    with ReplayServer(file) as server:
        assert [said(server, **document) for document in reversed(asked)] == ["two", "one"]


def test_a_stream_passes_as_it_comes(file: Path) -> None:
    with MockServer([RawReply([b"data: 1\n\n", b"data: 2\n\n"], pace=600)]) as real:
        with RecordingServer(real.url, file) as server:
            with closing(send(server, request_bytes(ask(stream=True)))) as connection:
                assert b"data: 2" not in read_until(connection, b"data: 1\n\n\r\n")
    # What had come by then is written.
    assert [line["sse"] for line in lines(file)] == ["data: 1\n\n"]


def test_a_server_that_fails(file: Path) -> None:
    with MockServer([Fault.close, Fault.cut_body, Fault.garbage]) as real:
        with RecordingServer(real.url, file) as server:
            assert post(server, ask()).status == 502
            with pytest.raises(http.client.IncompleteRead):
                post(server, ask())
            assert post(server, ask()).status == 502
            assert lines(file)[0]["status"] == 200
            real.stop()
            answer = post(server, ask())
    assert answer.status == 502
    assert answer.document["message"].startswith("no answer from http://127.0.0.1:")
    assert len(lines(file)) == 1


def test_a_path_that_leads_to_another_server_is_not_passed_on(file: Path) -> None:
    with MockServer() as real, RecordingServer(real.url, file) as server:
        data = request_bytes(ask(), "Connection: close").replace(PATH.encode(), b"@127.0.0.1/")
        with closing(send(server, data)) as connection:
            assert connection.recv(12) == b"HTTP/1.1 404"
        assert real.requests == []


def test_a_server_that_stops_waits_for_no_other(file: Path) -> None:
    with MockServer([Fault.stall]) as real:
        with RecordingServer(real.url, file) as server:
            connection = send(server, request_bytes(ask()))
            eventually(lambda: real.requests)
        with closing(connection):
            assert server.open_connections == 0


def test_where_it_is_recorded_and_from_whom(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="^to must be an http or https URL"):
        RecordingServer("ftp://example.com", tmp_path / "a")
    with pytest.raises(OSError):
        RecordingServer("http://example.com", tmp_path / "no" / "a")


def entry(text: str, request: Any = None, **fields: Any) -> dict[str, Any]:
    response = {"choices": [{"index": 0, "message": {"content": text}}], "model": "m"}
    return {"request": request, "response": response, **fields}


def write(file: Path, *entries: Any) -> Path:
    file.write_text("\n\n".join(map(json.dumps, entries)), "utf-8")
    return file


def test_answers_are_found_by_the_request_and_else_in_order(file: Path) -> None:
    other_order = dict(reversed(ask(n=1).items()))
    entries = [
        entry("first"),
        entry("second", ask(n=2)),
        entry("third", other_order),
        entry("fourth", ask(n=1)),
    ]
    with pytest.raises(AssertionError, match="no recorded answer matches"):
        with ReplayServer(write(file, *entries)) as server:
            asked = [1, 7, 1, 2, 1, 2]
            assert [said(server, n=n) for n in asked] == [
                "third",  # of two that fit the one
                "first",  # as none fits
                "fourth",  # of two that fit the other
                "second",
                "third",  # all were given, and it fits
                "second",
            ]
            document = said(server, status=500, n=7)
            assert "no recorded answer matches" in document["message"]


def test_a_replay_takes_what_was_recorded_and_nothing_else(file: Path) -> None:
    models = entry("models", "", method="GET", path="/v1/models")
    with ReplayServer(write(file, models, entry("Hi", {"anything": 1}))) as server:
        # Without a key, and valid or not.
        assert post(server, {"anything": 1}, headers={}).status == 200
        with closing(connect(server)) as connection:
            for path, status in (("/v1/models?limit=1", 200), ("/v1/other", 404)):
                answer = exchange(connection, b"", method="GET", path=path)
                assert answer.status == status
    with ReplayServer(file, strict=True) as server:
        assert post(server, {"anything": 1}).status == 422
        assert said(server) == "Hi"


def test_what_a_line_may_be(file: Path) -> None:
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


def test_a_line_that_is_wrong_is_named(file: Path) -> None:
    cases: list[tuple[Any, str]] = [
        ([], "the line must be an object"),
        ({"request": {}}, "the line must have response or sse"),
        ({"sse": 1}, "sse must be a string"),
        ({"response": {}, "status": "200"}, "status must be an integer"),
        ({"response": {}, "status": 99}, "status must be 200 to 599"),
        ({"response": {}, "headers": []}, "headers must be"),
        ({"response": {}, "headers": {"content-length": "1"}}, "content-length in headers"),
    ]
    for wrong, message in cases:
        with pytest.raises(ValueError, match=rf"recorded.jsonl:3: {message}"):
            ReplayServer(write(file, entry("fine"), wrong))
    file.write_text("{")
    with pytest.raises(ValueError, match="recorded.jsonl:1: the document: expected JSON"):
        ReplayServer(file)
    with pytest.raises(OSError):
        ReplayServer(file / "none")


def test_recorded_traffic_of_the_real_api_is_played_back() -> None:
    folder = shared_folder()
    if folder is None:
        pytest.skip(missing_reason())
    for recorded in (folder / "wire" / "recorded").glob("*.jsonl"):
        asked = [line for line in lines(recorded) if line["request"]]
        with ReplayServer(recorded) as server:
            for line in asked:
                answer = post(server, line["request"])
                same = [other for other in asked if other["request"] == line["request"]]
                assert answer.status == 200
                if line["sse"]:
                    assert answer.body.decode() in [other["sse"] for other in same]
                else:
                    assert answer.document in [other["response"] for other in same]
        assert asked
