"""Python's types whose JSON is a string of a format: how each is read and written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from ..checks import Number, Reading, String
from .kinds import Definitions, Kind

if TYPE_CHECKING:
    from typing import Any

    from ..schema.definitions import Schema

__all__ = ["FORMATS", "Formatted", "written"]

# As RFC 3339 and JSON Schema have them; the zone and the seconds may be left out.
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?"
_FRACTION = re.compile(r"\.(\d+)")
_DURATION = re.compile(
    r"([+-])?P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Formatted(Kind):
    """A string of one of JSON Schema's formats; `parse` raises `ValueError` where it is not."""

    __slots__ = ("expected", "format", "kind", "parse", "write")

    def __init__(
        self,
        format: str,
        expected: str,
        parse: Callable[[str], object],
        write: Callable[[Any], str],
        kind: str,
    ) -> None:
        self.format = format
        self.expected = f"{expected} as a string"
        self.parse = parse
        self.write = write
        self.kind = kind

    def takes(self, value: object) -> bool:
        return isinstance(value, str)

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "string", "format": self.format}

    def read(self, value: object, reading: Reading) -> object:
        if not isinstance(value, str):
            self.fail(value)
        try:
            return self.parse(String().read(value, reading))
        except (ValueError, OverflowError):
            pass
        self.fail(value)


class _Decimal(Kind):
    """A number, or the digits of one as a string, which keeps all of them."""

    __slots__ = ()
    expected = "a number, or one as a string"
    kind = "decimal_parsing"
    write = staticmethod(str)

    def takes(self, value: object) -> bool:
        return isinstance(value, str) or Number().takes(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [{"type": "number"}, {"type": "string"}]}

    def read(self, value: object, reading: Reading) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.fail(value)
        if isinstance(value, int):
            return Decimal(value)
        # Of a float its own digits, not those of the fraction of two that it is.
        digits = value if isinstance(value, str) else repr(value)
        if _DECIMAL.fullmatch(digits) is None:
            self.fail(value)
        return Decimal(digits)


def _matched(pattern: str, parse: Callable[[str], object]) -> Callable[[str], object]:
    compiled = re.compile(pattern, re.ASCII)

    def parse_matched(text: str) -> object:
        if compiled.fullmatch(text) is None:
            raise ValueError(text)
        # What Python 3.10 reads: no Z, and three or six digits of a second.
        text = text[:-1] + "+00:00" if text[-1] in "Zz" else text
        return parse(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text))

    return parse_matched


def _parse_duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    sign, weeks, days, hours, minutes, seconds = found.groups()
    length = timedelta(
        weeks=int(weeks or 0),
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=float(seconds or 0),
    )
    return -length if sign == "-" else length


def _write_duration(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta() else ("", length)
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    return f"{sign}P{length.days}DT{length.seconds}{fraction}S"


def _parse_uuid(text: str) -> UUID:
    if _UUID.fullmatch(text) is None:
        raise ValueError(text)
    return UUID(text)


FORMATS: dict[type, Formatted | _Decimal] = {
    datetime: Formatted(
        "date-time",
        "a date and time in ISO 8601, such as '2026-01-31T09:30:00Z',",
        _matched(f"{_DATE}[Tt ]{_TIME}", datetime.fromisoformat),
        datetime.isoformat,
        "datetime_parsing",
    ),
    date: Formatted(
        "date",
        "a date in ISO 8601, such as '2026-01-31',",
        _matched(_DATE, date.fromisoformat),
        date.isoformat,
        "date_parsing",
    ),
    time: Formatted(
        "time",
        "a time in ISO 8601, such as '09:30:00',",
        _matched(_TIME, time.fromisoformat),
        time.isoformat,
        "time_parsing",
    ),
    timedelta: Formatted(
        "duration",
        "a duration in ISO 8601 without years and months, such as 'P1DT12H',",
        _parse_duration,
        _write_duration,
        "time_delta_parsing",
    ),
    UUID: Formatted("uuid", "a UUID", _parse_uuid, str, "uuid_parsing"),
    Decimal: _Decimal(),
}
"""The kind of each of these types."""


def written(value: object) -> str | None:
    """A value of one of these types as its string; None of any other.

    >>> written(timedelta(days=1, hours=12))
    'P1DT43200S'
    """
    for cls, kind in FORMATS.items():
        if isinstance(value, cls):
            return kind.write(value)
    return None
