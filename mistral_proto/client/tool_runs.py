"""The runs of `chat.run_tools` and `run_tools_async`: iterators over answers and tool results."""

from __future__ import annotations

import contextvars
import inspect
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ..checks import any_of
from ..errors import MistralError, Problem, ValidationError, describe, one_line
from ..fields import did_you_mean
from ..protocol.messages import AssistantMessage, ChatMessage, ToolMessage
from ..protocol.response import ChatCompletionResponse
from ..protocol.tool_calls import RequestTool, Tool, ToolCall, ToolChoiceEnum
from ..retry import check_type
from ..structured.function_tool import FunctionTool, function_tool, is_async
from ..structured.values import str_or_type, text_of_value

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any

    from typing_extensions import Self

    from ..protocol.request import ChatCompletionRequest
    from .parameters import CallOptions

__all__ = ["MaxTurnsError", "ToolResult", "ToolRun", "ToolRunAsync"]


@dataclass(frozen=True)
class ToolResult:
    """The result of one call of a tool.

    `message` is sent to the model.  `value` is what the function returned; for a generator or
    another iterator, the list of its items.  If the function raised or took too long, or if the
    call did not fit it, `value` is None and `error` the exception; the model gets its type and
    message.

    >>> from mistral_proto import FunctionCall, ToolCall
    >>> call = ToolCall(id="a1b2c3d4e", function=FunctionCall(name="now", arguments=None))
    >>> ToolResult(call, ToolMessage(content="12:30", tool_call_id="a1b2c3d4e")).error
    """

    call: ToolCall
    message: ToolMessage
    value: object = None
    error: Exception | None = None


class MaxTurnsError(MistralError):
    """The model still called tools after the last answer that `max_turns` allows.

    `messages` is the whole conversation including the last results, so another run can go on
    from it.  `response` is the model's last answer.

    >>> MaxTurnsError("the model still calls tools", messages=[], response=None).messages
    []
    """

    messages: list[ChatMessage]
    response: ChatCompletionResponse | None = None


class _Run:
    """The state of a run and its next step, without I/O and threads."""

    _awaits = False

    def __init__(
        self,
        complete: Callable[..., Any],
        request: ChatCompletionRequest,
        tools: Sequence[RequestTool | Callable[..., object]],
        max_turns: int,
        max_parallel: int,
        options: CallOptions,
    ) -> None:
        for name, value in {"max_turns": max_turns, "max_parallel": max_parallel}.items():
            check_type(name, value, "an integer", int)
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self._messages: list[ChatMessage] = [*request.messages]
        self._response: ChatCompletionResponse | None = None
        self._complete = partial(complete, **options)
        self._request = request
        self._max_turns = max_turns
        self._max_parallel = max_parallel
        self._turns = 0
        self._done = False
        self._calls: list[ToolCall] = []  # those without a result, in order
        self._running: deque[Any] = deque()
        self._tools = [_as_tool(tool) for tool in tools]
        self._functions: dict[str, FunctionTool[Any]] = {}
        for tool in self._tools:
            if isinstance(tool, FunctionTool):
                name = tool.function.name
                if name in self._functions:
                    raise ValueError(f"two tools have the name {name!r}")
                if is_async(tool.implementation) and not self._awaits:
                    raise TypeError(f"{name} is async: use run_tools_async")
                self._functions[name] = tool

    @property
    def messages(self) -> list[ChatMessage]:
        """The conversation so far: the given messages, the model's answers, the tools' results."""
        return [*self._messages]

    @property
    def response(self) -> ChatCompletionResponse | None:
        """The model's last answer; None before the first."""
        return self._response

    def _next_request(self) -> ChatCompletionRequest:
        if self._turns >= self._max_turns:
            raise MaxTurnsError(
                f"the model still calls tools after {self._max_turns} answers (max_turns)",
                messages=self.messages,
                response=self._response,
            )
        choice = self._request.tool_choice
        if self._turns and choice not in (None, "auto", "none"):
            # The tool that must be called was called; another time would never end.
            choice = ToolChoiceEnum.auto
        tools = self._tools or None
        return replace(self._request, messages=self.messages, tools=tools, tool_choice=choice)

    def _add_response(self, response: ChatCompletionResponse) -> ChatCompletionResponse:
        self._turns += 1
        self._response = response
        message = response.choices[0].message if response.choices else None
        if isinstance(message, AssistantMessage):
            self._messages.append(message)
            self._calls = [*(message.tool_calls or ())]
        self._done = not self._calls
        return response

    def _not_started(self) -> list[ToolCall]:
        """Return the calls to start, of the next `max_parallel`."""
        return self._calls[len(self._running) : self._max_parallel]

    def _add_result(self, result: ToolResult) -> ToolResult:
        if self._running:
            self._running.popleft()
        self._calls.pop(0)
        self._messages.append(result.message)
        return result

    def _bind(self, call: ToolCall) -> tuple[FunctionTool[Any], Callable[[], object]]:
        """Return the tool of a call, and the call ready to be made."""
        name = call.function.name
        if name not in self._functions:
            known = any_of([repr(one) for one in self._functions] or ["no call of a function"])
            expected = f"{known}{did_you_mean(name, self._functions)}"
            raise ValidationError([Problem(("name",), expected, describe(name), "enum")])
        tool = self._functions[name]
        return tool, tool.bind(call.function.arguments)

    def _timed_out(self, call: ToolCall) -> ToolResult:
        limit = self._functions[call.function.name].timeout_ms
        return _result(call, error=TimeoutError(f"no result within {limit:g} ms"))


def _as_tool(tool: RequestTool | Callable[..., object]) -> RequestTool:
    if isinstance(tool, FunctionTool):
        return tool
    if isinstance(tool, Tool):
        raise TypeError("a tool without its function can't be run: give the function itself")
    return function_tool(tool) if callable(tool) else tool


def _result(call: ToolCall, value: object = None, error: Exception | None = None) -> ToolResult:
    text = text_of_value(value) if error is None else ""
    if error is not None:
        reason = error.summary if isinstance(error, ValidationError) else str_or_type(error)
        text = one_line(f"Error: {type(error).__name__}: {reason}")
    message = ToolMessage(content=text, tool_call_id=call.id, name=call.function.name)
    return ToolResult(call, message, value, error)


def _call(function: Callable[[], object]) -> object:
    """Return the result of a function; for an iterator, such as a generator, its items."""
    try:
        value = function()
        return [*value] if isinstance(value, Iterator) else value
    except StopIteration as error:  # a future of asyncio does not take it
        raise RuntimeError("the function raised StopIteration") from error


def _start(function: Callable[[], object]) -> Future[object]:
    """Call a function on a thread that the interpreter's exit does not wait for."""
    from concurrent.futures import Future

    from ..transport.addresses import start_thread

    future: Future[object] = Future()
    future.set_running_or_notify_cancel()  # from here on it can't be cancelled
    context = contextvars.copy_context()

    def work() -> None:
        try:
            future.set_result(context.run(_call, function))
        except BaseException as error:
            future.set_exception(error)

    start_thread(work)
    return future


class ToolRun(_Run):
    """A conversation with a model that calls tools: an iterator over its steps.

    A step is an answer of the model, a `ChatCompletionResponse`, or the result of one of its
    calls, a `ToolResult`.  Results come in the order of the calls.  If a tool raises or exceeds
    its `timeout_ms`, or a call fits no function, the model gets the error.  A single call
    without a time limit runs on the thread that iterates.

    After an exception, `messages` has the conversation so far, and iterating goes on with the
    next request.

    Iterating raises the exceptions of `complete`, and
        MaxTurnsError: the model still called tools after `max_turns` answers.
    """

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChatCompletionResponse | ToolResult:
        if self._done:
            raise StopIteration
        if not self._calls:
            return self._add_response(self._complete(self._next_request()))
        if not self._running and min(len(self._calls), self._max_parallel) == 1:
            return self._add_result(self._run(self._calls[0]))
        for call in self._not_started():
            self._running.append(_start(partial(self._run, call)))
        result: ToolResult = self._running[0].result()
        return self._add_result(result)

    def until_done(self) -> ChatCompletionResponse:
        """Take all remaining steps, and return the model's last answer."""
        for _ in self:
            pass
        assert self._response is not None
        return self._response

    def _run(self, call: ToolCall) -> ToolResult:
        try:
            tool, function = self._bind(call)
            if tool.timeout_ms is None:
                value = _call(function)
            else:
                from concurrent.futures import wait

                future = _start(function)
                if not wait([future], tool.timeout_ms / 1000).done:
                    return self._timed_out(call)
                value = future.result()
            if inspect.isawaitable(value):
                raise TypeError(f"{call.function.name} is async: use run_tools_async")
        except Exception as error:
            return _result(call, error=error)
        return _result(call, value)


class ToolRunAsync(_Run):
    """A conversation with a model that calls tools, for asyncio: an async iterator over its steps.

    Like `ToolRun`, except that ``async`` functions are awaited and others run on threads.
    All calls of an answer run at the same time, up to `max_parallel`.  Cancelling the run
    cancels the calls that run; iterating again repeats them.
    """

    _awaits = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatCompletionResponse | ToolResult:
        import asyncio

        if self._done:
            raise StopAsyncIteration
        if not self._calls:
            return self._add_response(await self._complete(self._next_request()))
        for call in self._not_started():
            self._running.append(asyncio.create_task(self._run(call)))
        try:
            result = await self._running[0]
        except BaseException:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self._running.clear()
            raise
        return self._add_result(result)

    async def until_done(self) -> ChatCompletionResponse:
        """Take all remaining steps, and return the model's last answer."""
        async for _ in self:
            pass
        assert self._response is not None
        return self._response

    async def _run(self, call: ToolCall) -> ToolResult:
        import asyncio

        try:
            tool, function = self._bind(call)
            # Not `wait_for`: its error may also be one of the tool's own.
            task = asyncio.create_task(_await(tool, function))
            try:
                await asyncio.wait([task], timeout=tool.timeout_ms and tool.timeout_ms / 1000)
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait([task])
                raise
            if task.done():
                return _result(call, task.result())
            task.cancel()
            return self._timed_out(call)
        except Exception as error:
            return _result(call, error=error)


async def _await(tool: FunctionTool[Any], function: Callable[[], object]) -> object:
    import asyncio

    if is_async(tool.implementation):
        value = function()
    else:
        value = await asyncio.wrap_future(_start(function))
    if inspect.isawaitable(value):
        value = await value
    if isinstance(value, AsyncIterator):
        return [item async for item in value]
    return _call(lambda: value)
