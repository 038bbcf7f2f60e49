"""What mistral_common reads and writes of responses, ours reads and writes, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from mistral_common.protocol.instruct import response

import mistral_proto as m
from mistral_proto.schema import json_schema
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.mistral_common_response.differences import DIFFERENCES
from tests.interop.mistral_common_response.peers import PAIRS
from tests.interop.readings import Difference, Disagreement, disagreements, unexplained
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    changed,
    documents,
    generable,
    removed,
    replaced,
)

# Documents with every field of ours, and documents of what the peer has.
OURS = {of: documents(generable(json_schema(pair.ours, strict=True))) for of, pair in PAIRS.items()}
THEIRS = {of: documents(generable(pair.theirs.model_json_schema())) for of, pair in PAIRS.items()}

each_type = pytest.mark.parametrize("of", PAIRS)


def compare(of: str, document: Any) -> list[Disagreement]:
    return disagreements(of, PAIRS[of].ours, PAIRS[of].theirs, document)


def check(of: str, document: Any) -> None:
    assert unexplained(compare(of, document), DIFFERENCES) == []


@each_type
@given(data=st.data())
def test_a_document(of: str, data: st.DataObject) -> None:
    check(of, data.draw(THEIRS[of]))
    check(of, data.draw(OURS[of]))


@each_type
@given(data=st.data())
def test_a_change_anywhere(of: str, data: st.DataObject) -> None:
    check(of, data.draw(changed(data.draw(THEIRS[of]))).document)
    check(of, data.draw(changed(data.draw(OURS[of]))).document)


@each_type
def test_every_value_in_every_field(of: str) -> None:
    document: dict[str, Any] = SAMPLES[PAIRS[of].ours]
    for field in document:
        check(of, removed(document, (field,)).document)
    for field in (*document, *UNKNOWN_KEYS):
        for value in VALUES:
            check(of, replaced(document, (field,), value).document)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.reason)
def test_the_two_disagree_about_the_example(difference: Difference) -> None:
    of, document = difference.example
    found = compare(of, document)
    assert any(difference.matches(each) for each in found), found
    check(of, document)


def test_the_finish_reasons_have_the_same_names() -> None:
    theirs = response.FinishReason.__members__
    assert {name: str(m.FinishReason[name]) for name in theirs} == {
        name: member.value for name, member in theirs.items()
    }
