"""The values that OpenAI's documents choose from; one that is not known stays a string."""

from __future__ import annotations

from ..checks import StringEnum

__all__ = [
    "ChatCompletionChunkObject",
    "ChatCompletionObject",
    "ChatCompletionRole",
    "FinishReason",
    "InputType",
    "MessageRole",
    "ServiceTier",
    "ToolCallType",
]


class FinishReason(StringEnum):
    """Why the model stopped (OpenAI's `finish_reason`).

    >>> FinishReason("content_filter")
    <FinishReason.content_filter: 'content_filter'>
    """

    stop = "stop"
    length = "length"
    tool_calls = "tool_calls"
    content_filter = "content_filter"
    function_call = "function_call"


class ServiceTier(StringEnum):
    """How a request was, or is to be, processed (OpenAI's `service_tier`).

    >>> ServiceTier("flex")
    <ServiceTier.flex: 'flex'>
    """

    auto = "auto"
    default = "default"
    flex = "flex"
    scale = "scale"
    priority = "priority"
    fast = "fast"


class ChatCompletionRole(StringEnum):
    """Whose message a stream tells (the `role` of OpenAI's `ChoiceDelta`).

    >>> ChatCompletionRole("developer")
    <ChatCompletionRole.developer: 'developer'>
    """

    developer = "developer"
    system = "system"
    user = "user"
    assistant = "assistant"
    tool = "tool"


class MessageRole(StringEnum):
    """Whose message an answer is (the `role` of OpenAI's `ChatCompletionMessage`).

    >>> list(MessageRole)
    [<MessageRole.assistant: 'assistant'>]
    """

    assistant = "assistant"


class ToolCallType(StringEnum):
    """What a streamed call calls (the `type` of OpenAI's `ChoiceDeltaToolCall`).

    >>> list(ToolCallType)
    [<ToolCallType.function: 'function'>]
    """

    function = "function"


class InputType(StringEnum):
    """What kind of input a moderation looked at (OpenAI's `category_applied_input_types`).

    >>> InputType("image")
    <InputType.image: 'image'>
    """

    text = "text"
    image = "image"


class ChatCompletionObject(StringEnum):
    """The `object` of OpenAI's `ChatCompletion`.

    >>> list(ChatCompletionObject)
    [<ChatCompletionObject.chat_completion: 'chat.completion'>]
    """

    chat_completion = "chat.completion"


class ChatCompletionChunkObject(StringEnum):
    """The `object` of OpenAI's `ChatCompletionChunk`.

    >>> list(ChatCompletionChunkObject)
    [<ChatCompletionChunkObject.chat_completion_chunk: 'chat.completion.chunk'>]
    """

    chat_completion_chunk = "chat.completion.chunk"
