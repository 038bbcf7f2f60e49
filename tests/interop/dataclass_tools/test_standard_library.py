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

import mistral_proto
from mistral_proto import (
    AssistantMessage,
    SystemMessage,
    TextChunk,
    UserMessage,
)
from mistral_proto.wire import WireType
from tests.interop.dataclass_tools.twins import OURS, PUBLIC_TYPES, TWINS, outcome

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


def set_name(book: Any) -> None:
    book.name = "film"


def delete_name(book: Any) -> None:
    del book.name


# Uses with the same result for a plain `@dataclass(frozen=True, kw_only=True)`.
USES: dict[str, Callable[[Any], Any]] = {
    "fields": lambda types: shown(types.JsonSchema),
    "fields, of constants": lambda types: shown(types.Prediction),
    "fields of an instance": lambda types: len(dataclasses.fields(types.Prediction())),
    "is_dataclass": lambda types: dataclasses.is_dataclass(types.JsonSchema),
    "is_dataclass, an instance": lambda types: dataclasses.is_dataclass(types.Prediction()),
    "asdict": lambda types: dataclasses.asdict(types.JsonSchema(**BOOK)),
    "asdict, defaults": lambda types: list(dataclasses.asdict(types.Prediction()).items()),
    "astuple": lambda types: dataclasses.astuple(types.JsonSchema(**BOOK)),
    "replace": lambda types: (
        dataclasses.replace(types.JsonSchema(**BOOK), name="film")
        == types.JsonSchema(**{**BOOK, "name": "film"})
    ),
    "signature": lambda types: [
        (each.name, each.kind, each.default)
        for each in inspect.signature(types.JsonSchema).parameters.values()
    ],
    "signature, as text": lambda types: str(inspect.signature(types.Prediction)),
    "signature, bound": lambda types: inspect.signature(types.JsonSchema).bind(**BOOK).kwargs,
    "signature, missing": lambda types: inspect.signature(types.JsonSchema).bind(),
    "get_type_hints": lambda types: [
        typing.get_type_hints(types.JsonSchema)[field.name]
        for field in dataclasses.fields(types.JsonSchema)
    ],
    "match": lambda types: matched(types.JsonSchema(**BOOK), types.JsonSchema),
    "match, another value": lambda types: matched(
        types.JsonSchema(name="book", schema={}), types.JsonSchema
    ),
    "__match_args__": lambda types: types.JsonSchema.__match_args__,
    "set": lambda types: set_name(types.JsonSchema(**BOOK)),
    "delete": lambda types: delete_name(types.JsonSchema(**BOOK)),
    "==": lambda types: (
        types.Prediction(content="Hi") == types.Prediction(content="Hi"),
        types.Prediction(content="Hi") == types.Prediction(content="Ho"),
        types.Prediction() == types.JsonSchema(**BOOK),
        types.Prediction() == {"type": "content", "content": ""},
    ),
    "hash": lambda types: len(
        {types.Prediction(), types.Prediction(), types.Prediction(content="a")}
    ),
    "hash, a dict inside": lambda types: hash(types.JsonSchema(**BOOK)),
    "repr": lambda types: repr(types.Prediction(content="Hi")),
    "params": lambda types: (
        (
            types.Prediction.__dataclass_params__.frozen,
            types.Prediction.__dataclass_params__.kw_only,
        )
        if sys.version_info >= (3, 12)
        else None
    ),
}
if sys.version_info >= (3, 13):
    USES["copy.replace"] = lambda types: (
        copy.replace(types.JsonSchema(**BOOK), name="film").name  # type: ignore[attr-defined, unused-ignore]
    )


def test_uses_have_the_result_of_a_plain_dataclass() -> None:
    for name, use in USES.items():
        assert outcome(use, OURS) == outcome(use, TWINS), name


def test_type_hints_resolve() -> None:
    for cls in PUBLIC_TYPES.values():
        hints = typing.get_type_hints(cls)
        assert hints.keys() >= {field.name for field in dataclasses.fields(cls)}


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
    assert text.startswith("Python Library Documentation: class UserMessage in module")
    assert "class UserMessage(" in text and "*, role: " in text
    for method in ("from_dict", "to_dict", "from_json", "to_json"):
        assert f" {method}(" in text
    assert "UserMessage" in pydoc.plain(pydoc.render_doc(mistral_proto))
