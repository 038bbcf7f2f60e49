"""`retries=` and `retry_config=`: a call that is tried again, over real HTTP."""

from __future__ import annotations

import pytest

from mistral_proto import (
    BackoffStrategy,
    HTTPValidationError,
    Mistral,
    NoResponseError,
    RetryConfig,
    SDKError,
)
from mistral_proto.testing import ErrorReply, Fault, MockServer, RawReply
from tests.client.support import (
    CALLS,
    KEY,
    Call,
    assert_all_closed,
    client,
    complete,
    failure,
    piece,
    stream,
)


def at_once(connections: bool = True, elapsed: int = 60_000) -> RetryConfig:
    return RetryConfig("backoff", BackoffStrategy(0, 0, 1.0, elapsed, 0), connections)


AT_ONCE = at_once()
NEVER = RetryConfig("none", AT_ONCE.backoff, True)


@pytest.mark.parametrize("of_the_call", [False, True])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_busy_server(call: Call, of_the_call: bool) -> None:
    with MockServer([ErrorReply(503), ErrorReply(503)]) as server:
        if of_the_call:
            call(client(server), retries=AT_ONCE)
        else:
            call(client(server, retry_config=AT_ONCE))
        assert_all_closed(server)
        assert len(server.requests) == 3
        assert len({request.body for request in server.requests}) == 1
        assert {request.headers["authorization"] for request in server.requests} == {
            f"Bearer {KEY}"
        }


@pytest.mark.parametrize("fault", [Fault.close, Fault.reset, Fault.garbage])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_server_that_hangs_up(call: Call, fault: Fault) -> None:
    with MockServer([fault, fault]) as server:
        call(client(server), retries=AT_ONCE)
        assert server.connections == 3
        assert_all_closed(server)
    with MockServer([fault, fault]) as server:
        error = failure(call, client(server), retries=at_once(connections=False))
        assert isinstance(error, NoResponseError)
        assert server.connections == 1


def test_the_call_has_the_last_word() -> None:
    with MockServer([ErrorReply(503)]) as server:
        mistral = client(server, retry_config=AT_ONCE)
        assert failure(complete, mistral, retries=NEVER).status_code == 503
    with MockServer([ErrorReply(503)]) as server:
        complete(client(server, retry_config=NEVER), retries=AT_ONCE)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_without_a_setting_nothing_is_tried_again(call: Call) -> None:
    with MockServer([ErrorReply(503)]) as server, client(server) as mistral:
        assert failure(call, mistral).status_code == 503
        assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, SDKError), (422, HTTPValidationError)])
def test_a_refusal_is_not_tried_again(status: int, kind: type[Exception]) -> None:
    with MockServer([ErrorReply(status)]) as server:
        error = failure(complete, client(server), retries=AT_ONCE)
        assert (type(error), len(server.requests)) == (kind, 1)


def test_what_the_last_try_said() -> None:
    second = ErrorReply(503, "second", headers={"retry-after": "9999"})
    with MockServer([ErrorReply(503, "first"), second]) as server:
        error = failure(complete, client(server), retries=at_once(elapsed=5000))
        assert error.message.endswith("second")
        assert_all_closed(server)


def test_a_stream_that_has_begun_is_not_tried_again() -> None:
    # What it said was seen already; to say it again is for the caller to decide.
    with MockServer([RawReply([piece("Bon")]), "Bonjour"]) as server:
        failure(stream, client(server), retries=AT_ONCE)
        assert len(server.requests) == 1


def test_a_stream_that_breaks_before_its_first_event_is() -> None:
    with MockServer([RawReply([b": ping\n\n"]), "Bonjour"]) as server:
        assert stream(client(server), retries=AT_ONCE)[-1].data.usage is not None
        assert len(server.requests) == 2


def test_positions_as_the_sdk_has_them() -> None:
    backoff = BackoffStrategy(1, 50, 1.1, 100)
    with MockServer() as server:
        retry_config = RetryConfig("backoff", backoff, False)
        with Mistral(KEY, server_url=server.url, retry_config=retry_config) as mistral:
            complete(mistral)
