"""Python values as JSON, and the types whose JSON is a string of a format."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..checks import Check, Either, Number, String
from ..wire import WireType
from .checks import Made

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["FORMATS", "plain_value", "text_of_value"]

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


def _write_duration(length: timedelta) -> str:
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


def plain_value(value: object) -> JSONValue:
    """Return the value in JSON: dataclasses and mappings as objects, sets and tuples as lists.

    Dates, times, UUIDs and decimals become strings, members of an enumeration
    their values, and the wire types their documents.

    Raises:
        TypeError: it is, or holds, what is none of these.
    """
    if isinstance(value, Enum):
        return plain_value(value.value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, WireType):
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain_value(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {_plain_key(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if isinstance(value, (set, frozenset)):
        # In one order, so that the same set makes the same text.
        return sorted((plain_value(item) for item in value), key=json.dumps)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, timedelta):
        return _write_duration(value)
    raise TypeError(f"JSON has nothing that stands for a {type(value).__name__}")


def _plain_key(key: object) -> str:
    plain = plain_value(key)
    if not isinstance(plain, str):
        raise TypeError(f"the keys of an object are strings, not {key!r}")
    return plain


def text_of_value(value: object) -> str:
    """Return what a tool returned as the text that the model gets.

    A string is that text; anything else becomes JSON, so that None is ``null``.

    Raises:
        TypeError: JSON has nothing that stands for it.
        ValueError: it has no JSON, such as NaN, or a list that holds itself.

    >>> text_of_value("12 °C"), text_of_value({"celsius": 12}), text_of_value(None)
    ('12 °C', '{"celsius": 12}', 'null')
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)
    return json.dumps(plain_value(value), ensure_ascii=False, allow_nan=False)
