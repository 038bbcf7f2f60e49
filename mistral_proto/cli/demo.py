"""``demo``: requests and answers of a test server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..client.mistral import Mistral
from ..errors import HTTPValidationError, ValidationError
from ..protocol.messages import ChatMessage, ToolMessage, UserMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse
from ..protocol.tool_calls import Tool
from ..testing import ErrorReply, ErrorShape, MockServer

if TYPE_CHECKING:
    import argparse

    from ..json_text import JSONValue

__all__ = ["run"]

_MODEL = "mistral-small-latest"
_WRONG_REQUEST: dict[str, JSONValue] = {
    "messages": [{"role": "human", "content": "Hi"}, {"role": "user", "content": 3}],
    "temperature": 9,
    "tool_choice": "maybe",
    "max_completion_tokens": 10,
}


def get_weather(city: Literal["Paris", "Lyon"]) -> str:
    """Return the weather in a city."""
    return "12 °C, light rain"


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    print("A server that speaks Mistral's protocol runs on this machine: no key, no cost.")
    with MockServer(pace=options.pace) as server:
        with Mistral(api_key="demo", server_url=server.url) as mistral:
            _show_stream(mistral, server)
            _show_tool_call(mistral)
            _show_thinking(mistral)
            _show_refusals(mistral, server)
            _show_result(mistral)
    return 0


def _show(label: str, value: object) -> None:
    print(f"   {label:9} {value}")


def _ask(mistral: Mistral, text: str, model: str = _MODEL) -> ChatCompletionResponse:
    return mistral.chat.complete(model=model, messages=[UserMessage(content=text)])


def _show_stream(mistral: Mistral, server: MockServer) -> None:
    print("\n1. A request goes out, and the answer streams in")
    question = UserMessage(content="Tokens arrive one by one, as the model writes them.")
    with mistral.chat.stream(model=_MODEL, messages=[question], temperature=0.2) as events:
        _show("sent", server.requests[-1].body.decode())
        print(f"   {'received':9} ", end="", flush=True)
        count = 0
        for event in events:
            count += 1
            print(event.text, end="", flush=True)
        print()
    usage = events.snapshot.usage if events.snapshot is not None else None
    _show("gathered", f"{count} events: {usage}")


def _show_tool_call(mistral: Mistral) -> None:
    print("\n2. The model calls a tool, and gets its answer")
    tool = Tool.from_function(get_weather)
    messages: list[ChatMessage] = [UserMessage(content="How is the weather in Paris?")]
    response = mistral.chat.complete(model=_MODEL, messages=messages, tools=[tool])
    message = response.choices[0].message
    assert message.tool_calls is not None
    [call] = message.tool_calls
    named = ", ".join(f"{name}={it!r}" for name, it in call.function.parse_arguments().items())
    _show("call", f"{call.function.name}({named}), id {call.id}")
    result = tool.call(call.function.arguments)
    _show("result", result)
    messages += [message, ToolMessage(content=result, tool_call_id=call.id)]
    response = mistral.chat.complete(model=_MODEL, messages=messages, tools=[tool])
    _show("answer", response.text)


def _show_thinking(mistral: Mistral) -> None:
    print("\n3. A reasoning model thinks before it answers")
    message = _ask(mistral, "What is 2 + 2?", "magistral-small-latest").choices[0].message
    _show("content", f"a list of {[type(chunk).__name__ for chunk in message.content or ()]}")
    _show("thinking", message.thinking)
    _show("text", message.text)


def _show_refusals(mistral: Mistral, server: MockServer) -> None:
    print("\n4. A request with five mistakes is refused before a byte is sent")
    try:
        ChatCompletionRequest.from_dict(_WRONG_REQUEST)
    except ValidationError as error:
        for problem in error.problems:
            _show("problem", problem)
    print("   The server checks what only it knows, such as the models (here: scripted):")
    message = "Invalid model: mistral-huge"
    detail: JSONValue = {"type": "invalid_model", "loc": ["body", "model"], "msg": message}
    server.reply(ErrorReply(422, shape=ErrorShape.detail, detail=[detail]))
    try:
        _ask(mistral, "Hi", "mistral-huge")
    except HTTPValidationError as error:
        _show("refused", error.message)


def _show_result(mistral: Mistral) -> None:
    print("\n5. The result is typed, and no field is lost")
    response = _ask(mistral, "Bonjour")
    _show("message", response.choices[0].message)
    _show("finish", repr(response.choices[0].finish_reason))
    _show("usage", response.usage)
    same = ChatCompletionResponse.from_json(response.to_json()) == response
    _show("JSON", f"to_json and back: {'the same' if same else 'not the same'}")
