"""`max_gathered`: the most bytes of an answer that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import IncompleteStreamError, NoResponseError, StreamError
from tests.client.doubles import Double, double_for, good, streamed
from tests.client.support import (
    CALLS,
    DONE,
    HI,
    MODEL,
    WHOLE,
    client,
    failure,
    piece,
    text_of,
)

SIZE = {"complete": len(WHOLE), "stream": len(piece("Bon") + piece("jour", "stop") + DONE)}


@pytest.mark.parametrize("where", ["client", "call"])
@pytest.mark.parametrize("name", CALLS)
def test_the_bound(name: str, where: str) -> None:
    size = SIZE[name.removesuffix("_async")]
    for limit, fits in [(size, True), (size - 1, False)]:
        options: dict[str, Any] = {"max_gathered": limit}
        of_client, of_call = (options, {}) if where == "client" else ({}, options)
        with client(double_for(name, good(name)), **of_client) as mistral:
            if fits:
                assert text_of(CALLS[name](mistral, **of_call)) == "Bonjour"
                continue
            error = failure(CALLS[name], mistral, **of_call)
            assert type(error) is (
                IncompleteStreamError if name.startswith("stream") else NoResponseError
            )
            assert str(limit) in error.message and error.tries == 1


def test_what_had_come_is_in_the_error() -> None:
    first, second = piece("Bon"), piece("jour", "stop")
    with client(Double(streamed(first, second)), max_gathered=len(first)) as mistral:
        error = failure(CALLS["stream"], mistral)
    assert isinstance(error, StreamError) and error.partial is not None
    assert error.partial.choices[0].message.text == "Bon"


@pytest.mark.parametrize("end", [[DONE], []], ids=["done", "a finish reason"])
def test_events_without_gathering(end: list[bytes]) -> None:
    steps = [piece("x" * 1000)] * 100 + [piece("", "stop"), *end]
    with client(Double(streamed(*steps))) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)
        assert sum(len(text) for text in events.text()) == 100_000
        assert events.snapshot is None


def test_without_gathering_a_stream_that_breaks_off_is_told() -> None:
    with client(Double(streamed(piece("Bon")))) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)
        assert next(events).data.choices[0].delta.text == "Bon"
        error = failure(lambda _: next(events), mistral)
    assert type(error) is IncompleteStreamError and error.partial is None


def test_without_gathering_there_is_no_whole() -> None:
    with client(Double(good("stream"))) as mistral:
        events = mistral.chat.stream(model=MODEL, messages=HI, max_gathered=0)
        error = failure(lambda _: events.until_done(), mistral)
    assert type(error) is IncompleteStreamError and "not gathered" in error.message


def test_a_whole_answer_needs_its_bytes() -> None:
    with client(Double(good("complete"))) as mistral:
        assert text_of(CALLS["complete"](mistral, max_gathered=0)) == "Bonjour"
