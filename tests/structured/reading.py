"""Helpers: the schema of any type, and a value read as it."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import ValidationError
from mistral_proto.schema.definitions import Definitions
from mistral_proto.structured.checks import read_document
from mistral_proto.structured.type_checks import CheckFactory


def schema(tp: Any) -> Any:
    """Return the schema of a type, with the definitions that it refers to."""
    return Definitions().whole(object(), "it", CheckFactory("it").of(tp).schema)


def read(tp: Any, value: Any) -> Any:
    return read_document(CheckFactory("it").of(tp), value)


def problems(tp: Any, value: Any) -> list[tuple[Any, ...]]:
    """Return the path and the kind of each problem, as one tuple."""
    with pytest.raises(ValidationError) as caught:
        read(tp, value)
    return [(*problem.path, problem.type) for problem in caught.value.problems]
