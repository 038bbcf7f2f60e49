"""The API key reaches the server, and nothing that anyone else may read."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto.testing import MockServer
from tests.client.doubles import LibraryError, Reply, StillClock, double_for, good, streamed
from tests.client.faults.servers import DONE, STREAM_HEAD, FaultServer, answer, hang_up, piece
from tests.client.support import (
    ASYNC,
    CALLS,
    KEY,
    STREAMS,
    WHOLE,
    WHOLE_ONES,
    assert_no_key,
    client,
    complete,
    every_call,
    failure,
    kind_of,
    locals_of,
    partial_of,
    shown,
)

PLAIN_KEY = "sk0123456789abcdefghijklmnopqrstuv"  # a real one's alphabet, shorter than an excerpt
OTHER = "another-key-of-a-later-time-0123456789"


class Holder:
    """A string that is hidden, as by pydantic's `SecretStr`."""

    def get_secret_value(self) -> str:
        return f"{OTHER}\n"


# The argument, the environment variable, and the key that is sent.
SOURCES: list[tuple[Any, str | None, str | None]] = [
    ("argument", "environ", "argument"),
    (None, "environ\n", "environ"),
    (" \tkey\r\n", None, "key"),
    ("", "environ", None),
    (None, None, None),
    (None, "  \n", None),
    (Holder(), None, OTHER),
    (lambda: Holder(), None, OTHER),
]


def test_the_source_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, environment, sent in SOURCES:
        monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
        if environment is not None:
            monkeypatch.setenv("MISTRAL_API_KEY", environment)
        with MockServer() as server, mp.Mistral(given, server_url=server.url) as mistral:
            if sent is None:  # the mock server needs one; other servers may not
                assert failure(complete, mistral).status_code == 401
            else:
                complete(mistral)
            header = server.requests[0].headers.get("authorization")
        assert header == (sent and f"Bearer {sent}")


@every_call
def test_mistrals_own_api_needs_a_key(name: str) -> None:
    for key, url in ((None, None), ("  ", "https://api.mistral.ai/"), (lambda: " \n", None)):
        double = double_for(name, good(name))
        mistral = client(double, api_key=key, server_url=url)
        error = failure(CALLS[name], mistral)
        assert kind_of(error) is mp.MissingAPIKeyError
        assert (error.tries, error.status_code, double.requests) == (0, 0, [])
        CALLS[name](mistral, http_headers={"Authorization": "Bearer own"})
        assert double.requests[0].headers["authorization"] == "Bearer own"


def in_turn(*keys: str) -> Callable[[], str]:
    return iter(keys).__next__


@every_call
def test_each_attempt_asks_for_the_key(name: str) -> None:
    redirect = Reply(status=308, headers={"location": "/x"})
    answers = [good(name) for _ in range(3)]
    double = double_for(name, Reply(status=503), OSError("x"), redirect, *answers)
    mistral = client(double, api_key=in_turn(KEY, OTHER, " third\n", "", "unused"))
    for headers in ({}, {}, {"Authorization": "Basic x"}):
        CALLS[name](mistral, http_headers=headers)
    sent = [request.headers.get("authorization") for request in double.requests]
    bearers = [f"Bearer {KEY}", f"Bearer {OTHER}", "Bearer third", "Bearer third"]
    assert sent == [*bearers, None, "Basic x"]


@every_call
def test_the_key_of_each_attempt_is_redacted(name: str) -> None:
    double = double_for(
        name,
        Reply(f"no such key: {KEY}".encode(), status=503, headers={f"x-{PLAIN_KEY}": KEY}),
        LibraryError(f"can't send {OTHER}"),
        Reply(f"no such key: {KEY}, {OTHER}".encode(), status=400, headers={"x-key": OTHER}),
    )
    secret = {"x-token": PLAIN_KEY}
    mistral = client(double, api_key=in_turn(KEY, OTHER, OTHER), http_headers=secret)
    error = failure(CALLS[name], mistral)
    second = error.last_error
    assert isinstance(second, mp.NoResponseError) and second.last_error is not None
    assert "can't send [API key]" in second.message
    attempts = [(each.tries, each.status_code) for each in (error, second, second.last_error)]
    assert attempts == [(3, 400), (2, 0), (1, 503)]
    assert second.last_error.headers == {"x-[api key]": "[API key]"}
    assert second.last_error.message.endswith("no such key: [API key]")
    for key in (OTHER, KEY):
        assert_no_key(shown(second) + repr(mistral), key)
    assert_no_key(shown(error), OTHER)


def test_calls_of_the_function() -> None:
    threads: list[threading.Thread] = []

    def ask() -> str:
        threads.append(threading.current_thread())
        return KEY

    def fail() -> Any:
        raise PermissionError("no vault")

    for name in ASYNC:  # it may block, and an event loop must not
        CALLS[name](client(double_for(name, good(name)), api_key=ask))
        assert threads.pop() is not threading.main_thread()
    mistral = mp.Mistral(ask)
    assert repr(mistral) == "Mistral(server_url='https://api.mistral.ai')"
    mistral.close()
    asyncio.run(mistral.close_async())
    assert threads == []
    functions: list[Any] = [lambda: None, lambda: b"s3cret", fail]
    for function in functions:
        for name in CALLS:
            double = double_for(name)
            with pytest.raises(PermissionError if function is fail else TypeError) as caught:
                CALLS[name](client(double, api_key=function))
            assert "s3cret" not in str(caught.value) and double.requests == []


# A key, and the way in which a server writes it in its JSON.
SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    (KEY, lambda text: json.dumps(text).replace("/", "\\/")),  # as PHP's json_encode does
    (PLAIN_KEY, lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'),
]
ERROR_BODIES = [
    '{"detail": [{"loc": ["header", %s], "msg": %s, "type": "x", "input": %s}]}',
    '{"message": "Bad", %s: 1}',
    "no JSON: %s",
    "<title>%s</title>",
]
NO_ANSWERS = [
    '{"id": 1, "model": %s, "choices": %s}',
    '{"model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": [%s]}}]}',
    '{"id": "1", "created": 1, "model": "m", "choices": {%s: 1}}',
    "[%s]",
    "{%s",
    "<p>%s</p>",
]
ERROR_EVENTS = ["event: error\ndata: %s\n\n", 'data: {"error": {"message": %s}}\n\n']
NO_EVENTS = ['data: {"id": "1", "model": "m", "choices": %s}\n\n', "data: {%s\n\n"]
NO_HTTP = ["%s\r\n\r\n", "HTTP/1.1 %s\r\n\r\n", "HTTP/1.1 200 OK\r\n%s"]


def echoes(name: str, key: str) -> list[tuple[bytes, type[mp.MistralError]]]:
    """Return answers that repeat a key to a call of this name, with the kind of the error."""

    def filled(text: str) -> bytes:
        return text.replace("%s", key).encode()

    found: list[tuple[bytes, type[mp.MistralError]]] = []
    found += [(filled(head), mp.NoResponseError) for head in NO_HTTP]
    for header in ("x-echo", "location", "content-type"):
        found.append((answer(302, b"[]", f"{header}: a {key} b"), mp.SDKError))
    found += [(answer(401, filled(body)), mp.SDKError) for body in ERROR_BODIES]
    found += [(answer(422, filled(body)), mp.HTTPValidationError) for body in ERROR_BODIES]
    if name in WHOLE_ONES:
        html = f"content-type: text/html\r\nx-echo: {key}"
        found += [(answer(200, filled(b), html), mp.ResponseValidationError) for b in NO_ANSWERS]
    else:
        start = STREAM_HEAD + piece("a")
        found += [(start + filled(event) + DONE, mp.StreamError) for event in ERROR_EVENTS]
        found += [(start + filled(event) + DONE, mp.ResponseValidationError) for event in NO_EVENTS]
    return found


@every_call
def test_an_echo_is_redacted(name: str) -> None:
    for key, write in SPELLINGS:
        for script, kind in echoes(name, write(f"Bearer {key}")):
            with FaultServer((script, hang_up)) as server, client(server, api_key=key) as mistral:
                error = failure(CALLS[name], mistral)
            assert kind_of(error) is kind, script
            assert_no_key(shown(error), key)
            for header in error.headers.keys() & {"x-echo", "location"}:
                assert "[API key]" in error.headers[header]


def test_a_partial_answer_is_redacted() -> None:
    for name in STREAMS:
        for end in (b"", b'event: error\ndata: {"message": "x"}\n\n'):
            double = double_for(name, streamed(piece(f"Your key is {PLAIN_KEY}."), end))
            error = failure(CALLS[name], client(double, api_key=PLAIN_KEY))
            assert partial_of(error) == "Your key is [API key]."
            assert_no_key(shown(error), PLAIN_KEY)
        # An answer that can't be read without the secret is not shown at all.
        double = double_for(name, streamed(piece("Bon"), LibraryError()))
        error = failure(CALLS[name], client(double, api_key='"choices":'))
        assert isinstance(error, mp.StreamError) and error.partial is not None
        assert not error.partial.choices


class Interrupted(StillClock):
    """A clock whose waits are interrupted."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


def raises(error: type[BaseException]) -> Callable[..., Any]:
    def function(*_: object) -> Any:
        raise error

    return function


# Calls that end with an exception: the answer, and options of the client.
ENDS: list[tuple[Callable[[str], Reply], dict[str, Any]]] = [
    *[(good, {hook: raises(kind)}) for hook in ("before_request", "after_response")
        for kind in (ZeroDivisionError, KeyboardInterrupt)],
    *[(lambda name, kind=kind: Reply(WHOLE[:9], raises(kind)), {})
        for kind in (ZeroDivisionError, KeyboardInterrupt, asyncio.CancelledError)],
    (lambda name: Reply(b"{}", status=503), {"clock": Interrupted()}),
    (lambda name: Reply(b"{}", status=400), {}),
    (lambda name: Reply(b"{}"), {}),
    (good, {"api_key": lambda: OTHER + "\\n" + KEY + "\u00e9"}),
]  # fmt: skip


@every_call
def test_frames_hold_no_secret(name: str) -> None:
    for reply, options in ENDS:
        headers = {"Proxy-Authorization": f"Basic {OTHER}"}
        given: dict[str, Any] = {"timeout_ms": 1000, "http_headers": headers, **options}
        with pytest.raises(BaseException) as caught:
            CALLS[name](client(double_for(name, reply(name)), **given))
        texts = shown(caught.value) + locals_of(caught.value)
        assert KEY not in texts and OTHER not in texts
