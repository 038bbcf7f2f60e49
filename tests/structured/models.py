"""What a pydantic model can do, for tests on machines without pydantic."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from typing_extensions import Self


class Unfit(ValueError):
    """What a model raises: problems in the form of pydantic's."""

    def errors(self) -> Any:
        return self.args[0]


class Model:
    """A model that takes a title, which is a string, and the year that it may have to be of."""

    properties: ClassVar[Any] = {"title": {"type": "string"}, "year": {"type": "integer"}}
    year: ClassVar[int | None] = None

    def __init__(self, document: Any) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {"type": "object", "title": cls.__name__, "properties": cls.properties}

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
    properties = {**Model.properties, "director": {"type": "string"}}


class Of1815(Model):
    year = 1815


class Shelf(Model):
    """A model of other models, two of which have the name of those of `Series`."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        film = {"$ref": "#/$defs/Film"}
        kinds = {"propertyName": "kind", "mapping": {"film": "#/$defs/Film"}}
        return {
            "$defs": {
                "Film": {"type": "object", "title": "Film", "properties": Film.properties},
                "Pair": {"type": "array", "prefixItems": [film, film]},
            },
            "type": "object",
            "title": cls.__name__,
            "description": "#/$defs/Nothing",
            "properties": {
                "title": {"type": "string"},
                "first": {"oneOf": [film], "discriminator": kinds},
                "pairs": {"type": "array", "items": {"$ref": "#/$defs/Pair"}},
                "by_name": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        }


class Series(Shelf):
    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        schema = super().model_json_schema()
        schema["$defs"]["Film"] = {"type": "string"}
        return schema


class Node(Model):
    """A model that contains itself."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        next = {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}
        node = {"type": "object", "properties": {"title": {"type": "string"}, "next": next}}
        return {"$defs": {"Node": node}, "$ref": "#/$defs/Node"}


class Names(Model):
    """A model whose JSON is a list."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}

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
