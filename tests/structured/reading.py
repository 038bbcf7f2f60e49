"""Helpers of the tests of types: the schema of any type, and a value read as it."""

from __future__ import annotations

from typing import Any

from mistral_proto import ValidationError
from mistral_proto.schema.definitions import Definitions
from mistral_proto.structured.checks import read_document
from mistral_proto.structured.type_checks import TypeChecks


def schema(tp: Any) -> Any:
    """Return the schema of a type, with the definitions that it refers to."""
    check = TypeChecks("it").of(tp)
    return Definitions().whole(object(), "it", check.schema)


def read(tp: Any, value: Any) -> Any:
    return read_document(TypeChecks("it").of(tp), value)


def problems(tp: Any, value: Any) -> list[str]:
    """Return what is wrong with a value; empty where nothing is."""
    try:
        read(tp, value)
    except ValidationError as error:
        return [str(problem) for problem in error.problems]
    return []


def refusal(tp: Any) -> str:
    """Return why a type is refused."""
    try:
        TypeChecks("it").of(tp)
    except TypeError as error:
        return str(error)
    raise AssertionError(f"{tp} is taken")
