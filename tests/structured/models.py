"""The methods of a pydantic model, for tests on machines without pydantic."""

from __future__ import annotations

import copy
import json
from typing import Any, ClassVar

from typing_extensions import Self

STRING = {"type": "string"}


class Unfit(ValueError):
    """The error of a model: problems in the form of pydantic's."""

    def errors(self) -> Any:
        return self.args[0]


class Model:
    """A model with a title, which is a string, and a year, which may have to be a certain one."""

    schema: ClassVar[Any] = {
        "type": "object",
        "properties": {"title": STRING, "year": {"type": "integer"}},
    }
    year: ClassVar[int | None] = None

    def __init__(self, document: Any) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return copy.deepcopy({"title": cls.__name__, **cls.schema})

    @classmethod
    def model_validate_json(cls, text: str) -> Self:
        document = json.loads(text)
        errors = []
        if "title" not in document:
            missing = {"type": "missing", "loc": ("title",), "msg": "Field required"}
            errors.append({**missing, "input": document})
        elif not isinstance(document["title"], str):
            problem = {"type": "string_type", "msg": "Input should be a valid string"}
            errors.append({**problem, "loc": ("title",), "input": document["title"]})
        if cls.year not in (None, document.get("year")):
            problem = {"type": "value_error", "msg": "Value error, not of the\nyear"}
            errors.append({**problem, "loc": (), "input": document})
        if errors:
            raise Unfit(errors)
        return cls(document)


class Film(Model):
    schema = {"type": "object", "properties": {"title": STRING, "director": STRING}}


class Of1815(Model):
    year = 1815


FILM = {"$ref": "#/$defs/Film"}


class Shelf(Model):
    """A model of other models, two of which have the names of those of `Series`."""

    schema = {
        "$defs": {
            "Film": {"title": "Film", **Film.schema},
            "Pair": {"type": "array", "prefixItems": [FILM, FILM]},
        },
        "type": "object",
        "description": "#/$defs/Nothing",
        "properties": {
            "first": {
                "oneOf": [FILM],
                "discriminator": {"propertyName": "kind", "mapping": {"film": "#/$defs/Film"}},
            },
            "pairs": {"type": "array", "items": {"$ref": "#/$defs/Pair"}},
            "by_name": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }


class Series(Shelf):
    schema = {**Shelf.schema, "$defs": {**Shelf.schema["$defs"], "Film": STRING}}


class Node(Model):
    """A model that contains itself."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        next = {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}
        node = {"type": "object", "properties": {"title": STRING, "next": next}}
        return {"$defs": {"Node": node}, "$ref": "#/$defs/Node"}


class Names(Model):
    schema = {"type": "array", "items": STRING}

    @classmethod
    def model_validate_json(cls, text: str) -> Self:
        names = json.loads(text)
        if not isinstance(names, list):
            raise LookupError("no list\nat all")
        return cls(names)


class OfPython:
    """A model that reads Python's values alone."""

    model_json_schema = Model.model_json_schema
    model_validate = Model


class Unfinished(Model):
    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        raise RuntimeError("not fully\ndefined")
