"""The state of a run of tools and its next step, for both kinds of runs: no I/O, no threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..checks import any_of
from ..errors import MistralError, Problem, ValidationError, describe, one_line
from ..fields import did_you_mean
from ..protocol.messages import AssistantMessage, ToolMessage
from ..protocol.tool_calls import Tool, ToolCall, ToolChoiceEnum
from ..retry import check_type
from ..structured.function_tool import FunctionTool, function_tool
from ..structured.results import text_of_value, words

if TYPE_CHECKING:
    from typing import Any

    from ..protocol.messages import ChatMessage
    from ..protocol.request import ChatCompletionRequest
    from ..protocol.response import ChatCompletionResponse
    from ..protocol.tool_calls import RequestTool
    from .parameters import CallOptions

__all__ = ["MaxTurnsError", "ToolResult", "ToolTurns", "check_count"]


@dataclass(frozen=True)
class ToolResult:
    """The result of one call of a tool.

    `message` is what the model gets.  `value` is what the function returned; of a
    generator, or another iterator, the list of its items.  Where it raised, took too
    long, or where the call did not fit it, `value` is None, and `error` is the
    exception, of which the model gets the type and the message.

    >>> from mistral_proto import FunctionCall, ToolCall
    >>> call = ToolCall(id="a1b2c3d4e", function=FunctionCall(name="now", arguments=None))
    >>> ToolResult(call, ToolMessage(content="12:30", tool_call_id="a1b2c3d4e")).error
    """

    call: ToolCall
    message: ToolMessage
    value: object = None
    error: Exception | None = None


class MaxTurnsError(MistralError):
    """The model still called tools when a run had asked it as often as it may.

    `messages` is the whole conversation, to the results of the last calls: it can
    go into another run.  `response` is the model's last answer.

    >>> MaxTurnsError("the model still calls tools", messages=[], response=None).messages
    []
    """

    messages: list[ChatMessage]
    response: ChatCompletionResponse | None = None


class ToolTurns:
    """One conversation with a model that calls tools: what was said, and what is next.

    While there are `calls`, their results are next, in order; then another
    answer, until `done`.
    """

    def __init__(
        self,
        request: ChatCompletionRequest,
        tools: Sequence[RequestTool | Callable[..., object]],
        max_turns: int,
        options: CallOptions,
    ) -> None:
        check_count("max_turns", max_turns)
        self.messages: list[ChatMessage] = [*request.messages]
        self.response: ChatCompletionResponse | None = None
        self.calls: list[ToolCall] = []
        self.turns = 0
        self.done = False
        self._max_turns = max_turns
        self.options = options
        self._request = request
        self._tools = [_as_tool(tool) for tool in tools]
        self.functions: dict[str, FunctionTool[Any]] = {}
        for tool in self._tools:
            if isinstance(tool, FunctionTool):
                if tool.function.name in self.functions:
                    raise ValueError(f"two tools are called {tool.function.name!r}")
                self.functions[tool.function.name] = tool

    def request(self) -> ChatCompletionRequest:
        """Return the next request; raises `MaxTurnsError` at the bound."""
        if self.turns >= self._max_turns:
            raise MaxTurnsError(
                f"the model still calls tools after {self._max_turns} answers (max_turns)",
                messages=[*self.messages],
                response=self.response,
            )
        choice = self._request.tool_choice
        if self.turns and choice not in (None, "auto", "none"):
            # What must be called was called; to insist would go on for ever.
            choice = ToolChoiceEnum.auto
        tools = self._tools or None
        return replace(self._request, messages=[*self.messages], tools=tools, tool_choice=choice)

    def answered(self, response: ChatCompletionResponse) -> None:
        """Take the model's answer."""
        self.turns += 1
        self.response = response
        message = response.choices[0].message if response.choices else None
        if isinstance(message, AssistantMessage):
            self.messages.append(message)
            self.calls = [*(message.tool_calls or ())]
        self.done = not self.calls

    def bind(self, call: ToolCall) -> Callable[[], object]:
        """Return the call, ready to be made; raises `ValidationError` where it fits no function."""
        name = call.function.name
        tool = self.functions.get(name)
        if tool is None:
            known = any_of([repr(one) for one in self.functions] or ["no call of a function"])
            expected = f"{known}{did_you_mean(name, self.functions)}"
            raise ValidationError([Problem(("name",), expected, describe(name), "enum")])
        return tool.bind(call.function.arguments)

    def returned(self, call: ToolCall, value: object) -> ToolResult:
        """Return the result of a call that returned."""
        return ToolResult(call, self._message(call, text_of_value(value)), value)

    def raised(self, call: ToolCall, error: Exception) -> ToolResult:
        """Return the result of a call that raised, or could not be made."""
        said = error.summary if isinstance(error, ValidationError) else words(error)
        text = one_line(f"Error: {type(error).__name__}: {said}")
        return ToolResult(call, self._message(call, text), error=error)

    def _message(self, call: ToolCall, text: str) -> ToolMessage:
        return ToolMessage(content=text, tool_call_id=call.id, name=call.function.name)

    def take(self, result: ToolResult) -> None:
        """Take the result of the first of the calls that have none yet."""
        self.calls.pop(0)
        self.messages.append(result.message)


def check_count(name: str, value: int) -> None:
    """Raise TypeError or ValueError where it is not an integer from 1 on."""
    check_type(name, value, "an integer", int)
    if value < 1:
        raise ValueError(f"{name} is at least 1, not {value}")


def _as_tool(tool: RequestTool | Callable[..., object]) -> RequestTool:
    """Return the tool of the request; a function becomes one."""
    if isinstance(tool, FunctionTool):
        return tool
    if isinstance(tool, Tool):
        raise TypeError("a tool without its function can't be run: give the function itself")
    return function_tool(tool) if callable(tool) else tool
