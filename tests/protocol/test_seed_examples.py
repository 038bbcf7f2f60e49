"""The outputs that mistral_common's documentation prints; the examples are copied verbatim."""

# fmt: off

from __future__ import annotations

from mistral_proto import ChatCompletionRequest, Function, InstructRequest, Tool, UserMessage

TOOLS_IN_OPENAIS = "'tools': [{'type': 'function', 'function': {'name': 'get_current_weather', 'description': 'Get the current weather in a given location', 'parameters': {'type': 'object', 'properties': {'location': {'type': 'string', 'description': 'The city and state, e.g. San Francisco, CA'}, 'unit': {'type': 'string', 'enum': ['celsius', 'fahrenheit']}}, 'required': ['location']}, 'strict': False}}]"


def test_requests_to_openai() -> None:
    tools = [
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
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], temperature=0.15)
    assert repr(request.to_openai(stream=True)) == (
        "{'temperature': 0.15, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'tool_choice': 'auto', 'stream': True}"
    )
    request = ChatCompletionRequest(messages=[UserMessage(content="Hello, how are you?")], tools=tools)
    assert repr(request.to_openai()) == (
        "{'temperature': 0.7, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], "
        f"{TOOLS_IN_OPENAIS}, 'tool_choice': 'auto'}}"
    )
    instruct = InstructRequest(messages=[UserMessage(content="Hello, how are you?")])
    assert repr(instruct.to_openai(temperature=0.15, stream=True)) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], 'temperature': 0.15, 'stream': True}"
    )
    instruct = InstructRequest(messages=[UserMessage(content="Hello, how are you?")], available_tools=tools)
    assert repr(instruct.to_openai()) == (
        "{'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hello, how are you?'}], "
        f"{TOOLS_IN_OPENAIS}}}"
    )
