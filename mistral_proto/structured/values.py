"""Python values as JSON: formats of strings, such as dates, and the results of tools."""

from __future__ import annotations

import dataclasses
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..checks import Check, Either, Number, String
from .checks import Made

if TYPE_CHECKING:
    from ..json_text import JSONValue

# RFC 3339; the zone, the seconds, and the colon of an offset may be missing.
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
_MAX_DIGITS = 4300  # as of an integer in JSON text


def _format(name: str, example: str, kind: str, parse: Callable[[str], Any]) -> Made:
    expected = f"a {name}, such as {example!r}, as a string"
    return Made(String(), parse, expected, kind, format=name)


def _matching(pattern: str, parse: Callable[[str], Any]) -> Callable[[str], Any]:
    compiled = re.compile(pattern, re.ASCII)

    def parse_matching(text: str) -> Any:
        if compiled.fullmatch(text) is None:
            raise ValueError(text)
        # Python 3.10 reads no Z, needs the colon, and takes three or six digits of a second.
        text = text[:-1] + "+00:00" if text[-1] in "Zz" else _NO_COLON.sub(":", text)
        return parse(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text))

    return parse_matching


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


def _parse_decimal(value: str | int | float) -> Decimal:
    text = value if isinstance(value, str) else repr(value)
    if len(text) > _MAX_DIGITS or _DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    number = Decimal(text)
    if abs(number.adjusted()) > _MAX_DIGITS:  # too large or small for arithmetic
        raise ValueError(text)
    return number


_parse_datetime = _matching(f"{_DATE}[Tt ]{_TIME}", datetime.fromisoformat)
_parse_date_at_midnight = _matching(f"{_DATE}(?:[Tt ]{_TIME})?", _parse_date)
_parse_time = _matching(_TIME, time.fromisoformat)
FORMATS: dict[type, Check] = {
    datetime: _format("date-time", "2026-01-31T09:30:00Z", "datetime_parsing", _parse_datetime),
    date: _format("date", "2026-01-31", "date_parsing", _parse_date_at_midnight),
    time: _format("time", "09:30:00", "time_parsing", _parse_time),
    timedelta: _format("duration", "P1DT12H", "time_delta_parsing", _parse_duration),
    UUID: _format("uuid", f"{UUID(int=0)}", "uuid_parsing", _matching(_UUID, UUID)),
    Decimal: Made(
        Either(Number(), String()),
        _parse_decimal,
        f"a number, or one as a string, of at most {_MAX_DIGITS} digits",
        "decimal_parsing",
    ),
}
"""The check of each of these types."""


def _refuse(value: object) -> JSONValue:
    raise TypeError(f"a {type(value).__name__} can't be written as JSON")


def plain_value(value: Any, other: Callable[[object], JSONValue] = _refuse) -> JSONValue:
    """Return the value as JSON: dataclasses and mappings as objects, sets and tuples as lists.

    Dates, times, UUIDs and decimals become strings, enumeration members their values, wire types
    and pydantic models their documents.  `other` converts values of all other types.
    """
    if isinstance(value, Enum):
        return plain_value(value.value, other)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else other(value)
    if hasattr(type(value), "model_dump"):
        return plain_value(_dumped(value), other)
    if hasattr(type(value), "_asdict"):  # a named tuple
        value = value._asdict()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {_plain_key(key, other): plain_value(item, other) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item, other) for item in value]
    if isinstance(value, (set, frozenset)):
        # Sorted, so that equal sets become equal texts.
        return sorted((plain_value(item, other) for item in value), key=json.dumps)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, timedelta):  # ISO 8601
        length = abs(value)
        fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
        sign = "-" if value < timedelta() else ""
        return f"{sign}P{length.days}DT{length.seconds}{fraction}S"
    return other(value)


def _dumped(model: Any) -> object:
    try:
        return model.model_dump(mode="json")
    except Exception:  # pydantic has no JSON for a value in it
        return model.model_dump()


def _plain_key(key: object, other: Callable[[object], JSONValue]) -> str:
    plain = plain_value(key, other)
    if isinstance(plain, (list, dict)):
        return str(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def text_of_value(value: object) -> str:
    """Return the result of a tool as the text for the model; no value is refused.

    A string is the text itself, and any other value becomes JSON.  Bytes become base64, NaN
    becomes null, iterables lists, objects with keys objects, and other values, such as a list
    that contains itself, the string that `str` makes.

    >>> text_of_value("12 °C"), text_of_value({"celsius": 12}), text_of_value(None)
    ('12 °C', '{"celsius": 12}', 'null')
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)
    try:
        return json.dumps(plain_value(value, _plain_anything), ensure_ascii=False, allow_nan=False)
    except Exception:
        return json.dumps(str_or_type(value), ensure_ascii=False)


def _plain_anything(value: Any) -> JSONValue:
    if isinstance(value, float):
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b64encode(value).decode("ascii")
    if hasattr(type(value), "keys"):  # a row of a database
        return plain_value({key: value[key] for key in value.keys()}, _plain_anything)  # noqa: SIM118
    if hasattr(type(value), "tolist"):  # an array or a number of numpy
        return plain_value(value.tolist(), _plain_anything)
    if isinstance(value, Iterable):
        return plain_value([*value], _plain_anything)
    return str_or_type(value)


def str_or_type(value: object) -> str:
    """Return ``str(value)``; the name of its type if that fails."""
    try:
        return str(value)
    except Exception:
        return type(value).__name__
