"""Python's types whose JSON is a string of a format: how each is read and written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..checks import Check, Number, Reading, String

if TYPE_CHECKING:
    from ..schema.definitions import Definitions, Schema

__all__ = ["FORMATS", "written"]

# As RFC 3339 and JSON Schema have them; the zone and the seconds may be left out.
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?"
_FRACTION = re.compile(r"\.(\d+)")
_DURATION = re.compile(
    r"([+-])?P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MOST_DIGITS = 4300  # as of an integer in JSON text
_MICROSECOND = timedelta(microseconds=1)


class _Formatted(String):
    """A string of one of JSON Schema's formats; `parse` raises `ValueError` where it is not."""

    __slots__ = ("expected", "format", "kind", "parse", "write")
    is_scalar = False

    def __init__(
        self,
        format: str,
        expected: str,
        parse: Callable[[str], object],
        write: Callable[[Any], str],
        kind: str,
    ) -> None:
        super().__init__()
        self.quick = None
        self.format = format
        self.expected = f"{expected} as a string"
        self.parse = parse
        self.write = write
        self.kind = kind

    def read(self, value: object, reading: Reading) -> Any:
        try:
            return self.parse(super().read(value, reading))
        except (ValueError, OverflowError):  # or an error of the string's own
            pass
        self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": "string", "format": self.format}


class _Decimal(Check):
    """A number, or the digits of one as a string, which keeps all of them."""

    __slots__ = ()
    expected = f"a number, or one as a string, of at most {_MOST_DIGITS} digits"
    kind = "decimal_parsing"
    write = staticmethod(str)

    def takes(self, value: object) -> bool:
        return isinstance(value, str) or Number().takes(value)

    def read(self, value: object, reading: Reading) -> Decimal:
        # Of a float its own digits, not those of the fraction of two that it is.
        text = value if isinstance(value, str) else repr(Number().read(value, reading))
        if len(text) <= _MOST_DIGITS and _DECIMAL.fullmatch(text):
            number = Decimal(text)
            if abs(number.adjusted()) < _MOST_DIGITS:  # so that it can be reckoned with
                return number
        self.fail(value)

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [{"type": "number"}, {"type": "string"}]}


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
    sign, *parts = found.groups()
    weeks, days, hours, minutes, seconds = [float(part or 0) for part in parts]
    length = timedelta(days, seconds, minutes=minutes, hours=hours, weeks=weeks)
    return -length if sign == "-" else length


def _write_duration(length: timedelta) -> str:
    seconds, fraction = divmod(abs(length // _MICROSECOND), 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    point = f".{fraction:06}".rstrip("0") if fraction else ""
    return f"{'-' if length < timedelta() else ''}P{days}DT{seconds}{point}S"


FORMATS: dict[type, _Formatted | _Decimal] = {
    datetime: _Formatted(
        "date-time",
        "a date and time in ISO 8601, such as '2026-01-31T09:30:00Z',",
        _matched(f"{_DATE}[Tt ]{_TIME}", datetime.fromisoformat),
        datetime.isoformat,
        "datetime_parsing",
    ),
    date: _Formatted(
        "date",
        "a date in ISO 8601, such as '2026-01-31',",
        _matched(_DATE, date.fromisoformat),
        date.isoformat,
        "date_parsing",
    ),
    time: _Formatted(
        "time",
        "a time in ISO 8601, such as '09:30:00',",
        _matched(_TIME, time.fromisoformat),
        time.isoformat,
        "time_parsing",
    ),
    timedelta: _Formatted(
        "duration",
        "a duration in ISO 8601 without years and months, such as 'P1DT12H',",
        _parse_duration,
        _write_duration,
        "time_delta_parsing",
    ),
    UUID: _Formatted("uuid", "a UUID", _matched(_UUID, UUID), str, "uuid_parsing"),
    Decimal: _Decimal(),
}
"""The check of each of these types."""


def written(value: object) -> str | None:
    """Return a value of one of these types as its string; None of any other.

    >>> written(timedelta(days=1, hours=12))
    'P1DT43200S'
    """
    for cls, check in FORMATS.items():
        if isinstance(value, cls):
            return check.write(value)
    return None
