"""Python values as JSON: what a tool gives to the model, and what a schema tells as a default."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from ..wire import WireType
from .formats import written

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["plain_value", "text_of_value"]


def plain_value(value: object) -> JSONValue:
    """The value in JSON: dataclasses and mappings as objects, sets and tuples as lists.

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
        return {_key(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if isinstance(value, (set, frozenset)):
        # In one order, so that the same set makes the same text.
        return sorted((plain_value(item) for item in value), key=json.dumps)
    text = written(value)
    if text is None:
        raise TypeError(f"JSON has nothing that stands for a {type(value).__name__}")
    return text


def _key(key: object) -> str:
    plain = plain_value(key)
    if not isinstance(plain, str):
        raise TypeError(f"the keys of an object are strings, not {key!r}")
    return plain


def text_of_value(value: object) -> str:
    """What a tool returned as the text that the model gets.

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
