"""The JSON Schema of a wire type, from the declarations of its fields."""

from __future__ import annotations

from ..checks import STRICT
from ..wire import plain
from .checks import Definitions, is_required, or_null, schema_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..checks import Reading
    from ..fields import Spec
    from ..json_text import JSONValue
    from ..wire import WireType
    from .checks import Schema

__all__ = ["json_schema"]


def json_schema(cls: type[WireType], /, *, strict: bool = False) -> dict[str, JSONValue]:
    """The JSON Schema, draft 2020-12, of the documents that `cls.from_dict` reads.

    With `strict`, of those that ``from_dict(..., strict=True)`` reads.  A new
    dict each time.  A few things that reading does the schema does not say: how
    deep free JSON may go, how long a number may be, what several fields must be
    together, and that what tells the members of a union apart may be left out
    where their fields do it.

    Raises:
        TypeError: a field has a check of which no schema is known.

    >>> from mistral_proto import Prediction
    >>> schema = json_schema(Prediction, strict=True)
    >>> schema["title"], schema["additionalProperties"]
    ('Prediction', False)
    >>> schema["properties"]["type"]
    {'const': 'content', 'default': 'content'}
    """
    definitions = Definitions(cls, STRICT if strict else cls._lenient)
    whole: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_object(cls, definitions),
    }
    written: Schema = {}
    # Writing a definition may add others.
    while missing := definitions.types.keys() - written.keys():
        for name in sorted(missing):
            written[name] = _object(definitions.types[name], definitions)
    if written:
        whole["$defs"] = {name: written[name] for name in sorted(written)}
    return whole


def _object(cls: type[WireType], definitions: Definitions) -> Schema:
    reading = definitions.reading
    specs = [spec for spec in cls._specs.values() if not spec.local]
    schema: Schema = {"title": cls.__name__}
    # There is none when Python runs with -OO.
    description = " ".join((cls.__doc__ or "").partition("\n\n")[0].split())
    if description:
        schema["description"] = description
    schema["type"] = "object"
    schema["properties"] = {spec.name: _field(spec, definitions) for spec in specs}
    required = [spec.name for spec in specs if is_required(spec, reading)]
    if required:
        schema["required"] = [*required]
    if not (cls._open and reading.keep_unknown):
        schema["additionalProperties"] = False
    return schema


def _field(spec: Spec, definitions: Definitions) -> Schema:
    reading = definitions.reading
    schema = schema_of(spec.check, definitions)
    if _takes_null(spec, reading):
        schema = or_null(schema)
    if spec.doc:
        schema["description"] = spec.doc
    # Where something else stands for what a server left out, that is no default.
    stand_in = spec.stand_in(wire=True, tolerant=reading.keep_unknown)
    if not is_required(spec, reading) and stand_in is spec.default is not None:
        schema["default"] = plain(spec.default, sending=False)
    if spec.secret:
        schema["writeOnly"] = True
    return schema


def _takes_null(spec: Spec, reading: Reading) -> bool:
    """Whether null is a value of the field, or as good as leaving it out."""
    if spec.nullable or reading.strict:
        return spec.nullable
    return spec.check.reads_null or not is_required(spec, reading)
