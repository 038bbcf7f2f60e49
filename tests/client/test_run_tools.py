"""`run_tools`: the calls that are made, the results for the model, and the end of a run."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import pytest

import mistral_proto as mp
from mistral_proto import AssistantMessage, Tool, ToolCall
from mistral_proto.testing import ErrorReply, MockServer
from tests.client.support import HI, MODEL, client

WAIT = 10
"""Seconds after which something that should have happened has not."""
LONG = 10**9
"""The longest time limit of a tool, in milliseconds."""


def call(name: str, arguments: Any = None, number: int = 1) -> ToolCall:
    return ToolCall(id=str(number) * 9, function=mp.FunctionCall(name=name, arguments=arguments))


def calls(*which: ToolCall) -> AssistantMessage:
    return AssistantMessage(content="", tool_calls=which)


def calls_of(name: str, *arguments: dict[str, Any]) -> AssistantMessage:
    return calls(*[call(name, given, number) for number, given in enumerate(arguments, 1)])


@dataclass
class Run:
    """A run of either kind: its steps up to its end or an exception, and its requests."""

    run: Any = None
    steps: list[Any] = field(default_factory=list)
    error: Any = None
    requests: list[Any] = field(default_factory=list)

    def iterate(self) -> None:
        for step in self.run:
            self.steps.append(step)

    async def iterate_async(self) -> None:
        async for step in self.run:
            self.steps.append(step)

    @property
    def results(self) -> list[mp.ToolResult]:
        return [step for step in self.steps if isinstance(step, mp.ToolResult)]

    @property
    def values(self) -> list[object]:
        return [result.value for result in self.results]

    @property
    def texts(self) -> list[str]:
        """The results for the model."""
        return [result.message.text for result in self.results]


def run(replies: list[Any], is_async: bool = False, **parameters: Any) -> Run:
    """Return a run with these replies of the server."""
    done = Run()
    with MockServer(replies) as server, client(server) as mistral:
        method = mistral.chat.run_tools_async if is_async else mistral.chat.run_tools
        try:
            done.run = method(**{"model": MODEL, "messages": HI, **parameters})
            assert done.run.response is None
            asyncio.run(done.iterate_async()) if is_async else done.iterate()
        except Exception as error:
            done.error = error
        done.requests = [received.request for received in server.requests]
    return done


def values(wanted: AssistantMessage, *tools: Any, is_async: bool = False, **how: Any) -> Any:
    """Return the values of the calls of one answer."""
    return run([wanted, "Done."], is_async, tools=tools, **how).values


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


async def add_async(a: int, b: int = 1) -> int:
    await asyncio.sleep(0)
    return a + b


def awaitable(a: int) -> Any:
    return add_async(a)


async def count_async(n: int) -> AsyncIterator[int]:
    for number in range(n):
        yield number


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError


def fail(how: str = "no\nsuch city") -> None:
    errors = {"mute": MuteError(), "stop": StopIteration(how), "time": TimeoutError("my own")}
    raise errors.get(how, ValueError(how))


def odd() -> object:
    return object()


@both
def test_a_run_step_by_step(is_async: bool) -> None:
    first = calls(call("add", {"a": 1}, 1), call("add", '{"a": 2, "b": 3}', 2))
    done = run([first, "It is 2 and 5."], is_async, tools=[add], temperature=0.2)
    assert done.error is None
    answer, one, other, last = done.steps
    assert isinstance(answer, mp.ChatCompletionResponse)
    assert (one.call.id, one.value, one.error) == ("111111111", 2, None)
    assert other.message == mp.ToolMessage(content="5", tool_call_id="222222222", name="add")
    assert done.run.response == last and last.text == "It is 2 and 5."
    messages = [answer.choices[0].message, one.message, other.message, last.choices[0].message]
    assert done.run.messages == [mp.UserMessage(content="Hi"), *messages]
    assert [request.temperature for request in done.requests] == [0.2, 0.2]
    assert done.requests[0].tools[0].function.name == "add"
    roles = [message.role for message in done.requests[1].messages]
    assert roles == ["user", "assistant", "tool", "tool"]


# A call, parts of the text for the model, and the error for the program.
OUTCOMES: list[tuple[str, Any, list[str], type[Exception] | None]] = [
    ("add", {"a": 1}, ["2"], None),
    ("add", '{"a": "1"}', ["Error: ValidationError: arguments.a: ", "integer"], ValueError),
    ("add", '{"a"', ["Error: ValidationError: arguments: expected JSON"], ValueError),
    ("ad", "{}", ["Error: ValidationError: name: ", "did you mean 'add'?"], ValueError),
    ("fail", "{}", ["Error: ValueError: no such city"], ValueError),
    ("fail", {"how": "mute"}, ["Error: MuteError: MuteError"], MuteError),
    ("fail", {"how": "stop"}, ["Error: RuntimeError: ", "raised StopIteration"], RuntimeError),
    ("odd", "null", ['"<object object at '], None),
]


@both
def test_results(is_async: bool) -> None:
    tools = [add, fail, Tool.from_function(odd)]
    for name, arguments, parts, error in OUTCOMES:
        done = run([calls(call(name, arguments)), "Done."], is_async, tools=tools)
        [result], [text] = done.results, done.texts
        assert text == done.requests[1].messages[-1].content and text.isprintable()
        assert text.startswith(parts[0]) and parts[-1] in text
        assert isinstance(result.error, error) if error else result.error is None
    # Without functions every call is an error.
    search = [mp.WebSearchTool(), {"type": "web_search"}]
    done = run([calls(call("f")), "Done."], is_async, tools=search)
    assert done.texts[0].startswith("Error: ValidationError: name: ")
    done = run(["Hi."], is_async, tools=[])
    assert len(done.steps) == 1 and done.requests[0].tools is None
    # A message of another role ends a run, too.
    choice = {"index": 0, "message": {"role": "user", "content": "Hm"}}
    answer = mp.ChatCompletionResponse.from_dict({"model": "m", "choices": [choice]})
    done = run([answer], is_async, tools=[add])
    assert len(done.steps) == 1 and done.run.messages == [mp.UserMessage(content="Hi")]


CHOICES: list[tuple[Any, str | None]] = [
    ("any", "auto"),
    ({"type": "function", "function": {"name": "add"}}, "auto"),
    (mp.NamedToolChoice(function=mp.FunctionName(name="add")), "auto"),
    ("auto", "auto"),
    ("none", "none"),
    (None, None),
]


@both
def test_a_tool_choice_is_for_the_first_request(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    for choice, later in CHOICES:
        done = run([wanted, wanted, "3."], is_async, tools=[add], tool_choice=choice)
        assert done.error is None
        first, *others = [request.tool_choice for request in done.requests]
        given = {"tool_choice": choice} if choice else {}
        asked = mp.ChatCompletionRequest.from_dict({"messages": HI, **given})
        assert (first, others) == (asked.tool_choice, [later, later])


@both
def test_max_turns(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    done = run([wanted] * 5, is_async, tools=[add], max_turns=2)
    error = done.error
    assert isinstance(error, mp.MaxTurnsError)
    assert len(done.requests) == len(done.results) == 2
    # The last calls have their results, so that another run can go on.
    assert (error.messages, error.response) == (done.run.messages, done.run.response)
    assert error.messages[-1] == done.results[-1].message
    assert run(["2."], is_async, messages=error.messages, tools=[add]).steps[0].text == "2."


@both
def test_a_run_goes_on_after_an_error_of_the_api(is_async: bool) -> None:
    with MockServer([calls(call("add", {"a": 1})), ErrorReply(400, "No."), "2."]) as server:
        chat = client(server).chat
        method: Any = chat.run_tools_async if is_async else chat.run_tools
        tool_run = method(model=MODEL, messages=HI, tools=[add])

        async def until_done() -> Any:
            return await tool_run.until_done() if is_async else tool_run.until_done()

        with pytest.raises(mp.SDKError):
            asyncio.run(until_done())
        assert [message.role for message in tool_run.messages] == ["user", "assistant", "tool"]
        response = asyncio.run(until_done())
        assert asyncio.run(until_done()) is response and response.text == "2."
        assert len(server.requests) == 3


# Parameters, and the error before a request is sent.
REFUSED: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"tools": [Tool(function=mp.Function(name="f", parameters={}))]}, TypeError),
    ({"tools": [{"function": {"name": "f", "parameters": {}}}]}, TypeError),
    ({"tools": [add, Tool.from_function(odd, name="add")]}, ValueError),
    ({"tools": [lambda: 1]}, TypeError),
    ({"tools": [add], "max_turns": 0}, ValueError),
    ({"tools": [add], "max_parallel": "2"}, TypeError),
]


@both
def test_refused_parameters(is_async: bool) -> None:
    # An async function needs a run that awaits it.
    awaited: list[Any] = [] if is_async else [add_async, count_async]
    for given, error in REFUSED + [({"tools": [one]}, TypeError) for one in awaited]:
        done = run([], is_async, **given)
        assert isinstance(done.error, error), given
        assert done.requests == []


def test_awaited_functions() -> None:
    wanted = calls(
        call("add_async", {"a": 1}, 1), call("awaitable", {"a": 2}, 2), call("add", {"a": 3}, 3)
    )
    assert values(wanted, add_async, awaitable, add, is_async=True) == [2, 3, 4]

    class Later:
        def __await__(self) -> Any: ...

    done = run([calls(call("f")), "Done."], tools=[Tool.from_function(lambda: Later(), name="f")])
    assert done.texts == ["Error: TypeError: f is async: use run_tools_async"]


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
        assert {*values(calls_of("who", {}, {}), tool, is_async=is_async)} == {"ann"}


@both
def test_iterators(is_async: bool) -> None:
    def count(n: int) -> Iterator[int]:
        yield from range(n)
        if n > 3:
            raise ValueError("too many")

    async def counter(n: int) -> Iterator[int]:
        return count(n)

    tools: list[tuple[str, Any]] = [
        ("count", count),
        ("count", Tool.from_function(count, timeout_ms=LONG)),
        *([("count_async", count_async), ("counter", counter)] if is_async else []),
    ]
    for name, tool in tools:
        done = run([calls_of(name, {"n": 3}, {"n": 4}), "Done."], is_async, tools=[tool])
        assert done.values == [[0, 1, 2], [0, 1, 2, 3] if name == "count_async" else None]
        assert done.texts[0] == "[0, 1, 2]"


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
            done = run([wanted, "Done."], is_async, tools=tools)
            assert isinstance(done.results[0].error, TimeoutError)
            assert done.texts == texts
            assert daemons.get(timeout=WAIT)
    finally:
        released.set()
    # A TimeoutError of the tool is not one of ours.
    own = Tool.from_function(fail, timeout_ms=LONG)
    done = run([calls_of("fail", {"how": "time"}), "Done."], is_async, tools=[own])
    assert done.texts == ["Error: TimeoutError: my own"]


def test_an_interrupt() -> None:
    released = threading.Event()
    begun: list[int] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    def wait(n: int) -> None:
        begun.append(n)
        assert released.wait(WAIT)

    wanted = calls(call("interrupt"), *[call("wait", {"n": n}, n) for n in range(2, 8)])
    with pytest.raises(KeyboardInterrupt):
        run([wanted], tools=[interrupt, wait], max_parallel=2)
    assert len(begun) <= 2
    released.set()


def test_async_tools_are_cancelled() -> None:
    cancelled: list[int] = []
    ended: list[int] = []

    async def forever(n: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(n)
            await asyncio.sleep(0.01)
            ended.append(n)

    async def main(mistral: mp.Mistral) -> None:
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
    late = Tool.from_function(forever, timeout_ms=50)
    done = run([calls_of("forever", {"n": 3}), "Done."], True, tools=[late])
    assert isinstance(done.results[0].error, TimeoutError) and cancelled[-1] == 3
