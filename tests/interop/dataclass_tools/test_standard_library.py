"""The standard library's functions for dataclasses, with ours."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pydoc
import sys
import typing
from collections.abc import Callable
from typing import Any

import mistral_proto
from mistral_proto import UserMessage
from tests.interop.dataclass_tools.samples import OURS, TWINS, outcome

BOOK = {"name": "book", "description": "A book.", "schema": {"type": "object"}, "strict": True}


def matched(value: Any, cls: Any) -> str:
    match value:
        case cls(name="book", strict=True, description=str(text)):
            return text
    return "no match"


def shown(cls: Any) -> list[tuple[object, ...]]:
    return [
        (each.name, each.default, each.default_factory, each.type, each.kw_only, each.compare)
        for each in dataclasses.fields(cls)
    ]


def parameters(cls: Any) -> list[tuple[object, ...]]:
    signature = inspect.signature(cls)
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


def hints(cls: Any) -> list[object]:
    found = typing.get_type_hints(cls)
    return [found[field.name] for field in dataclasses.fields(cls)]


# Uses of `schema` (the type JsonSchema), `book` (an instance) and `empty` (a Prediction),
# with the same result for a plain `@dataclass(frozen=True, kw_only=True)`.
USES: list[Callable[[Any, Any, Any], Any]] = [
    lambda schema, book, empty: shown(schema),
    lambda schema, book, empty: shown(type(empty)),
    lambda schema, book, empty: [*map(dataclasses.is_dataclass, (schema, empty))],
    lambda schema, book, empty: dataclasses.asdict(book),
    lambda schema, book, empty: dataclasses.astuple(book),
    lambda schema, book, empty: dataclasses.replace(book, name="film").name,
    lambda schema, book, empty: parameters(schema),
    lambda schema, book, empty: str(inspect.signature(type(empty))),
    lambda schema, book, empty: inspect.signature(schema).bind(**BOOK).kwargs,
    lambda schema, book, empty: inspect.signature(schema).bind(),
    lambda schema, book, empty: hints(schema),
    lambda schema, book, empty: matched(book, schema),
    lambda schema, book, empty: matched(schema(name="book", schema={}), schema),
    lambda schema, book, empty: schema.__match_args__,
    lambda schema, book, empty: (book == schema(**BOOK), book == empty, empty == {"content": ""}),
    lambda schema, book, empty: len({empty, type(empty)(), type(empty)(content="a")}),
    lambda schema, book, empty: repr(empty),
]
if sys.version_info >= (3, 12):
    USES.append(lambda schema, book, empty: schema.__dataclass_params__.frozen)
if sys.version_info >= (3, 13):
    USES.append(lambda schema, book, empty: copy.replace(book, name="film").name)


def test_uses_have_the_results_of_a_plain_dataclass() -> None:
    for number, use in enumerate(USES):
        ours, theirs = [
            outcome(use, types.JsonSchema, types.JsonSchema(**BOOK), types.Prediction())
            for types in (OURS, TWINS)
        ]
        assert ours == theirs, number


def test_help_shows_the_fields() -> None:
    text = pydoc.plain(pydoc.render_doc(UserMessage))
    assert "class UserMessage(" in text and "*, role: " in text
    for method in ("from_dict", "to_dict", "from_json", "to_json"):
        assert f" {method}(" in text
    assert "UserMessage" in pydoc.plain(pydoc.render_doc(mistral_proto))
