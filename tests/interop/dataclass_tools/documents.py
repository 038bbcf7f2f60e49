"""Documents of each kind, with the type that reads them."""

from __future__ import annotations

from typing import Any

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    Tool,
    UserMessage,
)
from mistral_proto.openai import ChatCompletion

REQUEST: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
    ],
    "temperature": 0.2,
    "stop": ["."],
    "tools": [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}],
    "tool_choice": "auto",
}
CALL = {"id": "a1b2c3d4e", "function": {"name": "now", "arguments": "{}"}}
RESPONSE: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "created": 1760000000,
    "model": "mistral-small-latest",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": "", "tool_calls": [CALL], "mood": "good"},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    "region": "eu",
}

DOCUMENTS: dict[Any, dict[str, Any]] = {
    ChatCompletionRequest: REQUEST,
    ChatCompletionResponse: RESPONSE,
    ChatCompletionStreamResponse: {
        **RESPONSE,
        "choices": [{"index": 0, "delta": {"content": "Hi"}}],
    },
    ChatCompletion: RESPONSE,
    UserMessage: {"role": "user", "content": "Hi"},
    AssistantMessage: {"role": "assistant", "content": "Hi", "tool_calls": [CALL], "mood": "good"},
    Tool: REQUEST["tools"][0],
}
