"""The log, and the callbacks before a request and after a response."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
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
    failure,
)

ELSEWHERE = {"location": "/elsewhere"}

# The answers of a server, and parts of the lines in the log.
LOGS: list[tuple[Callable[[str], list[Any]], list[list[str]]]] = [
    (lambda name: [Reply(status=503), OSError("reset by peer"), good(name)],
        [["503", "attempt 1"], ["reset by peer", "attempt 2"], ["200", "in 0 ms", "attempt 3"]]),
    (lambda name: [Reply(status=400, headers={"x-request-id": "r\x1b[2J" + "1" * 300})],
        [["400", "request id r [2J" + "1" * 95 + "…"]]),
    (lambda name: [Reply(status=400, headers={"x-request-id": KEY})], [["request id [API key]"]]),
    (lambda name: [OSError(f"can't send {KEY}")] * 3, [["can't send [API key]"]] * 3),
    (lambda name: [Reply(status=307, headers=ELSEWHERE), good(name)],
        [["307", "attempt 1"], [f"POST {URL}/elsewhere", "200", "attempt 1"]]),
]  # fmt: skip


@every_call
def test_the_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    for answers, lines in LOGS:
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="mistral_proto"), suppress(MistralError):
            CALLS[name](client(double_for(name, *answers(name)), timeout_ms=5_000))
        records = [record for record in caplog.records if record.name == "mistral_proto"]
        found = [record.getMessage() for record in records if record.levelno == logging.DEBUG]
        assert len(found) == len(lines)
        for text, parts in zip(found, lines):
            assert text.isprintable() and all(part in text for part in parts), (text, parts)
            assert f"POST {URL}/" in text
        retries = [record for record in records if record.levelno == logging.INFO]
        is_redirect = "307" in lines[0][0]
        assert len(retries) == (0 if is_redirect else len(lines) - 1)
        everything = "".join(f"{record.getMessage()} {vars(record)}" for record in records)
        assert_no_key(everything)
        assert not any(word in everything for word in ("Bearer", "Hi", "Bonjour"))


def test_a_program_without_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "logging")
    for name in CALLS:
        assert CALLS[name](client(double_for(name, Reply(status=503), good(name))))


@every_call
def test_after_response(name: str, caplog: pytest.LogCaptureFixture) -> None:
    clock = StillClock()
    seen: list[tuple[HTTPRequest, ResponseInfo]] = []
    slow: dict[str, Any] = {"before": clock.later(0.25)}
    double = double_for(
        name,
        Reply(status=503, headers={"X-Request-ID": "one"}, **slow),
        OSError("x"),
        Reply(status=308, headers=ELSEWHERE, **slow),
        Reply(*good(name).steps, headers={**EVENTS, "Mistral-Correlation-Id": KEY}, **slow),
    )
    with caplog.at_level(logging.DEBUG, logger="mistral_proto"):
        CALLS[name](client(double, clock=clock, after_response=lambda *both: seen.append(both)))
    # It is not called for an attempt without a response.
    requests = [request for number, request in enumerate(double.requests) if number != 1]
    assert [request for request, _ in seen] == requests
    infos = [info for _, info in seen]
    assert [(info.status_code, info.tries, info.request_id) for info in infos] == [
        (503, 1, "one"),
        (308, 3, None),
        (200, 3, "[API key]"),
    ]
    assert [info.duration_ms for info in infos] == [250, 250, 250]
    assert caplog.text.count("in 250 ms") == 3
    assert infos[1].headers == ELSEWHERE


def test_request_ids() -> None:
    ids: list[tuple[dict[str, str], str | None]] = [
        ({"x-other": "d"}, None),
        ({"x-request-id": ""}, ""),
        ({"x-kong-request-id": "c"}, "c"),
        ({"x-kong-request-id": "c", "mistral-correlation-id": "b"}, "b"),
        ({"mistral-correlation-id": "b", "x-request-id": "a"}, "a"),
    ]
    for headers, expected in ids:
        assert ResponseInfo(200, headers, 1.5, 1).request_id == expected


def changed(**fields: Any) -> Callable[[HTTPRequest], HTTPRequest]:
    return lambda request: dataclasses.replace(request, **fields)


CHANGES: list[dict[str, Any]] = [
    {"body": b"other"},
    {"headers": {"x-signed": "1"}},
    {"url": f"{URL}:80/y"},
    {"read_timeout": 1.5},
]


@every_call
def test_before_request(name: str) -> None:
    seen: list[HTTPRequest] = []
    double = double_for(name, Reply(status=503), good(name))
    CALLS[name](client(double, before_request=lambda request: seen.append(request)))
    assert len(seen) == 2 and all(one is sent for one, sent in zip(seen, double.requests))
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert b'"Hi"' in seen[0].body
    assert KEY not in repr(seen) and "Hi" not in repr(seen)
    for change in CHANGES:  # for each attempt, and each redirect
        redirect = Reply(status=307, headers={"location": "/x"})
        double = double_for(name, Reply(status=503), redirect, good(name))
        after: list[HTTPRequest] = []
        hooks = {"after_response": lambda request, _, after=after: after.append(request)}
        end_of(name, client(double, before_request=changed(**change), **hooks)).check(Says())
        ((field, value),) = change.items()
        assert [getattr(request, field) for request in double.requests] == [value] * 3
        assert after == double.requests


@every_call
def test_a_url_of_before_request(name: str) -> None:
    double = double_for(name, Reply(status=404))
    mistral = client(double, before_request=changed(url=f"{URL}/other?key={KEY}"))
    assert f"({URL}/other?key=[API key])" in end_of(name, mistral).error.message

    def change(request: HTTPRequest) -> HTTPRequest | None:
        return None if "second" in request.url else dataclasses.replace(request, url=f"{URL}/a/b")

    double = double_for(name, Reply(status=307, headers={"location": "second"}), good(name))
    CALLS[name](client(double, before_request=change))
    assert [request.url for request in double.requests] == [f"{URL}/a/b", f"{URL}/a/second"]


@every_call
def test_wrong_results_of_before_request(name: str) -> None:
    others = "http://evil.example/v1 https://gateway.invalid/v1 /v1"
    wrong: list[tuple[Callable[[HTTPRequest], Any], type[Exception]]] = [
        *[(changed(url=url), ValueError) for url in ["", *others.split()]],
        (changed(headers={"x\r\nhost": "evil"}), ValueError),
        (lambda request: request.headers, TypeError),
    ]
    for function, kind in wrong:
        double = double_for(name)
        with pytest.raises(kind) as caught:
            failure(CALLS[name], client(double, before_request=function))
        assert KEY not in str(caught.value) and double.requests == []
