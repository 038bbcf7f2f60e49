"""Functions of every kind as tools: what the model is told, and how a call is checked."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import json
import math
import pickle
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest

from mistral_proto import ChatCompletionRequest, Tool, UserMessage, ValidationError
from mistral_proto.structured.function_tool import FunctionTool, is_async
from tests.structured.samples import Author, Color

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value, _):
        return value


STRING = {"type": "string"}


def get_weather(city: str, unit: Literal["C", "F"] = "C", *, days: int | None = None) -> str:
    """Tell the weather of a city.

    Args:
        city: The city's name.
        unit: Of the temperature.
    """
    return f"{city} {unit} {days}"


async def get_weather_async(city: str) -> str:
    """Tell the weather."""
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

    async def later(self, hour: int) -> str:
        return self.read(hour)

    @classmethod
    def make(cls, name: str) -> Station:
        return cls(name)

    @staticmethod
    def count(names: list[str]) -> int:
        return len(names)


class AsyncStation:
    async def __call__(self, hour: int) -> int:
        """Read it later."""
        return hour


async def count_async(up_to: int) -> AsyncIterator[int]:
    for number in range(up_to):
        yield number


STATION = Station("north")


def passed_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def passes_on(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return passes_on


def untyped(a, b=2):  # type: ignore[no-untyped-def]
    return a, b


def described(a: Annotated[int, "The first.", {"minimum": 0}], b: Author, c: Color) -> object:
    """Do.

    :param a: Not this.
    :param b: The author.
    """
    return a, b, c


CALLS: list[tuple[Callable[..., Any], str, str, dict[str, Any], Any, Any]] = [
    (
        get_weather,
        "get_weather",
        "Tell the weather of a city.",
        {
            "city": {"description": "The city's name.", **STRING},
            "unit": {
                "description": "Of the temperature.",
                "enum": ["C", "F"],
                "type": "string",
                "default": "C",
            },
            "days": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        },
        '{"city": "Paris", "days": 3}',
        "Paris C 3",
    ),
    (STATION.read, "read", "Read the thermometer.", {"hour": {"type": "integer"}}, {"hour": 9}, "north 9"),
    (STATION, "Station", "A weather station.", {"hour": {"type": "integer"}}, {"hour": 9}, "north 9"),
    (Station.count, "count", "", {"names": {"type": "array", "items": STRING}}, {"names": ["a"]}, 1),
    (functools.lru_cache(get_weather), "get_weather", "Tell the weather of a city.", {"city": None, "unit": None, "days": None}, {"city": "Rome"}, "Rome C None"),
    (passed_on(get_weather), "get_weather", "Tell the weather of a city.", {"city": None, "unit": None, "days": None}, {"city": "Rome"}, "Rome C None"),
    (functools.partial(get_weather, unit="F"), "get_weather", "Tell the weather of a city.", {"city": None, "days": None}, {"city": "Rome"}, "Rome F None"),
    (functools.partial(get_weather, "Oslo"), "get_weather", "Tell the weather of a city.", {"unit": None, "days": None}, {}, "Oslo C None"),
    (functools.partial(STATION.read), "read", "Read the thermometer.", {"hour": {"type": "integer"}}, {"hour": 1}, "north 1"),
    (functools.partial(STATION), "Station", "A weather station.", {"hour": {"type": "integer"}}, {"hour": 1}, "north 1"),
    (untyped, "untyped", "", {"a": {}, "b": {"default": 2}}, {"a": [1]}, ([1], 2)),
    (
        described,
        "described",
        "Do.",
        {
            "a": {"description": "The first.", "type": "integer", "minimum": 0},
            "b": {"description": "The author.", "$ref": "#/$defs/Author"},
            "c": {"$ref": "#/$defs/Color"},
        },
        {"a": 1, "b": {"name": "Ann"}, "c": "red"},
        (1, Author("Ann"), Color.red),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "name", "description", "properties", "arguments", "result"),
    CALLS,
    ids=[f"{number}-{case[1]}" for number, case in enumerate(CALLS)],
)
def test_a_function(
    function: Callable[..., Any],
    name: str,
    description: str,
    properties: dict[str, Any],
    arguments: Any,
    result: Any,
) -> None:
    tool = Tool.from_function(function)
    assert (tool.function.name, tool.function.description) == (name, description)
    assert tool.function.strict
    found: Any = tool.function.parameters["properties"]
    assert found.keys() == properties.keys()
    for parameter, schema in properties.items():
        assert schema is None or found[parameter] == schema
    assert tool.call(arguments) == result


def test_required_are_those_without_a_default() -> None:
    parameters = Tool.from_function(get_weather).function.parameters
    assert parameters["required"] == ["city"]
    assert parameters["additionalProperties"] is False


def with_defaults(
    a: str = None,  # type: ignore[assignment]
    b: int = 1,
    c: Literal["x"] = "x",
    d: int | None = 2,
    e: Any = 3,
    f: Annotated[str, "F."] = None,  # type: ignore[assignment]
    g: object = None,
    h: str | date = None,  # type: ignore[assignment]
    i: date | str = None,  # type: ignore[assignment]
) -> object:
    return a, b, c, d, e, f, g, h, i


def test_null_is_the_default_of_what_has_no_null() -> None:
    tool = Tool.from_function(with_defaults)
    nothing = dict.fromkeys("abcdefghi")
    for arguments in (nothing, json.dumps(nothing), json.dumps(json.dumps(nothing))):
        assert tool.call(arguments) == (None, 1, "x", None, 3, *[None] * 4)
    assert tool.call("null") == (None, 1, "x", 2, 3, *[None] * 4)
    # A union keeps its order.
    day: Any = tool.call({"h": "2026-01-31", "i": "2026-01-31"})
    assert day[7:] == ("2026-01-31", date(2026, 1, 31))
    assert Tool.from_function(untyped).call({"a": None, "b": None}) == (None, 2)
    found: Any = tool.function.parameters["properties"]
    assert found["a"] == {"default": None, "anyOf": [STRING, {"type": "null"}]}
    assert found["b"] == {"default": 1, "type": "integer"}
    assert found["f"]["anyOf"] == [{"description": "F.", **STRING}, {"type": "null"}]
    assert found["g"] == {"default": None}
    for arguments, path in (('{"city": null}', "arguments.city"), ('{"no": null}', "arguments.no")):
        with pytest.raises(ValidationError, match=rf"{path}: expected"):
            Tool.from_function(get_weather).call(arguments)


# What is told by attributes, as pydantic's `Field` and `annotated_types` do.
PATTERN = SimpleNamespace(description=None, pattern=re.compile("^a"), min_length=2, max_length=3)
FIELD = SimpleNamespace(description="A number.", metadata=[SimpleNamespace(ge=1, lt=9), object()])
MORE = SimpleNamespace(gt=0, le=10, multiple_of=2, metadata=None)
SIZES = SimpleNamespace(min_length=1, max_length=2)
ATTRIBUTES: list[tuple[Any, dict[str, Any], Any, Any]] = [
    (Annotated[int, FIELD], {"description": "A number.", "type": "integer", "minimum": 1, "exclusiveMaximum": 9}, 1, 9),
    (Annotated[int, FIELD, MORE, "Even."], {"description": "Even.", "type": "integer", "minimum": 1, "exclusiveMinimum": 0, "maximum": 10, "exclusiveMaximum": 9, "multipleOf": 2}, 8, 5),
    (Annotated[str, PATTERN], {"type": "string", "pattern": "^a", "minLength": 2, "maxLength": 3}, "ab", "bb"),
    (Annotated[list[Any], SIZES], {"type": "array", "items": {}, "minItems": 1, "maxItems": 2}, [1], []),
    (Annotated[set[str], SIZES], {"type": "array", "items": STRING, "uniqueItems": True, "minItems": 1, "maxItems": 2}, {"a"}, ["a", "b", "c"]),
    (Annotated[dict[str, Any], SIZES], {"type": "object", "additionalProperties": True, "minProperties": 1, "maxProperties": 2}, {"a": 1}, {}),
    (Annotated[str | list[int] | None, SIZES], {"anyOf": [{**STRING, "minLength": 1, "maxLength": 2}, {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}, {"type": "null"}]}, None, [1, 2, 3]),
    (Annotated[Decimal, SimpleNamespace(ge=Decimal("0.1"))], {"anyOf": [{"type": "number", "minimum": 0.1}, STRING]}, 1, 0.01),
    (Annotated[int, Author, object(), len, SimpleNamespace(description=len)], {"type": "integer"}, 3, "3"),
]  # fmt: skip


def test_what_attributes_tell() -> None:
    for tp, schema, right, wrong in ATTRIBUTES:

        def take(a: tp) -> object:  # type: ignore[valid-type]
            return a

        take.__annotations__["a"] = tp
        tool = Tool.from_function(take)
        assert tool.function.parameters["properties"] == {"a": schema}
        assert tool.call({"a": right}) == right
        with pytest.raises(ValidationError, match=r"arguments\.a: expected"):
            tool.call({"a": wrong})


def test_the_time_limit_is_checked() -> None:
    assert Tool.from_function(get_weather, timeout_ms=0.5).timeout_ms == 0.5
    tool = replace(Tool.from_function(get_weather), timeout_ms=1000)
    assert "timeout_ms" not in tool.to_json() and tool.call({"city": "Rome"}) == "Rome C None"
    for wrong in (0, -1, True, "1", float("nan"), 10**10):
        with pytest.raises(ValueError, match="timeout_ms: expected a"):
            Tool.from_function(get_weather, timeout_ms=wrong)  # type: ignore[arg-type]


def test_a_class_method() -> None:
    made = Tool.from_function(Station.make).call({"name": "south"})
    assert made.name == "south"


def test_what_can_be_set() -> None:
    tool = Tool.from_function(lambda: 3, name="three", description="3.", strict=False)
    assert tool.to_dict() == {
        "type": "function",
        "function": {
            "name": "three",
            "description": "3.",
            "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
        },
    }
    assert tool.call() == tool.call("") == tool.call("{}") == 3


def test_names_of_the_function_around() -> None:
    class Local:
        pass

    from dataclasses import dataclass

    @dataclass
    class Point:
        x: int

    later: type
    unit: type = Point

    def move(to: unit) -> int:  # type: ignore[valid-type]
        _ = (unit, lambda: later)
        return to.x  # type: ignore[no-any-return, attr-defined]

    assert Tool.from_function(move).call({"to": {"x": 3}}) == 3

    def lost(to: Local) -> None: ...

    with pytest.raises(
        TypeError, match=r"lost\.to: the annotation 'Local' can't be resolved: Name"
    ):
        Tool.from_function(lost)
    later = int
    assert later is int


def positional(a: int, /) -> None: ...


def starred(*a: int) -> None: ...


def double_starred(**a: int) -> None: ...


def unsupported(a: list[complex]) -> None: ...


class Broken:
    __signature__ = 3

    def __call__(self) -> None: ...


BY_NAME = "a model gives arguments by name, but this one is positional"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (positional, f"positional.a: {BY_NAME}"),
        (starred, f"starred.a: {BY_NAME}"),
        (double_starred, f"double_starred.a: {BY_NAME}"),
        (Station.read, "read.self: a model can't give it: use the method of an object"),
        (unsupported, "unsupported.a[]: JSON has no equivalent of complex"),
        (math.sqrt, f"sqrt.x: {BY_NAME}"),
        (lambda: 1, "a function called <lambda> needs another name: name=..."),
        (Author, "expected a function, got <class 'tests.structured.samples.Author'>"),
        (3, "expected a function, got 3"),
        (dict.fromkeys, "fromkeys.iterable: "),
        (min, "no signature found for builtin <built-in function min>"),
    ],
)
def test_what_is_no_tool(function: Any, expected: str) -> None:
    with pytest.raises(TypeError) as caught:
        Tool.from_function(function)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ("{", ["arguments: expected JSON, got text that is not: Expecting property name enclosed in double quotes (line 1, column 2)"]),
        ("[]", ["arguments: expected an object, got an empty list"]),
        ({}, ["arguments.city: expected this field, got nothing"]),
        (
            '{"city": 1, "unit": "K", "dys": 2}',
            [
                "arguments.city: expected a string, got the number 1",
                "arguments.unit: expected 'C' or 'F', got the string 'K'",
                "arguments.dys: expected no such field (did you mean 'days'?), got the number 2",
            ],
        ),
    ],
)  # fmt: skip
def test_a_call_that_does_not_fit(arguments: Any, problems: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Tool.from_function(get_weather).call(arguments)
    assert caught.value.title == "the call of get_weather"
    found = [str(problem) for problem in caught.value.problems]
    # Which words JSON's decoder has for it depends on the Python.
    assert [one.partition(" (line")[0] for one in found] == [
        one.partition(" (line")[0] for one in problems
    ]


def test_what_a_function_raises_comes_through() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Tool.from_function(fail).call()


@pytest.mark.native
def test_an_async_function() -> None:
    tool = Tool.from_function(get_weather_async)
    assert asyncio.run(tool.call({"city": "Rome"})) == "Rome"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (get_weather, False),
        (get_weather_async, True),
        (STATION.read, False),
        (STATION.later, True),
        (STATION, False),
        (AsyncStation(), True),
        (count_async, True),
        (functools.partial(get_weather_async, "a"), True),
        (passed_on(get_weather_async), True),
    ],
)
def test_whether_it_is_async(function: Callable[..., Any], expected: bool) -> None:
    assert is_async(function) is expected


def test_it_is_the_tool_that_it_is_on_the_wire() -> None:
    tool = Tool.from_function(get_weather)
    one: object = tool
    assert isinstance(one, Tool)
    plain = Tool(function=tool.function)
    assert tool.to_dict() == plain.to_dict()
    assert tool.to_openai() == plain.to_openai()
    request = ChatCompletionRequest(messages=[UserMessage(content="Hi")], tools=[tool])
    assert request.tools == [tool]
    assert ChatCompletionRequest.from_json(request.to_json()).tools == [plain]


def test_it_is_a_value_like_the_others() -> None:
    tool = Tool.from_function(get_weather)
    for copied in (
        Tool.from_function(get_weather),
        copy.copy(tool),
        copy.deepcopy(tool),
        pickle.loads(pickle.dumps(tool)),
        replace(tool),
    ):
        assert copied == tool and hash(copied) == hash(tool)
        assert copied.call({"city": "Rome"}) == "Rome C None"
    renamed = replace(tool, function=replace(tool.function, name="weather"))
    assert renamed != tool and renamed.implementation is get_weather
    assert tool != Tool.from_function(functools.partial(get_weather))
    assert "implementation=<function get_weather" in repr(tool)
    assert "implementation" in inspect.signature(FunctionTool).parameters


def test_what_a_type_checker_sees() -> None:
    tool = Tool.from_function(get_weather)
    assert_type(tool, FunctionTool[str])
    assert_type(tool.call({"city": "Rome"}), str)
    count = Tool.from_function(Station.count)
    assert_type(count.call({"names": []}), int)
    assert count.call({"names": []}) == 0
