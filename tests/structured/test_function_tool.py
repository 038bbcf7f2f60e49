"""Functions as tools: the schema for the model, and the check of a call."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import json
import pickle
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest

from mistral_proto import ChatCompletionRequest, FunctionTool, Tool, UserMessage, ValidationError
from mistral_proto.structured.function_tool import is_async
from tests.structured.samples import Author, Color, problems, read, schema

STRING, INTEGER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}


def get_weather(city: str, unit: Literal["C", "F"] = "C", *, days: int | None = None) -> str:
    """Tell the weather of a city.

    Args:
        city: The city's name.
        unit: Of the temperature.
    """
    return f"{city} {unit} {days}"


async def get_weather_async(city: str) -> str:
    await asyncio.sleep(0)
    return city


class Station:
    """A weather station."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, hour: int) -> str:
        """Read the thermometer."""
        return f"{self.name} {hour}"

    def __call__(self, hour: int) -> str:
        return self.read(hour)

    @classmethod
    def make(cls, name: str) -> Station:
        return cls(name)

    @staticmethod
    def count(names: list[str]) -> int:
        return len(names)


class AsyncStation:
    async def __call__(self, hour: int) -> int:
        return hour


async def count_async(up_to: int) -> AsyncIterator[int]:
    yield up_to


STATION = Station("north")


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def untyped(a, b=2):  # type: ignore[no-untyped-def]
    return a, b


def described(a: Annotated[int, "The first.", {"minimum": 0}], b: Author, c: Color) -> object:
    """Do.

    :param a: Not this.
    :param b: The author.
    """
    return a, b, c


WEATHER = "Tell the weather of a city."
CITY = {"description": "The city's name.", **STRING}
UNIT = {"description": "Of the temperature.", "enum": ["C", "F"], "type": "string", "default": "C"}
DAYS = {"anyOf": [INTEGER, NULL], "default": None}
HOUR, WHOLE = {"hour": INTEGER}, {"city": CITY, "unit": UNIT, "days": DAYS}
DESCRIBED = {
    "a": {"description": "The first.", "type": "integer", "minimum": 0},
    "b": {"description": "The author.", "$ref": "#/$defs/Author"},
    "c": {"$ref": "#/$defs/Color"},
}
# A function, the tool's name, description and parameters, arguments, and the result.
TOOLS: list[tuple[Callable[..., Any], str, str, dict[str, Any], Any, Any]] = [
    (get_weather, "get_weather", WEATHER, WHOLE, '{"city": "Paris", "days": 3}', "Paris C 3"),
    (STATION.read, "read", "Read the thermometer.", HOUR, {"hour": 9}, "north 9"),
    (STATION, "Station", "A weather station.", HOUR, {"hour": 9}, "north 9"),
    (Station.count, "count", "", {"names": {"type": "array", "items": STRING}}, {"names": ["a"]}, 1),
    (functools.lru_cache(get_weather), "get_weather", WEATHER, WHOLE, {"city": "Rome"}, "Rome C None"),
    (functools.partial(get_weather, unit="F"), "get_weather", WEATHER, {"city": CITY, "days": DAYS}, {"city": "Rome"}, "Rome F None"),
    (functools.partial(get_weather, "Oslo"), "get_weather", WEATHER, {"unit": UNIT, "days": DAYS}, {}, "Oslo C None"),
    (functools.partial(STATION.read), "read", "Read the thermometer.", HOUR, {"hour": 1}, "north 1"),
    (functools.partial(STATION), "Station", "A weather station.", HOUR, {"hour": 1}, "north 1"),
    (untyped, "untyped", "", {"a": {}, "b": {"default": 2}}, {"a": [1]}, ([1], 2)),
    (described, "described", "Do.", DESCRIBED, {"a": 1, "b": {"name": "Ann"}, "c": "red"}, (1, Author("Ann"), Color.red)),
]  # fmt: skip


def test_tools_of_functions() -> None:
    for function, name, description, properties, arguments, result in TOOLS:
        tool = Tool.from_function(function)
        made = tool.function
        assert (made.name, made.description, made.strict) == (name, description, True)
        assert made.parameters["properties"] == properties, name
        assert tool.call(arguments) == result
    assert Tool.from_function(Station.make).call({"name": "south"}).name == "south"
    parameters = Tool.from_function(get_weather).function.parameters
    assert parameters["required"] == ["city"]
    assert parameters["additionalProperties"] is False


def test_options() -> None:
    tool = Tool.from_function(lambda: 3, name="three", description="3.", strict=False)
    parameters = {"type": "object", "properties": {}, "additionalProperties": False}
    function = {"name": "three", "description": "3.", "parameters": parameters}
    assert tool.to_dict() == {"type": "function", "function": function}
    assert tool.call() == tool.call("") == tool.call("{}") == 3

    assert Tool.from_function(get_weather, timeout_ms=0.5).timeout_ms == 0.5
    assert "timeout_ms" not in Tool.from_function(get_weather, timeout_ms=1000).to_json()
    for wrong in (0, True, "1", float("nan"), 10**10):
        with pytest.raises(ValueError, match="timeout_ms"):
            Tool.from_function(get_weather, timeout_ms=wrong)  # type: ignore[arg-type]


def with_defaults(
    a: str = None,  # type: ignore[assignment]
    b: int = 1,
    c: int | None = 2,
    d: Annotated[str, "D."] = None,  # type: ignore[assignment]
    e: object = None,
    f: date | str = None,  # type: ignore[assignment]
) -> object:
    return a, b, c, d, e, f


def test_null_is_the_default_of_a_parameter() -> None:
    tool = Tool.from_function(with_defaults)
    nothing = dict.fromkeys("abcdef")
    for arguments in (nothing, json.dumps(json.dumps(nothing))):
        assert tool.call(arguments) == (None, 1, *[None] * 4)  # c allows None
    assert tool.call("null") == (None, 1, 2, *[None] * 3)
    day: Any = tool.call({"f": "2026-01-31"})
    assert day[5] == date(2026, 1, 31)  # unions keep their order
    assert Tool.from_function(untyped).call({"a": None, "b": None}) == (None, 2)
    found: Any = tool.function.parameters["properties"]
    assert found["a"] == {"default": None, "anyOf": [STRING, NULL]}
    assert found["b"] == {"default": 1, "type": "integer"}
    assert found["d"]["anyOf"] == [{"description": "D.", **STRING}, NULL]
    assert found["e"] == {"default": None}
    assert found["f"]["anyOf"] == [{"type": "string", "format": "date"}, STRING, NULL]


# Keywords as attributes, as of pydantic's `Field` and of `annotated_types`.
PATTERN = SimpleNamespace(description=None, pattern=re.compile("^a"), min_length=2, max_length=3)
FIELD = SimpleNamespace(description="A number.", metadata=[SimpleNamespace(ge=1, lt=9), object()])
MORE = SimpleNamespace(gt=0, le=10, multiple_of=2, metadata=None)
SIZES = SimpleNamespace(min_length=1, max_length=2)
ITEMS = {"minItems": 1, "maxItems": 2}
# A type, its schema, a value that fits and one that does not.
ATTRIBUTES: list[tuple[Any, dict[str, Any], Any, Any]] = [
    (Annotated[int, FIELD, MORE, "Even."], {"description": "Even.", "type": "integer", "minimum": 1, "exclusiveMinimum": 0, "maximum": 10, "exclusiveMaximum": 9, "multipleOf": 2}, 8, 5),
    (Annotated[str, PATTERN], {"type": "string", "pattern": "^a", "minLength": 2, "maxLength": 3}, "ab", "bb"),
    (Annotated[list[Any], SIZES], {"type": "array", "items": {}, **ITEMS}, [1], []),
    (Annotated[set[str], SIZES], {"type": "array", "items": STRING, "uniqueItems": True, **ITEMS}, {"a"}, ["a", "b", "c"]),
    (Annotated[dict[str, Any], SIZES], {"type": "object", "additionalProperties": True, "minProperties": 1, "maxProperties": 2}, {"a": 1}, {}),
    (Annotated[str | list[int] | None, SIZES], {"anyOf": [{**STRING, "minLength": 1, "maxLength": 2}, {"type": "array", "items": INTEGER, **ITEMS}, NULL]}, None, [1, 2, 3]),
    (Annotated[Decimal, SimpleNamespace(ge=Decimal("0.1"))], {"anyOf": [{"type": "number", "minimum": 0.1}, STRING]}, 1, 0.01),
    (Annotated[int, Author, object(), len, SimpleNamespace(description=len)], INTEGER, 3, "3"),
]  # fmt: skip


def test_keywords_in_attributes() -> None:
    for tp, expected, right, wrong in ATTRIBUTES:
        assert schema(tp) == expected
        assert read(tp, right) == right
        assert problems(tp, wrong)


def test_names_of_the_function_around() -> None:
    class Local:
        pass

    @dataclass
    class Point:
        x: int

    later: type
    unit: type = Point

    def move(to: unit) -> int:  # type: ignore[valid-type]
        _ = (unit, lambda: later)
        return to.x  # type: ignore[no-any-return, attr-defined]

    def lost(to: Local) -> None: ...

    assert Tool.from_function(move).call({"to": {"x": 3}}) == 3
    with pytest.raises(TypeError, match=r"^lost\.to: the annotation 'Local' can't be resolved"):
        Tool.from_function(lost)
    later = int
    assert later is int


def positional(a: int, /) -> None: ...


def starred(*a: int) -> None: ...


def unsupported(a: list[complex]) -> None: ...


REFUSED: list[tuple[Any, str]] = [
    (positional, "positional.a: "),
    (starred, "starred.a: "),
    (Station.read, "read.self: "),
    (unsupported, "unsupported.a[]: "),
    (lambda: 1, "a function called <lambda>"),
    (Author, "expected a function"),
    (3, "expected a function, got 3"),
    (dict.fromkeys, "fromkeys.iterable: "),
    (min, "no signature found"),
]


def test_refused_functions() -> None:
    for function, beginning in REFUSED:
        with pytest.raises(TypeError) as caught:
            Tool.from_function(function)
        assert str(caught.value).startswith(beginning)


def test_calls_that_do_not_fit() -> None:
    tool = Tool.from_function(get_weather)
    cases: list[tuple[Any, list[tuple[str, ...]]]] = [
        ("[]", [("dict_type",)]),
        ({}, [("city", "missing")]),
        ('{"city": null}', [("city", "string_type")]),
        ('{"city": 1, "unit": "K", "dys": 2}', [("city", "string_type"), ("unit", "literal_error"), ("dys", "extra_forbidden")]),
    ]  # fmt: skip
    for arguments, expected in cases:
        with pytest.raises(ValidationError, match="^the call of get_weather ") as caught:
            tool.call(arguments)
        found = [(*problem.path, problem.type) for problem in caught.value.problems]
        assert found == [("arguments", *problem) for problem in expected]


@pytest.mark.native
def test_an_async_function() -> None:
    tool = Tool.from_function(get_weather_async)
    assert asyncio.run(tool.call({"city": "Rome"})) == "Rome"


def test_is_async() -> None:
    asynchronous: list[Any] = [
        *(get_weather_async, AsyncStation(), AsyncStation().__call__, count_async),
        *(functools.partial(get_weather_async, "a"), wrapped(get_weather_async)),
    ]
    assert all(is_async(function) for function in asynchronous)
    assert not any(is_async(function) for function in (get_weather, STATION.read, STATION))


def test_it_is_a_value_and_an_ordinary_tool_on_the_wire() -> None:
    tool = Tool.from_function(get_weather)
    plain = Tool(function=tool.function)
    assert (tool.to_dict(), tool.to_openai()) == (plain.to_dict(), plain.to_openai())
    request = ChatCompletionRequest(messages=[UserMessage(content="Hi")], tools=[tool])
    assert request.tools == [tool]
    assert ChatCompletionRequest.from_json(request.to_json()).tools == [plain]
    again = Tool.from_function(get_weather)
    for copied in (again, copy.deepcopy(tool), pickle.loads(pickle.dumps(tool)), replace(tool)):
        assert copied == tool and hash(copied) == hash(tool)
        assert copied.call({"city": "Rome"}) == "Rome C None"
    renamed = replace(tool, function=replace(tool.function, name="weather"))
    assert renamed != tool and renamed.implementation is get_weather
    assert tool != Tool.from_function(functools.partial(get_weather))
    assert "implementation=<function get_weather" in repr(tool)
    assert "implementation" in inspect.signature(FunctionTool).parameters

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    tool_without_hash = Tool.from_function(Unhashable())
    assert hash(tool_without_hash) == hash(replace(tool_without_hash))
