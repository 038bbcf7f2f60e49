"""Ours against the `mistralai` package: what is read, refused and written, over generated documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from mistral_proto import FinishReason
from mistral_proto.schema import json_schema
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.sdks.differences import DIFFERENCES
from tests.interop.sdks.mistralai_comparison import KINDS, PAIRS, compare, kind_of
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    changed,
    documents,
    generable,
    removed,
    replaced,
)

# Of everything that the published schema and the peers know: what is beyond it is found
# by changing these documents.
DOCUMENTS = {
    of: documents(generable(json_schema(ours, strict=True))) for of, (ours, _) in PAIRS.items()
}
KNOWN = DIFFERENCES["mistralai"]

every_type = pytest.mark.parametrize("of", PAIRS)


def check(of: str, document: Any) -> None:
    """There is no disagreement of a kind that is not listed."""
    assert [str(it) for it in compare(of, document) if kind_of(it) not in KNOWN] == []


@every_type
@given(data=st.data())
def test_a_document(of: str, data: st.DataObject) -> None:
    check(of, data.draw(DOCUMENTS[of]))


@every_type
@given(data=st.data())
def test_a_change_anywhere(of: str, data: st.DataObject) -> None:
    check(of, data.draw(changed(data.draw(DOCUMENTS[of]))).document)


@every_type
def test_every_value_in_every_field(of: str) -> None:
    document = SAMPLES[PAIRS[of][0]]
    check(of, document)
    for field in document:
        check(of, removed(document, (field,)).document)
    for field in (*document, *UNKNOWN_KEYS):
        for value in VALUES:
            check(of, replaced(document, (field,), value).document)


@pytest.mark.parametrize("reason", [None, *FinishReason, "content_filter"])
def test_why_an_answer_ends(reason: Any) -> None:
    check("ChatCompletionResponseStreamChoice", {"index": 0, "delta": {}, "finish_reason": reason})
    check("ChatCompletionResponseChoice", {"index": 0, "message": {}, "finish_reason": reason})


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_disagree_about_the_examples(kind: str) -> None:
    assert KNOWN.keys() == KINDS.keys()
    for example in KNOWN[kind][1]:
        found = compare(*example)
        assert kind in [kind_of(it) for it in found], found
        check(*example)
