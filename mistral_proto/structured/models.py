"""Pydantic's models, known by what they can do: nothing of pydantic is imported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import json_text
from ..checks import REFUSE, Check, Reading, copy_json
from ..errors import MAX_PROBLEMS, Problem, ValidationError, describe, one_line

if TYPE_CHECKING:
    from ..schema.definitions import Definitions, Schema

__all__ = ["Model", "is_model"]

_REFERENCE = "#/$defs/"


def is_model(tp: object) -> bool:
    """Return whether it is a class with the methods of a pydantic model that are used here."""
    readers = ("model_validate_json", "model_validate")
    is_one = isinstance(tp, type) and hasattr(tp, "model_json_schema")
    return is_one and any(hasattr(tp, name) for name in readers)


class Model(Check):
    """A pydantic model: the schema is its own, and it reads a value itself.

    Raises what its `model_json_schema` raises, of a field that JSON can't stand for.
    """

    kind = "model_type"

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.name = self.expected = str(cls.__name__)
        self._schema: dict[str, Any] = cls.model_json_schema()
        self._parts = self._schema.get("$defs", {})
        root = self._schema.get("$ref")  # of a model that contains itself
        self._root = self._parts[root.removeprefix(_REFERENCE)] if root else self._schema

    def matches(self, value: object) -> bool:
        return isinstance(value, Mapping) or self._root.get("type") != "object"

    def read(self, value: object, reading: Reading) -> Any:
        plain = copy_json(value)
        try:
            # Rather as JSON, which a strict model reads other than Python's values.
            if hasattr(self.cls, "model_validate_json"):
                return self.cls.model_validate_json(json_text.dumps(plain))
            return self.cls.model_validate(plain)
        except Exception as error:
            raise ValidationError(self._problems(error, value), self.name) from error

    def _problems(self, error: Any, value: object) -> list[Problem]:
        found = error.errors() if hasattr(error, "errors") else [{"msg": error}]
        problems = []
        for one in found[:MAX_PROBLEMS]:
            said, got = one_line(str(one["msg"])), describe(one.get("input", value))
            expected = said.removeprefix("Input should be ")
            if one.get("type") == "missing":
                expected, got = "this field", "nothing"
            elif expected == said:
                expected = f"what {self.name} takes ({said})"
            kind = one.get("type", "value_error")
            problems.append(Problem(tuple(one.get("loc", ())), expected, got, kind))
        return problems

    def misfits(self, value: object) -> int:
        """Return in how many places a value is not what the model is for."""
        names = self._root.get("properties")
        unknown = len({*value} - {*names}) if names and isinstance(value, Mapping) else 0
        try:
            self.read(value, REFUSE)
        except ValidationError as error:
            return unknown + len(error.problems)
        return unknown

    def whole(self) -> Schema:
        """Return the schema as the SDK sends it: no object takes other fields, not even a dict."""
        schema: Schema = _closed(self._schema)
        return schema

    def schema(self, definitions: Definitions) -> Schema:
        name = re.sub(r"[^a-zA-Z0-9_.-]", "_", self.name)
        own = {key: value for key, value in self._schema.items() if key != "$defs"}
        parts: dict[str, Any] = {"": own, **self._parts}

        def lifted(text: str) -> str:
            part = text.removeprefix(_REFERENCE)
            if part == text or part not in parts:
                return text
            # Known by all that it is made of: another model may have a part of the same name.
            reached = [part]
            for one in reached:
                written = json.dumps(parts[one])
                inside = [it for it in parts if f'"{_REFERENCE}{it}"' in written]
                reached += [it for it in inside if it not in reached]
            named = part or name
            known_by = named, *sorted((it or name) + json.dumps(parts[it]) for it in reached)
            placed = definitions.reference(known_by, named, lambda _: _closed(parts[part], lifted))
            return str(placed["$ref"])

        return {"$ref": lifted(own.get("$ref", _REFERENCE))}


def _closed(node: Any, lifted: Callable[[str], str] | None = None) -> Any:
    """Return a schema, written anew, whose objects take no field that they do not know.

    With `lifted`, which places the parts that are referred to, a dict takes any key.
    """
    if isinstance(node, str) and lifted:
        return lifted(node)
    if isinstance(node, list):
        return [_closed(one, lifted) for one in node]
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if node.get("type") == "object" else {}
    copied = {key: _closed(value, lifted) for key, value in node.items()}
    return {**closed, **copied} if lifted else {**copied, **closed}
