"""`run_tools`: the calls that are made, the results for the model, and the end of a run."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    Function,
    FunctionCall,
    FunctionName,
    MaxTurnsError,
    Mistral,
    NamedToolChoice,
    SDKError,
    Tool,
    ToolCall,
    ToolMessage,
    ToolResult,
    UserMessage,
    WebSearchTool,
)
from mistral_proto.testing import ErrorReply, MockServer
from tests.client.support import HI, MODEL, client, text_of

WAIT = 10
"""Seconds after which something that should have happened has not."""
LONG = 10**9
"""The longest time limit of a tool, in milliseconds."""


def call(name: str, arguments: Any = None, number: int = 1) -> ToolCall:
    return ToolCall(id=str(number) * 9, function=FunctionCall(name=name, arguments=arguments))


def calls(*which: ToolCall) -> AssistantMessage:
    return AssistantMessage(content="", tool_calls=which)


def calls_of(name: str, *arguments: dict[str, Any]) -> AssistantMessage:
    return calls(*[call(name, given, number) for number, given in enumerate(arguments, 1)])


def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


async def add_async(a: int, b: int = 1) -> int:
    await asyncio.sleep(0)
    return a + b


def awaitable(a: int) -> Any:
    return add_async(a)


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError


def fail(how: str = "no\nsuch city") -> None:
    errors = {"key": KeyError(how), "mute": MuteError(), "stop": StopIteration(how)}
    raise errors.get(how, ValueError(how))


async def count_async(n: int) -> AsyncIterator[int]:
    for number in range(n):
        yield number


def odd() -> object:
    return object()


class Run:
    """A run of either kind, and its steps up to its end or an exception."""

    def __init__(self, mistral: Mistral, is_async: bool, **parameters: Any) -> None:
        parameters = {"model": MODEL, "messages": HI, **parameters}
        self.steps: list[Any] = []
        self.error: Any = None
        self.run: Any = None
        try:
            if is_async:
                self.run = mistral.chat.run_tools_async(**parameters)
                asyncio.run(self._iterate_async(mistral))
            else:
                self.run = mistral.chat.run_tools(**parameters)
                for step in self.run:
                    self.steps.append(step)
        except Exception as error:
            self.error = error

    async def _iterate_async(self, mistral: Mistral) -> None:
        async with mistral:
            async for step in self.run:
                self.steps.append(step)

    @property
    def results(self) -> list[ToolResult]:
        return [step for step in self.steps if isinstance(step, ToolResult)]

    @property
    def values(self) -> list[object]:
        return [result.value for result in self.results]


def run(replies: list[Any], is_async: bool = False, **parameters: Any) -> tuple[Run, list[Any]]:
    """Return a run with these replies, and the requests that were sent."""
    with MockServer(replies) as server, client(server) as mistral:
        done = Run(mistral, is_async, **parameters)
        return done, [received.request for received in server.requests]


def values(wanted: AssistantMessage, *tools: Callable[..., Any] | Tool, **how: Any) -> list[object]:
    """Return the values of the calls of one answer."""
    return run([wanted, "Done."], how.pop("is_async", False), tools=tools, **how)[0].values


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both
def test_a_run_step_by_step(is_async: bool) -> None:
    first = calls(call("add", {"a": 1}, 1), call("add", '{"a": 2, "b": 3}', 2))
    done, requests = run([first, "It is 2 and 5."], is_async, tools=[add], temperature=0.2)
    assert done.error is None
    answer, one, other, last = done.steps
    assert isinstance(answer, ChatCompletionResponse) and isinstance(last, ChatCompletionResponse)
    assert (one.call.id, one.value, one.error) == ("111111111", 2, None)
    assert other.message == ToolMessage(content="5", tool_call_id="222222222", name="add")
    assert done.run.response == last
    first_message, last_message = answer.choices[0].message, last.choices[0].message
    assert done.run.messages == [
        UserMessage(content="Hi"),
        first_message,
        one.message,
        other.message,
        last_message,
    ]
    assert [request.temperature for request in requests] == [0.2, 0.2]
    assert requests[0].tools[0].function.name == "add"
    roles = [message.role for message in requests[1].messages]
    assert roles == ["user", "assistant", "tool", "tool"]


# A call, parts of the text for the model, and the error for the program.
OUTCOMES: list[tuple[str, Any, list[str], type[Exception] | None]] = [
    ("add", {"a": 1}, ["2"], None),
    ("add", "", ["Error: ValidationError: arguments.a: "], ValueError),
    ("add", '{"a": "1"}', ["Error: ValidationError: arguments.a: ", "integer"], ValueError),
    ("add", '{"a"', ["Error: ValidationError: arguments: expected JSON"], ValueError),
    ("ad", "{}", ["Error: ValidationError: name: ", "did you mean 'add'?"], ValueError),
    ("fail", "{}", ["Error: ValueError: no such city"], ValueError),
    ("fail", {"how": "key"}, ["Error: KeyError: 'key'"], KeyError),
    ("fail", {"how": "mute"}, ["Error: MuteError: MuteError"], MuteError),
    ("fail", {"how": "stop"}, ["Error: RuntimeError: ", "raised StopIteration"], RuntimeError),
    ("odd", "null", ['"<object object at '], None),
]


@both
def test_results(is_async: bool) -> None:
    tools = [add, fail, Tool.from_function(odd)]
    for name, arguments, parts, error in OUTCOMES:
        done, requests = run([calls(call(name, arguments)), "Done."], is_async, tools=tools)
        assert done.error is None
        (result,) = done.results
        text = result.message.text
        assert text == requests[1].messages[-1].content and text.isprintable()
        assert text.startswith(parts[0]) and parts[-1] in text
        assert isinstance(result.error, error) if error else result.error is None
    # Without functions every call is an error.
    search = [WebSearchTool(), {"type": "web_search"}]
    done, _ = run([calls(call("f")), "Done."], is_async, tools=search)
    assert done.results[0].message.text.startswith("Error: ValidationError: name: ")
    done, requests = run(["Hi."], is_async, tools=[])
    assert len(done.steps) == 1 and requests[0].tools is None


CHOICES: list[tuple[Any, str | None]] = [
    ("any", "auto"),
    ("required", "auto"),
    ({"type": "function", "function": {"name": "add"}}, "auto"),
    (NamedToolChoice(function=FunctionName(name="add")), "auto"),
    ("auto", "auto"),
    ("none", "none"),
    (None, None),
]


@both
def test_a_tool_choice_is_for_the_first_request(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    for choice, later in CHOICES:
        done, requests = run([wanted, wanted, "3."], is_async, tools=[add], tool_choice=choice)
        assert done.error is None
        first, *others = [request.tool_choice for request in requests]
        given = {"tool_choice": choice} if choice else {}
        asked = ChatCompletionRequest.from_dict({"messages": HI, **given})
        assert (first, others) == (asked.tool_choice, [later, later])


@both
def test_the_bound(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    done, requests = run([wanted] * 5, is_async, tools=[add], max_turns=2)
    error = done.error
    assert isinstance(error, MaxTurnsError)
    assert len(requests) == len(done.results) == 2
    # Nothing is lost: the last calls have their results, so that one can go on.
    assert (error.messages, error.response) == (done.run.messages, done.run.response)
    assert error.messages[-1] == done.results[-1].message
    again, _ = run(["2."], is_async, messages=error.messages, tools=[add])
    assert text_of(again.run.response) == "2."


@both
def test_an_error_of_the_api(is_async: bool) -> None:
    with MockServer([calls(call("add", {"a": 1})), ErrorReply(400, "No."), "2."]) as server:
        done = Run(client(server), is_async, tools=[add])
        assert isinstance(done.error, SDKError)
        assert done.values == [2]
        assert done.run.messages[-1] == done.results[-1].message
        # To go on asks again, and calls nothing again.
        if not is_async:
            assert text_of(done.run.until_done()) == "2."
            assert len(server.requests) == 3


@both
def test_until_done(is_async: bool) -> None:
    async def main(mistral: Mistral) -> ChatCompletionResponse:
        tool_run = mistral.chat.run_tools_async(model=MODEL, messages=HI, tools=[add])
        return await tool_run.until_done()

    with MockServer([calls(call("add", {"a": 1})), "2."]) as server, client(server) as mistral:
        if is_async:
            assert text_of(asyncio.run(main(mistral))) == "2."
        else:
            tool_run = mistral.chat.run_tools(model=MODEL, messages=HI, tools=[add])
            assert tool_run.response is None
            response = tool_run.until_done()
            assert tool_run.until_done() is response and text_of(response) == "2."
    # A message of another role ends a run, too.
    message = {"role": "user", "content": "Hm"}
    answer = {"model": "m", "choices": [{"index": 0, "message": message}]}
    done, _ = run([ChatCompletionResponse.from_dict(answer)], is_async, tools=[add])
    assert len(done.steps) == 1 and done.run.messages == [UserMessage(content="Hi")]


# Parameters, and the error before a request is sent.
REFUSED: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"tools": [Tool(function=Function(name="f", parameters={}))]}, TypeError),
    ({"tools": [{"function": {"name": "f", "parameters": {}}}]}, TypeError),
    ({"tools": [add, Tool.from_function(odd, name="add")]}, ValueError),
    ({"tools": [lambda: 1]}, TypeError),
    ({"tools": [add], "max_turns": 0}, ValueError),
    ({"tools": [add], "max_parallel": 0}, ValueError),
    ({"tools": [add], "max_parallel": "2"}, TypeError),
]


@both
def test_refused_parameters(is_async: bool) -> None:
    # An async function needs a run that awaits it.
    awaited: list[Any] = [] if is_async else [add_async, count_async]
    for given, error in REFUSED + [({"tools": [one]}, TypeError) for one in awaited]:
        done, requests = run([], is_async, **given)
        assert isinstance(done.error, error), given
        assert requests == []


# -- where functions run


def test_awaited_functions() -> None:
    wanted = calls(
        call("add_async", {"a": 1}, 1), call("awaitable", {"a": 2}, 2), call("add", {"a": 3}, 3)
    )
    assert values(wanted, add_async, awaitable, add, is_async=True) == [2, 3, 4]

    class Later:
        def __await__(self) -> Any: ...

    done, _ = run(
        [calls(call("f")), "Done."], tools=[Tool.from_function(lambda: Later(), name="f")]
    )
    assert done.results[0].message.text == "Error: TypeError: f is async: use run_tools_async"


@both
def test_max_parallel(is_async: bool) -> None:
    running = most = 0
    lock = threading.Lock()

    def count(n: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1
        together.wait()
        return n

    wanted = calls_of("count", *[{"n": n} for n in range(6)])
    for at_a_time, how in ((2, {"max_parallel": 2}), (6, {})):
        most = 0
        together = threading.Barrier(at_a_time, timeout=WAIT)
        assert values(wanted, count, is_async=is_async, **how) == [*range(6)]
        assert most == at_a_time


def test_calls_on_the_thread_that_iterates() -> None:
    def where() -> bool:
        return threading.current_thread() is threading.main_thread()

    wanted = calls_of("where", {}, {})
    assert values(wanted, where, max_parallel=1) == [True, True]
    assert values(wanted, where) == [False, False]
    assert values(calls_of("where", {}), where) == [True]


@both
def test_context_variables(is_async: bool) -> None:
    user = contextvars.ContextVar("user", default="nobody")

    def who() -> str:
        return user.get()

    user.set("ann")
    for tool in (who, Tool.from_function(who, timeout_ms=LONG)):
        for wanted in (calls(call("who")), calls_of("who", {}, {})):
            assert {*values(wanted, tool, is_async=is_async)} == {"ann"}


@both
def test_iterators(is_async: bool) -> None:
    def count(n: int) -> Iterator[int]:
        yield from range(n)
        if n > 3:
            raise ValueError("too many")

    async def counter(n: int) -> Iterator[int]:
        return count(n)

    for tool in (count, Tool.from_function(count, timeout_ms=LONG), count_async, counter):
        name = tool.function.name if isinstance(tool, Tool) else tool.__name__
        if is_async or name == "count":
            wanted = calls_of(name, {"n": 3}, {"n": 4})
            done, _ = run([wanted, "Done."], is_async, tools=[tool])
            fits = [0, 1, 2, 3] if name == "count_async" else None
            assert (done.error, done.values) == (None, [[0, 1, 2], fits])
            assert done.results[0].message.text == "[0, 1, 2]"


# -- time limits


@both
def test_a_time_limit(is_async: bool) -> None:
    released = threading.Event()
    daemons: SimpleQueue[bool] = SimpleQueue()

    def wait(n: int) -> int:
        daemons.put(threading.current_thread().daemon)
        assert released.wait(WAIT)
        return n

    def endless(n: int) -> Iterator[int]:
        while not released.wait(0.01):
            yield n

    tools = [add, *[Tool.from_function(one, timeout_ms=50.5) for one in (wait, endless)]]
    text = "Error: TimeoutError: no result within 50.5 ms"
    several = calls(call("wait", {"n": 1}), call("endless", {"n": 1}), call("add", {"a": 1}))
    try:
        for wanted, texts in ((calls_of("wait", {"n": 1}), [text]), (several, [text, text, "2"])):
            done, _ = run([wanted, "Done."], is_async, tools=tools)
            assert done.error is None and isinstance(done.results[0].error, TimeoutError)
            assert [result.message.text for result in done.results] == texts
            assert daemons.get(timeout=WAIT)
    finally:
        released.set()


def test_an_async_tool_is_cancelled_at_its_time_limit() -> None:
    ended: list[bool] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    tool = Tool.from_function(forever, timeout_ms=50)
    done, _ = run([calls(call("forever")), "Done."], True, tools=[tool])
    assert isinstance(done.results[0].error, TimeoutError) and ended == [True]


@both
def test_a_timeout_error_of_the_tool(is_async: bool) -> None:
    def fail(n: int) -> None:
        raise TimeoutError("my own")

    async def fail_async(n: int) -> None:
        fail(n)

    for function in (fail, fail_async) if is_async else (fail,):
        tool = Tool.from_function(function, timeout_ms=LONG)
        done, _ = run([calls_of(function.__name__, {"n": 1}), "Done."], is_async, tools=[tool])
        assert done.results[0].message.text == "Error: TimeoutError: my own"


def test_an_interrupt() -> None:
    released = threading.Event()
    begun: list[int] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    def wait(n: int) -> None:
        begun.append(n)
        assert released.wait(WAIT)

    wanted = calls(call("interrupt"), *[call("wait", {"n": n}, n) for n in range(2, 8)])
    with MockServer([wanted, "Done."]) as server, client(server) as mistral:
        it = mistral.chat.run_tools(
            model=MODEL, messages=HI, tools=[interrupt, wait], max_parallel=2
        )
        next(it)
        with pytest.raises(KeyboardInterrupt):
            next(it)
        assert len(begun) <= 2
        released.set()


def test_a_cancelled_run_cancels_its_calls() -> None:
    ended: list[int] = []

    async def forever(n: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append(n)

    async def main(mistral: Mistral) -> None:
        it = mistral.chat.run_tools_async(model=MODEL, messages=HI, tools=tools)
        await anext(it)
        task = asyncio.ensure_future(anext(it))
        while len(asyncio.all_tasks()) < 5:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    tools = forever, Tool.from_function(forever, name="limited", timeout_ms=LONG)
    wanted = calls(call("forever", {"n": 1}), call("limited", {"n": 2}))
    with MockServer([wanted]) as server, client(server) as mistral:
        asyncio.run(main(mistral))
    assert sorted(ended) == [1, 2]
