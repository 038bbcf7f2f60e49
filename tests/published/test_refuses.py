"""What a published schema refuses, the type refuses in strict mode, and says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from mistral_proto.errors import Path, Problem, ValidationError
from tests.published.comparison import Place
from tests.published.schemas import IMPLEMENTED, Schema, Schemas, accepts
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    Changed,
    changed,
    documents,
    removed,
    replaced,
    tag_of,
)

# The schemas are held to all that they say, additional fields included: strict
# reading refuses an unknown field, whoever sends it.


def check(name: str, schemas: Schemas, case: Changed) -> None:
    """The schema's verdict on a changed document is also the type's."""
    cls = IMPLEMENTED[name]
    if schemas.accepts(name, case.document):
        cls.from_dict(case.document)
        if name in schemas.reached_from("ChatCompletionRequest"):
            cls.from_dict(case.document, strict=True)
        return
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(case.document, strict=True)
    assert any(points_at(problem, case.place) for problem in caught.value.problems), caught.value


def points_at(problem: Problem, place: Place) -> bool:
    """Whether a problem is at the place, inside it, or at what it is inside of.

    A change can also make a member of a union, which had no tag, look like none
    of them or like several.  Then the problem is at the missing tag beside it.
    """
    return leads_to(problem.path, place) or (
        problem.type == "missing"
        and problem.path[-1] in ("type", "role")
        and problem.path[:-1] == place[: len(problem.path) - 1]
    )


def leads_to(path: Path, place: Place) -> bool:
    length = min(len(path), len(place))
    return path[:length] == place[:length]


@pytest.mark.parametrize("name", IMPLEMENTED)
@given(data=st.data())
def test_a_change_anywhere(name: str, all_schemas: Schemas, data: st.DataObject) -> None:
    document = data.draw(documents(all_schemas[name]))
    check(name, all_schemas, data.draw(changed(document)))


@pytest.mark.parametrize("name", IMPLEMENTED)
def test_every_value_in_every_field(name: str, all_schemas: Schemas) -> None:
    document = smallest(all_schemas[name])
    for field in all_schemas[name]["properties"]:
        for value in VALUES:
            check(name, all_schemas, replaced(document, (field,), value))


@pytest.mark.parametrize("name", IMPLEMENTED)
def test_every_field_left_out(name: str, all_schemas: Schemas) -> None:
    document = smallest(all_schemas[name])
    for field in document:
        check(name, all_schemas, removed(document, (field,)))


@pytest.mark.parametrize("name", IMPLEMENTED)
def test_unknown_fields(name: str, all_schemas: Schemas) -> None:
    document = smallest(all_schemas[name])
    values: tuple[Any, ...] = (None, 1, {})
    for key in UNKNOWN_KEYS:
        for value in values:
            check(name, all_schemas, replaced(document, (key,), value))


@pytest.mark.parametrize("document", [None, True, 1, 1.5, "{}", [], [{}]], ids=repr)
@pytest.mark.parametrize("name", IMPLEMENTED)
def test_a_document_is_an_object(name: str, document: Any, all_schemas: Schemas) -> None:
    check(name, all_schemas, Changed(document, ()))


def smallest(schema: Schema) -> dict[str, Any]:
    """A document with the required fields alone."""
    fields = schema["properties"]
    document = {name: simplest(fields[name]) for name in schema.get("required", ())}
    assert accepts(schema, document)
    return document


def simplest(schema: Schema) -> Any:
    """The plainest value that a schema accepts."""
    if "anyOf" in schema:
        return simplest(schema["anyOf"][0])
    if "oneOf" in schema:
        branch, tag = schema["oneOf"][0], schema["discriminator"]["propertyName"]
        return {**simplest(branch), tag: tag_of(branch, tag)}
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return smallest({"properties": {}, **schema})
    if schema["type"] == "array":
        return [simplest(schema["items"]) for _ in range(schema.get("minItems", 0))]
    return {"string": "x", "integer": 1, "number": 1, "boolean": True}[schema["type"]]
