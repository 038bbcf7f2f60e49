"""The tables are complete, and every difference in the list is a real one."""

from __future__ import annotations

from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.checks import StringEnum
from mistral_proto.errors import ValidationError
from mistral_proto.wire import WireType
from tests.published.comparison import changes
from tests.published.differences import DIFFERENCES, Difference
from tests.published.schemas import ENUMS, IMPLEMENTED, WITHOUT_CLASS, Schema, Schemas


def test_every_published_schema_is_in_one_table(published: dict[str, Schema]) -> None:
    assert sorted([*IMPLEMENTED, *ENUMS, *WITHOUT_CLASS]) == sorted(published)


def test_every_published_field_has_a_field_of_ours(published: dict[str, Schema]) -> None:
    missing = {
        (name, field)
        for name, cls in IMPLEMENTED.items()
        for field in published[name]["properties"]
        if field not in cls._specs
    }
    assert missing == set()


@pytest.mark.parametrize("name", ENUMS)
def test_enums_have_the_published_members(name: str, all_schemas: Schemas) -> None:
    assert sorted(all_schemas[name]["enum"]) == sorted(member.value for member in ENUMS[name])


@pytest.mark.parametrize("name", ["ChatCompletionChoice", "CompletionResponseStreamChoice"])
def test_finish_reasons_are_the_published_ones(name: str, all_schemas: Schemas) -> None:
    reasons = all_schemas[name]["properties"]["finish_reason"]["enum"]
    assert {*reasons} - {None} == {member.value for member in m.FinishReason}


def test_tags_are_the_published_ones(all_schemas: Schemas) -> None:
    messages = all_schemas["ChatCompletionRequest"]["properties"]["messages"]["items"]
    assert tags(messages) == values(m.Roles)
    assert tags(all_schemas["ContentChunk"]) == values(m.ChunkTypes)


def tags(union: Schema) -> set[str]:
    return set(union["discriminator"]["mapping"])


def values(enum: type[StringEnum]) -> set[str]:
    return {member.value for member in enum}


# -- the differences


def takes(cls: type[WireType], document: Any, *, strict: bool) -> bool:
    try:
        cls.from_dict(document, strict=strict)
    except ValidationError:
        return False
    return True


def label(difference: Difference) -> str:
    return f"{difference.schema}-{difference.kind}"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=label)
def test_the_published_schema_and_the_type_disagree(
    difference: Difference, published: dict[str, Schema]
) -> None:
    schemas = Schemas(published)
    document = difference.example
    cls = IMPLEMENTED[difference.schema]
    if difference.kind == "more":
        assert not schemas.accepts(difference.schema, document)
        assert takes(cls, document, strict=True)
        return
    assert schemas.accepts(difference.schema, document)
    if difference.kind == "less":
        assert not takes(cls, document, strict=False)
    else:
        written = cls.from_dict(document).to_dict()
        assert changes(schemas[difference.schema], document, written)


@pytest.mark.parametrize("difference", [each for each in DIFFERENCES if each.patch], ids=label)
def test_with_its_patch_the_schema_agrees(
    difference: Difference, published: dict[str, Schema]
) -> None:
    assert difference.patch
    schemas = Schemas(published, [difference.patch])
    document = difference.example
    assert schemas.accepts(difference.schema, document) is (difference.kind != "less")
    if difference.kind == "writes":
        written = IMPLEMENTED[difference.schema].from_dict(document).to_dict()
        assert changes(schemas[difference.schema], document, written) == []


def test_no_difference_is_listed_twice() -> None:
    examples = [(each.schema, each.example) for each in DIFFERENCES]
    assert all(examples.count(each) == 1 for each in examples)
