"""OpenAI's format, written and read by both."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.interop.mistral_common_request.comparison import PAIRS
from tests.interop.mistral_common_request.differences import check
from tests.interop.mistral_common_request.test_reading import THEIRS
from tests.published.strategies import VALUES, places, removed, replaced

# mistral_common warns of what it is going to change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* in 1\.13\.0")

# InstructRequest has none of its own any more: the documented examples show ours.
WRITTEN = [of for of in THEIRS if hasattr(PAIRS[of][1], "to_openai")]


@pytest.mark.parametrize("of", WRITTEN)
@given(data=st.data())
def test_a_document_there_and_back(of: str, data: st.DataObject) -> None:
    document = data.draw(THEIRS[of])
    theirs = PAIRS[of][1]
    try:
        written = theirs.model_validate(copy.deepcopy(document)).to_openai()
    except Exception:  # which no schema tells
        return
    check(f"to_openai {of}", (document, {}))
    check(f"from_openai {of}", written)


SAID = [{"role": "user", "content": "Hi"}]
NAMES = ("n", "stream", "user", "seed", "stop", "random_seed", "tools", "messages", "role", "zzz")


def test_the_arguments_of_a_request() -> None:
    for name in NAMES:
        for value in VALUES:
            check("to_openai ChatCompletionRequest", ({"messages": SAID}, {name: value}))
            check("from_openai ChatCompletionRequest", {"messages": SAID, name: value})


TEXT = {"type": "text", "text": "Hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
AUDIO_URL = {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}}
THINKING = {"type": "thinking", "thinking": "Hm.", "closed": True}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}, "index": 0}
FUNCTION = {"name": "f", "description": "d", "strict": True, "parameters": {"a": 1}}
SAMPLES: dict[str, Any] = {
    "SystemMessage": {"role": "system", "content": [TEXT, THINKING]},
    "UserMessage": {"role": "user", "content": [TEXT, IMAGE, AUDIO, AUDIO_URL], "name": "Ann"},
    "AssistantMessage": {
        "role": "assistant",
        "content": [TEXT, THINKING],
        "tool_calls": [CALL],
        "prefix": True,
        "refusal": None,
    },
    "ToolMessage": {"role": "tool", "content": [TEXT], "tool_call_id": "a"},
    "TextChunk": TEXT,
    "ThinkChunk": THINKING,
    "ImageURLChunk": IMAGE,
    "AudioChunk": AUDIO,
    "AudioURLChunk": AUDIO_URL,
    "Tool": {"type": "function", "function": FUNCTION},
    "ToolCall": CALL,
}
THOUGHTS = [
    {"role": "assistant", "content": content, **thought}
    for content in (None, "Hi", [], [TEXT], [THINKING])
    for thought in (
        {"reasoning": "Hm."},
        {"reasoning_content": "Hm.", "reasoning": None},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning": "Hm.", "reasoning_content": ""},
    )
]


@pytest.mark.parametrize("of", SAMPLES)
def test_every_value_in_every_field(of: str) -> None:
    for place in places(SAMPLES[of]):
        changes = [replaced(SAMPLES[of], place, value) for value in VALUES] if place else []
        if place and isinstance(place[-1], str):
            changes.append(removed(SAMPLES[of], place))
        for change in changes:
            check(f"from_openai {of}", change.document)
            if of.endswith("Message"):
                check("convert messages", [change.document])
            if of == "Tool":
                check("convert tools", [change.document])


def test_thoughts_and_roles() -> None:
    for message in (*THOUGHTS, {"role": "developer", "content": "Hi"}):
        check("convert messages", [message])
