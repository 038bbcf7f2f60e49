"""Pydantic's and annotated_types' bounds of a tool's parameters, beside pydantic's own reading."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

import annotated_types
import pydantic
import pytest
from pydantic import Field, StringConstraints, TypeAdapter

from mistral_proto import Tool, ValidationError
from mistral_proto.structured.values import text_of_value

# A type, values that fit it, and values that do not.
TYPES: list[tuple[Any, list[Any], list[Any]]] = [
    (Annotated[int, Field(description="How many.", ge=1)], [1, 2], [0, -1]),
    (Annotated[int, Field(gt=1, lt=4)], [2, 3], [1, 4]),
    (Annotated[float, Field(le=1.5, multiple_of=0.5)], [1, -0.5], [2, 0.75]),
    (Annotated[int | None, Field(ge=1)], [None, 1], [0]),
    (Annotated[str, Field(min_length=1, max_length=2)], ["a", "ab"], ["", "abc"]),
    (Annotated[str, Field(pattern="^a"), Field(description="A word.")], ["a"], ["ba"]),
    (Annotated[str, Field(pattern=re.compile("^a"))], ["a"], ["ba"]),
    (Annotated[str, StringConstraints(pattern="^a", min_length=2)], ["ab"], ["a", "ba"]),
    (Annotated[list[int], Field(min_length=1, max_length=2)], [[1]], [[], [1, 2, 3]]),
    (list[Annotated[int, Field(ge=1)]], [[1], []], [[0]]),
    (Annotated[dict[str, int], Field(min_length=1, max_length=1)], [{"a": 1}], [{}, {"a": 1, "b": 2}]),
    (pydantic.PositiveInt, [1], [0]),
    (Annotated[int, annotated_types.Gt(1), annotated_types.Le(3)], [2, 3], [1, 4]),
    (Annotated[float, annotated_types.Interval(ge=0, lt=1)], [0, 0.5], [1, -1]),
    (Annotated[int, annotated_types.MultipleOf(2)], [0, 2], [1]),
    (Annotated[str, annotated_types.Len(1, 2)], ["a"], ["", "abc"]),
    (Annotated[list[str], annotated_types.MinLen(1)], [["a"]], [[]]),
]  # fmt: skip


def test_bounds_of_a_parameter_are_pydantic_s() -> None:
    for tp, fits, misfits in TYPES:

        def take(it: Any) -> Any:
            return it

        take.__annotations__["it"] = tp
        tool, adapter = Tool.from_function(take), TypeAdapter(tp)
        schema: Any = tool.function.parameters["properties"]
        assert schema["it"] == adapter.json_schema(), tp
        for value in fits:
            assert tool.call({"it": value}) == adapter.validate_python(value)
        for value in misfits:
            with pytest.raises(ValidationError):
                tool.call({"it": value})
            with pytest.raises(pydantic.ValidationError):
                adapter.validate_python(value)


class Weather(pydantic.BaseModel):
    city: str
    celsius: float
    price: Decimal = Decimal("0.10")


def test_a_model_can_be_a_result() -> None:
    weather = Weather(city="Paris", celsius=float("nan"))
    text = '{"city": "Paris", "celsius": null, "price": "0.10"}'
    assert text_of_value(weather) == text
    assert text_of_value({"all": (weather,)}) == f'{{"all": [{text}]}}'
