"""The grammar of the WHATWG HTML standard, section 9.2, however a stream is split."""

from __future__ import annotations

import random

import pytest

from mistral_proto.sse import ServerSentEvent
from tests.sse.cases import CASES, Case
from tests.sse.feeding import in_bytes, in_random_pieces, oracle, parse, random_stream

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@every_case
def test_stream_in_one_piece(case: Case) -> None:
    assert parse([case.stream]) == case[2:]


@every_case
def test_stream_in_two_pieces(case: Case) -> None:
    # Within a long run of the same byte one place to split is like another.
    places = range(len(case.stream) + 1)
    for at in [*places[:200], *places[-200:]]:
        assert parse([case.stream[:at], case.stream[at:]]) == case[2:], at


@every_case
def test_stream_byte_by_byte(case: Case) -> None:
    assert parse(in_bytes(case.stream)) == case[2:]


@every_case
def test_stream_in_random_pieces(case: Case) -> None:
    for seed in range(20):
        pieces = list(in_random_pieces(case.stream, random.Random(seed)))
        assert parse(pieces) == case[2:], pieces


@every_case
def test_oracle_agrees_with_the_table(case: Case) -> None:
    assert oracle(case.stream) == case[2:]


@pytest.mark.parametrize("seed", range(8))
def test_parser_agrees_with_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    dispatched: list[ServerSentEvent] = []
    for _ in range(600):
        stream = random_stream(rng)
        expected = oracle(stream)
        dispatched += expected.events
        assert parse([stream]) == expected, stream
        pieces = list(in_random_pieces(stream, rng))
        assert parse(pieces) == expected, pieces
    # The streams are worth their while: many events, of every sort.
    assert len(dispatched) > 600
    assert any(event.event != "message" for event in dispatched)
    assert any(event.id for event in dispatched)
    assert any(event.retry is not None for event in dispatched)
