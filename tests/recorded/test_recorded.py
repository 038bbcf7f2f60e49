"""Every recorded answer of the real API, and every recorded request, comes back out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    EventStreamParser,
    ServerSentEvent,
)
from mistral_proto.wire import WireType
from tests.recorded.shared_folder import missing_reason, shared_folder

# What `to_dict` may write that was not there: the defaults that the published schema
# states, by the object that they may come in.
MESSAGE = {"role": "assistant", "prefix": False}
FUNCTION = {"description": "", "strict": False}
DEFAULTS: dict[str, dict[str, Any]] = {
    "choices[].message": MESSAGE,
    "choices[].message.content[]": {"closed": True},
    "choices[].message.tool_calls[]": {"id": "null", "type": "function"},
    "choices[].delta.content[]": {"closed": True},
    "choices[].delta.tool_calls[]": {"id": "null", "type": "function"},
    "messages[]": {"prefix": False},
    "messages[].content[]": {"closed": True},
    "messages[].tool_calls[]": {"type": "function"},
    "tools[]": {"type": "function"},
    "tools[].function": FUNCTION,
}


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each record with its file and line."""
    folder = shared_folder()
    if folder is not None:
        for file in sorted((folder / "wire" / "recorded").glob("*.jsonl")):
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                yield f"{file.name}:{number}", json.loads(line)


RECORDS = list(records())


def having(field: str) -> list[Any]:
    """A parameter for each record with the field; a skipped one where there are no records."""
    found = [pytest.param(record[field], id=name) for name, record in RECORDS if record[field]]
    skip = pytest.mark.skip(reason=missing_reason())
    return found or [pytest.param(None, id="no records", marks=skip)]


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_null(item) for item in value]
    return value


def without_added_defaults(written: Any, given: Any, path: str = "") -> Any:
    """What was written, less the allowed defaults that were not given."""
    if isinstance(written, dict) and isinstance(given, dict):
        allowed = DEFAULTS.get(path, {})
        return {
            key: without_added_defaults(item, given.get(key), f"{path}.{key}".lstrip("."))
            for key, item in written.items()
            if key in given or not same(item, allowed.get(key))
        }
    if isinstance(written, list) and isinstance(given, list) and len(written) == len(given):
        return [
            without_added_defaults(item, other, f"{path}[]") for item, other in zip(written, given)
        ]
    return written


def same(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)


def check(cls: type[WireType], document: dict[str, Any]) -> None:
    value = cls.from_dict(document)
    given = without_null(document)

    assert without_added_defaults(value.to_dict(), given) == given
    assert cls.from_json(json.dumps(document).encode()) == value
    assert cls.from_dict(value.to_dict()) == value


def parse(stream: bytes, rng: random.Random | None = None) -> list[ServerSentEvent]:
    parser = EventStreamParser()
    events: list[ServerSentEvent] = []
    start = 0
    while start < len(stream):
        end = start + rng.randrange(1, 200) if rng else len(stream)
        events += parser.feed(stream[start:end])
        start = end
    assert not parser.pending
    return events


@pytest.mark.parametrize("document", having("response"))
def test_a_response(document: dict[str, Any]) -> None:
    check(ChatCompletionResponse, document)


@pytest.mark.parametrize("stream", having("sse"))
def test_every_event_of_a_stream(stream: str) -> None:
    *events, last = parse(stream.encode())

    assert events
    assert last.data == "[DONE]"
    for event in events:
        assert event.event == "message"
        check(ChatCompletionStreamResponse, json.loads(event.data))


@pytest.mark.parametrize("stream", having("sse"))
def test_a_stream_in_random_pieces(stream: str) -> None:
    whole = parse(stream.encode())
    for seed in range(10):
        assert parse(stream.encode(), random.Random(seed)) == whole


@pytest.mark.parametrize("document", having("request"))
@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
def test_a_request(document: dict[str, Any], strict: bool) -> None:
    request = ChatCompletionRequest.from_dict(document, strict=strict)
    given = without_null(document)

    assert without_added_defaults(request.to_dict(), given) == given
    assert ChatCompletionRequest.from_dict(request.to_dict(), strict=strict) == request


@pytest.mark.parametrize("document", having("response"))
def test_an_answer_goes_back_as_a_message(document: dict[str, Any]) -> None:
    for choice in ChatCompletionResponse.from_dict(document).choices:
        message: Any = choice.message
        request = ChatCompletionRequest(model="m", messages=[message])
        assert ChatCompletionRequest.from_dict(request.to_dict(), strict=True) == request


def test_there_are_records_of_every_kind() -> None:
    if not RECORDS:
        pytest.skip(missing_reason())
    for field in ("request", "response", "sse"):
        assert any(record[field] for _, record in RECORDS)


def test_a_folder_that_is_required_must_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MISTRAL_PROTO_SHARED", str(tmp_path))
    monkeypatch.delenv("MISTRAL_PROTO_REQUIRE_SHARED", raising=False)
    assert shared_folder() == tmp_path

    monkeypatch.setenv("MISTRAL_PROTO_SHARED", str(tmp_path / "none"))
    assert shared_folder() is None

    monkeypatch.setenv("MISTRAL_PROTO_REQUIRE_SHARED", "1")
    with pytest.raises(FileNotFoundError, match="none is no folder"):
        shared_folder()
