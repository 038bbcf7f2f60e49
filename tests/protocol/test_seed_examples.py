"""mistral_common's documented examples run as they are, with only the import changed."""

# They are copied to the letter, so they are not formatted.
# fmt: off

from __future__ import annotations

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    ChatCompletionTokenLogprobs,
    DeltaMessage,
    Function,
    InstructRequest,
    ResponseFormat,
    ResponseFormats,
    Tool,
    ToolChoiceEnum,
    ToolTypes,
    UsageInfo,
    UserMessage,
)


def test_chat_completion_response() -> None:
    response = ChatCompletionResponse(
    id="chatcmpl-123",
    object="chat.completion",
    created=1677652288,
    model="mistral-tiny",
    choices=[
    ChatCompletionResponseChoice(index=0, message=DeltaMessage(  # type: ignore[arg-type]  # typed as what the API sends
                role="user", content="Hello, world!"))
    ],
    usage=UsageInfo(prompt_tokens=10, total_tokens=20, completion_tokens=10),
    )

    assert response.to_dict() == {
        "id": "chatcmpl-123",
        "object": "chat.completion",
        "created": 1677652288,
        "model": "mistral-tiny",
        "choices": [{"index": 0, "message": {"role": "user", "content": "Hello, world!"}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    }


def test_chat_completion_response_choice() -> None:
    choice = ChatCompletionResponseChoice(index=0, message=DeltaMessage(  # type: ignore[arg-type]  # typed as what the API sends
                role="user", content="Hello, world!"))

    assert choice.message.text == "Hello, world!"
    assert choice.finish_reason is None


def test_chat_completion_response_choice_logprobs() -> None:
    choice_logprobs = ChatCompletionResponseChoiceLogprobs(
    content=[ChatCompletionTokenLogprobs(token="hello", logprob=-0.5, bytes=[104, 101, 108, 108, 111])]
    )

    assert choice_logprobs.content is not None
    assert choice_logprobs.content[0].token == "hello"


def test_chat_completion_response_stream_choice() -> None:
    choice = ChatCompletionResponseStreamChoice(
    index=0, delta=DeltaMessage(role="user", content="Hello, world!")
    )

    assert choice.delta.text == "Hello, world!"


def test_chat_completion_stream_response() -> None:
    response = ChatCompletionStreamResponse(
    id="chatcmpl-123",
    object="chat.completion.chunk",
    created=1677652288,
    model="mistral-tiny",
    choices=[
    ChatCompletionResponseStreamChoice(index=0, delta=DeltaMessage(role="user", content="Hello, world!"))
    ],
    usage=UsageInfo(prompt_tokens=10, total_tokens=20, completion_tokens=10),
    )

    assert response.usage is not None
    assert response.usage.total_tokens == 20


def test_chat_completion_token_logprobs() -> None:
    token_logprobs = ChatCompletionTokenLogprobs(token="hello", logprob=-0.5, bytes=[104, 101, 108, 108, 111])

    assert token_logprobs.to_dict() == {
        "token": "hello",
        "logprob": -0.5,
        "bytes": [104, 101, 108, 108, 111],
    }


def test_chat_completion_request() -> None:
    request = ChatCompletionRequest(
        messages=[
            UserMessage(content="Hello!"),
            AssistantMessage(content="Hi! How can I help you?"),
        ],
        response_format=ResponseFormat(type=ResponseFormats.text),
        tools=[Tool(type=ToolTypes.function, function=Function(name="get_weather", parameters={}))],
        tool_choice=ToolChoiceEnum.auto,
        truncate_for_context_length=True,
    )

    assert request.truncate_for_context_length
    assert request.to_dict() == {
        "messages": [
            {"role": "user", "content": "Hello!"},
            {"role": "assistant", "content": "Hi! How can I help you?"},
        ],
        "response_format": {"type": "text"},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "parameters": {},
                },
            }
        ],
        "tool_choice": "auto",
    }


def test_chat_completion_request_with_a_temperature() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], temperature=0.15)

    assert request.to_dict() == {
        "messages": [{"role": "user", "content": "Hello, how are you?"}],
        "temperature": 0.15,
    }


def test_chat_completion_request_with_tools() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], tools=[
        Tool(function=Function(
            name="get_current_weather",
            description="Get the current weather in a given location",
            parameters={
                "type": "object",
                "properties": {
                    "location": {
                        "type": "string",
                        "description": "The city and state, e.g. San Francisco, CA",
                    },
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["location"],
            },
        ),
    )])

    assert request.tools is not None
    assert isinstance(request.tools[0], Tool)
    assert request.tools[0].function.parameters["required"] == ["location"]


def test_response_format() -> None:
    response_format = ResponseFormat(type=ResponseFormats.text)

    assert response_format.to_dict() == {"type": "text"}


def test_response_formats() -> None:
    response_format = ResponseFormats.text

    assert response_format == "text"


# -- mistral_common.protocol.instruct.request


def test_chat_completion_request_to_openai() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], temperature=0.15)
    assert repr(request.to_openai(stream=True)) == (
        "{'temperature': 0.15, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'tool_choice': 'auto', 'stream': True}"
    )


def test_chat_completion_request_with_tools_to_openai() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], tools=[
        Tool(function=Function(
            name="get_current_weather",
            description="Get the current weather in a given location",
            parameters={
                "type": "object",
                "properties": {
                    "location": {
                        "type": "string",
                        "description": "The city and state, e.g. San Francisco, CA",
                    },
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["location"],
            },
        ),
    )])
    assert repr(request.to_openai()) == (
        "{'temperature': 0.7, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'tools': [{'type': 'function', 'function': {'name': 'get_current_weather', 'description': 'Get the current weather in a given location', 'parameters': {'type': 'object', 'properties': {'location': {'type': 'string', 'description': 'The city and state, e.g. San Francisco, CA'}, 'unit': {'type': 'string', 'enum': ['celsius', 'fahrenheit']}}, 'required': ['location']}, 'strict': False}}], 'tool_choice': 'auto'}"
    )


def test_instruct_request() -> None:
    request = InstructRequest(
        messages=[UserMessage(content="Hello, how are you?")], system_prompt="You are a helpful assistant."
    )
    assert request.system_prompt == "You are a helpful assistant."


def test_instruct_request_to_openai() -> None:
    request = InstructRequest(messages=[UserMessage(content="Hello, how are you?")])
    assert repr(request.to_openai(temperature=0.15, stream=True)) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'temperature': 0.15, 'stream': True}"
    )


def test_instruct_request_with_tools_to_openai() -> None:
    request = InstructRequest(
        messages=[UserMessage(content="Hello, how are you?")],
        available_tools=[
        Tool(function=Function(
            name="get_current_weather",
            description="Get the current weather in a given location",
            parameters={
                "type": "object",
                "properties": {
                    "location": {
                        "type": "string",
                        "description": "The city and state, e.g. San Francisco, CA",
                    },
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["location"],
            },
        ),
    )])
    assert repr(request.to_openai()) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'tools': [{'type': 'function', 'function': {'name': 'get_current_weather', 'description': 'Get the current weather in a given location', 'parameters': {'type': 'object', 'properties': {'location': {'type': 'string', 'description': 'The city and state, e.g. San Francisco, CA'}, 'unit': {'type': 'string', 'enum': ['celsius', 'fahrenheit']}}, 'required': ['location']}, 'strict': False}}]}"
    )
