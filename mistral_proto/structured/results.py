"""Python values as JSON, and what a tool returned as the text that the model gets."""

from __future__ import annotations

import dataclasses
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .values import write_duration

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["plain_value", "text_of_value", "words"]


def _refuse(value: object) -> JSONValue:
    raise TypeError(f"JSON has nothing that stands for a {type(value).__name__}")


def plain_value(value: Any, other: Callable[[object], JSONValue] = _refuse) -> JSONValue:
    """Return the value in JSON: dataclasses and mappings as objects, sets and tuples as lists.

    Dates, times, UUIDs and decimals become strings, members of an enumeration
    their values, and wire types and pydantic models their documents.  `other` gives
    the JSON of what is none of these.

    Raises:
        TypeError: it is, or holds, what is none of these.
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
        # In one order, so that the same set makes the same text.
        return sorted((plain_value(item, other) for item in value), key=json.dumps)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, timedelta):
        return write_duration(value)
    return other(value)


def _dumped(model: Any) -> object:
    try:
        return model.model_dump(mode="json")
    except Exception:  # it holds what pydantic has no JSON for
        return model.model_dump()


def _plain_key(key: object, other: Callable[[object], JSONValue]) -> str:
    plain = plain_value(key, other)
    if isinstance(plain, (list, dict)):
        return str(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def text_of_value(value: object) -> str:
    """Return what a tool returned as the text that the model gets; nothing is refused.

    A string is that text; anything else becomes JSON, so that None is ``null``.
    Bytes become base64, NaN null, iterables lists, what has keys an object, and what
    JSON has nothing for, such as a list that holds itself, the string that `str` makes.

    >>> text_of_value("12 °C"), text_of_value({"celsius": 12}), text_of_value(None)
    ('12 °C', '{"celsius": 12}', 'null')
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)
    try:
        return json.dumps(plain_value(value, _told), ensure_ascii=False, allow_nan=False)
    except Exception:
        return json.dumps(words(value), ensure_ascii=False)


def _told(value: Any) -> JSONValue:
    if isinstance(value, float):
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b64encode(value).decode("ascii")
    if hasattr(type(value), "keys"):  # a row of a database
        return plain_value({key: value[key] for key in value.keys()}, _told)  # noqa: SIM118
    if hasattr(type(value), "tolist"):  # an array or a number of numpy
        return plain_value(value.tolist(), _told)
    if isinstance(value, Iterable):
        return plain_value([*value], _told)
    return words(value)


def words(value: object) -> str:
    """Return what `str` makes of it; the name of its type where that fails."""
    try:
        return str(value)
    except Exception:
        return type(value).__name__
