"""A transport of one's own: what it gets, what it may give, and what is done with that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mistral_proto import (
    AsyncHTTPResponse,
    HTTPRequest,
    HTTPResponse,
    Mistral,
    MistralError,
    NoResponseError,
    SDKError,
    UrllibTransport,
)
from tests.client.doubles import (
    EVENTS,
    AsyncDouble,
    Double,
    LibraryError,
    Reply,
    StillClock,
    double_for,
    good,
    whole,
)
from tests.client.faults.servers import WHOLE, FaultServer
from tests.client.support import (
    ASYNC,
    CALLS,
    KEY,
    URL,
    WHOLE_ONES,
    Says,
    client,
    end_of,
    every_call,
    failure,
    kind_of,
    text_of,
)


class Mine:
    """One in ten lines."""

    failures = (KeyError,)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        return HTTPResponse(200, {"Content-Type": "application/json"}, [WHOLE])

    def close(self) -> None:
        pass


class MineAsync:
    """One for asyncio, in as few."""

    failures = (KeyError,)

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        async def body() -> Any:
            yield WHOLE

        return AsyncHTTPResponse(200, {"Content-Type": "application/json"}, body())

    async def close(self) -> None:
        pass


def test_in_ten_lines() -> None:
    with Mistral(KEY, transport=Mine(), async_transport=MineAsync()) as mistral:
        for name in WHOLE_ONES:
            assert text_of(CALLS[name](mistral)) == "Bonjour"


@every_call
@pytest.mark.parametrize("how", ["plain", "coroutines", "bare"])
def test_a_good_answer_is_released(name: str, how: str) -> None:
    reply = good(name, how="plain" if how == "coroutines" and name not in ASYNC else how)
    double = double_for(name, reply)
    end_of(name, client(double)).check(Says())
    # To release it is in the place of closing it, which may be done as often as one likes.
    assert set(reply.done) == {"close"} if how == "bare" else reply.done == ["release"]
    (request,) = double.requests
    assert (request.method, request.url) == ("POST", f"{URL}/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert all(header == header.lower() for header in request.headers)


@every_call
def test_headers_of_one_name_are_joined(name: str) -> None:
    reply = Reply(status=400, headers={"X-One": "1", "x-two": "a", "x-ONE": "2"})
    error = failure(CALLS[name], client(double_for(name, reply)))
    assert error.headers == {"x-one": "1, 2", "x-two": "a"}


# -- its failures

BROKE = LibraryError("could not\nread")

# What the transport answers every time, the error's kind, the end of its message, and the tries.
FAILURES: list[tuple[Any, type[MistralError], str, int]] = [
    (BROKE, NoResponseError, "could not read", 7),
    (OSError(5, "Input/output error"), NoResponseError, "Input/output error", 7),
    (LibraryError(f"cannot send {KEY}"), NoResponseError, "cannot send [API key]", 7),
    (([b"no"], "plain"), SDKError, "no", 1),
    (([b"n", b"o", BROKE], "plain"), SDKError, "no", 1),
    (([b"no"], "bare"), SDKError, "no", 1),
    (([BROKE], "plain"), SDKError, "400 Bad Request", 1),
]


@every_call
def test_a_failure(name: str) -> None:
    for what, kind, words, tries in FAILURES:
        if isinstance(what, tuple):
            what = Reply(*what[0], status=400, how=what[1])
        # Waits of 1, 2, 4, 8, 16 and 32 seconds; the next one would end too late.
        error = failure(CALLS[name], client(double_for(name, *[what] * 7), timeout_ms=100_000))
        assert (kind_of(error), error.tries) == (kind, tries)
        assert error.message.endswith(words)
        is_kept = isinstance(what, OSError)  # the words of a library may hold the key
        assert (error.__cause__, error.__context__) == (what if is_kept else None, None)
        if isinstance(what, Reply):
            if what.how != "bare":  # its body is wanted only if it comes soon
                assert what.done.pop(0) == 5.0
            assert set(what.done) == {"close"}


@every_call
def test_what_is_no_failure_of_the_network_is_raised_as_it_is(name: str) -> None:
    for what in (ZeroDivisionError(), Reply(ZeroDivisionError(), headers=EVENTS)):
        double = double_for(name, what)
        with pytest.raises(ZeroDivisionError):
            CALLS[name](client(double))
        assert len(double.requests) == 1
        assert not isinstance(what, Reply) or set(what.done) == {"close"}


# -- a bound that holds for every transport

BOUND = 64 * 1024 * 1024
BLOCK = b" " * 2**20


@pytest.mark.parametrize("name", WHOLE_ONES)
def test_a_body_has_a_bound(name: str) -> None:
    fits = Reply(WHOLE, *[BLOCK] * 63, b" " * (2**20 - len(WHOLE)))
    end_of(name, client(double_for(name, fits))).check(Says())
    reply = Reply(*[BLOCK] * 100)
    error = failure(CALLS[name], client(double_for(name, reply)))
    assert isinstance(error, NoResponseError) and error.final
    assert (error.tries, error.status_code, reply.done) == (1, 200, ["close"])
    assert reply.taken == 65  # and not one more


@every_call
def test_the_body_of_an_error_has_a_bound(name: str) -> None:
    for status in (400, 503):
        reply = Reply(*[b"x" * 2**20] * 100, status=status)
        error = failure(CALLS[name], client(double_for(name, reply), timeout_ms=10))
        assert error.status_code == status
        assert reply.taken <= 65


# -- the end of a client, and which transport carries what


def test_close_closes_the_transport() -> None:
    double, other = Double(whole()), AsyncDouble(whole())
    mistral = client(double, async_transport=other)
    for name in WHOLE_ONES:
        CALLS[name](mistral)
    assert len(double.requests) == len(other.requests) == 1
    with mistral:
        pass
    assert (double.closed, other.closed) == (1, 0)

    async def main() -> None:
        async with mistral:
            pass

    asyncio.run(main())
    assert (double.closed, other.closed) == (2, 1)


def test_a_client_that_was_never_used_has_nothing_to_close() -> None:
    mistral = Mistral(KEY)
    mistral.close()
    asyncio.run(mistral.close_async())


@pytest.mark.parametrize("name", ASYNC)
def test_who_carries_a_call_of_asyncio(name: str) -> None:
    with pytest.raises(ValueError, match="async_transport"):
        CALLS[name](client(Double()))
    with FaultServer() as server, client(server, transport=UrllibTransport()) as mistral:
        end_of(name, mistral).check(Says())
        end_of("complete", mistral).check(Says())
        assert server.connections == 1


@every_call
def test_closing_ends_the_tries(name: str) -> None:
    """Whoever closes a client while a call waits for its next try does not want that one."""

    class Closing(StillClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            mistral.close()

    clock = Closing()
    double = double_for(name, OSError("first"), good(name), good(name))
    mistral = client(double, clock=clock)
    error = failure(CALLS[name], mistral)
    assert error.message.endswith("first")
    assert (len(double.requests), clock.slept, error.tries) == (1, [1.0], 1)
    # The next call is one of its own.
    end_of(name, mistral).check(Says())
