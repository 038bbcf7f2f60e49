"""The runs of `chat.run_tools` and `run_tools_async`: iterators over what happens."""

from __future__ import annotations

import contextvars
import inspect
from collections import deque
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ..structured.function_tool import is_async
from .tool_turns import ToolResult, ToolTurns, check_count

if TYPE_CHECKING:
    from asyncio import Semaphore, Task
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Any, TypeAlias

    from typing_extensions import Self

    from ..protocol.messages import ChatMessage
    from ..protocol.response import ChatCompletionResponse
    from ..protocol.tool_calls import ToolCall

    Step: TypeAlias = ChatCompletionResponse | ToolResult

__all__ = ["ToolRun", "ToolRunAsync"]


class _Run:
    """The common part of both kinds of runs."""

    def __init__(self, complete: Callable[..., Any], turns: ToolTurns, max_parallel: int) -> None:
        check_count("max_parallel", max_parallel)
        self._complete = complete
        self._turns = turns
        self._max_parallel = max_parallel

    @property
    def messages(self) -> list[ChatMessage]:
        """The conversation so far: what was given, the model's answers, the tools' results."""
        return [*self._turns.messages]

    @property
    def response(self) -> ChatCompletionResponse | None:
        """The model's last answer so far; None before the first."""
        return self._turns.response


def _given(function: Callable[[], object]) -> object:
    """Return what a tool gives; of an iterator, such as a generator, the items."""
    try:
        value = function()
        return [*value] if isinstance(value, Iterator) else value
    except StopIteration as error:  # no future of asyncio takes it
        raise RuntimeError("the function raised StopIteration") from error


def _started(function: Callable[[], object]) -> Future[object]:
    """Start a function on a thread that the end of the interpreter does not wait for."""
    from concurrent.futures import Future

    from ..transport.addresses import start_thread

    future: Future[object] = Future()
    future.set_running_or_notify_cancel()  # from here on nothing cancels it
    context = contextvars.copy_context()

    def work() -> None:
        try:
            future.set_result(context.run(function))
        except BaseException as error:
            future.set_exception(error)

    start_thread(work)
    return future


def _timed_out(timeout_ms: float) -> TimeoutError:
    return TimeoutError(f"no result within {timeout_ms:g} ms")


class ToolRun(_Run):
    """A conversation with a model that calls tools: an iterator over its steps.

    A step is an answer of the model, a `ChatCompletionResponse`, or the result of
    one of its calls, a `ToolResult`.  The results come in the order of the calls.
    A tool that raises is told to the model, as is one that takes longer than its
    `timeout_ms`, and a call that fits no function.  A single call without a time limit
    runs on the thread that iterates.

    Where iterating raises, `messages` has all that was said and done, and to go on
    iterating asks again.

    Iterating raises what `complete` raises, and
        MaxTurnsError: the model still called tools when it had been asked
            `max_turns` times.
    """

    def __init__(self, complete: Callable[..., Any], turns: ToolTurns, max_parallel: int) -> None:
        super().__init__(complete, turns, max_parallel)
        for name, tool in turns.functions.items():
            if is_async(tool.implementation):
                raise TypeError(f"{name} is async: run_tools_async awaits it")
        self._running: deque[Future[ToolResult]] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Step:
        turns = self._turns
        if turns.done:
            raise StopIteration
        if not turns.calls:
            response: ChatCompletionResponse = self._complete(turns.request(), **turns.options)
            turns.answered(response)
            return response
        if not self._running and min(len(turns.calls), self._max_parallel) == 1:
            result = self._outcome(turns.calls[0])
        else:
            self._start(turns.calls[len(self._running) :])
            result = self._first_result()
        turns.take(result)
        return result

    def until_done(self) -> ChatCompletionResponse:
        """Take all the steps that are left, and return the model's last answer."""
        for _ in self:
            pass
        assert self._turns.response is not None
        return self._turns.response

    def _start(self, calls: Sequence[ToolCall]) -> None:
        """Start the calls that are not running."""
        if not calls:
            return
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(min(len(calls), self._max_parallel), "mistral_proto-tool")
        for call in calls:
            # Each has the caller's context variables, as it would have here.
            context = contextvars.copy_context()
            self._running.append(pool.submit(context.run, self._outcome, call))
        pool.shutdown(wait=False)

    def _first_result(self) -> ToolResult:
        try:
            result = self._running[0].result()
        except BaseException:
            # An interrupt: what has not begun is not to begin, unless one iterates on.
            self._running = deque(one for one in self._running if not one.cancel())
            raise
        self._running.popleft()
        return result

    def _outcome(self, call: ToolCall) -> ToolResult:
        try:
            value = self._value(call)
        except Exception as error:
            return self._turns.raised(call, error)
        return self._turns.returned(call, value)

    def _value(self, call: ToolCall) -> object:
        function = self._turns.bind(call)
        timeout_ms = self._turns.functions[call.function.name].timeout_ms

        if timeout_ms is None:
            value = _given(function)
        else:
            from concurrent.futures import wait

            future = _started(partial(_given, function))
            if not wait([future], timeout_ms / 1000).done:
                raise _timed_out(timeout_ms)
            value = future.result()
        if inspect.isawaitable(value):
            raise TypeError(f"{call.function.name} is async: run_tools_async awaits it")
        return value


class ToolRunAsync(_Run):
    """The same for asyncio: an async iterator over the steps of a `ToolRun`.

    ``async`` functions are awaited, others run on threads; all the calls of an
    answer run at a time, but for `max_parallel`.  To cancel the run cancels those
    that run; to go on iterating calls these anew.
    """

    def __init__(self, complete: Callable[..., Any], turns: ToolTurns, max_parallel: int) -> None:
        super().__init__(complete, turns, max_parallel)
        self._running: deque[Task[ToolResult]] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Step:
        turns = self._turns
        if turns.done:
            raise StopAsyncIteration
        if not turns.calls:
            response: ChatCompletionResponse = await self._complete(
                turns.request(), **turns.options
            )
            turns.answered(response)
            return response
        result = await self._first_result()
        turns.take(result)
        return result

    async def until_done(self) -> ChatCompletionResponse:
        """Take all the steps that are left, and return the model's last answer."""
        async for _ in self:
            pass
        assert self._turns.response is not None
        return self._turns.response

    async def _first_result(self) -> ToolResult:
        import asyncio

        if not self._running:
            slots = asyncio.Semaphore(self._max_parallel)
            for call in self._turns.calls:
                self._running.append(asyncio.create_task(self._outcome(call, slots)))
        try:
            result = await self._running[0]
        except BaseException:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self._running.clear()
            raise
        self._running.popleft()
        return result

    async def _outcome(self, call: ToolCall, slots: Semaphore) -> ToolResult:
        async with slots:
            try:
                value = await self._value(call)
            except Exception as error:
                return self._turns.raised(call, error)
            return self._turns.returned(call, value)

    async def _value(self, call: ToolCall) -> object:
        import asyncio

        function = self._turns.bind(call)
        tool = self._turns.functions[call.function.name]

        give = partial(_given, function)

        async def awaited() -> object:
            if is_async(tool.implementation):
                value = function()
            elif tool.timeout_ms is None:
                value = await asyncio.to_thread(give)
            else:
                value = await asyncio.wrap_future(_started(give))
            if inspect.isawaitable(value):
                value = await value
            if isinstance(value, AsyncIterator):
                return [item async for item in value]
            return _given(lambda: value)

        if tool.timeout_ms is None:
            return await awaited()
        # Not `wait_for`, whose error may also be one of the tool's own.
        task = asyncio.create_task(awaited())
        try:
            await asyncio.wait([task], timeout=tool.timeout_ms / 1000)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        if not task.done():
            task.cancel()
            raise _timed_out(tool.timeout_ms)
        return task.result()
