"""What a request makes of a message."""

from __future__ import annotations

from typing import Any

from mistral_proto import ChatCompletionRequest, ChatMessage


def sent(message: ChatMessage) -> Any:
    """The message as plain values, as a request sends it."""
    document: Any = ChatCompletionRequest(messages=[message]).to_dict()
    return document["messages"][0]
