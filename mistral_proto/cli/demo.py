"""``demo``: requests and answers of a test server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..client.mistral import Mistral
from ..errors import HTTPValidationError, ValidationError
from ..protocol.messages import ChatMessage, ToolMessage, UserMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse
from ..protocol.tool_calls import Function, Tool
from ..testing import ErrorReply, ErrorShape, MockServer

if TYPE_CHECKING:
    import argparse

    from ..json_text import JSONValue

__all__ = ["run"]

_MODEL = "mistral-small-latest"
_REASONING_MODEL = "magistral-small-latest"
_UNKNOWN_MODEL: JSONValue = {
    "type": "invalid_model",
    "loc": ["body", "model"],
    "msg": "Invalid model: mistral-huge",
}
_WEATHER = Tool(
    function=Function(
        name="get_weather",
        description="The weather in a city",
        parameters={
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Paris", "Lyon"]}},
            "required": ["city"],
        },
    )
)


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    print("A server that speaks Mistral's protocol runs on this machine: no key, no cost.")
    with MockServer(pace=options.pace) as server:
        with Mistral(api_key="demo", server_url=server.url) as mistral:
            _stream(mistral, server)
            _tool_call(mistral)
            _thinking(mistral)
            _refusal(mistral, server)
            _result(mistral)
    return 0


def _title(number: int, text: str) -> None:
    print(f"\n{number}. {text}")


def _line(label: str, text: object) -> None:
    print(f"   {label:9} {text}")


def _stream(mistral: Mistral, server: MockServer) -> None:
    _title(1, "A request goes out, and the answer streams in")
    question = UserMessage(content="Tokens arrive one by one, as the model writes them.")
    with mistral.chat.stream(model=_MODEL, messages=[question], temperature=0.2) as events:
        _line("sent", server.requests[-1].body.decode())
        print(f"   {'received':9} ", end="", flush=True)
        count = 0
        for event in events:
            count += 1
            print(event.text, end="", flush=True)
        print()
    usage = events.snapshot.usage if events.snapshot is not None else None
    _line("gathered", f"{count} events: {usage}")


def _tool_call(mistral: Mistral) -> None:
    _title(2, "The model calls a tool, and gets its answer")
    messages: list[ChatMessage] = [UserMessage(content="How is the weather in Paris?")]
    response = mistral.chat.complete(model=_MODEL, messages=messages, tools=[_WEATHER])
    message = response.choices[0].message
    assert message.tool_calls
    call = message.tool_calls[0]
    arguments = call.function.parse_arguments()
    named = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    _line("call", f"{call.function.name}({named}), id {call.id}")
    result = ToolMessage(content="12 °C, light rain", tool_call_id=call.id)
    _line("result", result.text)
    messages += [message, result]
    response = mistral.chat.complete(model=_MODEL, messages=messages, tools=[_WEATHER])
    _line("answer", response.choices[0].message.text)


def _thinking(mistral: Mistral) -> None:
    _title(3, "A reasoning model thinks before it answers")
    response = mistral.chat.complete(
        model=_REASONING_MODEL, messages=[UserMessage(content="What is 2 + 2?")]
    )
    message = response.choices[0].message
    _line("content", f"a list of {[type(chunk).__name__ for chunk in message.content or ()]}")
    _line("thinking", message.thinking)
    _line("text", message.text)


def _refusal(mistral: Mistral, server: MockServer) -> None:
    _title(4, "A request with five mistakes is refused before a byte is sent")
    bad: dict[str, JSONValue] = {
        "messages": [{"role": "human", "content": "Hi"}, {"role": "user", "content": 3}],
        "temperature": 9,
        "tool_choice": "maybe",
        "max_completion_tokens": 10,
    }
    before = len(server.requests)
    try:
        ChatCompletionRequest.from_dict(bad)
    except ValidationError as error:
        for problem in error.problems:
            _line("problem", problem)
    assert len(server.requests) == before
    print("   The server checks what only it knows, such as the models (here: scripted):")
    server.reply(ErrorReply(422, shape=ErrorShape.detail, detail=[_UNKNOWN_MODEL]))
    try:
        mistral.chat.complete(model="mistral-huge", messages=[UserMessage(content="Hi")])
    except HTTPValidationError as error:
        _line("refused", error.message)


def _result(mistral: Mistral) -> None:
    _title(5, "The result is typed, and no field is lost")
    response = mistral.chat.complete(model=_MODEL, messages=[UserMessage(content="Bonjour")])
    choice = response.choices[0]
    _line("message", repr(choice.message))
    _line("finish", repr(choice.finish_reason))
    _line("usage", repr(response.usage))
    same = ChatCompletionResponse.from_json(response.to_json()) == response
    _line("JSON", f"to_json and back: {'the same' if same else 'not the same'}")
