"""A transport of one's own: what it gets, what it may give, and what is done with that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mistral_proto import (
    AsyncHTTPResponse,
    EventStream,
    HTTPRequest,
    HTTPResponse,
    IncompleteStreamError,
    Mistral,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    UrllibTransport,
)
from mistral_proto.client import operations
from tests.client.doubles import (
    CALLS,
    EVENTS,
    STREAM,
    STREAMS,
    URL,
    AsyncDouble,
    Double,
    LibraryError,
    Reply,
    StillClock,
    client,
    double_for,
    failure,
    good,
    streamed,
    whole,
)
from tests.client.support import DONE, HI, KEY, MODEL, WHOLE, piece

every_call = pytest.mark.parametrize("name", CALLS)


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
    with Mistral(KEY, transport=Mine()) as mistral:
        assert CALLS["complete"](mistral) == "Bonjour"
    assert CALLS["complete_async"](Mistral(KEY, async_transport=MineAsync())) == "Bonjour"


@every_call
@pytest.mark.parametrize("how", ["plain", "coroutines", "bare"])
def test_a_good_answer_is_released(name: str, how: str) -> None:
    if how == "coroutines" and not name.endswith("_async"):
        how = "plain"
    reply = good(name, how=how)
    double = double_for(name, reply)
    assert CALLS[name](client(double)) == "Bonjour"
    if how == "bare":
        assert set(reply.done) == {"close"}  # as often as one likes
    else:
        assert reply.done == ["release"]  # which is in the place of closing it
    (request,) = double.requests
    assert (request.method, request.url) == ("POST", f"{URL}/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert all(header == header.lower() for header in request.headers)


HEADERS: list[tuple[dict[str, str], bool]] = [
    ({"Content-Type": "text/event-stream"}, True),
    ({"CONTENT-TYPE": "Text/Event-Stream; charset=utf-8"}, True),
    ({}, True),
    ({"content-type": "text/plain"}, False),
]


@pytest.mark.parametrize(("headers", "good"), HEADERS)
@pytest.mark.parametrize("name", STREAMS)
def test_headers_in_any_case(name: str, headers: dict[str, str], good: bool) -> None:
    reply = streamed(headers=headers)
    mistral = client(double_for(name, reply))
    if good:
        assert CALLS[name](mistral) == "Bonjour"
    else:
        assert type(failure(lambda: CALLS[name](mistral))) is ResponseValidationError
        assert reply.done == [5.0, "close"]


@every_call
def test_headers_of_one_name_are_joined(name: str) -> None:
    reply = Reply(status=400, headers={"X-One": "1", "x-two": "a", "x-ONE": "2"})
    error = failure(lambda: CALLS[name](client(double_for(name, reply))))
    assert error.headers == {"x-one": "1, 2", "x-two": "a"}


# -- failures of its own

BROKE = LibraryError("could not\nread")

# What the transport answers in turn, the error's type and message, its tries, and what is done to
# the last answer that there was.
Row = tuple[list[Any], type[MistralError], str, int]
FAILURES: dict[str, Row] = {
    "sends nothing": ([BROKE] * 7, NoResponseError, "no answer from http://gateway.invalid:80: could not read", 7),
    "of the system": ([OSError(5, "Input/output error")] * 7, NoResponseError, "Input/output error", 7),
    "in words of the key": ([LibraryError(f"cannot send {KEY}")] * 7, NoResponseError, "cannot send [API key]", 7),
    "a bad status": ([Reply(b"no", status=400)], SDKError, "400 Bad Request: no", 1),
    "a bad status that breaks off": ([Reply(b"n", b"o", BROKE, status=400)], SDKError, "400 Bad Request: no", 1),
    "a bad status, without more": ([Reply(b"no", status=400, how="bare")], SDKError, "400 Bad Request: no", 1),
    "a bad status that says nothing": ([Reply(BROKE, status=400)], SDKError, "400 Bad Request", 1),
}  # fmt: skip


@every_call
@pytest.mark.parametrize(("answers", "kind", "words", "tries"), FAILURES.values(), ids=FAILURES)
def test_a_failure(
    answers: list[Any], kind: type[MistralError], words: str, tries: int, name: str
) -> None:
    answers = [
        Reply(*answer.blocks._steps, status=answer.status, how=answer.how)
        if isinstance(answer, Reply)
        else answer
        for answer in answers
    ]
    # Waits of 1, 2, 4, 8, 16 and 32 seconds; the next one would end too late.
    mistral = client(double_for(name, *answers), timeout_ms=100_000)
    error = failure(lambda: CALLS[name](mistral))
    assert isinstance(error, kind)
    assert error.message.endswith(words)
    assert error.tries == tries
    assert isinstance(error.__cause__, (OSError, type(None)))
    assert error.__context__ is None
    if isinstance(answers[-1], Reply):
        if answers[-1].how != "bare":  # its body is wanted only if it comes soon
            assert answers[-1].done.pop(0) == 5.0
        assert set(answers[-1].done) == {"close"}


@every_call
def test_an_answer_that_breaks_off_is_asked_for_again(name: str) -> None:
    first = Reply(b'{"id"', BROKE) if name not in STREAMS else streamed(b": ping\n\n", BROKE)
    double = double_for(name, first, good(name))
    clock = StillClock()
    assert CALLS[name](client(double, clock=clock)) == "Bonjour"
    assert (first.done, clock.slept, len(double.requests)) == (["close"], [1.0], 2)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_breaks_after_its_first_event(name: str) -> None:
    reply = streamed(STREAM[0], BROKE)
    error = failure(lambda: CALLS[name](client(double_for(name, reply))))
    assert isinstance(error, IncompleteStreamError)
    assert error.message == "the stream broke off: could not read"
    assert error.partial is not None and error.partial.choices[0].message.text == "Bon"
    assert (reply.done[0], error.tries) == ("close", 1)


@pytest.mark.parametrize("name", STREAMS)
def test_a_partial_answer_with_a_key_that_is_a_piece_of_json(name: str) -> None:
    # To take it out would leave no answer, and it is no secret.
    reply = streamed(piece("Bon"), BROKE)
    mistral = client(double_for(name, reply), api_key='"choices":')
    error = failure(lambda: CALLS[name](mistral))
    assert isinstance(error, IncompleteStreamError)
    assert error.partial is not None and error.partial.choices[0].message.text == "Bon"


@every_call
def test_what_is_no_failure_of_the_network_is_raised_as_it_is(name: str) -> None:
    for answer in (ZeroDivisionError(), Reply(ZeroDivisionError(), headers=EVENTS)):
        double = double_for(name, answer)
        with pytest.raises(ZeroDivisionError):
            CALLS[name](client(double))
        assert len(double.requests) == 1
        if isinstance(answer, Reply):
            assert set(answer.done) == {"close"}


# -- bounds that hold for every transport


def test_a_body_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MAX_BODY", 1000)
    for name in ("complete", "complete_async"):
        fits = Reply(WHOLE, b" " * (1000 - len(WHOLE)))
        assert CALLS[name](client(double_for(name, fits))) == "Bonjour"
        reply = Reply(*[b" "] * 2000)
        error = failure(lambda: CALLS[name](client(double_for(name, reply))))
        assert isinstance(error, NoResponseError) and error.final
        assert error.message == "the answer broke off: it is larger than 1000 bytes"
        assert (error.tries, error.status_code, reply.done) == (1, 200, ["close"])
        assert reply.blocks.taken == 1001  # and not one more


@every_call
@pytest.mark.parametrize("status", [400, 503])
def test_the_body_of_an_error_has_a_bound(
    status: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MAX_BODY", 1000)
    reply = Reply(*[b"x"] * 2000, status=status)
    error = failure(lambda: CALLS[name](client(double_for(name, reply), timeout_ms=10)))
    assert error.status_code == status
    assert reply.blocks.taken <= 1001


def after(clock: StillClock, seconds: float) -> Any:
    def step() -> None:
        clock.now += seconds

    return step


# A body, the time that each part of it takes, and how a call of 10 seconds ends.
SLOW: dict[str, tuple[float, int, bool]] = {
    "in time": (1.0, 9, True),
    "just in time": (1.0, 10, True),
    "too late": (1.0, 11, False),
    "far too late": (100.0, 1, False),
    "without an end": (0.01, 10**6, False),
}


@every_call
@pytest.mark.parametrize(("each", "count", "in_time"), SLOW.values(), ids=SLOW)
def test_the_deadline_is_looked_at_between_blocks(
    each: float, count: int, in_time: bool, name: str
) -> None:
    clock = StillClock()
    parts = [b": ping\n\n"] if name in STREAMS else [b" "]
    steps = [step for _ in range(min(count, 1100)) for step in (after(clock, each), *parts)]
    reply = Reply(*steps, *(STREAM if name in STREAMS else [WHOLE]), headers=EVENTS)
    mistral = client(double_for(name, reply), clock=clock, timeout_ms=10_000)
    if in_time:
        assert CALLS[name](mistral) == "Bonjour"
    else:
        error = failure(lambda: CALLS[name](mistral))
        assert error.message.endswith("broke off: timed out")
        assert clock.now - 1000 <= 10 + each + 0.001
        assert set(reply.done) == {"close"}


@every_call
def test_an_error_is_given_five_seconds_to_say_what_it_is(name: str) -> None:
    clock = StillClock()
    pieces = [b"busy ", after(clock, 4), b"doing ", after(clock, 4), b"much", b"never read"]
    reply = Reply(*pieces, status=400)
    error = failure(lambda: CALLS[name](client(double_for(name, reply), clock=clock)))
    assert (error.status_code, error.body) == (400, "busy doing much")
    assert reply.done[0] == 5.0


# -- the end of a client


def test_close_closes_the_transport() -> None:
    double, other = Double(), AsyncDouble()
    mistral = client(double, async_transport=other)
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


def test_each_kind_of_call_has_its_own_transport() -> None:
    double, other = Double(whole()), AsyncDouble(whole())
    mistral = client(double, async_transport=other)
    CALLS["complete"](mistral)
    CALLS["complete_async"](mistral)
    assert len(double.requests) == len(other.requests) == 1


@pytest.mark.parametrize("name", ["complete_async", "stream_async"])
def test_a_transport_that_blocks_is_none_for_asyncio(name: str) -> None:
    with pytest.raises(ValueError, match="^the client has a transport, but no async_transport$"):
        CALLS[name](client(Double()))


def test_a_transport_over_urllib_is_one_for_asyncio() -> None:
    mistral = Mistral(KEY, transport=UrllibTransport())
    transport = mistral._sender.async_transport()
    assert mistral._sender.async_transport() is transport
    mistral.close()


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
    error = failure(lambda: CALLS[name](mistral))
    assert error.message.endswith("first")
    assert (len(double.requests), clock.slept, error.tries) == (1, [1.0], 1)
    # The next call is one of its own.
    assert CALLS[name](mistral) == "Bonjour"


# -- streams


# When another thread closes the stream, of those that are asked for one after the other.
WHEN = ("while it waits for an event", "while the next try waits", "while it is asked for again")


@pytest.mark.parametrize("when", WHEN)
def test_a_stream_that_another_thread_closes(when: str) -> None:
    class Closing(StillClock):
        def sleep(self, seconds: float) -> None:
            if when == WHEN[1]:
                events.close()

    class Sending(Double):
        def send(self, request: HTTPRequest) -> HTTPResponse:
            if when == WHEN[2] and self.requests:
                events.close()
            return super().send(request)

    def step() -> None:
        if when == WHEN[0]:
            events.close()

    first, second = streamed(b": x\n\n", step, BROKE), streamed()
    double = Sending(first, second)
    events = client(double, clock=Closing()).chat.stream(model=MODEL, messages=HI)
    assert list(events) == []
    assert len(double.requests) == (2 if when == WHEN[2] else 1)
    # None stays open.
    assert set(first.done) == {"close"}
    assert set(second.done) == ({"close"} if when == WHEN[2] else set())


def test_a_stream_that_is_closed_early() -> None:
    reply = streamed()
    events = client(Double(reply)).chat.stream(model=MODEL, messages=HI)
    assert next(events).data.choices[0].delta.text == "Bon"
    events.close()
    assert (list(events), reply.done[0], reply.blocks.taken) == ([], "close", 1)


def test_a_stream_that_was_never_made_may_be_dropped() -> None:
    # As an interrupt may leave one.
    EventStream.__new__(EventStream).__del__()


def test_a_stream_is_told_to_be_over_before_its_connection() -> None:
    # What follows [DONE] in the body is not waited for.
    def never() -> None:
        raise AssertionError("it was waited for")

    for name in STREAMS:
        reply = streamed(piece("Bonjour", "stop"), DONE, never)
        assert CALLS[name](client(double_for(name, reply))) == "Bonjour"
        assert reply.done == ["release"]
