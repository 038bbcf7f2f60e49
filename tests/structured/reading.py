"""What the tests of types share: the schema of any type, and a value read as it."""

from __future__ import annotations

from typing import Any

from mistral_proto import ValidationError
from mistral_proto.checks import REFUSE
from mistral_proto.structured.kinds import Definitions, schema_of
from mistral_proto.structured.types import Walk


def schema(tp: Any) -> Any:
    """The schema of a type, with the definitions that it refers to."""
    definitions = Definitions()
    written = schema_of(Walk("it").of(tp), definitions)
    return {**written, "$defs": definitions.written} if definitions.written else written


def read(tp: Any, value: Any) -> Any:
    return Walk("it").of(tp).read(value, REFUSE)


def problems(tp: Any, value: Any) -> list[str]:
    """What is wrong with a value; empty where nothing is."""
    try:
        read(tp, value)
    except ValidationError as error:
        return [str(problem) for problem in error.problems]
    return []


def refusal(tp: Any) -> str:
    """Why a type is refused."""
    try:
        Walk("it").of(tp)
    except TypeError as error:
        return str(error)
    raise AssertionError(f"{tp} is taken")
