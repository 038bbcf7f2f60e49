"""The names and behaviours of mistral_common that the types have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import mistral_proto as m

HI = {"role": "user", "content": "Hi"}
HALF = {"role": "assistant", "content": "He"}


def test_versions_are_in_order() -> None:
    versions = [*m.TokenizerVersion]
    assert [version.version_num for version in versions] == [1, 2, 3, 7, 11, 13, 15]
    assert [version.supports_model_settings for version in versions] == [False] * 6 + [True]
    for one in versions:
        for other in versions:
            for name in (other, other.value):
                made = (one < name, one <= name, one > name, one >= name)
                first, second = one.version_num, other.version_num
                assert made == (first < second, first <= second, first > second, first >= second)
    with pytest.raises(ValueError, match="'v4'"):
        assert versions[0] < "v4"


SCHEMA = {"type": "string"}
ANY_JSON = {"anyOf": [{"type": "object"}, {"type": "array"}]}
NAMED = {"name": "s", "schema": SCHEMA}
# The format, and its schema for a grammar and for the model's settings.
FORMATS: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "text"}, None, None),
    ({"type": "json_object"}, ANY_JSON, ANY_JSON),
    ({"type": "json_schema", "json_schema": NAMED}, ANY_JSON, SCHEMA),
    ({"type": "json_schema", "json_schema": {**NAMED, "strict": True}}, SCHEMA, SCHEMA),
]


def test_the_schema_of_a_format() -> None:
    for document, for_grammar, for_settings in FORMATS:
        given = m.ResponseFormat.from_dict(document)
        assert given.get_schema(m.SchemaRenderingMode.grammar) == for_grammar
        assert given.get_schema("model_settings") == for_settings
    with pytest.raises(m.ValidationError) as caught:
        m.ResponseFormat(type="json_schema").get_schema("grammar")
    assert [problem.path for problem in caught.value.problems] == [("json_schema",)]
    with pytest.raises(ValueError, match="'tool'"):
        m.ResponseFormat().get_schema("tool")
    assert m.JsonSchema(name="s", custom_schema=SCHEMA).custom_schema == SCHEMA


REQUESTS: list[Any] = [m.ChatCompletionRequest, m.InstructRequest]


@dataclass(frozen=True, kw_only=True)
class Asked(m.ChatCompletionRequest):
    """A request of somebody's own."""


def test_a_continued_message() -> None:
    for cls in [*REQUESTS, Asked]:
        prefix = cls(messages=[HI, {**HALF, "prefix": True}])
        given = cls(messages=[HI, HALF], continue_final_message=True)
        assert given.messages == prefix.messages
        assert cls.from_dict(given.to_dict()) == prefix
        # The rules of a conversation refuse to continue another message.
        user = cls(messages=[HI], continue_final_message=True)
        assert user.messages == cls(messages=[HI]).messages
    assert m.InstructRequest(messages=[], continue_final_message=True).messages == []


def test_a_message_to_train_on_comes_back() -> None:
    answers = [m.FinetuningAssistantMessage(content="a", weight=weight) for weight in (0, 0.5)]
    for cls in REQUESTS:
        request = cls(messages=[m.UserMessage(content="Hi"), *answers])
        assert cls.from_dict(request.to_dict()) == request
        assert cls.from_json(request.to_json()).messages[1:] == answers
    weighed = {"model": "m", "messages": [HI, {**HALF, "weight": 1}]}
    with pytest.raises(m.ValidationError) as caught:
        m.ChatCompletionRequest.from_dict(weighed, strict=True)
    assert [problem.path for problem in caught.value.problems] == [("messages", 1, "weight")]
    plain = m.ChatCompletionRequest.from_dict({"messages": [HI, HALF]}).messages[1]
    assert type(plain) is m.AssistantMessage


def test_types_in_brackets() -> None:
    hi: m.ChatMessage = m.UserMessage(content="Hi")
    request: m.ChatCompletionRequest[m.ChatMessage] = m.ChatCompletionRequest[m.ChatMessage](
        messages=[hi]
    )
    assert isinstance(request, m.BaseCompletionRequest)
    assert m.InstructRequest[m.UATS, m.Tool] is m.InstructRequest
    assert issubclass(m.Function, m.FunctionName)
    assert issubclass(m.UserMessage, m.BaseMessage)
    assert issubclass(m.TextChunk, m.BaseContentChunk)


def test_the_types_of_audio_urls(tmp_path: Path) -> None:
    file = tmp_path / "a.mp3"
    file.touch()
    kinds = {
        "https://example.com/a.mp3": m.AudioURLType.url,
        "HTTP://example.com/a.mp3": m.AudioURLType.url,
        "data:audio/wav;base64,UklGRg==": m.AudioURLType.base64,
        "file:///a.mp3": m.AudioURLType.file_uri,
        str(file): m.AudioURLType.file,
        "UklGRg==": m.AudioURLType.base64,
        "no\0file": m.AudioURLType.base64,
        "A" * 100_000: m.AudioURLType.base64,
    }
    for url, kind in kinds.items():
        assert m.AudioURLChunk(audio_url=url).get_url_type() is kind, url
