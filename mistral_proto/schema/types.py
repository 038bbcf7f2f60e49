"""The JSON Schema of a wire type, from the declarations of its fields."""

from __future__ import annotations

from dataclasses import MISSING

from ..checks import KEEP, STRICT
from ..fields import Spec
from ..json_text import JSONValue
from ..wire import WireType, dump
from .definitions import Definitions, Schema, or_null

__all__ = ["json_schema", "object_schema"]


def json_schema(cls: type[WireType], /, *, strict: bool = False) -> dict[str, JSONValue]:
    """Return the JSON Schema, draft 2020-12, of the documents that `cls.from_dict` reads.

    With `strict`, of those that ``from_dict(..., strict=True)`` reads.  A new
    dict each time.  A few things that reading does the schema does not say: how
    deep free JSON may go, how long a number may be, what several fields must be
    together, that what tells the members of a union apart may be left out where
    their fields do it, and what else a server's document may hold in a field.

    >>> from mistral_proto import Prediction
    >>> schema = json_schema(Prediction, strict=True)
    >>> schema["title"], schema["additionalProperties"]
    ('Prediction', False)
    >>> schema["properties"]["type"]
    {'const': 'content', 'default': 'content'}
    """
    whole = Definitions(STRICT if strict else cls._lenient).whole(cls, cls.__name__, cls._schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def object_schema(cls: type[WireType], definitions: Definitions) -> Schema:
    """Return the schema of the documents of one type."""
    reading = definitions.reading
    specs = [spec for spec in cls._specs.values() if not spec.local]
    schema: Schema = {"title": cls.__name__}
    description = " ".join((cls.__doc__ or "").partition("\n\n")[0].split())
    # When Python runs with -OO there is none, or `dataclasses` makes one of the signature.
    if description and not description.startswith(f"{cls.__name__}("):
        schema["description"] = description
    schema["type"] = "object"
    schema["properties"] = {spec.name: _field_schema(spec, definitions) for spec in specs}
    required = [spec.name for spec in specs if spec.is_needed(reading)]
    if required:
        schema["required"] = [*required]
    if not (cls._open and reading is KEEP):
        schema["additionalProperties"] = False
    return schema


def _field_schema(spec: Spec, definitions: Definitions) -> Schema:
    reading = definitions.reading
    needed = spec.is_needed(reading)
    schema: Schema = spec.check.schema(definitions)
    # Null is a value of the field, or as good as leaving it out.
    if spec.nullable or (reading is not STRICT and (spec.check.reads_null or not needed)):
        schema = or_null(schema)
    if spec.doc:
        schema["description"] = spec.doc
    # A stand-in for what a server left out is no default.
    has_value = spec.default is not MISSING and spec.default is not None
    if has_value and not needed and not spec.has_absent:
        schema["default"] = dump(spec.default, False)
    if spec.secret:
        schema["writeOnly"] = True
    return schema
