"""`adapt_request` takes the objects that the `openai` package has in a request."""

from __future__ import annotations

from typing import Any

import openai
from openai.types import chat
from pydantic import BaseModel

from mistral_proto import AssistantMessage
from mistral_proto.openai import adapt_request


class Add(BaseModel):
    """Add two numbers."""

    a: int
    b: int | None = None


def test_objects_of_the_package() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "Add", "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}
    messages = [
        {"role": "user", "content": "1 and 2?", "name": openai.omit},
        chat.ChatCompletionMessage.model_validate(answer),
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]
    body: Any = {"model": "m", "messages": messages, "tools": [openai.pydantic_function_tool(Add)]}
    adapted = adapt_request({**body, "temperature": openai.NOT_GIVEN, "stop": openai.omit})
    assert [change.path for change in adapted.changes] == [
        ("messages", 1, "tool_calls", 0, "id"),
        ("messages", 2, "tool_call_id"),
    ]
    document: Any = adapted.request.to_dict()
    assert document.keys() == {"model", "messages", "tools"}
    assert document["messages"][1]["tool_calls"][0]["function"]["name"] == "Add"
    assert document["tools"][0]["function"]["parameters"]["required"] == ["a", "b"]


def test_a_parsed_answer_goes_back_into_the_messages() -> None:
    """Pydantic warns of the parsed value, and a warning is an error here."""
    models: Any = chat
    message = models.ParsedChatCompletionMessage[None]
    parsed = message.model_construct(role="assistant", content='{"a": 1}', parsed=Add(a=1))
    adapted = adapt_request(
        {"model": "m", "messages": [parsed, {"role": "user", "content": "Why?"}]}
    )
    assert adapted.request.messages[0] == AssistantMessage(content='{"a": 1}')
    assert [change.path for change in adapted.changes] == [("messages", 0, "parsed")]
