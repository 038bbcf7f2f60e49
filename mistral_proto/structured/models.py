"""Pydantic models, recognised by their methods; pydantic is not imported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import json_text
from ..checks import Check, Reading, copy_json
from ..errors import MAX_PROBLEMS, Problem, ValidationError, describe, one_line

if TYPE_CHECKING:
    from ..schema.definitions import Definitions, Schema

_REFERENCE = "#/$defs/"


def is_model(tp: object) -> bool:
    """Return whether it is a class with the methods of a pydantic model."""
    readers = ("model_validate_json", "model_validate")
    is_one = isinstance(tp, type) and hasattr(tp, "model_json_schema")
    return is_one and any(hasattr(tp, name) for name in readers)


class Model(Check):
    """A pydantic model, which has its own schema and reads values itself."""

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
            # Preferably as JSON: a strict model refuses some values of Python.
            if hasattr(self.cls, "model_validate_json"):
                return self.cls.model_validate_json(json_text.dumps(plain))
            return self.cls.model_validate(plain)
        except Exception as error:
            raise ValidationError(self._problems(error, value), self.name) from error

    def _problems(self, error: Any, value: object) -> list[Problem]:
        found = error.errors() if hasattr(error, "errors") else [{"msg": error}]
        problems = []
        for one in found[:MAX_PROBLEMS]:
            message, got = one_line(str(one["msg"])), describe(one.get("input", value))
            expected = message.removeprefix("Input should be ")
            if one.get("type") == "missing":
                expected, got = "this field", "nothing"
            elif expected == message:
                expected = f"what {self.name} takes ({message})"
            kind = one.get("type", "value_error")
            problems.append(Problem(tuple(one.get("loc", ())), expected, got, kind))
        return problems

    def unknown(self, value: object) -> int:
        """Return the number of fields that the model does not know and may ignore."""
        names = self._root.get("properties")
        return len({*value} - {*names}) if names and isinstance(value, Mapping) else 0

    def whole(self) -> Schema:
        """Return the schema as the SDK sends it: no object, not even a dict, takes other fields."""
        schema: Schema = _closed(self._schema)
        return schema

    def schema(self, definitions: Definitions) -> Schema:
        name = re.sub(r"[^a-zA-Z0-9_.-]", "_", self.name)
        own = {key: value for key, value in self._schema.items() if key != "$defs"}
        parts: dict[str, Any] = {"": own, **self._parts}

        def moved(text: str) -> str:
            part = text.removeprefix(_REFERENCE)
            if part == text or part not in parts:
                return text
            # Another model may have the same part, or another one of that name.
            content = json.dumps(parts[part])
            context = json.dumps(self._parts) if _REFERENCE in content else ""
            key = (part or name, content, context)
            write = lambda _: _closed(parts[part], moved)  # noqa: E731
            return str(definitions.reference(key, key[0], write)["$ref"])

        return {"$ref": moved(own.get("$ref", _REFERENCE))}


def _closed(node: Any, moved: Callable[[str], str] | None = None) -> Any:
    """Return a copy of a schema whose objects take no unknown fields.

    With `moved`, which gives the new place of a reference, a dict still takes any key.
    """
    if isinstance(node, str) and moved:
        return moved(node)
    if isinstance(node, list):
        return [_closed(one, moved) for one in node]
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if node.get("type") == "object" else {}
    copied = {key: _closed(value, moved) for key, value in node.items()}
    return {**closed, **copied} if moved else {**copied, **closed}
