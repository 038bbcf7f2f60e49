"""What a user sees of the requests: a logger and two callbacks, and what these may change."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import HTTPRequest, MistralError, ResponseInfo
from tests.client.doubles import EVENTS, Reply, StillClock, double_for, good
from tests.client.support import (
    CALLS,
    KEY,
    URL,
    Says,
    assert_no_key,
    client,
    end_of,
    every_call,
    every_stream,
    failure,
)

TARGET = f"POST {URL}/v1/chat/completions"
ELSEWHERE = {"location": "/elsewhere"}

# -- the logger

# The transport's answers, and what of each the log has to say.
LOGS: list[tuple[Callable[[str], list[Any]], list[list[str]]]] = [
    (lambda name: [good(name)], [["200", "in 0 ms", "attempt 1"]]),
    (lambda name: [Reply(status=503), OSError("reset by peer"), good(name)],
        [["503", "attempt 1"], ["reset by peer", "attempt 2"], ["200", "attempt 3"]]),
    (lambda name: [Reply(status=400, headers={"X-Request-Id": "r-1"})],
        [["400", "attempt 1", "request id r-1"]]),
    (lambda name: [Reply(status=400, headers={"x-request-id": "r\x1b[2J" + "1" * 300})],
        [["400", "request id r [2J" + "1" * 95 + "…"]]),
    (lambda name: [Reply(status=400, headers={"x-request-id": KEY})], [["request id [API key]"]]),
    (lambda name: [OSError(f"can't send {KEY}")] * 3, [["can't send [API key]"]] * 3),
    (lambda name: [Reply(status=307, headers=ELSEWHERE), good(name)],
        [["307", "attempt 1"], [f"POST {URL}/elsewhere", "200", "attempt 1"]]),
]  # fmt: skip


@every_call
def test_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    for answers, lines in LOGS:
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="mistral_proto"):
            try:
                CALLS[name](client(double_for(name, *answers(name)), timeout_ms=5_000))
            except MistralError:
                pass
        records = [record for record in caplog.records if record.name == "mistral_proto"]
        told = [record.getMessage() for record in records if record.levelno == logging.DEBUG]
        assert len(told) == len(lines)
        for text, parts in zip(told, lines):
            assert text.isprintable() and all(part in text for part in parts), (text, parts)
            assert TARGET in text or f"POST {URL}/elsewhere" in text
        seen = "".join(f"{record.getMessage()} {vars(record)}" for record in records)
        assert_no_key(seen)
        assert not any(secret in seen for secret in ("Bearer", "Hi", "Bonjour"))


@every_call
def test_nothing_is_logged_of_one_try_above_debug(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="mistral_proto"):
        failure(CALLS[name], client(double_for(name, Reply(status=400))))
    assert [record for record in caplog.records if record.name == "mistral_proto"] == []


@every_call
def test_who_has_not_loaded_logging_need_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "logging")
    assert CALLS[name](client(double_for(name, good(name))))


# -- after a response


@every_call
def test_after_response(name: str, caplog: pytest.LogCaptureFixture) -> None:
    clock = StillClock()
    told: list[tuple[HTTPRequest, ResponseInfo]] = []
    slow: dict[str, Any] = {"before": clock.later(0.25)}
    answers: list[Any] = [
        Reply(status=503, headers={"X-Request-ID": "one"}, **slow),
        OSError("x"),
        Reply(status=308, headers=ELSEWHERE, **slow),
        Reply(*good(name).steps, headers={**EVENTS, "Mistral-Correlation-Id": KEY}, **slow),
    ]
    double = double_for(name, *answers)
    with caplog.at_level(logging.DEBUG, logger="mistral_proto"):
        CALLS[name](client(double, clock=clock, after_response=lambda *both: told.append(both)))
    # Of a try without a response there is none to tell of.
    requests = [request for number, request in enumerate(double.requests) if number != 1]
    assert [request for request, _ in told] == requests
    infos = [info for _, info in told]
    assert [(info.status_code, info.tries, info.request_id) for info in infos] == [
        (503, 1, "one"),
        (308, 3, None),
        (200, 3, "[API key]"),
    ]
    assert [info.duration_ms for info in infos] == [250, 250, 250]
    assert caplog.text.count("in 250 ms") == 3
    assert infos[1].headers == ELSEWHERE


@every_stream
def test_a_stream_that_is_asked_for_again_is_told_of_again(name: str) -> None:
    told: list[int] = []
    double = double_for(name, Reply(OSError("x"), headers=EVENTS), good(name))
    mistral = client(double, after_response=lambda _, info: told.append(info.tries))
    end_of(name, mistral).check(Says())
    assert told == [1, 2]


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


def test_request_ids() -> None:
    for headers, expected in IDS:
        info = ResponseInfo(200, headers, 1.5, 1)
        assert info.request_id == expected
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.tries = 2  # type: ignore[misc]


@every_call
def test_a_callback_that_raises(name: str) -> None:
    def fail(*_: object) -> Any:
        raise ZeroDivisionError

    hooks: dict[str, list[object]] = {"before_request": [], "after_response": ["close"]}
    for hook, done in hooks.items():
        reply = good(name)
        double = double_for(name, reply)
        with pytest.raises(ZeroDivisionError):
            CALLS[name](client(double, **{hook: fail}))
        assert (len(double.requests), reply.done) == (len(done), done)


# -- before a request


@every_call
def test_before_request_sees_what_is_sent(name: str) -> None:
    seen: list[HTTPRequest] = []
    double = double_for(name, Reply(status=503), good(name))
    CALLS[name](client(double, before_request=lambda request: seen.append(request)))
    assert len(seen) == 2 and all(one is sent for one, sent in zip(seen, double.requests))
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert b'"Hi"' in seen[0].body
    assert KEY not in repr(seen) and "Hi" not in repr(seen)


def changed(**fields: Any) -> Callable[[HTTPRequest], HTTPRequest]:
    return lambda request: dataclasses.replace(request, **fields)


CHANGES: list[dict[str, Any]] = [
    {"body": b"other"},
    {"headers": {"x-signed": "1"}},
    {"url": f"{URL}/other?a=b"},
    {"url": f"{URL}:80/y"},
    {"read_timeout": 1.5},
    {"method": "PUT"},
]


@every_call
def test_before_request_may_change(name: str) -> None:
    """Each try anew, and each redirect; what was sent is what one is told of."""
    for change in CHANGES:
        moved = Reply(status=307, headers={"location": "/x"})
        double = double_for(name, Reply(status=503), moved, good(name))
        told: list[HTTPRequest] = []
        hooks = {"after_response": lambda request, _, told=told: told.append(request)}
        mistral = client(double, before_request=changed(**change), **hooks)
        end_of(name, mistral).check(Says())
        ((field, value),) = change.items()
        assert [getattr(request, field) for request in double.requests] == [value] * 3
        assert told == double.requests


@every_call
def test_a_key_that_before_request_puts_into_the_url_is_not_shown(name: str) -> None:
    double = double_for(name, Reply(status=404))
    mistral = client(double, before_request=changed(url=f"{URL}/other?key={KEY}"))
    assert f"({URL}/other?key=[API key])" in end_of(name, mistral).error.message


@every_call
def test_before_request_must_not_take_the_key_elsewhere(name: str) -> None:
    others = """http://evil.example/v1 https://gateway.invalid/v1 http://gateway.invalid:81/v1
        http://gateway.invalid@evil.example/v1 /v1"""
    for url in ["", *others.split()]:
        double = double_for(name)
        with pytest.raises(ValueError) as caught:
            CALLS[name](client(double, before_request=changed(url=url)))
        assert KEY not in str(caught.value)
        assert double.requests == []


@every_call
def test_before_request_gives_a_request(name: str) -> None:
    double = double_for(name)
    with pytest.raises(TypeError, match="before_request .* HTTPRequest"):
        CALLS[name](client(double, before_request=lambda request: request.headers))
    assert double.requests == []


@every_call
def test_a_relative_redirect_is_of_what_was_sent(name: str) -> None:
    def change(request: HTTPRequest) -> HTTPRequest | None:
        return None if "second" in request.url else dataclasses.replace(request, url=f"{URL}/a/b")

    double = double_for(name, Reply(status=307, headers={"location": "second"}), good(name))
    CALLS[name](client(double, before_request=change))
    assert [request.url for request in double.requests] == [f"{URL}/a/b", f"{URL}/a/second"]
