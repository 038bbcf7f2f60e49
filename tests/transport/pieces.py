"""Bytes in pieces, as a network may deliver them."""

from __future__ import annotations

import random
from collections.abc import Iterator


def in_two(data: bytes) -> Iterator[list[bytes]]:
    """Every way to cut the bytes in two; within a long run one place is like another."""
    slots = range(len(data) + 1)
    for at in sorted({*slots[:200], *slots[-200:]}):
        yield [data[:at], data[at:]]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def at_random(data: bytes, random_: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = random_.choice([1, 2, 3, 7, 50, 1000])
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def every_way(data: bytes, seeds: int = 10) -> Iterator[list[bytes]]:
    """Whole, in two at every place, byte by byte, and at random."""
    yield [data]
    yield from in_two(data)
    yield one_by_one(data)
    for seed in range(seeds):
        yield at_random(data, random.Random(seed))
