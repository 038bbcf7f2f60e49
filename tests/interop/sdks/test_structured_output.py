"""Schemas and values of the types of Python beside those of pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from mistral_proto import ValidationError
from tests.published.strategies import VALUES
from tests.structured.samples import Book, Color, Options, Point, read, schema
from tests.structured.test_types import TYPES

LIST: Any = list
ENUM: Any = Literal[Color.red]
KEYS: Any = dict[Literal["a"], int]
COMPARED = [
    (tp, [value for value, _ in fits], [value for value, _ in wrong])
    for tp, _, fits, wrong in TYPES
    if "Annotated" not in str(tp)  # pydantic does not know our notes
]


def common(schema: Any, of_fields: bool = False) -> Any:
    """Return a schema without its titles, and without the note that an object is closed."""
    if isinstance(schema, list):
        return [common(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: common(value, not of_fields and key in ("properties", "$defs"))
        for key, value in schema.items()
        if of_fields or (key != "title" and (key, value) != ("additionalProperties", False))
    }


def test_schemas_and_values_are_those_of_pydantic() -> None:
    # A field has a note of ours; pydantic refuses these TypedDicts on Python before 3.12.
    other_schemas = (Book, Point, Options)
    for tp, fits, _ in COMPARED:
        of_list = LIST[tp]  # so that definitions have the same place
        if tp not in other_schemas:
            theirs = TypeAdapter(of_list).json_schema()
            # pydantic omits the type of the keys.
            assert tp == KEYS or common(schema(of_list)) == common(theirs), tp
        # pydantic reads an iterable when it is used, and no enumeration in a literal.
        if tp not in (Point, Options, Iterable[int], ENUM):
            for value in fits:
                text = json.dumps([value])
                assert read(of_list, [value]) == TypeAdapter(of_list).validate_json(text), tp


def test_the_schema_and_reading_agree() -> None:
    def is_read(tp: Any, value: Any) -> bool:
        try:
            read(tp, value)
        except ValidationError:
            return False
        return True

    # A format is a note in JSON Schema; a list with a value twice is a set with it once.
    stricter = (date, datetime, time, timedelta, UUID, Decimal, set[int], set[list[int]])
    for tp, fits, wrong in COMPARED:
        validator = Draft202012Validator(schema(tp))
        for value in [*fits, *wrong, *VALUES] if tp not in stricter else ():
            is_json = not isinstance(value, set) and value == value
            # Only reading has a bound.
            if is_json and not (isinstance(value, int) and value > 10**300):
                assert validator.is_valid(value) == is_read(tp, value), (tp, value)
