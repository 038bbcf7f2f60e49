"""The types against the published schemas: they accept and refuse the same documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import mistral_proto as m
from mistral_proto.errors import Path, Problem, ValidationError
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS
from tests.published.comparison import Place, changes
from tests.published.differences import DIFFERENCES
from tests.published.schemas import ENUMS, IMPLEMENTED, WITHOUT_CLASS, Schema, Schemas
from tests.published.strategies import (
    NO_OBJECTS,
    UNKNOWN_KEYS,
    Changed,
    changed,
    documents,
    removed,
    replaced,
    values_of,
)

UNKNOWN: tuple[Any, ...] = (None, 1, {})

each_type = pytest.mark.parametrize("name", IMPLEMENTED)


@each_type
@given(data=st.data())
def test_a_document_is_accepted_and_comes_back(
    name: str, read_schemas: Schemas, data: st.DataObject
) -> None:
    schema = read_schemas[name]
    document = data.draw(documents(schema))
    assert read_schemas.accepts(name, document), "the generator made no valid document"
    value = IMPLEMENTED[name].from_dict(document)
    assert changes(schema, document, value.to_dict()) == []
    assert IMPLEMENTED[name].from_json(value.to_json()) == value
    if name in read_schemas.reached_from("ChatCompletionRequest"):
        # Strict reading refuses unknown fields, which a server may add.
        assert IMPLEMENTED[name].from_dict(document, strict=True) == value


def check(name: str, schemas: Schemas, case: Changed) -> None:
    """Require the verdict of the schema, and a problem at the change."""
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
    """Return whether a problem is at the place, inside it, or around it.

    A change can make a member of a union, which had no tag, look like none of them or
    like several: then the problem is the missing tag beside it.
    """
    return leads_to(problem.path, place) or (
        problem.type == "missing"
        and problem.path[-1] in ("type", "role")
        and problem.path[:-1] == place[: len(problem.path) - 1]
    )


def leads_to(path: Path, place: Place) -> bool:
    length = min(len(path), len(place))
    return path[:length] == place[:length]


@each_type
@given(data=st.data())
def test_a_change_anywhere(name: str, all_schemas: Schemas, data: st.DataObject) -> None:
    document = data.draw(documents(all_schemas[name]))
    check(name, all_schemas, data.draw(changed(document)))


@each_type
def test_every_change_of_a_field(name: str, all_schemas: Schemas) -> None:
    document = smallest(name, all_schemas)
    for field, schema in all_schemas[name]["properties"].items():
        for value in values_of(schema):
            check(name, all_schemas, replaced(document, (field,), value))
    for field in document:
        check(name, all_schemas, removed(document, (field,)))
    for key in UNKNOWN_KEYS:
        for unknown in UNKNOWN:
            check(name, all_schemas, replaced(document, (key,), unknown))
    for wrong in NO_OBJECTS:
        check(name, all_schemas, Changed(wrong, ()))


def smallest(name: str, schemas: Schemas) -> dict[str, Any]:
    """Return a document with only the required fields."""
    sample = DOCUMENTS[IMPLEMENTED[name]]
    document = {field: sample[field] for field in schemas[name].get("required", ())}
    assert schemas.accepts(name, document)
    return document


# -- the tables


def test_every_schema_field_and_member_has_one_of_ours(
    published: dict[str, Schema], all_schemas: Schemas
) -> None:
    assert sorted([*IMPLEMENTED, *ENUMS, *WITHOUT_CLASS]) == sorted(published)
    for name, cls in IMPLEMENTED.items():
        assert published[name]["properties"].keys() <= cls._specs.keys(), name
    members = {name: {*enum} for name, enum in ENUMS.items()}
    assert {name: {*all_schemas[name]["enum"]} for name in ENUMS} == members
    for name in ("ChatCompletionChoice", "CompletionResponseStreamChoice"):
        reasons = all_schemas[name]["properties"]["finish_reason"]["enum"]
        assert {*reasons} - {None} == {*m.FinishReason}
    messages = all_schemas["ChatCompletionRequest"]["properties"]["messages"]["items"]
    for union, tags in ((messages, m.Roles), (all_schemas["ContentChunk"], m.ChunkTypes)):
        assert {*union["discriminator"]["mapping"]} == {*tags}


def takes(cls: type[WireType], document: Any, *, strict: bool) -> bool:
    try:
        cls.from_dict(document, strict=strict)
    except ValidationError:
        return False
    return True


def test_every_difference_is_one_and_its_patch_removes_it(published: dict[str, Schema]) -> None:
    examples = [(each.schema, each.example) for each in DIFFERENCES]
    assert all(examples.count(each) == 1 for each in examples)
    for each in DIFFERENCES:
        name, document, cls = each.schema, each.example, IMPLEMENTED[each.schema]
        schemas = Schemas(published)
        assert schemas.accepts(name, document) is (each.kind != "more"), each
        if each.kind == "writes":
            assert changes(schemas[name], document, cls.from_dict(document).to_dict())
        else:
            assert takes(cls, document, strict=each.kind == "more") is (each.kind == "more"), each
        if each.patch:
            schemas = Schemas(published, [each.patch])
            assert schemas.accepts(name, document) is (each.kind != "less"), each
            if each.kind == "writes":
                assert changes(schemas[name], document, cls.from_dict(document).to_dict()) == []
