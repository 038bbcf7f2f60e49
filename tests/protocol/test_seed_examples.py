"""mistral_common's documented examples run with only the import changed."""

# They are copied verbatim, so they are not formatted.
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

HELLO = {"role": "user", "content": "Hello, world!"}
TOOLS = [
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
    )]
TOOLS_IN_OPENAIS = "'tools': [{'type': 'function', 'function': {'name': 'get_current_weather', 'description': 'Get the current weather in a given location', 'parameters': {'type': 'object', 'properties': {'location': {'type': 'string', 'description': 'The city and state, e.g. San Francisco, CA'}, 'unit': {'type': 'string', 'enum': ['celsius', 'fahrenheit']}}, 'required': ['location']}, 'strict': False}}]"


def test_responses() -> None:
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
    assert response.choices[0].finish_reason is None
    assert response.to_dict() == {
        "id": "chatcmpl-123", "object": "chat.completion", "created": 1677652288, "model": "mistral-tiny",
        "choices": [{"index": 0, "message": HELLO}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    }
    streamed = ChatCompletionStreamResponse(
    id="chatcmpl-123",
    object="chat.completion.chunk",
    created=1677652288,
    model="mistral-tiny",
    choices=[
    ChatCompletionResponseStreamChoice(index=0, delta=DeltaMessage(role="user", content="Hello, world!"))
    ],
    usage=UsageInfo(prompt_tokens=10, total_tokens=20, completion_tokens=10),
    )
    assert streamed.to_dict()["choices"] == [{"index": 0, "delta": HELLO}]
    choice_logprobs = ChatCompletionResponseChoiceLogprobs(
    content=[ChatCompletionTokenLogprobs(token="hello", logprob=-0.5, bytes=[104, 101, 108, 108, 111])]
    )
    token = {"token": "hello", "logprob": -0.5, "bytes": [104, 101, 108, 108, 111]}
    assert choice_logprobs.to_dict() == {"content": [token]}


def test_requests() -> None:
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
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}],
        "tool_choice": "auto",
    }


def test_requests_in_openais_format() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], temperature=0.15)
    assert repr(request.to_openai(stream=True)) == (
        "{'temperature': 0.15, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'tool_choice': 'auto', 'stream': True}"
    )
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], tools=TOOLS)
    assert repr(request.to_openai()) == (
        "{'temperature': 0.7, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], "
        f"{TOOLS_IN_OPENAIS}, 'tool_choice': 'auto'}}"
    )
    instruct = InstructRequest(
        messages=[UserMessage(content="Hello, how are you?")], system_prompt="You are a helpful assistant."
    )
    assert instruct.system_prompt == "You are a helpful assistant."
    instruct = InstructRequest(messages=[UserMessage(content="Hello, how are you?")])
    assert repr(instruct.to_openai(temperature=0.15, stream=True)) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'temperature': 0.15, 'stream': True}"
    )
    instruct = InstructRequest(messages=[UserMessage(content="Hello, how are you?")], available_tools=TOOLS)
    assert repr(instruct.to_openai()) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], "
        f"{TOOLS_IN_OPENAIS}}}"
    )
