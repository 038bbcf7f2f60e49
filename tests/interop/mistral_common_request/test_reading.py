"""Documents that mistral_common accepts, read by both, with problems at the same places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import mistral_proto as m
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.mistral_common_request.comparison import PAIRS
from tests.interop.mistral_common_request.differences import check
from tests.published.strategies import (
    UNKNOWN_KEYS,
    VALUES,
    changed,
    documents,
    generable,
    removed,
    replaced,
)

# mistral_common warns of what it is going to change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* in 1\.13\.0")

# Of an `ImageChunk` pydantic has no schema.
THEIRS = {
    of: documents(generable(theirs.model_json_schema()))
    for of, (_, theirs) in PAIRS.items()
    if of != "ImageChunk"
}


@pytest.mark.parametrize("of", THEIRS)
@given(data=st.data())
def test_a_document_and_a_change_of_it(of: str, data: st.DataObject) -> None:
    document = data.draw(THEIRS[of])
    check(of, document)
    check(of, data.draw(changed(document)).document)


@pytest.mark.parametrize("of", PAIRS)
def test_every_value_in_every_field(of: str) -> None:
    document: dict[str, Any] = SAMPLES[PAIRS[of][0]]
    for field in document:
        check(of, removed(document, (field,)).document)
    for field in (*document, *UNKNOWN_KEYS):
        for value in VALUES:
            check(of, replaced(document, (field,), value).document)


def test_every_chunk_in_every_message() -> None:
    for message in (m.SystemMessage, m.UserMessage, m.AssistantMessage, m.ToolMessage):
        for chunk in m.ContentChunk.__args__:
            document = {**SAMPLES[message], "content": [SAMPLES[m.TextChunk], SAMPLES[chunk]]}
            check(message.__name__, document)
            check("ChatCompletionRequest", {"messages": [document]})
