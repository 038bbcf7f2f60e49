"""mistral_common's generic types."""

from __future__ import annotations

from typing_extensions import assert_type

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

    assert_type(m.convert_openai_messages([]), list[m.ChatMessage])
    assert_type(m.convert_openai_tools([]), list[m.Tool])
    assert_type(m.check_conversation(plain), tuple[m.MistralCommonException, ...])
    assert_type(m.get_validator("v13", "test").validate_request(plain), m.ChatCompletionRequest)
    assert_type(m.ModelSettingsBuilder.none().build_settings(plain), m.ModelSettings)
