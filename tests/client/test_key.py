"""The API key reaches the server, and nothing else that anyone may read."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import (
    HTTPValidationError,
    MissingAPIKeyError,
    Mistral,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    StreamError,
)
from mistral_proto.testing import ErrorReply, ErrorShape, MockServer
from tests.client.doubles import LibraryError, Reply, double_for, good, streamed
from tests.client.faults.servers import DONE, STREAM_HEAD, FaultServer, answer, hang_up, piece
from tests.client.support import (
    ASYNC,
    CALLS,
    KEY,
    STREAMS,
    assert_no_key,
    client,
    complete,
    every_call,
    failure,
    kind_of,
    partial_of,
    shown,
    stream,
    text_of,
)

PLAIN_KEY = "sk0123456789abcdefghijklmnopqrstuv"  # a real one's alphabet, shorter than an excerpt
ODD_KEY = 'sk-"quoted"\\and/slashed<&>'
KEYS = (PLAIN_KEY, KEY, ODD_KEY)
OTHER = "another-key-of-a-later-time-0123456789"

# A key, and how a server writes it in its JSON.
SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    *[(key, json.dumps) for key in KEYS],
    (KEY, lambda text: json.dumps(text).replace("/", "\\/")),  # as PHP's json_encode does
    (PLAIN_KEY, lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'),
]


# -- a client


def test_a_client_shows_no_key() -> None:
    for key in KEYS:
        mistral = Mistral(key, server_url="http://127.0.0.1:1")
        assert repr(mistral) == "Mistral(server_url='http://127.0.0.1:1')"
        assert_no_key(f"{mistral} {mistral!r:>5} {mistral.chat!r} {[mistral]}", key)


# -- where it comes from

# The argument, the environment, and what is sent.
SOURCES: list[tuple[str | None, str | None, str | None]] = [
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
]


@every_call
def test_where_the_key_comes_from(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for given, environment, sent in SOURCES:
        monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
        if environment is not None:
            monkeypatch.setenv("MISTRAL_API_KEY", environment)
        with MockServer() as server, Mistral(given, server_url=server.url) as mistral:
            if sent is None:  # the mock server wants one; another server may not
                assert failure(CALLS[name], mistral).status_code == 401
            else:
                CALLS[name](mistral)
            assert server.requests[0].headers.get("authorization") == sent


BAD_KEYS = ["se cret", "se\tcret", "se\ncret", "se\x00cret", "se\x7fcret", "secrét", "se\ud800cret"]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_bad_key_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError) as caught:
        Mistral(key)
    errors: list[BaseException] = [caught.value]
    if "\0" not in key and "\ud800" not in key:  # no environment can hold it
        monkeypatch.setenv("MISTRAL_API_KEY", key)
        with pytest.raises(ValueError) as caught:
            Mistral()
        errors.append(caught.value)
    for name, call in CALLS.items():
        double = double_for(name)
        with pytest.raises(ValueError) as caught:
            call(client(double, api_key=lambda: key))
        assert double.requests == []
        errors.append(caught.value)
    for error in errors:
        assert key not in shown(error) and repr(key)[1:-1] not in shown(error)


@every_call
def test_the_api_itself_needs_one(name: str) -> None:
    for key in (None, "", "  ", lambda: "", lambda: " \n"):
        for url in (None, "https://api.mistral.ai/"):
            double = double_for(name, good(name))
            mistral = client(double, api_key=key, server_url=url)
            error = failure(CALLS[name], mistral)
            assert kind_of(error) is MissingAPIKeyError
            assert (error.tries, error.headers, error.body, double.requests) == (0, {}, "", [])
            assert not error.status_code
            # Who brings an authorization of their own needs no key.
            CALLS[name](mistral, http_headers={"Authorization": "Bearer own"})
            assert double.requests[0].headers["authorization"] == "Bearer own"


# -- one that a function gives


def in_turn(*keys: str) -> Callable[[], str]:
    return iter(keys).__next__


@every_call
def test_each_try_has_the_key_of_its_time(name: str) -> None:
    moved = Reply(status=308, headers={"location": "/x"})
    again = [good(name) for _ in range(3)]
    double = double_for(name, Reply(status=503), OSError("x"), moved, *again)
    mistral = client(double, api_key=in_turn(KEY, OTHER, " third\n", "", "unused"))
    for headers in ({}, {}, {"Authorization": "Basic x"}):
        assert text_of(CALLS[name](mistral, http_headers=headers)) == "Bonjour"
    sent = [request.headers.get("authorization") for request in double.requests]
    bearers = [f"Bearer {KEY}", f"Bearer {OTHER}", "Bearer third", "Bearer third"]
    assert sent == [*bearers, None, "Basic x"]


@every_call
def test_each_key_is_taken_out_of_what_is_said_of_it(name: str) -> None:
    double = double_for(
        name,
        Reply(f"no such key: {KEY}".encode(), status=503, headers={"x-key": KEY}),
        LibraryError(f"can't send {OTHER}"),
        Reply(f"no such key: {KEY}, {OTHER}".encode(), status=400, headers={"x-key": OTHER}),
    )
    mistral = client(double, api_key=in_turn(KEY, OTHER, OTHER))
    error = failure(CALLS[name], mistral)
    second = error.last_error
    assert isinstance(second, NoResponseError) and second.last_error is not None
    assert "can't send [API key]" in second.message
    assert (error.tries, second.last_error.headers) == (3, {"x-key": "[API key]"})
    for key in (OTHER, KEY):
        assert_no_key(shown(second) + repr(mistral), key)
    assert_no_key(shown(error), OTHER)


@every_call
@pytest.mark.parametrize("key", [None, 5, b"s3cret", PermissionError("no vault")])
def test_a_function_that_gives_none(key: Any, name: str) -> None:
    def ask() -> Any:
        if isinstance(key, Exception):
            raise key
        return key

    double = double_for(name)
    with pytest.raises((TypeError, PermissionError)) as caught:
        CALLS[name](client(double, api_key=ask))
    assert isinstance(caught.value, PermissionError) == isinstance(key, Exception)
    assert "s3cret" not in str(caught.value)
    assert double.requests == []


@pytest.mark.parametrize("name", ASYNC)
def test_a_function_that_blocks_holds_no_loop_up(name: str) -> None:
    asked_in: list[threading.Thread] = []

    def ask() -> str:
        asked_in.append(threading.current_thread())
        return KEY

    CALLS[name](client(double_for(name, good(name)), api_key=ask))
    assert asked_in and asked_in[0] is not threading.main_thread()


def test_a_function_is_asked_when_a_key_is_needed() -> None:
    def never() -> str:
        raise AssertionError("it was asked for")

    mistral = Mistral(never)
    assert repr(mistral) == "Mistral(server_url='https://api.mistral.ai')"
    mistral.close()
    asyncio.run(mistral.close_async())


# -- a server that says the key back

ERROR_BODIES = [
    '{"message": %s}',
    '{"detail": %s}',
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
# What the server answers, the calls that it is an answer to, and the kind of error.
Echo = tuple[Callable[[str], bytes], tuple[str, ...], type[MistralError]]
ECHOES: list[Echo] = [
    *[(lambda key, h=head: h.replace("%s", key).encode(), tuple(CALLS), NoResponseError)
        for head in NO_HTTP],
    *[(lambda key, s=status, h=header: answer(s, b"[]", f"{h}: a {key} b"),
        ("complete", "complete_async") if status == 200 else tuple(CALLS), kind)
        for header in ("x-echo", "location", "content-type") for status, kind in (
            (200, ResponseValidationError), (302, SDKError), (401, SDKError))],
    *[(lambda key, b=body: answer(401, b.replace("%s", key).encode()), tuple(CALLS), SDKError)
        for body in ERROR_BODIES],
    *[(lambda key, b=body: answer(422, b.replace("%s", key).encode()), tuple(CALLS),
        HTTPValidationError) for body in ERROR_BODIES],
    *[(lambda key, b=body: answer(200, b.replace("%s", key).encode(), "content-type: text/html"),
        ("complete", "complete_async"), ResponseValidationError) for body in NO_ANSWERS],
    *[(lambda key, e=event: STREAM_HEAD + piece("a") + e.replace("%s", key).encode() + DONE,
        STREAMS, StreamError) for event in ERROR_EVENTS],
    *[(lambda key, e=event: STREAM_HEAD + piece("a") + e.replace("%s", key).encode() + DONE,
        STREAMS, ResponseValidationError) for event in NO_EVENTS],
]  # fmt: skip


@every_call
def test_an_echo(name: str) -> None:
    for script, calls, kind in ECHOES:
        if name not in calls:
            continue
        for key, write in SPELLINGS:
            said = script(write(f"Bearer {key}"))
            with FaultServer((said, hang_up)) as server, client(server, api_key=key) as mistral:
                error = failure(CALLS[name], mistral)
            assert kind_of(error) is kind, said
            assert_no_key(shown(error), key)
            for header in error.headers.keys() & {"x-echo", "location"}:
                assert "[API key]" in error.headers[header]


def test_a_header_that_has_the_key_for_a_name() -> None:
    key = PLAIN_KEY.lower()
    reply = Reply(b"{}", status=400, headers={f"x-{key}": "1"})
    error = failure(complete, client(double_for("complete", reply), api_key=key))
    assert error.headers == {"x-[api key]": "1"}


def test_the_key_is_marked_where_it_stood() -> None:
    for shape in ErrorShape:
        reply = ErrorReply(401, f"No such key: {PLAIN_KEY}!", shape)
        with MockServer([reply]) as server, client(server, api_key=PLAIN_KEY) as mistral:
            error = failure(complete, mistral)
        for text in (error.message, error.body):
            assert "No such key: [API key]!" in text


def test_what_had_arrived() -> None:
    """A model may repeat what it was told; a log of an error is not to."""
    for end in (b"", b'event: error\ndata: {"message": "x"}\n\n'):
        script = (STREAM_HEAD + piece(f"Your key is {PLAIN_KEY}.") + end, hang_up)
        with FaultServer(script) as server, client(server, api_key=PLAIN_KEY) as mistral:
            error = failure(stream, mistral)
        assert partial_of(error) == "Your key is [API key]."
        assert_no_key(shown(error), PLAIN_KEY)
    # What can't be read without the secret is not shown at all.
    for name in STREAMS:
        double = double_for(name, streamed(piece("Bon"), LibraryError()))
        error = failure(CALLS[name], client(double, api_key='"choices":'))
        assert isinstance(error, StreamError) and error.partial is not None
        assert not error.partial.choices
