"""Types and exceptions can be sent to other processes; clients and streams refuse to be."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mistral_proto as ours
from mistral_proto import (
    ChatCompletionResponse,
    HTTPRequest,
    HTTPValidationErrorData,
    KeepAliveHandler,
    Mistral,
    MistralError,
    SDKError,
    UrllibTransport,
    UserMessage,
    read_batch_results,
)
from mistral_proto.conversation import exceptions
from mistral_proto.testing import MockServer
from mistral_proto.transport import failures
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS
from tests.package import processes
from tests.package.pages import output_of, write_files
from tests.package.processes import HI

KEY = "sk-0123456789abcdef"

RESPONSE = ChatCompletionResponse.from_dict(DOCUMENTS[ChatCompletionResponse])
CAUSE = ours.ValidationError(
    [ours.Problem(("a", 0), "a string", "null", "string_type")], "the answer"
)
NETWORK: dict[str, Any] = {"status_code": 200, "headers": {"x-request-id": "r"}, "body": "{"}

EXCEPTIONS: dict[type[BaseException], BaseException] = {
    type(error): error
    for error in (
        CAUSE,
        ours.EventTooLargeError("an event of more than 16 bytes"),
        MistralError("no", **NETWORK),
        ours.MissingAPIKeyError("no API key"),
        ours.NotChatError("no 'ocr'"),
        SDKError("400 Bad Request", **NETWORK),
        ours.HTTPValidationError(
            "422", data=HTTPValidationErrorData.from_dict(DOCUMENTS[HTTPValidationErrorData])
        ),
        ours.ResponseValidationError("not a chat completion", **NETWORK),
        ours.ParsedContentError("not a Book", response=RESPONSE),
        ours.NoResponseError("the answer is too large", final=True),
        ours.NoResponseTimeoutError("no answer: timed out"),
        ours.NoResponseConnectionError("no answer: refused", tries=2),
        ours.RateLimitError("429", retry_after=0.5),
        ours.StreamError("the server reported an error", partial=RESPONSE),
        ours.IncompleteStreamError("the stream broke off", partial=None),
        ours.MaxTurnsError(
            "it still calls", messages=[UserMessage(content="Hi")], response=RESPONSE
        ),
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


def state(error: BaseException | None) -> Any:
    """Return all parts of an exception, and of those that it holds."""
    if not isinstance(error, BaseException):
        return error
    held = {name: state(value) for name, value in vars(error).items()}
    return type(error), str(error), error.args, held, state(error.__cause__)


def test_the_table_holds_every_exception() -> None:
    public = [getattr(ours, name) for name in ours.__all__]
    public += [
        it for it in vars(failures).values() if getattr(it, "__module__", "") == failures.__name__
    ]
    raised = {it for it in public if isinstance(it, type) and issubclass(it, BaseException)}
    assert raised == set(EXCEPTIONS)


def test_every_exception_can_be_copied() -> None:
    for error in EXCEPTIONS.values():
        for how in COPIES.values():
            again = how(error)
            assert again is not error
            assert state(again) == state(error)


# -- other processes

METHODS = multiprocessing.get_all_start_methods()
# A fork of a process that has threads is part of the tests.
may_fork = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@may_fork
@pytest.mark.parametrize(
    "method", [METHODS[0], *(pytest.param(name, marks=pytest.mark.full) for name in METHODS[1:])]
)
def test_types_exceptions_and_answers_come_back_from_a_process(method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        values: list[Any] = [cls.from_dict(document) for cls, document in DOCUMENTS.items()]
        values += read_batch_results(b'{"custom_id":"1","error":"no"}\n')
        assert pool.submit(processes.echo, values).result() == values
        [bad_line] = read_batch_results(b"{")
        assert str(pool.submit(processes.echo, bad_line).result()) == str(bad_line)
        for error in EXCEPTIONS.values():
            with pytest.raises(type(error)) as caught:
                pool.submit(processes.fail, pickle.dumps(error)).result()
            raised = caught.value
            raised.__cause__ = error.__cause__  # where the executor puts its traceback
            assert state(raised) == state(error)

        with MockServer(api_key="k") as server:
            whole, pieces, error = pool.submit(processes.ask, server.url).result()
        assert whole.choices[0].message.text == "You said: Hi"
        assert "".join(event.data.choices[0].delta.text for event in pieces) == "You said: Hi"
        assert type(error) is SDKError and error.status_code == 401
        answer = pool.submit(processes.serve_here).result()
        assert answer.choices[0].message.text == "You said: Hi"
        with pytest.raises(TypeError, match="a client holds an API key and can't be pickled"):
            pool.submit(processes.echo, Mistral(KEY)).result()
        assert pool.submit(processes.echo, 1).result() == 1  # the pool goes on


@may_fork
@pytest.mark.full
@pytest.mark.skipif("fork" not in METHODS, reason="no process is forked on this system")
def test_a_used_client_works_after_a_fork() -> None:
    """The children have connections of their own, and the parent keeps its one."""
    fork = multiprocessing.get_context("fork")
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        mistral.chat.complete(**HI)
        asyncio.run(mistral.chat.complete_async(**HI))
        before = server.connections
        answers = fork.Queue()
        arguments = (mistral, answers)
        children = [fork.Process(target=processes.ask_with, args=arguments) for _ in range(2)]
        for child in children:
            child.start()
        given = [answers.get(timeout=30) for _ in range(4)]
        for child in children:
            child.join(30)
            assert child.exitcode == 0
        assert [answer.choices[0].message.text for answer in given] == ["You said: Hi"] * 4
        mistral.chat.complete(**HI)
        assert server.connections == before + 2


# -- objects that can't be pickled


def test_objects_with_a_key_or_connections_can_not_be_pickled() -> None:
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        request = HTTPRequest("POST", "https://a/", {"authorization": KEY}, b"", 1, 1, 1)
        with mistral.chat.stream(**HI) as events:
            next(events)
            refusals: list[tuple[object, str]] = [
                (mistral, "a client holds an API key"),
                (mistral.chat, "a client holds an API key"),
                (mistral.chat.run_tools(**HI, tools=[]), "a client holds an API key"),
                (mistral.chat.complete, "a client holds an API key"),
                (mistral.chat.stream_async(**HI), "an open stream"),
                (events, "an open stream"),
                (request, "a request holds an API key"),
                (UrllibTransport(), "connections"),
                (KeepAliveHandler(), "connections"),
                (server, "a server"),
            ]
            for refused, words in refusals:
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                    with pytest.raises(TypeError, match=f"^{words}.* can't be pickled") as caught:
                        pickle.dumps(refused, protocol)
                    assert KEY not in repr(caught.value)
            for how in (copy.copy, copy.deepcopy):
                for refused in (events, server):
                    with pytest.raises(TypeError, match="can't be pickled"):
                        how(refused)
            assert pickle.loads(pickle.dumps(events.snapshot)) == events.snapshot


# -- the program of docs/batch.md


def test_the_program_on_one_machine(tmp_path: Path) -> None:
    with MockServer(api_key="k") as server:
        write_files(tmp_path, "questions.py", server_url=server.url)
        printed = output_of(tmp_path, "one_machine.py", server_url=server.url)
        answers = [f"You said: What is {number} in words?" for number in range(200)]
        assert printed.splitlines() == answers
        assert len(server.requests) == 200
