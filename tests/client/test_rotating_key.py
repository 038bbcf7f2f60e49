"""An API key that a function gives: asked for before each try, and shown no more than any other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import MissingAPIKeyError, Mistral, NoResponseError
from tests.client.doubles import CALLS, Reply, client, double_for, failure, good
from tests.client.support import KEY
from tests.client.test_key import assert_hidden

every_call = pytest.mark.parametrize("name", CALLS)
OTHER = "another-key-of-a-later-time-0123456789"


def in_turn(*keys: str) -> Callable[[], str]:
    return iter(keys).__next__


@every_call
def test_each_try_has_the_key_of_its_time(name: str) -> None:
    double = double_for(name, Reply(status=503), OSError("x"), good(name), good(name))
    mistral = client(double, api_key=in_turn(KEY, OTHER, " third\n", ""))
    for _ in range(2):
        assert CALLS[name](mistral) == "Bonjour"
    assert [request.headers.get("authorization") for request in double.requests] == [
        f"Bearer {KEY}",
        f"Bearer {OTHER}",
        "Bearer third",
        None,
    ]


@every_call
def test_a_redirect_is_of_the_same_try(name: str) -> None:
    double = double_for(name, Reply(status=308, headers={"location": "/x"}), good(name))
    CALLS[name](client(double, api_key=in_turn(KEY)))
    assert [request.headers["authorization"] for request in double.requests] == [
        f"Bearer {KEY}"
    ] * 2


@every_call
def test_each_key_is_taken_out_of_what_is_said_of_it(name: str) -> None:
    double = double_for(
        name,
        Reply(f"no such key: {KEY}".encode(), status=503, headers={"x-key": KEY}),
        OSError(f"can't send {OTHER}"),
        Reply(f"no such key: {KEY}, {OTHER}".encode(), status=400, headers={"x-key": OTHER}),
    )
    mistral = client(double, api_key=in_turn(KEY, OTHER, OTHER))
    error = failure(lambda: CALLS[name](mistral))
    assert error.tries == 3
    assert_hidden(error, OTHER)
    second = error.last_error
    assert isinstance(second, NoResponseError)
    assert second.message.endswith("can't send [API key]")
    assert_hidden(second, OTHER)
    first = second.last_error
    assert first is not None and first.headers == {"x-key": "[API key]"}
    assert_hidden(first, KEY)
    assert KEY not in repr(mistral) and OTHER not in repr(mistral)


@every_call
def test_a_function_that_fails(name: str) -> None:
    def fail() -> str:
        raise PermissionError("no vault")

    double = double_for(name)
    with pytest.raises(PermissionError, match="^no vault$"):
        CALLS[name](client(double, api_key=fail))
    assert double.requests == []


@every_call
@pytest.mark.parametrize("key", ["two words", "line\nend", "clé", "\x00"])
def test_a_key_that_can_not_be_sent(key: str, name: str) -> None:
    double = double_for(name)
    with pytest.raises(ValueError, match="^api_key must be printable ASCII") as caught:
        CALLS[name](client(double, api_key=lambda: key))
    assert key not in str(caught.value)
    assert double.requests == []


@every_call
@pytest.mark.parametrize("key", [None, 5, b"hidden"])
def test_a_key_that_is_no_string(key: Any, name: str) -> None:
    double = double_for(name)
    with pytest.raises(TypeError, match="^api_key must be a string, ") as caught:
        CALLS[name](client(double, api_key=lambda: key))
    assert "hidden" not in str(caught.value)
    assert double.requests == []


@every_call
@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_the_api_itself_needs_one(key: str, name: str) -> None:
    double = double_for(name)
    mistral = client(double, api_key=lambda: key, server_url=None)
    error = failure(lambda: CALLS[name](mistral))
    assert type(error) is MissingAPIKeyError
    assert (error.tries, double.requests) == (0, [])


@every_call
def test_a_header_of_ones_own_is_not_replaced(name: str) -> None:
    double = double_for(name, good(name))
    options: dict[str, Any] = {"http_headers": {"Authorization": "Basic x"}}
    CALLS[name](client(double, api_key=lambda: KEY, **options))
    assert double.requests[0].headers["authorization"] == "Basic x"


@pytest.mark.parametrize("name", ["complete_async", "stream_async"])
def test_a_function_that_blocks_holds_no_loop_up(name: str) -> None:
    asked_in: list[threading.Thread] = []

    def ask() -> str:
        asked_in.append(threading.current_thread())
        return KEY

    CALLS[name](client(double_for(name, good(name)), api_key=ask))
    assert asked_in and asked_in[0] is not threading.main_thread()


def test_it_is_asked_for_when_it_is_needed() -> None:
    def never() -> str:
        raise AssertionError("it was asked for")

    mistral = Mistral(never)
    assert repr(mistral) == "Mistral(server_url='https://api.mistral.ai')"
    mistral.close()
    asyncio.run(mistral.close_async())
