"""Ours against the `openai` package, over documents made from its own schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.fields.openai_samples import OPENAI_DOCUMENTS
from tests.interop.sdks.differences import DIFFERENCES
from tests.interop.sdks.openai_types import (
    PAIRS,
    disagreements,
    kind_of,
    our_verdict,
    schemas,
    their_verdict,
    whole_characters,
    whole_numbers,
)
from tests.published.comparison import without_null
from tests.published.strategies import VALUES, changed, documents, places, removed, replaced
from tests.recorded.shared_folder import missing_reason
from tests.recorded.test_recorded import having

CLOSED, OPEN = schemas(closed=True), schemas(closed=False)
every_type = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if CLOSED else pytest.mark.skip(reason=missing_reason()))
        for name in PAIRS
    ],
)
KNOWN = DIFFERENCES["openai"]


def plain(document: Any) -> Any:
    """The document without what is known to be a difference."""
    return whole_numbers(whole_characters(document))


def new(name: str, document: Any) -> list[str]:
    """The disagreements about a document of a kind that is not listed."""
    return [str(it) for it in disagreements(name, document) if kind_of(it) not in KNOWN]


@every_type
@given(data=st.data())
def test_documents_of_the_schema_are_accepted(name: str, data: st.DataObject) -> None:
    document = plain(data.draw(documents(CLOSED[name])))

    assert their_verdict(name, document).problems == frozenset()
    assert our_verdict(name, document).problems == frozenset()


@every_type
@settings(max_examples=150)
@given(data=st.data())
def test_changed_documents_are_refused_in_the_same_places(name: str, data: st.DataObject) -> None:
    document = plain(data.draw(documents(CLOSED[name])))
    for _ in range(4):
        document = data.draw(changed(document)).document
        if not isinstance(document, dict):
            break
        assert new(name, whole_characters(document)) == []


@pytest.mark.parametrize("name", PAIRS)
def test_every_value_in_every_place_of_a_whole_document(name: str) -> None:
    whole = OPENAI_DOCUMENTS[PAIRS[name][0]]
    assert disagreements(name, whole) == []
    for place in places(whole)[1:]:
        if isinstance(place[-1], str):
            assert new(name, removed(whole, place).document) == []
        for value in VALUES:
            assert new(name, replaced(whole, place, value).document) == []


@every_type
@given(data=st.data())
def test_what_one_dumps_the_other_reads(name: str, data: st.DataObject) -> None:
    document = plain(data.draw(documents(OPEN[name])))
    ours_type, theirs_type = PAIRS[name]
    ours, theirs = ours_type.from_dict(document), theirs_type.model_validate(document)

    ours_again = ours_type.from_json(theirs.model_dump_json(exclude_unset=True))
    theirs_again = theirs_type.model_validate_json(ours.to_json(), strict=True)

    assert same(ours_again.to_dict(), ours.to_dict())
    dumped = theirs_again.model_dump(mode="json", exclude_unset=True)
    assert same(dumped, ours.to_dict())
    assert same(without_null(dumped), without_null(theirs.model_dump(mode="json")))


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values, where an integer may have become a float."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, (int, float)):
        return type(one) is type(other) and bool(one == other)
    return isinstance(other, (int, float)) and float(one) == float(other)


@pytest.mark.parametrize("kind", KNOWN)
def test_a_difference_that_is_listed_is_one(kind: str) -> None:
    for example in KNOWN[kind][1]:
        assert [kind_of(it) for it in disagreements(*example)] == [kind]


@pytest.mark.parametrize("document", having("response"))
def test_recorded_answers_converted_are_read_by_openais(document: dict[str, Any]) -> None:
    from mistral_proto import ChatCompletionResponse
    from mistral_proto.openai import completion_to_openai

    completion = completion_to_openai(ChatCompletionResponse.from_dict(document)).value
    theirs = PAIRS["ChatCompletion"][1].model_validate_json(completion.to_json(), strict=True)
    assert json.loads(theirs.model_dump_json(exclude_unset=True)) == completion.to_dict()
