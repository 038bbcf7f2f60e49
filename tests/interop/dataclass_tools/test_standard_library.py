"""The standard library's functions for dataclasses, with ours."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import pydoc
import sys
import typing
from collections.abc import Callable
from typing import Any

import pytest

import mistral_proto
from mistral_proto import AssistantMessage, SystemMessage, TextChunk, UserMessage
from mistral_proto.wire import WireType
from tests.interop.dataclass_tools.samples import OURS, PUBLIC_TYPES, TWINS, outcome

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
    lambda schema, book, empty: len(dataclasses.fields(empty)),
    lambda schema, book, empty: [*map(dataclasses.is_dataclass, (schema, empty))],
    lambda schema, book, empty: dataclasses.asdict(book),
    lambda schema, book, empty: list(dataclasses.asdict(empty).items()),
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
    lambda schema, book, empty: setattr(book, "name", "film"),
    lambda schema, book, empty: delattr(book, "name"),
    lambda schema, book, empty: (book == schema(**BOOK), book == empty, empty == {"content": ""}),
    lambda schema, book, empty: len({empty, type(empty)(), type(empty)(content="a")}),
    lambda schema, book, empty: hash(book),
    lambda schema, book, empty: repr(empty),
]
if sys.version_info >= (3, 12):
    USES.append(lambda schema, book, empty: schema.__dataclass_params__.frozen)
if sys.version_info >= (3, 13):
    USES.append(lambda schema, book, empty: copy.replace(book, name="film").name)


@pytest.mark.parametrize("number", range(len(USES)))
def test_a_use_has_the_result_of_a_plain_dataclass(number: int) -> None:
    def use(types: Any) -> Any:
        return USES[number](types.JsonSchema, types.JsonSchema(**BOOK), types.Prediction())

    assert outcome(use, OURS) == outcome(use, TWINS)


def test_type_hints_resolve() -> None:
    for cls in PUBLIC_TYPES.values():
        found = typing.get_type_hints(cls)
        assert found.keys() >= {field.name for field in dataclasses.fields(cls)}


@functools.singledispatch
def speaker(message: object) -> str:
    raise TypeError(message)


@speaker.register
def _(message: WireType) -> str:
    return "somebody"


@speaker.register
def _(message: UserMessage) -> str:
    return "the user"


def test_single_dispatch_finds_the_type() -> None:
    assert speaker(UserMessage(content="Hi")) == "the user"
    assert speaker(SystemMessage(content="Hi")) == "somebody"


def test_match_finds_fields() -> None:
    def described(message: object) -> str:
        match message:
            case UserMessage(content=[TextChunk(text=text)]):
                return f"one chunk: {text}"
            case UserMessage(content=str(text)):
                return f"a string: {text}"
            case AssistantMessage(tool_calls=[call, *_]):
                return f"a call of {call.function.name}"
        return "something else"

    assert described(UserMessage(content="Hi")) == "a string: Hi"
    assert described(UserMessage(content=[TextChunk(text="Hi")])) == "one chunk: Hi"
    calls = [{"function": {"name": "now", "arguments": "{}"}}]
    assert described(AssistantMessage.from_dict({"tool_calls": calls})) == "a call of now"
    assert described(SystemMessage(content="Hi")) == "something else"


def test_help_shows_the_fields() -> None:
    text = pydoc.plain(pydoc.render_doc(UserMessage))
    assert "class UserMessage(" in text and "*, role: " in text
    for method in ("from_dict", "to_dict", "from_json", "to_json"):
        assert f" {method}(" in text
    assert "UserMessage" in pydoc.plain(pydoc.render_doc(mistral_proto))
