"""`run_tools`: which calls are run, what the model gets back, and where it ends."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    Function,
    FunctionCall,
    FunctionName,
    Mistral,
    NamedToolChoice,
    SDKError,
    Tool,
    ToolCall,
    ToolMessage,
    WebSearchTool,
)
from mistral_proto.client.tool_turns import MaxTurnsError, ToolResult
from mistral_proto.testing import ErrorReply, MockServer
from tests.client.support import HI, KEY, MODEL, client

WAIT = 10
"""Seconds after which something that should have happened has not."""


def call(name: str, arguments: Any = None, id: str = "a1b2c3d4e") -> ToolCall:
    return ToolCall(id=id, function=FunctionCall(name=name, arguments=arguments))


def calls(*which: ToolCall) -> AssistantMessage:
    return AssistantMessage(content="", tool_calls=which)


def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


async def add_async(a: int, b: int = 1) -> int:
    await asyncio.sleep(0)
    return a + b


def awaitable(a: int) -> Any:
    return add_async(a)


def fail(how: str = "no\nsuch city") -> None:
    raise KeyError(how) if how == "key" else ValueError(how)


def odd() -> object:
    return object()


class Run:
    """A run of either kind, to its end."""

    def __init__(self, mistral: Mistral, parameters: dict[str, Any], is_async: bool) -> None:
        parameters = {"model": MODEL, "messages": HI, **parameters}
        self.steps: list[Any] = []
        self.error: Exception | None = None
        self.run: Any
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


def run(replies: list[Any], is_async: bool = False, **parameters: Any) -> tuple[Run, list[Any]]:
    """A run against these replies, and the requests that were sent."""
    with MockServer(replies) as server, client(server) as mistral:
        done = Run(mistral, parameters, is_async)
        return done, [received.request for received in server.requests]


both = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@both
def test_a_run_step_by_step(is_async: bool) -> None:
    first = calls(call("add", {"a": 1}, "aaaaaaaaa"), call("add", '{"a": 2, "b": 3}', "bbbbbbbbb"))
    done, requests = run([first, "It is 2 and 5."], is_async, tools=[add], temperature=0.2)

    assert done.error is None
    answer, one, other, last = done.steps
    assert isinstance(answer, ChatCompletionResponse) and isinstance(last, ChatCompletionResponse)
    assert (one.call.id, one.value, one.error) == ("aaaaaaaaa", 2, None)
    assert other.message == ToolMessage(content="5", tool_call_id="bbbbbbbbb", name="add")
    assert done.run.response == last
    assert done.run.messages == [
        *HI,
        answer.choices[0].message,
        one.message,
        other.message,
        last.choices[0].message,
    ]
    assert [request.temperature for request in requests] == [0.2, 0.2]
    assert requests[0].tools[0].function.name == "add"
    assert [message.role for message in requests[1].messages] == [
        "user",
        "assistant",
        "tool",
        "tool",
    ]


OUTCOMES: list[tuple[str, Any, str, type[Exception] | None]] = [
    ("add", {"a": 1}, "2", None),
    ("add", "", "Error: ValidationError: arguments.a: expected this field, got nothing", ValueError),
    ("add", '{"a": "1"}', "Error: ValidationError: arguments.a: expected an integer, got the string '1'", ValueError),
    ("add", '{"a"', "Error: ValidationError: arguments: expected JSON, got text that is not: Expecting ':' delimiter (line 1, column 5)", ValueError),
    ("ad", "{}", "Error: ValidationError: name: expected 'add', 'fail' or 'odd' (did you mean 'add'?), got the string 'ad'", ValueError),
    ("fail", "{}", "Error: ValueError: no such city", ValueError),
    ("fail", {"how": "key"}, "Error: KeyError: 'key'", KeyError),
    ("odd", "{}", "Error: TypeError: JSON has nothing that stands for a object", TypeError),
]  # fmt: skip


@both
@pytest.mark.parametrize(("name", "arguments", "text", "error"), OUTCOMES)
def test_what_the_model_gets(
    name: str, arguments: Any, text: str, error: type[Exception] | None, is_async: bool
) -> None:
    done, requests = run(
        [calls(call(name, arguments)), "Done."],
        is_async,
        tools=[add, fail, Tool.from_function(odd)],
    )
    assert done.error is None
    (result,) = done.results
    assert result.message.text == requests[1].messages[-1].content == text
    assert isinstance(result.error, error) if error else result.error is None


@both
def test_a_name_where_there_are_no_functions(is_async: bool) -> None:
    done, _ = run([calls(call("f")), "Done."], is_async, tools=[WebSearchTool()])
    assert done.results[0].message.text == (
        "Error: ValidationError: name: expected no call of a function, got the string 'f'"
    )


@both
def test_no_tools_at_all(is_async: bool) -> None:
    done, requests = run(["Hi."], is_async, tools=[])
    assert len(done.steps) == 1
    assert requests[0].tools is None


@both
@pytest.mark.parametrize(
    ("choice", "later"),
    [
        ("any", "auto"),
        ("required", "auto"),
        ({"type": "function", "function": {"name": "add"}}, "auto"),
        (NamedToolChoice(function=FunctionName(name="add")), "auto"),
        ("auto", "auto"),
        ("none", "none"),
        (None, None),
    ],
)
def test_a_choice_is_insisted_on_once(choice: Any, later: str | None, is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    done, requests = run([wanted, wanted, "3."], is_async, tools=[add], tool_choice=choice)
    assert done.error is None
    assert [request.tool_choice for request in requests[1:]] == [later, later]
    assert (
        requests[0].tool_choice
        == ChatCompletionRequest.from_dict(
            {"messages": HI, **({"tool_choice": choice} if choice else {})}
        ).tool_choice
    )


@both
def test_the_bound(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    done, requests = run([wanted] * 5, is_async, tools=[add], max_turns=2)
    error = done.error
    assert isinstance(error, MaxTurnsError)
    assert str(error) == "the model still calls tools after 2 answers (max_turns)"
    assert len(requests) == 2
    # Nothing is lost: the last calls have their results, so that one can go on.
    assert error.messages == done.run.messages
    assert len(done.results) == 2 and error.messages[-1] == done.results[-1].message
    assert error.response == done.run.response
    again, _ = run(["2."], is_async, messages=error.messages, tools=[add])
    assert again.run.response.choices[0].message.text == "2."


@both
def test_an_error_of_the_api_loses_nothing(is_async: bool) -> None:
    wanted = calls(call("add", {"a": 1}))
    refused = ErrorReply(400, "No.")
    with MockServer([wanted, refused, "2."]) as server:
        done = Run(client(server), {"tools": [add]}, is_async)
        assert isinstance(done.error, SDKError)
        assert [step.value for step in done.results] == [2]
        assert done.run.messages[-1] == done.results[-1].message
        # To go on asks again, and calls nothing again.
        if not is_async:
            assert done.run.until_done().choices[0].message.text == "2."
            assert len(server.requests) == 3


@both
def test_a_message_of_another_role_ends_it(is_async: bool) -> None:
    odd_answer = ChatCompletionResponse.from_dict(
        {"model": "m", "choices": [{"index": 0, "message": {"role": "user", "content": "Hm"}}]}
    )
    done, _ = run([odd_answer], is_async, tools=[add])
    assert len(done.steps) == 1 and done.run.messages == HI


def never_called() -> None: ...


@pytest.mark.parametrize(
    ("tools", "more", "error", "text"),
    [
        ([Tool(function=Function(name="f", parameters={}))], {}, TypeError, "a tool without its function can't be run: give the function itself"),
        ([{"function": {"name": "f", "parameters": {}}}], {}, TypeError, "a tool without its function can't be run: give the function itself"),
        ([add, Tool.from_function(never_called, name="add")], {}, ValueError, "two tools are called 'add'"),
        ([lambda: 1], {}, TypeError, "a function called <lambda> needs another name: name=..."),
        ([add], {"max_turns": 0}, ValueError, "max_turns is at least 1, not 0"),
        ([add], {"max_parallel": 0}, ValueError, "max_parallel is at least 1, not 0"),
    ],
)  # fmt: skip
@both
def test_what_is_refused_before_anything_is_sent(
    tools: list[Any], more: Any, error: type[Exception], text: str, is_async: bool
) -> None:
    done, requests = run([], is_async, tools=tools, **more)
    assert isinstance(done.error, error) and str(done.error) == text
    assert requests == []


def test_an_async_function_needs_an_async_run() -> None:
    done, requests = run([], tools=[add_async])
    assert str(done.error) == "add_async is async: run_tools_async awaits it"
    assert requests == []


def test_functions_that_are_awaited() -> None:
    answer = calls(
        call("add_async", {"a": 1}, "aaaaaaaaa"),
        call("awaitable", {"a": 2}, "bbbbbbbbb"),
        call("add", {"a": 3}, "ccccccccc"),
    )
    done, _ = run([answer, "Done."], True, tools=[add_async, awaitable, add])
    assert [result.value for result in done.results] == [2, 3, 4]


def test_calls_of_one_answer_run_at_a_time() -> None:
    barrier = threading.Barrier(3, timeout=WAIT)

    def meet(who: int) -> int:
        barrier.wait()
        return who

    answer = calls(*[call("meet", {"who": n}, f"{n}" * 9) for n in range(3)])
    for is_async in (False, True):
        done, _ = run([answer, "Done."], is_async, tools=[meet])
        assert [result.value for result in done.results] == [0, 1, 2]


def test_so_many_calls_at_a_time_and_no_more() -> None:
    running = most = 0
    lock = threading.Lock()
    pairs = threading.Barrier(2, timeout=WAIT)

    def count(n: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pairs.wait()
        with lock:
            running -= 1
        pairs.wait()
        return n

    answer = calls(*[call("count", {"n": n}, f"{n}" * 9) for n in range(8)])
    for is_async in (False, True):
        done, _ = run([answer, "Done."], is_async, tools=[count], max_parallel=2)
        assert [result.value for result in done.results] == [*range(8)]
        assert most == 2


def test_one_after_the_other_is_on_the_thread_that_iterates() -> None:
    def where() -> bool:
        return threading.current_thread() is threading.main_thread()

    answer = calls(call("where", None, "aaaaaaaaa"), call("where", None, "bbbbbbbbb"))
    done, _ = run([answer, "Done."], tools=[where], max_parallel=1)
    assert [result.value for result in done.results] == [True, True]
    done, _ = run([answer, "Done."], tools=[where])
    assert [result.value for result in done.results] == [False, False]


def test_a_function_sees_the_context_of_its_caller() -> None:
    user = contextvars.ContextVar("user", default="nobody")

    def who() -> str:
        return user.get()

    user.set("ann")
    for is_async in (False, True):
        done, _ = run([calls(call("who")), "Done."], is_async, tools=[who])
        assert done.results[0].value == "ann"


def test_an_interrupt_comes_through_and_nothing_more_begins() -> None:
    released = threading.Event()
    begun: list[int] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    def wait(n: int) -> int:
        begun.append(n)
        assert released.wait(WAIT)
        return n

    answer = calls(
        call("interrupt", None, "aaaaaaaaa"),
        *[call("wait", {"n": n}, f"{n}" * 9) for n in range(6)],
    )
    with MockServer([answer, "Done."]) as server, client(server) as mistral:
        it = mistral.chat.run_tools(
            model=MODEL, messages=HI, tools=[interrupt, wait], max_parallel=2
        )
        next(it)
        with pytest.raises(KeyboardInterrupt):
            next(it)
        assert len(begun) <= 2
        released.set()


def test_a_run_that_is_cancelled_cancels_its_calls() -> None:
    ended: list[str] = []

    async def forever(n: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(f"forever {n}")

    async def main(mistral: Mistral) -> None:
        async with mistral:
            it = mistral.chat.run_tools_async(model=MODEL, messages=HI, tools=[forever])
            await it.__anext__()
            task = asyncio.ensure_future(it.__anext__())
            while len(asyncio.all_tasks()) < 4:
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(asyncio.all_tasks()) == 1

    answer = calls(call("forever", {"n": 1}, "aaaaaaaaa"), call("forever", {"n": 2}, "bbbbbbbbb"))
    with MockServer([answer]) as server:
        asyncio.run(main(Mistral(KEY, server_url=server.url)))
    assert sorted(ended) == ["forever 1", "forever 2"]


@both
def test_until_done(is_async: bool) -> None:
    with MockServer([calls(call("add", {"a": 1})), "2."]) as server:
        mistral = client(server)
        if is_async:

            async def main() -> ChatCompletionResponse:
                async with mistral:
                    it = mistral.chat.run_tools_async(model=MODEL, messages=HI, tools=[add])
                    return await it.until_done()

            response = asyncio.run(main())
        else:
            it = mistral.chat.run_tools(model=MODEL, messages=HI, tools=[add])
            assert it.response is None
            response = it.until_done()
            assert it.until_done() is response
    assert response.choices[0].message.text == "2."
