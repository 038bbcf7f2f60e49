"""Documents of a schema, and documents with one change."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.published.comparison import Place
from tests.published.schemas import Schema, accepts

# Every character, half a surrogate pair included: a model that streams may send it.
TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), FINITE, TEXT)


def json_values(keys: SearchStrategy[str] = TEXT, leaves: int = 6) -> SearchStrategy[Any]:
    """Return any JSON value."""
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=leaves,
    )


ANY_JSON = json_values()


# -- valid documents


def documents(schema: Schema) -> SearchStrategy[Any]:
    """Return documents that a schema without references accepts."""
    if "anyOf" in schema:
        return st.one_of([documents(branch) for branch in schema["anyOf"]])
    if "oneOf" in schema:
        return st.one_of([_member(schema, branch) for branch in schema["oneOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    return _MAKERS[schema["type"]](schema) if "type" in schema else ANY_JSON


def _member(union: Schema, branch: Schema) -> SearchStrategy[Any]:
    """Return a member of a union, with its tag where the other fields are not enough."""
    tag = union["discriminator"]["propertyName"]

    def tagged(value: dict[str, Any]) -> dict[str, Any]:
        return value if accepts(union, value) else {**value, tag: tag_of(branch, tag)}

    return documents(branch).map(tagged)


def tag_of(branch: Schema, tag: str) -> str:
    field = branch["properties"][tag]
    value: str = field["const"] if "const" in field else field["enum"][0]
    return value


def _objects(schema: Schema) -> SearchStrategy[Any]:
    fields = {name: documents(field) for name, field in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    # A schema may require a field without describing it.
    fields.update((name, ANY_JSON) for name in required - fields.keys())
    known = st.fixed_dictionaries(
        {name: made for name, made in fields.items() if name in required},
        optional={name: made for name, made in fields.items() if name not in required},
    )
    more = schema.get("additionalProperties", True)
    if more is False:
        return known
    values = ANY_JSON if more is True else documents(more)
    others = st.dictionaries(TEXT.filter(lambda key: key not in fields), values, max_size=2)
    return st.builds(lambda one, other: {**one, **other}, known, others)


def _lists(schema: Schema) -> SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    return st.lists(documents(schema["items"]), min_size=least, max_size=least + 3)


def _integers(schema: Schema) -> SearchStrategy[Any]:
    least = None if "minimum" not in schema else math.ceil(schema["minimum"])
    whole = st.integers(least)
    # In JSON Schema 1.0 is an integer, too.
    return whole | st.integers(-(2**53) if least is None else least, 2**53).map(float)


def _numbers(schema: Schema) -> SearchStrategy[Any]:
    above = schema.get("exclusiveMinimum")
    least, most = schema.get("minimum", above), schema.get("maximum")
    floats = st.floats(
        least, most, exclude_min=above is not None, allow_nan=False, allow_infinity=False
    )
    first = None if least is None else math.floor(least) + 1 if above == least else math.ceil(least)
    return floats | st.integers(first, None if most is None else math.floor(most))


_MAKERS: dict[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "object": _objects,
    "array": _lists,
    "string": lambda schema: TEXT.filter(lambda text: len(text) >= schema.get("minLength", 0)),
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}


def generable(schema: Schema, root: Schema | None = None) -> Schema:
    """Return a schema without references, whose documents the schema accepts.

    Members of a union always have their tag.
    """
    root = schema if root is None else root
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        merged = {**target, **schema}
        merged["required"] = [
            *dict.fromkeys([*target.get("required", ()), *schema.get("required", ())])
        ]
        if "properties" in target and "properties" in schema:
            merged["properties"] = target["properties"] | schema["properties"]
        del merged["$ref"]
        return generable(merged, root)
    if "not" in schema:  # the tag of an unknown kind
        return {"const": "no-such-tag"}
    if isinstance(schema.get("type"), list):
        return {"anyOf": [generable({**schema, "type": one}, root) for one in schema["type"]]}
    made = dict(schema)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            made[key] = [generable(one, root) for one in schema[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            made[key] = generable(schema[key], root)
    if "properties" in schema:
        made["properties"] = {
            name: generable(one, root)
            for name, one in schema["properties"].items()
            if one != {"type": "null"}
        }
    if "oneOf" in schema:
        [tag] = schema.get("required") or [schema["discriminator"]["propertyName"]]
        made["discriminator"] = {"propertyName": tag}
        made["oneOf"] = [_tagged(one, tag) for one in made["oneOf"]]
    return made


def _tagged(member: Schema, tag: str) -> Schema:
    """Return a member of a union with one of its tags."""
    field: Any = member["properties"][tag]
    for one in field.get("anyOf", [field]):
        if "const" in one or "enum" in one:
            field = one
    if "not" in field:
        field = {"const": "no-such-tag"}
    return {
        **member,
        "properties": {**member["properties"], tag: field},
        "required": [*{*member.get("required", ()), tag}],
    }


# -- changed documents


@dataclass(frozen=True)
class Changed:
    """A document, and the place at which it was changed."""

    document: Any
    place: Place


# Every bound of the published schemas, the first floats beyond it, and its neighbours.
BOUNDS = (-2, 0, 1, 1.5, 2)
NUMBERS: tuple[int | float, ...] = (
    *BOUNDS,
    *(math.nextafter(bound, way) for bound in BOUNDS for way in (-math.inf, math.inf)),
    *(bound + step for bound in BOUNDS for step in (-1, 0.25, 1)),
    *(-0.0, 1e308, -1e308, 10**400, 2**63),
)
# One value, at least, of each wrong kind, and strings that no enumeration has.
_OTHER_VALUES: tuple[Any, ...] = (
    *(None, True, False, "", "1", "null", "no-such-value", "Function", "auto "),
    *([], {}, [None], [[]], [""], [0], [{}], {"": None}, {"type": "no-such-value"}),
    *({"type": "text"}, {"content": "Hi"}, [{"type": ["text"]}], [{"role": None}]),
    *(1, 1.5),
)
VALUES = (*_OTHER_VALUES, *NUMBERS)
NO_OBJECTS: tuple[Any, ...] = (None, True, 1, 1.5, "{}", [], [{}])
UNKNOWN_KEYS = ("zzz", "", "extra", "Type", "content_", "self", "_open", "max_completion_tokens")


def values_of(field: Schema) -> tuple[Any, ...]:
    """Return the values to try in a field: all numbers only where one may be valid."""
    types = str([branch.get("type") for branch in field.get("anyOf", [field])])
    return VALUES if "integer" in types or "number" in types else _OTHER_VALUES


def places(document: Any, place: Place = ()) -> list[Place]:
    """Return every place in a document, the whole first."""
    found = [place]
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*place, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            found += places(value, (*place, index))
    return found


def at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def replaced(document: Any, place: Place, value: Any) -> Changed:
    """Return the document with another value, or a new field, at a place."""
    if not place:
        return Changed(value, ())
    document = copy.deepcopy(document)
    at(document, place[:-1])[place[-1]] = copy.deepcopy(value)
    return Changed(document, place)


def removed(document: Any, place: Place) -> Changed:
    """Return the document without the field at a place."""
    document = copy.deepcopy(document)
    del at(document, place[:-1])[place[-1]]
    return Changed(document, place)


def changed(document: Any) -> SearchStrategy[Changed]:
    """Return the document with one change: a value, a new field or one less."""
    everywhere = places(document)
    fields = [place for place in everywhere if place and isinstance(place[-1], str)]
    objects = [place for place in everywhere if isinstance(at(document, place), dict)]
    ways = [
        st.builds(
            lambda place, value: replaced(document, place, value),
            st.sampled_from(everywhere),
            st.sampled_from(VALUES) | ANY_JSON,
        )
    ]
    if fields:
        ways.append(st.sampled_from(fields).map(lambda place: removed(document, place)))
    if objects:
        ways.append(
            st.builds(
                lambda place, key, value: replaced(document, (*place, key), value),
                st.sampled_from(objects),
                st.sampled_from(UNKNOWN_KEYS),
                ANY_JSON,
            )
        )
    return st.one_of(ways)
