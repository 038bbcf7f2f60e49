"""The API key reaches the server, and nothing that anyone else may read."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
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
    stream,
    text_of,
)

PLAIN_KEY = "sk0123456789abcdefghijklmnopqrstuv"  # a real one's alphabet, shorter than an excerpt
ODD_KEY = 'sk-"quoted"\\and/slashed<&>'
OTHER = "another-key-of-a-later-time-0123456789"


class Holder:
    """A string that is hidden, as by pydantic's `SecretStr`."""

    def get_secret_value(self) -> str:
        return f"{OTHER}\n"


# -- the source of the key

# The argument, the environment variable, and the header that is sent.
SOURCES: list[tuple[Any, str | None, str | None]] = [
    ("argument", None, "Bearer argument"),
    (None, "environ", "Bearer environ"),
    ("argument", "environ", "Bearer argument"),
    (" \tkey\r\n", None, "Bearer key"),
    (None, "key\n", "Bearer key"),
    ("", "environ", None),
    (None, None, None),
    (None, "", None),
    (None, "  \n", None),
    (ODD_KEY, None, f"Bearer {ODD_KEY}"),
    (Holder(), None, f"Bearer {OTHER}"),
    (lambda: Holder(), None, f"Bearer {OTHER}"),
]


@every_call
def test_the_source_of_the_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for given, environment, sent in SOURCES:
        monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
        if environment is not None:
            monkeypatch.setenv("MISTRAL_API_KEY", environment)
        with MockServer() as server, mp.Mistral(given, server_url=server.url) as mistral:
            if sent is None:  # the mock server needs one; other servers may not
                assert failure(CALLS[name], mistral).status_code == 401
            else:
                CALLS[name](mistral)
            assert server.requests[0].headers.get("authorization") == sent


BAD_KEYS = ["se cret", "se\tcret", "se\ncret", "se\x00cret", "se\x7fcret", "secrét", "se\ud800cret"]


def test_a_bad_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in BAD_KEYS:
        errors: list[BaseException] = []
        makers: list[Callable[[], object]] = [lambda: mp.Mistral(key)]
        if "\0" not in key and "\ud800" not in key:  # no environment can hold it
            monkeypatch.setenv("MISTRAL_API_KEY", key)
            makers.append(mp.Mistral)
        for name, call in CALLS.items():
            mistral = client(double_for(name), api_key=lambda: key)
            makers.append(partial(call, mistral))
        for make in makers:
            with pytest.raises(ValueError) as caught:
                make()
            errors.append(caught.value)
        for error in errors:
            assert key not in shown(error) and repr(key)[1:-1] not in shown(error)


@every_call
def test_mistrals_own_api_needs_a_key(name: str) -> None:
    for key in (None, "", "  ", lambda: "", lambda: " \n"):
        for url in (None, "https://api.mistral.ai/"):
            double = double_for(name, good(name))
            mistral = client(double, api_key=key, server_url=url)
            error = failure(CALLS[name], mistral)
            assert kind_of(error) is mp.MissingAPIKeyError
            assert (error.tries, error.headers, error.body, double.requests) == (0, {}, "", [])
            assert not error.status_code
            CALLS[name](mistral, http_headers={"Authorization": "Bearer own"})
            assert double.requests[0].headers["authorization"] == "Bearer own"


# -- a function that returns the key


def in_turn(*keys: str) -> Callable[[], str]:
    return iter(keys).__next__


@every_call
def test_each_attempt_asks_for_the_key(name: str) -> None:
    redirect = Reply(status=308, headers={"location": "/x"})
    answers = [good(name) for _ in range(3)]
    double = double_for(name, Reply(status=503), OSError("x"), redirect, *answers)
    mistral = client(double, api_key=in_turn(KEY, OTHER, " third\n", "", "unused"))
    for headers in ({}, {}, {"Authorization": "Basic x"}):
        assert text_of(CALLS[name](mistral, http_headers=headers)) == "Bonjour"
    sent = [request.headers.get("authorization") for request in double.requests]
    bearers = [f"Bearer {KEY}", f"Bearer {OTHER}", "Bearer third", "Bearer third"]
    assert sent == [*bearers, None, "Basic x"]


@every_call
def test_the_key_of_each_attempt_is_redacted(name: str) -> None:
    double = double_for(
        name,
        Reply(f"no such key: {KEY}".encode(), status=503, headers={"x-key": KEY}),
        LibraryError(f"can't send {OTHER}"),
        Reply(f"no such key: {KEY}, {OTHER}".encode(), status=400, headers={"x-key": OTHER}),
    )
    mistral = client(double, api_key=in_turn(KEY, OTHER, OTHER))
    error = failure(CALLS[name], mistral)
    second = error.last_error
    assert isinstance(second, mp.NoResponseError) and second.last_error is not None
    assert "can't send [API key]" in second.message
    assert (error.tries, second.last_error.headers) == (3, {"x-key": "[API key]"})
    for key in (OTHER, KEY):
        assert_no_key(shown(second) + repr(mistral), key)
    assert_no_key(shown(error), OTHER)


@every_call
def test_a_function_that_returns_no_key(name: str) -> None:
    def fail() -> Any:
        raise PermissionError("no vault")

    functions: list[Any] = [lambda: None, lambda: 5, lambda: b"s3cret", fail]
    for function in functions:
        double = double_for(name)
        with pytest.raises(PermissionError if function is fail else TypeError) as caught:
            CALLS[name](client(double, api_key=function))
        assert "s3cret" not in str(caught.value) and double.requests == []


def test_where_and_when_the_function_is_called() -> None:
    threads: list[threading.Thread] = []

    def ask() -> str:
        threads.append(threading.current_thread())
        return KEY

    for name in ASYNC:  # it may block, and an event loop must not
        CALLS[name](client(double_for(name, good(name)), api_key=ask))
        assert threads.pop() is not threading.main_thread()
    mistral = mp.Mistral(ask)
    assert repr(mistral) == "Mistral(server_url='https://api.mistral.ai')"
    mistral.close()
    asyncio.run(mistral.close_async())
    assert threads == []


# -- a server that repeats the key

# A key, and how a server writes it in its JSON.
SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    *[(key, json.dumps) for key in (PLAIN_KEY, KEY, ODD_KEY)],
    (KEY, lambda text: json.dumps(text).replace("/", "\\/")),  # as PHP's json_encode does
    (PLAIN_KEY, lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'),
]
ERROR_BODIES = [
    '{"message": %s}',
    '{"error": {"message": %s}}',
    '{"detail": [{"loc": ["header", %s], "msg": %s, "type": "x", "input": %s}]}',
    '{"object": "error", "message": {"detail": [{"loc": [], "msg": %s, "type": %s}]}}',
    '{"message": "Bad", "headers": {"authorization": %s}}',
    '{"message": "Bad", %s: 1}',
    "no JSON: %s",
    "<title>%s</title>",
]
NO_ANSWERS = [
    '{"id": 1, "model": %s, "choices": %s}',
    '{"model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": [%s]}}]}',
    '{"id": "1", "model": "m", "choices": [{"index": 0, "message": %s}]}',
    '{"id": "1", "created": 1, "model": "m", "choices": {%s: 1}}',
    "%s",
    "[%s]",
    "{%s",
    "<p>%s</p>",
]
ERROR_EVENTS = [
    "event: error\ndata: %s\n\n",
    'event: error\ndata: {"message": %s}\n\n',
    'data: {"error": {"message": %s}}\n\n',
    'data: {"object": "error", "message": %s}\n\n',
]
NO_EVENTS = [
    'data: {"id": "1", "model": "m", "choices": %s}\n\n',
    'data: {"id": "1", "model": "m", "choices": [{"index": 0, "delta": %s}]}\n\n',
    "data: {%s\n\n",
]
NO_HTTP = ["%s\r\n\r\n", "HTTP/1.1 %s\r\n\r\n", "HTTP/9.9 200 %s\r\n\r\n", "HTTP/1.1 200 OK\r\n%s"]


def echoes(name: str, key: str) -> list[tuple[bytes, type[mp.MistralError]]]:
    """Return answers that repeat a key to a call of this name, with the kind of the error."""

    def filled(text: str) -> bytes:
        return text.replace("%s", key).encode()

    found: list[tuple[bytes, type[mp.MistralError]]] = []
    found += [(filled(head), mp.NoResponseError) for head in NO_HTTP]
    for header in ("x-echo", "location", "content-type"):
        line = f"{header}: a {key} b"
        found += [(answer(status, b"[]", line), mp.SDKError) for status in (302, 401)]
        if name in WHOLE_ONES:
            found.append((answer(200, b"[]", line), mp.ResponseValidationError))
    found += [(answer(401, filled(body)), mp.SDKError) for body in ERROR_BODIES]
    found += [(answer(422, filled(body)), mp.HTTPValidationError) for body in ERROR_BODIES]
    if name in WHOLE_ONES:
        html = "content-type: text/html"
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


def test_a_mark_replaces_the_key() -> None:
    for shape in ErrorShape:
        reply = ErrorReply(401, f"No such key: {PLAIN_KEY}!", shape)
        with MockServer([reply]) as server, client(server, api_key=PLAIN_KEY) as mistral:
            error = failure(complete, mistral)
        assert "No such key: [API key]!" in error.message
        assert "No such key: [API key]!" in error.body
    key = PLAIN_KEY.lower()
    double = double_for("complete", Reply(b"{}", status=400, headers={f"x-{key}": "1"}))
    error = failure(complete, client(double, api_key=key))
    assert error.headers == {"x-[api key]": "1"}


def test_a_partial_answer_is_redacted() -> None:
    for end in (b"", b'event: error\ndata: {"message": "x"}\n\n'):
        script = (STREAM_HEAD + piece(f"Your key is {PLAIN_KEY}.") + end, hang_up)
        with FaultServer(script) as server, client(server, api_key=PLAIN_KEY) as mistral:
            error = failure(stream, mistral)
        assert partial_of(error) == "Your key is [API key]."
        assert_no_key(shown(error), PLAIN_KEY)
    # An answer that can't be read without the secret is not shown at all.
    for name in STREAMS:
        double = double_for(name, streamed(piece("Bon"), LibraryError()))
        error = failure(CALLS[name], client(double, api_key='"choices":'))
        assert isinstance(error, mp.StreamError) and error.partial is not None
        assert not error.partial.choices


# -- what error reporters record


def test_a_client_and_its_requests_show_no_key() -> None:
    for key in (PLAIN_KEY, KEY, ODD_KEY):
        mistral = mp.Mistral(key, server_url="http://127.0.0.1:1")
        assert_no_key(f"{mistral} {mistral!r:>5} {mistral.chat!r} {[mistral]}", key)
    double = double_for("complete", good("complete"))
    with client(double, http_headers={"Authorization": f"Bearer {OTHER}"}) as mistral:
        complete(mistral)
    [request] = double.requests
    assert OTHER in request.headers["authorization"]
    assert OTHER not in repr(request) and KEY not in repr(request)


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
