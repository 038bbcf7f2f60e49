"""mistral_common's types with types of messages in brackets."""

from __future__ import annotations

from mistral_proto import (
    UATS,
    AssistantMessage,
    ChatCompletionRequest,
    ChatMessage,
    FinetuningMessage,
    InstructRequest,
    InstructRequestNormalizer,
    SystemMessage,
    Tool,
    ToolMessage,
    UserMessage,
    get_normalizer,
)


def ready(request: ChatCompletionRequest) -> InstructRequest:
    return get_normalizer("v13").from_chat_completion_request(request)


def ready_of_own(request: ChatCompletionRequest[ChatMessage]) -> InstructRequest[UATS, Tool]:
    classes = InstructRequestNormalizer[
        UserMessage, AssistantMessage, ToolMessage, SystemMessage, InstructRequest[UATS, Tool]
    ]
    normalizer = classes(
        UserMessage, AssistantMessage, ToolMessage, SystemMessage, InstructRequest[UATS, Tool], None
    )
    return normalizer.from_chat_completion_request(request)


def main() -> None:
    said = UserMessage.from_openai(openai_message={"role": "user", "content": "Hi"})
    plain = ChatCompletionRequest(messages=[said])
    named = ChatCompletionRequest[ChatMessage](messages=[said])
    learned: ChatCompletionRequest[FinetuningMessage] = ChatCompletionRequest(messages=[said])
    for request in (plain, named, learned):
        print(ready(request).messages[0].text, ready_of_own(plain).messages[0].text)
