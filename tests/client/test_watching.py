"""What a user sees of the requests: a logger and two callbacks, and what these may change."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mistral_proto import HTTPRequest, MistralError, NoResponseError, ResponseInfo
from tests.client.doubles import (
    CALLS,
    EVENTS,
    STREAMS,
    URL,
    Reply,
    StillClock,
    client,
    double_for,
    failure,
    good,
)
from tests.client.support import KEY

every_call = pytest.mark.parametrize("name", CALLS)
TARGET = f"POST {URL}/v1/chat/completions"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="mistral_proto"):
        yield caplog


class Slow(Reply):
    """A reply that takes a quarter of a second."""

    clock: StillClock

    def response(self, kind: Any) -> Any:
        self.clock.now += 0.25
        return super().response(kind)


# -- the logger

# The transport's answers, and what the log says of them.
LOGS: dict[str, tuple[Callable[[str], list[Any]], list[str]]] = {
    "success": (lambda name: [good(name)], ["200 in 0 ms (try 1)"]),
    "tries": (
        lambda name: [Reply(status=503), OSError(104, "Connection reset by peer"), good(name)],
        [
            "503 in 0 ms (try 1)",
            "no answer from http://gateway.invalid:80: Connection reset by peer in 0 ms (try 2)",
            "200 in 0 ms (try 3)",
        ],
    ),
    "a request id": (
        lambda name: [Reply(status=400, headers={"X-Request-Id": "r-1"})],
        ["400 in 0 ms (try 1, request id r-1)"],
    ),
    "an id of more than one line": (
        lambda name: [Reply(status=400, headers={"x-request-id": "r\x1b[2J" + "1" * 300})],
        ["400 in 0 ms (try 1, request id r [2J" + "1" * 95 + "…)"],
    ),
    "an id of the key": (
        lambda name: [Reply(status=400, headers={"x-request-id": KEY})],
        ["400 in 0 ms (try 1, request id [API key])"],
    ),
    "a failure in words of the key": (
        lambda name: [OSError(f"can't send {KEY}")] * 3,
        [
            f"no answer from http://gateway.invalid:80: can't send [API key] in 0 ms (try {n})"
            for n in (1, 2, 3)
        ],
    ),
}  # fmt: skip


@every_call
@pytest.mark.parametrize(("answers", "lines"), LOGS.values(), ids=LOGS)
def test_logged(
    answers: Callable[[str], list[Any]], lines: list[str], name: str, log: pytest.LogCaptureFixture
) -> None:
    mistral = client(double_for(name, *answers(name)), timeout_ms=5_000)
    try:
        CALLS[name](mistral)
    except MistralError:
        pass
    said = [record for record in log.records if record.name == "mistral_proto"]
    assert [record.getMessage() for record in said] == [f"{TARGET}: {line}" for line in lines]
    for record in said:
        assert record.levelno == logging.DEBUG
        for text in (record.getMessage(), repr(vars(record))):
            assert KEY not in text and "Bearer" not in text
            assert "Hi" not in text and "Bonjour" not in text


@every_call
def test_the_time_that_is_logged(name: str, log: pytest.LogCaptureFixture) -> None:
    reply = Slow(status=400)
    reply.clock = StillClock()
    failure(lambda: CALLS[name](client(double_for(name, reply), clock=reply.clock)))
    assert [record.getMessage() for record in log.records if record.name == "mistral_proto"] == [
        f"{TARGET}: 400 in 250 ms (try 1)"
    ]


@every_call
def test_a_redirect_is_logged(name: str, log: pytest.LogCaptureFixture) -> None:
    away = Reply(status=307, headers={"location": "/elsewhere"})
    CALLS[name](client(double_for(name, away, good(name))))
    said = [record.getMessage() for record in log.records if record.name == "mistral_proto"]
    assert said == [f"{TARGET}: 307 in 0 ms (try 1)", f"POST {URL}/elsewhere: 200 in 0 ms (try 1)"]


@every_call
def test_nothing_is_logged_above_debug(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="mistral_proto"):
        failure(lambda: CALLS[name](client(double_for(name, Reply(status=400)))))
    assert [record for record in caplog.records if record.name == "mistral_proto"] == []


@every_call
def test_who_has_not_loaded_logging_need_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "logging")
    assert CALLS[name](client(double_for(name, good(name)))) == "Bonjour"


# -- after a response


@every_call
def test_after_response(name: str) -> None:
    clock = StillClock()
    told: list[tuple[HTTPRequest, ResponseInfo]] = []
    first = Slow(status=503, headers={"X-Request-ID": "one"})
    second = Slow(status=308, headers={"location": "/elsewhere"})
    third = Slow(*good(name).blocks._steps, headers={**EVENTS, "Mistral-Correlation-Id": KEY})
    for reply in (first, second, third):
        reply.clock = clock
    double = double_for(name, first, OSError("x"), second, third)
    CALLS[name](client(double, clock=clock, after_response=lambda *both: told.append(both)))
    # Of a try without a response there is none to tell of.
    requests = [request for number, request in enumerate(double.requests) if number != 1]
    assert [request for request, _ in told] == requests
    infos = [info for _, info in told]
    assert [info.status_code for info in infos] == [503, 308, 200]
    assert [info.duration_ms for info in infos] == [250, 250, 250]
    assert [info.tries for info in infos] == [1, 3, 3]
    assert [info.request_id for info in infos] == ["one", None, "[API key]"]
    assert infos[1].headers == {"location": "/elsewhere"}


IDS: list[tuple[dict[str, str], str | None]] = [
    ({}, None),
    ({"x-request-id": "a"}, "a"),
    ({"mistral-correlation-id": "b"}, "b"),
    ({"x-kong-request-id": "c"}, "c"),
    ({"x-kong-request-id": "c", "mistral-correlation-id": "b"}, "b"),
    ({"x-kong-request-id": "c", "mistral-correlation-id": "b", "x-request-id": "a"}, "a"),
    ({"x-other": "d"}, None),
    ({"x-request-id": ""}, ""),
]


@pytest.mark.parametrize(("headers", "expected"), IDS)
def test_request_ids(headers: dict[str, str], expected: str | None) -> None:
    info = ResponseInfo(200, headers, 1.5, 1)
    assert info.request_id == expected
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.tries = 2  # type: ignore[misc]


@every_call
def test_after_response_that_raises(name: str) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    reply = good(name)
    with pytest.raises(ZeroDivisionError):
        CALLS[name](client(double_for(name, reply), after_response=fail))
    assert reply.done == ["close"]


# -- before a request


@every_call
def test_before_request_sees_what_is_sent(name: str) -> None:
    seen: list[HTTPRequest] = []
    double = double_for(name, Reply(status=503), good(name))
    CALLS[name](client(double, before_request=lambda request: seen.append(request)))
    assert seen == double.requests
    assert all(seen is sent for seen, sent in zip(seen, double.requests))
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert b'"Hi"' in seen[0].body
    assert KEY not in repr(seen) and "Hi" not in repr(seen)


def changed(**fields: Any) -> Callable[[HTTPRequest], HTTPRequest]:
    return lambda request: dataclasses.replace(request, **fields)


CHANGES: dict[str, tuple[Callable[[HTTPRequest], HTTPRequest | None], str, Any]] = {
    "nothing": (lambda request: None, "url", f"{URL}/v1/chat/completions"),
    "the body": (changed(body=b"other"), "body", b"other"),
    "the headers": (changed(headers={"x-signed": "1"}), "headers", {"x-signed": "1"}),
    "the path": (changed(url=f"{URL}/other?a=b"), "url", f"{URL}/other?a=b"),
    "the port, said otherwise": (changed(url=f"{URL}:80/y"), "url", f"{URL}:80/y"),
    "the time": (changed(read_timeout=1.5), "read_timeout", 1.5),
    "the method": (changed(method="PUT"), "method", "PUT"),
}


@every_call
@pytest.mark.parametrize(("change", "field", "value"), CHANGES.values(), ids=CHANGES)
def test_before_request_may_change(
    change: Callable[[HTTPRequest], HTTPRequest | None], field: str, value: Any, name: str
) -> None:
    double = double_for(
        name, Reply(status=503), Reply(status=307, headers={"location": "/x"}), good(name)
    )
    told: list[HTTPRequest] = []
    mistral = client(double, before_request=change, after_response=lambda r, _: told.append(r))
    assert CALLS[name](mistral) == "Bonjour"
    # Each try anew, and each redirect; what was sent is what one is told of.
    if change(double.requests[0]) is not None:
        assert [getattr(request, field) for request in double.requests] == [value] * 3
    else:
        assert getattr(double.requests[0], field) == value
    assert told == double.requests


@every_call
@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/v1",
        "https://gateway.invalid/v1",
        "http://gateway.invalid:81/v1",
        "http://gateway.invalid@evil.example/v1",
        "/v1",
        "",
    ],
)
def test_before_request_must_not_take_the_key_elsewhere(url: str, name: str) -> None:
    double = double_for(name)
    words = "^before_request must not send a request to another origin$|^not an absolute http"
    with pytest.raises(ValueError, match=words) as caught:
        CALLS[name](client(double, before_request=changed(url=url)))
    assert KEY not in str(caught.value)
    assert double.requests == []


@every_call
def test_a_relative_redirect_is_of_what_was_sent(name: str) -> None:
    def change(request: HTTPRequest) -> HTTPRequest | None:
        return None if "second" in request.url else dataclasses.replace(request, url=f"{URL}/a/b")

    double = double_for(name, Reply(status=307, headers={"location": "second"}), good(name))
    CALLS[name](client(double, before_request=change))
    assert [request.url for request in double.requests] == [f"{URL}/a/b", f"{URL}/a/second"]


@every_call
def test_before_request_that_raises(name: str) -> None:
    def fail(request: HTTPRequest) -> None:
        raise PermissionError("not today")

    double = double_for(name)
    with pytest.raises(PermissionError):
        CALLS[name](client(double, before_request=fail))
    assert double.requests == []


# -- streams


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_asked_for_again_is_told_of_again(name: str) -> None:
    told: list[int] = []
    double = double_for(name, Reply(OSError("x"), headers=EVENTS), good(name))
    mistral = client(double, after_response=lambda _, info: told.append(info.tries))
    assert CALLS[name](mistral) == "Bonjour"
    assert told == [1, 2]


@every_call
def test_too_many_redirects(name: str, log: pytest.LogCaptureFixture) -> None:
    away = [Reply(status=307, headers={"location": f"/{number}"}) for number in range(6)]
    error = failure(lambda: CALLS[name](client(double_for(name, *away))))
    assert isinstance(error, NoResponseError) and error.final
    assert error.message == "no answer from http://gateway.invalid:80: more than 5 redirects"
    assert [reply.done for reply in away] == [["close"]] * 6
