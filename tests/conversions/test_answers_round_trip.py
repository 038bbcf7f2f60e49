"""Answers to OpenAI's types and back: the same, unless a change is listed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import reduce
from operator import getitem
from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.errors import Path
from mistral_proto.wire import WireType
from tests.fields.wire_samples import DOCUMENTS
from tests.recorded.test_recorded import having

Convert = Callable[[Any], m.openai.Converted[Any]]

WAYS: list[tuple[type[WireType], Convert, Convert]] = [
    (m.ChatCompletionResponse, m.openai.completion_to_openai, m.openai.completion_from_openai),
    (m.openai.ChatCompletion, m.openai.completion_from_openai, m.openai.completion_to_openai),
    (m.ChatCompletionStreamResponse, m.openai.chunk_to_openai, m.openai.chunk_from_openai),
    (m.openai.ChatCompletionChunk, m.openai.chunk_from_openai, m.openai.chunk_to_openai),
]


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each value in a document with its path."""
    yield path, value
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def check(value: WireType, there: Convert, back: Convert) -> m.openai.Converted[Any]:
    """Require that each difference after both conversions is listed by the first."""
    converted = there(value)
    returned = back(converted.value).value
    changed = {change.path for change in converted.changes}
    kept = dict(places(returned.to_dict()))
    for path, item in places(value.to_dict()):
        if not isinstance(item, (dict, list)) and (path not in kept or kept[path] != item):
            assert any(path[:length] in changed for length in range(len(path) + 1)), path
    assert converted.changes or returned == value
    assert there(returned).value == converted.value
    return converted


# They distinguish objects, or are required on one side.
REQUIRED = {"id", "type", "role", "usage", "index", "delta"}


def test_every_loss_is_listed() -> None:
    for cls, there, back in WAYS:
        document = DOCUMENTS[cls]
        converted = check(cls.from_dict(document), there, back)
        assert unknown_in(converted.value) == []
        assert len({it.path for it in converted.changes}) == len(converted.changes) > 0
        for path, _ in [*places(document)][1:]:
            less = json.loads(json.dumps(document))
            holder = reduce(getitem, path[:-1], less)
            if path[-1] in REQUIRED or "text" in holder or "thinking" in holder:
                continue
            del holder[path[-1]]
            try:
                value = cls.from_dict(less)
            except m.ValidationError:
                continue
            check(value, there, back)


def unknown_in(value: Any) -> list[str]:
    """Return the fields, at any depth, that the types do not have."""
    if isinstance(value, list):
        return [name for item in value for name in unknown_in(item)]
    if not isinstance(value, WireType):
        return []
    fields = dict(value)
    return [*fields.pop("extra", ()), *unknown_in([*fields.values()])]


@pytest.mark.parametrize("document", having("response"))
def test_recorded_answers(document: dict[str, Any]) -> None:
    response = m.ChatCompletionResponse.from_dict(document)
    check(response, m.openai.completion_to_openai, m.openai.completion_from_openai)
    if not any(isinstance(it["message"]["content"], list) for it in document["choices"]):
        # A client for OpenAI's API reads it too.
        converted = m.openai.completion_from_openai(m.openai.ChatCompletion.from_dict(document))
        assert (converted.value, converted.changes) == (response, ())


@pytest.mark.parametrize("stream", having("sse"))
def test_recorded_streams(stream: str) -> None:
    *events, _ = m.EventStreamParser().feed(stream.encode())
    for event in events:
        chunk = m.ChatCompletionStreamResponse.from_json(event.data)
        check(chunk, m.openai.chunk_to_openai, m.openai.chunk_from_openai)
