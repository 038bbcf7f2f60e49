"""mistral_common's generic types."""

from __future__ import annotations

import mistral_proto as m


def normalize(
    request: m.ChatCompletionRequest[m.ChatMessage],
) -> m.InstructRequest[m.UATS, m.Tool]:
    normalizer = m.InstructRequestNormalizer[
        m.UserMessage,
        m.AssistantMessage,
        m.ToolMessage,
        m.SystemMessage,
        m.InstructRequest[m.UATS, m.Tool],
    ](
        m.UserMessage,
        m.AssistantMessage,
        m.ToolMessage,
        m.SystemMessage,
        m.InstructRequest[m.UATS, m.Tool],
        None,
    )
    return normalizer.from_chat_completion_request(request)


def main() -> None:
    message = m.UserMessage.from_openai(openai_message={"role": "user", "content": "Hi"})
    plain = m.ChatCompletionRequest(messages=[message])
    named = m.ChatCompletionRequest[m.ChatMessage](messages=[message])
    training: m.ChatCompletionRequest[m.FinetuningMessage] = m.ChatCompletionRequest(
        messages=[message]
    )
    for request in (plain, named, training):
        instruct: m.InstructRequest = m.get_normalizer("v13").from_chat_completion_request(request)
        print(instruct.messages[0].text, normalize(plain).messages[0].text)
