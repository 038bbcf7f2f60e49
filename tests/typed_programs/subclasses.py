"""Subclasses of wire types."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from typing_extensions import assert_type

from mistral_proto import ChatCompletionRequest, UsageInfo, UserMessage


@dataclass(frozen=True, kw_only=True)
class TracedRequest(ChatCompletionRequest):
    trace_id: str
    attempts: int = 1


@dataclass(frozen=True, kw_only=True)
class Billed(UsageInfo):
    cents: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.cents is None or self.cents >= 0


request = TracedRequest(model="m", messages=[UserMessage(content="Hi")], trace_id="t")
assert_type(request.trace_id, str)
assert_type(request.model, str | None)
assert_type(TracedRequest.from_dict(request.to_dict()), TracedRequest)
assert_type(TracedRequest.from_json(request.to_json()), TracedRequest)
assert_type(dataclasses.replace(request, attempts=2), TracedRequest)
assert request.to_dict()["trace_id"] == "t"
assert_type(Billed.from_dict({"cents": 3}).cents, int | None)
