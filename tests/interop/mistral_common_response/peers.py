"""mistral_common's types of responses, and ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mistral_common.protocol.base import UsageInfo
from mistral_common.protocol.instruct import response, tool_calls

import mistral_proto as m
from mistral_proto.wire import WireType


@dataclass(frozen=True)
class Pair:
    ours: type[WireType]
    theirs: Any


PAIRS = {
    ours.__name__: Pair(ours, theirs)
    for ours, theirs in (
        (m.ChatCompletionResponse, response.ChatCompletionResponse),
        (m.ChatCompletionResponseChoice, response.ChatCompletionResponseChoice),
        (m.ChatCompletionResponseChoiceLogprobs, response.ChatCompletionResponseChoiceLogprobs),
        (m.ChatCompletionResponseStreamChoice, response.ChatCompletionResponseStreamChoice),
        (m.ChatCompletionStreamResponse, response.ChatCompletionStreamResponse),
        (m.ChatCompletionTokenLogprobs, response.ChatCompletionTokenLogprobs),
        (m.DeltaMessage, response.DeltaMessage),
        (m.FunctionCall, tool_calls.FunctionCall),
        (m.ToolCall, tool_calls.ToolCall),
        (m.UsageInfo, UsageInfo),
    )
}
"""Every type of mistral_common's responses, by the name of ours."""
