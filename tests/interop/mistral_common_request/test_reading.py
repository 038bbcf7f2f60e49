"""What mistral_common takes, ours takes, reads as the same, and refuses at the same places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

import mistral_proto as m
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS as SAMPLES
from tests.interop.mistral_common_request.comparison import (
    reading,
    reading_ours,
    reading_theirs,
)
from tests.interop.mistral_common_request.differences import unexplained
from tests.interop.mistral_common_request.documents import DOCUMENTS, all_changes
from tests.interop.mistral_common_request.peers import PAIRS
from tests.published.strategies import changed

each_type = pytest.mark.parametrize("of", PAIRS)


def test_there_are_documents_of_every_type() -> None:
    assert list(DOCUMENTS) == list(PAIRS)


@each_type
@given(data=st.data())
def test_a_document(of: str, data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS[of])
    # These are of what both sides take.
    assert not any(each.refusal for each in reading(of, document))
    assert unexplained(reading(of, document)) == []


@each_type
@given(data=st.data())
def test_a_change_anywhere(of: str, data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS[of])
    assert unexplained(reading(of, data.draw(changed(document)).document)) == []


@each_type
@given(data=st.data())
def test_json_written_by_one_is_read_by_the_other(of: str, data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS[of])
    assert unexplained(reading_ours(of, document)) == []
    assert unexplained(reading_theirs(of, document)) == []


# -- everything once


def all_unexplained(of: str, documents: Iterator[Any]) -> list[str]:
    return unexplained(each for document in documents for each in reading(of, document))


@each_type
def test_every_value_in_every_field(of: str) -> None:
    document = SAMPLES[PAIRS[of].ours]
    # Messages have this test of their own.
    depth = 1 if of in ("ChatCompletionRequest", "InstructRequest") else 9
    assert all_unexplained(of, all_changes(document, depth)) == []


CHUNKS: list[type[WireType]] = [
    *(m.TextChunk, m.ThinkChunk, m.ImageChunk, m.ImageURLChunk, m.AudioChunk, m.AudioURLChunk),
    *(m.DocumentURLChunk, m.FileChunk, m.ReferenceChunk, m.ToolReferenceChunk),
    m.UnknownContentChunk,
]
MESSAGES: list[type[WireType]] = [m.SystemMessage, m.UserMessage, m.AssistantMessage, m.ToolMessage]


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("chunk", CHUNKS)
def test_every_chunk_in_every_message(message: type[WireType], chunk: type[WireType]) -> None:
    of = message.__name__
    content = [SAMPLES[m.TextChunk], SAMPLES[chunk]]
    document = {**SAMPLES[message], "content": content}
    assert all_unexplained(of, all_changes({"role": document["role"], "content": content})) == []
    for request in ("ChatCompletionRequest", "InstructRequest"):
        assert unexplained(reading(request, {"messages": [document]})) == []
    assert unexplained(reading("ThinkChunk", {"thinking": content})) == []
