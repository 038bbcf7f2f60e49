"""Every recorded answer of the real API, and every recorded request, comes back unchanged."""

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


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each record with its file and line."""
    folder = shared_folder()
    if folder is not None:
        for file in sorted((folder / "wire" / "recorded").glob("*.jsonl")):
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                yield f"{file.name}:{number}", json.loads(line)


RECORDS = list(records())
needs_records = pytest.mark.skipif(not RECORDS, reason=missing_reason())


def having(field: str) -> list[Any]:
    """Return a parameter for each record with the field, skipped without records."""
    found = [pytest.param(record[field], id=name) for name, record in RECORDS if record[field]]
    skip = pytest.mark.skip(reason=missing_reason())
    return found or [pytest.param(None, id="no records", marks=skip)]


def recorded(field: str) -> list[tuple[str, Any]]:
    found = [(name, record[field]) for name, record in RECORDS if record[field]]
    assert found
    return found


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_null(item) for item in value]
    return value


def check(cls: type[WireType], document: dict[str, Any], name: str) -> None:
    value = cls.from_dict(document)
    assert json.dumps(value.to_dict(), sort_keys=True) == json.dumps(document, sort_keys=True), name
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


@needs_records
def test_responses() -> None:
    for name, document in recorded("response"):
        check(ChatCompletionResponse, document, name)
        for choice in ChatCompletionResponse.from_dict(document).choices:
            message: Any = choice.message
            request = ChatCompletionRequest(model="m", messages=[message])
            assert ChatCompletionRequest.from_dict(request.to_dict(), strict=True) == request


@needs_records
def test_streams() -> None:
    for name, stream in recorded("sse"):
        events = parse(stream.encode())
        assert len(events) > 1 and events[-1].data == "[DONE]", name
        for event in events[:-1]:
            assert event.event == "message"
            check(ChatCompletionStreamResponse, json.loads(event.data), name)
        for seed in range(3):
            assert parse(stream.encode(), random.Random(seed)) == events


@needs_records
def test_requests() -> None:
    for name, document in recorded("request"):
        calls = [call for it in document["messages"] for call in it.get("tool_calls") or ()]
        for item in [*calls, *(document.get("tools") or ())]:
            item.setdefault("type", "function")  # which is written, too
        for strict in (False, True):
            request = ChatCompletionRequest.from_dict(document, strict=strict)
            assert request.to_dict() == without_null(document), name


def test_a_required_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MISTRAL_PROTO_SHARED", str(tmp_path))
    monkeypatch.delenv("MISTRAL_PROTO_REQUIRE_SHARED", raising=False)
    assert shared_folder() == tmp_path
    monkeypatch.setenv("MISTRAL_PROTO_SHARED", str(tmp_path / "none"))
    assert shared_folder() is None
    monkeypatch.setenv("MISTRAL_PROTO_REQUIRE_SHARED", "1")
    with pytest.raises(FileNotFoundError, match="none is no folder"):
        shared_folder()
