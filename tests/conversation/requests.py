"""Short ways to write the messages and tools of a request."""

from __future__ import annotations

from typing import Any

from mistral_proto import ChatCompletionRequest, FinetuningAssistantMessage

Document = dict[str, Any]

ONE, TWO, THREE = "a1b2c3d4e", "ABCDEFGHI", "123456789"

SYSTEM: Document = {"role": "system", "content": "Answer in French."}
USER: Document = {"role": "user", "content": "Hi"}
ASSISTANT: Document = {"role": "assistant", "content": "Bonjour"}
PREFIX: Document = {**ASSISTANT, "prefix": True}
AUDIO: Document = {
    "role": "user",
    "content": [{"type": "text", "text": "?"}, {"type": "input_audio", "input_audio": "UklGRg=="}],
}


def call(id: str | None = None, name: str = "f") -> Document:
    function = {"name": name, "arguments": "{}"}
    return {"function": function} if id is None else {"id": id, "function": function}


def calls(*ids: str | None, **others: Any) -> Document:
    return {"role": "assistant", "tool_calls": [call(id) for id in ids], **others}


def answer(id: str | None, **others: Any) -> Document:
    told = {} if id is None else {"tool_call_id": id}
    return {"role": "tool", "content": "12 °C", **told, **others}


def tool(name: str = "f", **parameters: Any) -> Document:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def request(*messages: Document, **fields: Any) -> ChatCompletionRequest:
    """A request for the model "m"; a message with a weight is one to learn from."""
    read: list[Any] = [
        FinetuningAssistantMessage.from_dict(message) if "weight" in message else message
        for message in messages
    ]
    made = ChatCompletionRequest(**{"model": "m", "messages": read or [USER], **fields})
    if not read:  # which nobody can build, but a list can be cleared
        made.messages.clear()  # type: ignore[attr-defined]
    return made
