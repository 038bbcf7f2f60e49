"""Requests and answers in OpenAI's format, both ways."""

from typing_extensions import assert_type

import mistral_proto as m
from mistral_proto.openai import (
    Change,
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessage,
    adapt_request,
    chunk_from_openai,
    chunk_to_openai,
    completion_from_openai,
    completion_to_openai,
    request_to_openai,
)

adapted = adapt_request(
    {"model": "m", "messages": [{"role": "developer", "content": "Hi"}], "store": False}
)
assert_type(adapted.request, m.ChatCompletionRequest)
for change in adapted.changes:
    assert_type(change, Change)
    print(change)
body = request_to_openai(adapted.request).value
print(body["messages"])

message = m.AssistantMessage.from_openai({"role": "assistant", "content": "4."})
assert_type(message, m.AssistantMessage)
print(message.to_openai("reasoning"), m.UserMessage(content="Hi").to_openai())

answer = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": message.to_dict()}],
}
completion = completion_to_openai(m.ChatCompletionResponse.from_dict(answer)).value
assert_type(completion, ChatCompletion)
assert_type(completion.choices[0].message, ChatCompletionMessage)
assert_type(completion.choices[0].message.content, str | None)
assert_type(completion_from_openai(completion).value, m.ChatCompletionResponse)

piece = {**answer, "choices": [{"index": 0, "delta": {"content": "4."}}]}
chunk = chunk_to_openai(m.ChatCompletionStreamResponse.from_dict(piece)).value
assert_type(chunk, ChatCompletionChunk)
assert_type(chunk_from_openai(chunk).value, m.ChatCompletionStreamResponse)
