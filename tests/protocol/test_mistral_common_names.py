"""The names and behaviours of mistral_common that the types have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import (
    UATS,
    AssistantMessage,
    AudioURLChunk,
    AudioURLType,
    BaseCompletionRequest,
    BaseContentChunk,
    BaseMessage,
    ChatCompletionRequest,
    ChatMessage,
    FinetuningAssistantMessage,
    Function,
    FunctionName,
    InstructRequest,
    JsonSchema,
    ResponseFormat,
    SchemaRenderingMode,
    TextChunk,
    TokenizerVersion,
    Tool,
    UserMessage,
    ValidationError,
)

HI = {"role": "user", "content": "Hi"}
HALF = {"role": "assistant", "content": "He"}


def test_versions_are_in_order() -> None:
    versions = [*TokenizerVersion]
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
        given = ResponseFormat.from_dict(document)
        assert given.get_schema(SchemaRenderingMode.grammar) == for_grammar
        assert given.get_schema("model_settings") == for_settings
    with pytest.raises(ValidationError) as caught:
        ResponseFormat(type="json_schema").get_schema("grammar")
    assert [problem.path for problem in caught.value.problems] == [("json_schema",)]
    with pytest.raises(ValueError, match="'tool'"):
        ResponseFormat().get_schema("tool")
    assert JsonSchema(name="s", custom_schema=SCHEMA).custom_schema == SCHEMA


REQUESTS: list[Any] = [ChatCompletionRequest, InstructRequest]


@dataclass(frozen=True, kw_only=True)
class Asked(ChatCompletionRequest):
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
    assert InstructRequest(messages=[], continue_final_message=True).messages == []


def test_a_message_to_train_on_comes_back() -> None:
    answers = [FinetuningAssistantMessage(content="a", weight=weight) for weight in (0, 0.5)]
    for cls in REQUESTS:
        request = cls(messages=[UserMessage(content="Hi"), *answers])
        assert cls.from_dict(request.to_dict()) == request
        assert cls.from_json(request.to_json()).messages[1:] == answers
    weighed = {"model": "m", "messages": [HI, {**HALF, "weight": 1}]}
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict(weighed, strict=True)
    assert [problem.path for problem in caught.value.problems] == [("messages", 1, "weight")]
    plain = ChatCompletionRequest.from_dict({"messages": [HI, HALF]}).messages[1]
    assert type(plain) is AssistantMessage


def test_types_in_brackets() -> None:
    request: ChatCompletionRequest[ChatMessage] = ChatCompletionRequest[ChatMessage](messages=[HI])  # type: ignore[list-item]
    assert isinstance(request, BaseCompletionRequest)
    assert InstructRequest[UATS, Tool] is InstructRequest
    assert issubclass(Function, FunctionName)
    assert issubclass(UserMessage, BaseMessage)
    assert issubclass(TextChunk, BaseContentChunk)


def test_the_types_of_audio_urls(tmp_path: Path) -> None:
    file = tmp_path / "a.mp3"
    file.touch()
    kinds = {
        "https://example.com/a.mp3": AudioURLType.url,
        "HTTP://example.com/a.mp3": AudioURLType.url,
        "data:audio/wav;base64,UklGRg==": AudioURLType.base64,
        "file:///a.mp3": AudioURLType.file_uri,
        str(file): AudioURLType.file,
        "UklGRg==": AudioURLType.base64,
        "no\0file": AudioURLType.base64,
        "A" * 100_000: AudioURLType.base64,
    }
    for url, kind in kinds.items():
        assert AudioURLChunk(audio_url=url).get_url_type() is kind, url
