"""OpenAI's format, written and read by both."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import mistral_proto as m
from tests.interop.mistral_common_request.comparison import (
    convert_openai_messages,
    convert_openai_tools,
    from_openai,
    to_openai,
)
from tests.interop.mistral_common_request.differences import unexplained
from tests.interop.mistral_common_request.documents import (
    AS_OPENAI,
    DOCUMENTS,
    PIXEL,
    all_changes,
    openai_messages,
    openai_tools,
)
from tests.interop.mistral_common_request.peers import PAIRS, Document
from tests.published.strategies import VALUES, changed, removed, replaced

REQUESTS = ("ChatCompletionRequest", "InstructRequest")
NAMES = sorted(
    {
        *("n", "logit_bias", "prompt_cache_key", "seed", "stream", "user"),
        *m.ChatCompletionRequest._specs,
        *m.InstructRequest._specs,
        *("role", "zzz", "Temperature", "max_output_tokens"),
    }
)
SAID = [{"role": "user", "content": "Hi"}]
# None of them a value that one of the two would refuse for its own sake.
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([None, "x"]), max_size=2)


@pytest.mark.parametrize("of", [of for of in PAIRS if hasattr(PAIRS[of].theirs, "to_openai")])
@given(data=st.data())
def test_to_openai(of: str, data: st.DataObject) -> None:
    kwargs = data.draw(ARGUMENTS) if of in REQUESTS else {}
    assert unexplained(to_openai(of, (data.draw(DOCUMENTS[of]), kwargs))) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("of", REQUESTS)
def test_to_openai_with_every_argument(of: str, name: str) -> None:
    for fields in ({}, {"continue_final_message": True}):
        assert unexplained(to_openai(of, ({"messages": SAID, **fields}, {name: "x"}))) == []


@pytest.mark.parametrize("of", AS_OPENAI)
@given(data=st.data())
def test_from_openai(of: str, data: st.DataObject) -> None:
    document = data.draw(AS_OPENAI[of])
    assert unexplained(from_openai(of, document)) == []
    change = data.draw(changed(document))
    # Of requests only the arguments; messages and tools have tests of their own.
    if change.place and (of not in REQUESTS or len(change.place) == 1):
        assert unexplained(from_openai(of, change.document)) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("of", REQUESTS)
def test_from_openai_with_every_argument(of: str, name: str) -> None:
    for value in VALUES:
        assert unexplained(from_openai(of, {"messages": SAID, name: value})) == []


@pytest.mark.parametrize("of", AS_OPENAI)
@given(data=st.data())
def test_from_openai_with_a_field_less(of: str, data: st.DataObject) -> None:
    document = data.draw(AS_OPENAI[of])
    for field in document:
        assert unexplained(from_openai(of, removed(document, (field,)).document)) == []
        assert unexplained(from_openai(of, replaced(document, (field,), None).document)) == []


@given(messages=openai_messages, data=st.data())
def test_convert_openai_messages(messages: list[object], data: st.DataObject) -> None:
    assert unexplained(convert_openai_messages("", messages)) == []
    change = data.draw(changed(messages))
    if change.place:
        assert unexplained(convert_openai_messages("", change.document)) == []


@given(tools=openai_tools, data=st.data())
def test_convert_openai_tools(tools: list[object], data: st.DataObject) -> None:
    assert unexplained(convert_openai_tools("", tools)) == []
    change = data.draw(changed(tools))
    if change.place:
        assert unexplained(convert_openai_tools("", change.document)) == []


TEXT_PART = {"type": "text", "text": "Hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "x", "format": "none"}}
AUDIO_URL = {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}}
THINKING = {"type": "thinking", "thinking": "Hm.", "closed": True}
CALL = {
    "id": "a",
    "type": "function",
    "function": {"name": "f", "arguments": "{}"},
    "index": 0,
}
FUNCTION = {"name": "f", "description": "d", "strict": True, "parameters": {"a": 1}}
SAMPLES: dict[str, Document] = {
    "SystemMessage": {"role": "system", "content": [TEXT_PART, THINKING]},
    "UserMessage": {"role": "user", "content": [TEXT_PART, IMAGE, AUDIO, AUDIO_URL]},
    "AssistantMessage": {
        "role": "assistant",
        "content": [TEXT_PART, THINKING],
        "tool_calls": [CALL],
    },
    "ToolMessage": {"role": "tool", "content": [TEXT_PART], "tool_call_id": "a"},
    "TextChunk": TEXT_PART,
    "ThinkChunk": THINKING,
    "ImageChunk": {"type": "image_url", "image_url": {"url": PIXEL}},
    "ImageURLChunk": IMAGE,
    "AudioChunk": AUDIO,
    "AudioURLChunk": AUDIO_URL,
    "Tool": {"type": "function", "function": FUNCTION},
    "ToolCall": CALL,
}


@pytest.mark.parametrize("of", SAMPLES)
def test_from_openai_with_every_value_in_every_field(of: str) -> None:
    for document in all_changes(SAMPLES[of]):
        assert unexplained(from_openai(of, document)) == []
        if of.endswith("Message"):
            assert unexplained(convert_openai_messages("", [document])) == []
        if of == "Tool":
            assert unexplained(convert_openai_tools("", [document])) == []
