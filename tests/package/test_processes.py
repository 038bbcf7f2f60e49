"""Types and exceptions go to other processes and come back; what can't go says so."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import pytest

import mistral_proto
from mistral_proto import (
    BatchRequestOutput,
    ChatCompletionResponse,
    EventTooLargeError,
    HTTPRequest,
    HTTPValidationError,
    HTTPValidationErrorData,
    IncompleteStreamError,
    InvalidLine,
    KeepAliveHandler,
    MaxTurnsError,
    MissingAPIKeyError,
    Mistral,
    MistralError,
    NoResponseConnectionError,
    NoResponseError,
    NoResponseTimeoutError,
    NotChatError,
    ParsedContentError,
    Problem,
    RateLimitError,
    ResponseValidationError,
    SDKError,
    StreamError,
    UrllibTransport,
    UserMessage,
    ValidationError,
    read_batch_results,
)
from mistral_proto.conversation import exceptions
from mistral_proto.testing import MockServer
from mistral_proto.transport import failures
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS
from tests.imported_from import ROOT
from tests.package import processes
from tests.package.pages import write_files
from tests.package.processes import HI

KEY = "sk-0123456789abcdef"

RESPONSE = ChatCompletionResponse.from_dict(DOCUMENTS[ChatCompletionResponse])
CAUSE = ValidationError([Problem(("a", 0), "a string", "null", "string_type")], "the answer")
NETWORK: dict[str, Any] = {"status_code": 200, "headers": {"x-request-id": "r"}, "body": "{"}

EXCEPTIONS: dict[type[BaseException], BaseException] = {
    type(error): error
    for error in (
        CAUSE,
        EventTooLargeError("an event of more than 16 bytes"),
        MistralError("no", **NETWORK),
        MissingAPIKeyError("no API key"),
        NotChatError("no 'ocr'"),
        SDKError("400 Bad Request", **NETWORK),
        HTTPValidationError(
            "422", data=HTTPValidationErrorData.from_dict(DOCUMENTS[HTTPValidationErrorData])
        ),
        ResponseValidationError("not a chat completion", **NETWORK),
        ParsedContentError("not a Book", response=RESPONSE),
        NoResponseError("the answer is too large", final=True),
        NoResponseTimeoutError("no answer: timed out"),
        NoResponseConnectionError("no answer: refused", tries=2),
        RateLimitError("429", retry_after=0.5),
        StreamError("the server reported an error", partial=RESPONSE),
        IncompleteStreamError("the stream broke off", partial=None),
        MaxTurnsError("it still calls", messages=[UserMessage(content="Hi")], response=RESPONSE),
        *(
            getattr(exceptions, name)("not so", ("messages", 1, "role"))
            for name in exceptions.__all__
        ),
        failures.RefusedError("too large"),
        failures.ClosedError("closed"),
        failures.NoFreeConnectionError("no connection is free"),
        failures.ProtocolError("the headers are too large"),
    )
}
for given in EXCEPTIONS.values():
    if isinstance(given, MistralError):
        given.tries, given.last_error = 2, SDKError("503", status_code=503)
        given.__cause__ = CAUSE

every_exception = pytest.mark.parametrize(
    "error", EXCEPTIONS.values(), ids=lambda e: type(e).__name__
)


def state(error: BaseException | None) -> Any:
    """All that there is to an exception, and to those that it holds."""
    if not isinstance(error, BaseException):
        return error
    held = {name: state(value) for name, value in vars(error).items()}
    return type(error), str(error), error.args, held, state(error.__cause__)


def test_the_table_holds_every_exception() -> None:
    public = [getattr(mistral_proto, name) for name in mistral_proto.__all__]
    raised = {it for it in public if isinstance(it, type) and issubclass(it, BaseException)}
    own = {
        it
        for it in vars(failures).values()
        if isinstance(it, type) and issubclass(it, Exception) and it.__module__ == failures.__name__
    }
    assert raised | own == set(EXCEPTIONS)


@every_exception
@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
def test_an_exception_is_copied(error: BaseException, how: Callable[[Any], Any]) -> None:
    again = how(error)
    assert again is not error
    assert state(again) == state(error)


# -- other processes

METHODS = [
    name
    for name in ("spawn", "fork", "forkserver")
    if name in multiprocessing.get_all_start_methods()
]
# A fork of a process that has threads is what is tested here.
may_fork = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture(scope="module", params=METHODS)
def context(request: pytest.FixtureRequest) -> BaseContext:
    made: BaseContext = multiprocessing.get_context(request.param)
    return made


@pytest.fixture(scope="module")
def pool(context: BaseContext) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        yield pool


@may_fork
def test_every_type_goes_there_and_comes_back(pool: ProcessPoolExecutor) -> None:
    values: list[Any] = [cls.from_dict(document) for cls, document in DOCUMENTS.items()]
    process, back = pool.submit(processes.echo, values).result()
    assert process != os.getpid()
    assert back == values
    assert [type(value) for value in back] == [type(value) for value in values]


@may_fork
def test_every_exception_comes_back(pool: ProcessPoolExecutor) -> None:
    process, back = pool.submit(processes.echo, list(EXCEPTIONS.values())).result()
    assert process != os.getpid()
    assert [*map(state, back)] == [*map(state, EXCEPTIONS.values())]


@may_fork
@every_exception
def test_what_is_raised_there_is_raised_here(
    pool: ProcessPoolExecutor, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        pool.submit(processes.fail, pickle.dumps(error)).result()
    assert str(caught.value) == str(error)
    assert {name: state(value) for name, value in vars(caught.value).items()} == {
        name: state(value) for name, value in vars(error).items()
    }


@may_fork
def test_lines_of_a_batch(pool: ProcessPoolExecutor) -> None:
    items = list(read_batch_results(b'{"custom_id":"1","error":"no"}\n{'))
    _, back = pool.submit(processes.echo, items).result()
    good, bad = back
    assert isinstance(good, BatchRequestOutput) and good == items[0]
    assert isinstance(bad, InvalidLine) and str(bad) == str(items[1])


@may_fork
def test_a_client_is_made_where_it_is_used(pool: ProcessPoolExecutor) -> None:
    with MockServer(api_key="k") as server:
        whole, pieces, error = pool.submit(processes.ask, server.url).result()
    assert whole.choices[0].message.text == "You said: Hi"
    assert "".join(event.data.choices[0].delta.text for event in pieces) == "You said: Hi"
    assert type(error) is SDKError and error.status_code == 401


@may_fork
def test_a_server_in_another_process(pool: ProcessPoolExecutor) -> None:
    answer = pool.submit(processes.serve_here).result()
    assert answer.choices[0].message.text == "You said: Hi"


@may_fork
@pytest.mark.skipif("fork" not in METHODS, reason="no process is forked on this system")
def test_a_client_that_was_used_before_a_fork() -> None:
    """The child has connections of its own, and the parent's one goes on."""
    fork = multiprocessing.get_context("fork")
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        mistral.chat.complete(**HI)
        asyncio.run(mistral.chat.complete_async(**HI))
        before = server.connections
        answers = fork.Queue()
        children = [
            fork.Process(target=processes.ask_with, args=(mistral, answers)) for _ in range(3)
        ]
        for child in children:
            child.start()
        given = [answers.get(timeout=30) for _ in range(2 * len(children))]
        for child in children:
            child.join(30)
            assert child.exitcode == 0
        assert [answer.choices[0].message.text for answer in given] == ["You said: Hi"] * 6
        assert server.connections == before + len(children)
        mistral.chat.complete(**HI)
        assert server.connections == before + len(children)


# -- what can't be pickled


@dataclass
class Saying:
    said: str


def _objects(mistral: Mistral) -> dict[str, Any]:
    return {
        "a client": mistral,
        "its chat": mistral.chat,
        "a run of tools": mistral.chat.run_tools(**HI, tools=[]),
        "a stream of asyncio": mistral.chat.stream_async(**HI),
        "a method": mistral.chat.complete,
        "a request": HTTPRequest("POST", "https://a/", {"authorization": KEY}, b"", 1, 1, 1),
        "a transport": UrllibTransport(),
        "a handler": KeepAliveHandler(),
    }


REFUSALS = {
    "a client": "a client holds an API key and can't be pickled; make one where it is used",
    "its chat": "a client holds an API key and can't be pickled",
    "a run of tools": "a client holds an API key and can't be pickled",
    "a stream of asyncio": "an open stream can't be pickled",
    "a method": "a client holds an API key and can't be pickled",
    "a request": "a request holds an API key and can't be pickled; its body can",
    "a transport": "connections can't be pickled; create the client in the process that uses it",
    "a handler": "connections can't be pickled; create the client in the process that uses it",
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_not_pickled(what: str, protocol: int) -> None:
    refused = _objects(Mistral(KEY))[what]
    with pytest.raises(TypeError) as caught:
        pickle.dumps(refused, protocol)
    assert str(caught.value).startswith(REFUSALS[what])
    assert KEY not in repr(caught.value)


@pytest.mark.parametrize("how", [pickle.dumps, copy.copy, copy.deepcopy])
def test_an_open_stream_and_a_server_are_not(how: Callable[[Any], Any]) -> None:
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        if how is not copy.copy:
            with pytest.raises(TypeError):
                how(server)
        with mistral.chat.stream(**HI) as events:
            next(events)
            with pytest.raises(TypeError, match="^an open stream can't be pickled"):
                how(events)
            assert pickle.loads(pickle.dumps(events.snapshot)) == events.snapshot
        with mistral.chat.parse_stream(Saying, **HI) as parsed:
            with pytest.raises(TypeError, match="^an open stream can't be pickled"):
                pickle.dumps(parsed)


@may_fork
def test_a_pool_is_told_that_a_client_can_not_go_there(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(TypeError, match="a client holds an API key and can't be pickled"):
        pool.submit(processes.echo, Mistral(KEY)).result()
    # And is there for others.
    assert pool.submit(processes.echo, 1).result()[1] == 1


# -- the program of docs/batch.md


def test_the_program_on_one_machine(tmp_path: Path) -> None:
    with MockServer(api_key=KEY) as server:
        write_files(tmp_path, "questions.py", "one_machine.py", server_url=server.url)
        done = subprocess.run(
            [sys.executable, "one_machine.py"],
            cwd=tmp_path,
            env={
                **os.environ,
                "MISTRAL_API_KEY": KEY,
                "PYTHONPATH": str(ROOT),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines() == [
            f"You said: What is {number} in words?" for number in range(200)
        ]
        assert len(server.requests) == 200
