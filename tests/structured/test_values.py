"""Python values as the text for a model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from mistral_proto import TextChunk, UserMessage
from mistral_proto.structured.values import text_of_value
from tests.structured.samples import Author, Book, Color, Level


@dataclass
class Holder:
    value: Any


class Point(NamedTuple):
    x: float
    y: object


class Row:
    """Like a row of sqlite3."""

    def keys(self) -> list[str]:
        return ["a", "b"]

    def __getitem__(self, key: str) -> str:
        return key.upper()

    def __iter__(self) -> Iterator[str]:
        return iter("AB")


class Array:
    """Like an array of numpy, whose items are arrays, too."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __iter__(self) -> Iterator[Array]:
        yield self

    def tolist(self) -> object:
        return self.value


class Model:
    """Like a pydantic model."""

    def model_dump(self, mode: str) -> object:
        return {"mode": mode, "not a number": float("nan")}


class ModelWithBytes:
    def model_dump(self, mode: str = "python") -> object:
        return {"bytes": b"a" if mode == "python" else 1 / 0}


class Unwritable:
    def __str__(self) -> str:
        raise KeyError


class BrokenModel(Unwritable):
    def model_dump(self, mode: str) -> object:
        raise ValueError(mode)


LOOP: list[Any] = []
LOOP.append(LOOP)
RING: dict[str, Any] = {}
RING["self"] = Holder(RING)
DEEP: list[Any] = [1]
for _ in range(20_000):
    DEEP = [DEEP]

TEXTS: list[tuple[Any, str]] = [
    ("12 °C", "12 °C"),
    (None, "null"),
    (Color.red, '"red"'),
    ({"né": [1.5, True, None, Level.high]}, '{"né": [1.5, true, null, 2]}'),
    (({"b", "a"}, 1), '[["a", "b"], 1]'),
    (Book("Emma", Author("Ann")), '{"title": "Emma", "author": {"name": "Ann", "born": null}, "pages": 1, "tags": []}'),
    (UserMessage(content=[TextChunk(text="Hi")]), '{"role": "user", "content": [{"type": "text", "text": "Hi"}]}'),
    (datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc), '"2026-01-31T09:30:00+00:00"'),
    (time(9, 30), '"09:30:00"'),
    (timedelta(days=1, hours=1, milliseconds=1500), '"P1DT3601.5S"'),
    (-timedelta(seconds=1), '"-P0DT1S"'),
    (UUID(int=0), '"00000000-0000-0000-0000-000000000000"'),
    (Decimal("0.10"), '"0.10"'),
    ({1: 2, None: 3, 1.5: 4, date(2026, 1, 31): 5, (1, 2): 6, Level.high: 7}, '{"1": 2, "null": 3, "1.5": 4, "2026-01-31": 5, "(1, 2)": 6, "2": 7}'),
    ({True: 1, b"a": 2, Author("A"): 3}, """{"true": 1, "YQ==": 2, "Author(name='A', born=None)": 3}"""),
    ([float("nan"), float("inf"), -float("inf"), Decimal("NaN")], '[null, null, null, "NaN"]'),
    ([b"\xff", bytearray(b"a"), memoryview(b"a")], '["/w==", "YQ==", "YQ=="]'),
    (deque([1, {2}]), "[1, [2]]"),
    ({"rows": (n for n in range(2))}, '{"rows": [0, 1]}'),
    ([{1: 2}.keys(), {1: 2}.values(), {1: 2}.items(), range(2)], "[[1], [2], [[1, 2]], [0, 1]]"),
    (Color, '["red", "blue"]'),
    (Point(0.5, [Point(1, None)]), '{"x": 0.5, "y": [{"x": 1, "y": null}]}'),
    ([Model()], '[{"mode": "json", "not a number": null}]'),
    ([ModelWithBytes()], '[{"bytes": "YQ=="}]'),
    ([Array(1), Array([1, [2]])], "[1, [1, [2]]]"),
    ([Row()], '[{"a": "A", "b": "B"}]'),
    ([PurePosixPath("/a"), ValueError("no"), 1j, Unwritable()], '["/a", "no", "1j", "Unwritable"]'),
    ([Holder], f'["{Holder}"]'),
    (BrokenModel(), '"BrokenModel"'),
    (LOOP, '"[[...]]"'),
    (RING, """ "{'self': Holder(value={...})}" """.strip()),
]  # fmt: skip


def test_texts_of_values() -> None:
    for value, expected in TEXTS:
        assert text_of_value(value) == expected


@pytest.mark.native
def test_a_value_nested_too_deeply_for_json() -> None:
    assert text_of_value(DEEP) == '"list"'
