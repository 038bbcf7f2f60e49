"""Python values as the text that a model gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from mistral_proto import TextChunk, UserMessage
from mistral_proto.structured.values import text_of_value
from tests.structured.samples import Author, Book, Color, Level


@dataclass
class Holder:
    value: Any


LOOP: list[Any] = []
LOOP.append(LOOP)

TEXTS: list[tuple[Any, str]] = [
    ("12 °C", "12 °C"),
    ("", ""),
    (None, "null"),
    (True, "true"),
    (1.5, "1.5"),
    (Color.red, '"red"'),
    (Level.high, "2"),
    ({"né": [1, None]}, '{"né": [1, null]}'),
    ({Color.red: 1}, '{"red": 1}'),
    ((1, "a"), '[1, "a"]'),
    ({"b", "a"}, '["a", "b"]'),
    (frozenset(), "[]"),
    (Book("Emma", Author("Ann")), '{"title": "Emma", "author": {"name": "Ann", "born": null}, "pages": 1, "tags": []}'),
    (UserMessage(content=[TextChunk(text="Hi")]), '{"role": "user", "content": [{"type": "text", "text": "Hi"}]}'),
    (datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc), '"2026-01-31T09:30:00+00:00"'),
    (date(2026, 1, 31), '"2026-01-31"'),
    (time(9, 30), '"09:30:00"'),
    (timedelta(days=1, hours=1, milliseconds=1500), '"P1DT3601.5S"'),
    (-timedelta(seconds=1), '"-P0DT1S"'),
    (UUID(int=0), '"00000000-0000-0000-0000-000000000000"'),
    (Decimal("0.10"), '"0.10"'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), TEXTS, ids=lambda value: str(value)[:40])
def test_a_value(value: Any, expected: str) -> None:
    assert text_of_value(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a", "JSON has nothing that stands for a bytes"),
        (Holder(1j), "JSON has nothing that stands for a complex"),
        ([Holder], "JSON has nothing that stands for a type"),
        ({1: 1}, "the keys of an object are strings, not 1"),
    ],
)
def test_what_has_no_json(value: Any, expected: str) -> None:
    with pytest.raises(TypeError) as caught:
        text_of_value(value)
    assert str(caught.value) == expected


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (LOOP, RecursionError)])
def test_what_json_can_not_write(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        text_of_value(value)
