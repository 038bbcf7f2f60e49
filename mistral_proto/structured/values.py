"""The types whose JSON is a string of a format, such as dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..checks import Check, Either, Number, String
from .checks import Made

__all__ = ["FORMATS", "write_duration"]

# As RFC 3339 and JSON Schema have them; the zone, the seconds, and the colon of an offset may
# be left out.
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_FRACTION = re.compile(r"\.(\d+)")
_NO_COLON = re.compile(r"(?<=[+-]\d\d)(?=\d\d$)")
_DURATION = re.compile(
    r"([+-])?P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_MOST_DIGITS = 4300  # as of an integer in JSON text
_MICROSECOND = timedelta(microseconds=1)


def _matched(pattern: str, parse: Callable[[str], Any]) -> Callable[[str], Any]:
    compiled = re.compile(pattern, re.ASCII)

    def parse_matched(text: str) -> Any:
        if compiled.fullmatch(text) is None:
            raise ValueError(text)
        # What Python 3.10 reads: no Z, a colon, and three or six digits of a second.
        text = text[:-1] + "+00:00" if text[-1] in "Zz" else _NO_COLON.sub(":", text)
        return parse(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text))

    return parse_matched


def _parse_date(text: str) -> date:
    at = datetime.fromisoformat(text)
    if at.time() != time():
        raise ValueError(text)
    return at.date()


def _parse_duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    sign, *parts = found.groups()
    weeks, days, hours, minutes, seconds = [float(part or 0) for part in parts]
    length = timedelta(days, seconds, minutes=minutes, hours=hours, weeks=weeks)
    return -length if sign == "-" else length


def write_duration(length: timedelta) -> str:
    """Return a duration as ISO 8601 has it.

    >>> write_duration(timedelta(hours=1, milliseconds=500))
    'P0DT3600.5S'
    """
    seconds, fraction = divmod(abs(length // _MICROSECOND), 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    point = f".{fraction:06}".rstrip("0") if fraction else ""
    return f"{'-' if length < timedelta() else ''}P{days}DT{seconds}{point}S"


def _parse_decimal(value: str | int | float) -> Decimal:
    # Of a float its own digits, not those of the fraction of two that it is.
    text = value if isinstance(value, str) else repr(value)
    if len(text) > _MOST_DIGITS or _DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    number = Decimal(text)
    if abs(number.adjusted()) > _MOST_DIGITS:  # which nothing can reckon with
        raise ValueError(text)
    return number


def _format(name: str, example: str, kind: str, parse: Callable[[str], Any]) -> Made:
    expected = f"a {name}, such as {example!r}, as a string"
    return Made(String(), parse, expected, kind, format=name)


_parse_datetime = _matched(f"{_DATE}[Tt ]{_TIME}", datetime.fromisoformat)
# Also one with a time, which is to be midnight.
_parse_any_date = _matched(f"{_DATE}(?:[Tt ]{_TIME})?", _parse_date)
_parse_time = _matched(_TIME, time.fromisoformat)
FORMATS: dict[type, Check] = {
    datetime: _format("date-time", "2026-01-31T09:30:00Z", "datetime_parsing", _parse_datetime),
    date: _format("date", "2026-01-31", "date_parsing", _parse_any_date),
    time: _format("time", "09:30:00", "time_parsing", _parse_time),
    timedelta: _format("duration", "P1DT12H", "time_delta_parsing", _parse_duration),
    UUID: _format("uuid", f"{UUID(int=0)}", "uuid_parsing", _matched(_UUID, UUID)),
    Decimal: Made(
        Either(Number(), String()),
        _parse_decimal,
        f"a number, or one as a string, of at most {_MOST_DIGITS} digits",
        "decimal_parsing",
    ),
}
"""The check of each of these types."""
