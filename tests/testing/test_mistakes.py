"""No mistake of a test is hidden: it is refused where it is made, or raised in the end."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest, Mistral, SDKError
from mistral_proto.testing import MockServer, RawReply, StreamReply, answer_by_rules
from tests.imported_from import ROOT
from tests.testing.raw import ask, connect, exchange, post

NO_REPLIES: list[Any] = [404, {"choices": []}, b"Hi", ["Hi"], object()]


def test_a_reply_that_is_none_is_refused_where_it_is_given() -> None:
    server = MockServer()
    makers: list[tuple[str, Callable[[Any], object]]] = [
        (r"replies\[1\]", lambda reply: MockServer(["Hi", reply])),
        (r"replies\[0\]", lambda reply: server.reply(reply)),
        ("default", lambda reply: MockServer([], default=reply)),
    ]
    for name, make in makers:
        for reply in [*NO_REPLIES, *[None] * (name != "default")]:
            with pytest.raises(TypeError, match=f"{name} must be a text.* from_dict .*, not "):
                make(reply)
    for replies in (404, {"choices": []}, {"Hi"}, object()):
        wrong: Any = replies
        with pytest.raises(TypeError, match="replies must be a reply or a list of replies"):
            MockServer(wrong)


def test_one_reply_is_a_list_of_one() -> None:
    ways: list[Any] = ["Bonjour", lambda _: "Bonjour", ["Bonjour"], ("Bonjour",)]
    for replies in ways:
        with MockServer(replies, default="Next") as server:
            said = [post(server, ask()).document["choices"][0]["message"]["content"] for _ in "ab"]
        assert said == ["Bonjour", "Next"]


def raising(error: BaseException) -> Callable[[ChatCompletionRequest], Any]:
    def reply(_: ChatCompletionRequest) -> Any:
        raise error

    return reply


ERRORS = [
    AssertionError("no"),
    LookupError("a mistake"),
    pytest.fail.Exception("said by pytest"),
    SystemExit(3),
    KeyboardInterrupt(),
]


def test_what_a_reply_function_raises_is_raised_in_the_end() -> None:
    for error in ERRORS:
        server = MockServer([raising(error)], default=answer_by_rules).start()
        with closing(connect(server)) as connection:
            answer = exchange(connection, ask())
            assert (answer.status, answer.headers["x-should-retry"]) == (500, "false")
            assert repr(error) in answer.document["message"]
            # The server goes on, and so does the connection.
            assert exchange(connection, ask()).status == 200
        with pytest.raises(type(error)) as caught:
            server.stop()
        assert caught.value is error
        assert "reply" in [entry.name for entry in caught.traceback]
        server.stop()


def test_what_a_reply_function_returns_is_checked() -> None:
    for returned in [*NO_REPLIES, None]:

        def reply(_: ChatCompletionRequest, returned: Any = returned) -> Any:
            return returned

        with pytest.raises(TypeError, match="the result of a reply function must be"):
            with MockServer([reply]) as server:
                assert post(server, ask()).status == 500


def test_a_reply_that_can_not_be_sent() -> None:
    wrong: list[Any] = [StreamReply([{"choices": []}]), RawReply("Hi")]  # type: ignore[list-item, arg-type]
    for reply in wrong:
        with pytest.raises((AttributeError, TypeError)):
            with MockServer([reply]) as server:
                with pytest.raises(Exception):
                    post(server, ask())


def test_a_script_that_is_used_up_says_so() -> None:
    for script in ([], ["one"], "one"):
        with pytest.raises(AssertionError, match="no reply left"):
            with MockServer(script) as server:
                for _ in range(len([script] if script == "one" else script)):
                    assert post(server, ask()).status == 200
                answer = post(server, ask())
                assert (answer.status, answer.headers["x-should-retry"]) == (500, "false")
                assert "no reply left" in answer.document["message"]


def test_our_client_does_not_try_a_failure_again() -> None:
    with pytest.raises(AssertionError, match="no reply left"):
        with MockServer([]) as server, Mistral("k", server_url=server.url) as mistral:
            with pytest.raises(SDKError, match="^500 .* no reply left") as caught:
                mistral.chat.complete(**ask())
    assert (caught.value.tries, len(server.requests)) == (1, 1)


def test_the_first_failure_is_raised() -> None:
    with pytest.raises(AssertionError, match="no") as caught:
        with MockServer([raising(error) for error in ERRORS]) as server:
            for _ in ERRORS:
                post(server, ask())
    assert caught.value is ERRORS[0]


def test_a_failure_comes_before_what_the_block_raises() -> None:
    first = AssertionError("the reply's")
    with pytest.raises(AssertionError) as caught:
        with MockServer([raising(first)]) as server:
            assert post(server, ask()).status == 200
    assert caught.value is first
    assert isinstance(first.__context__, AssertionError)
    # But not before what is to end the process.
    for stop in (KeyboardInterrupt, SystemExit):
        with pytest.raises(stop):
            with MockServer([raising(first)]) as server:
                post(server, ask())
                raise stop
    with pytest.raises(LookupError):
        with MockServer():
            raise LookupError


def test_starting_and_stopping_twice() -> None:
    server = MockServer()
    server.stop()
    with server:
        with pytest.raises(RuntimeError, match="listens already"):
            server.start()
        assert post(server, ask()).status == 200
        server.stop()
    server.stop()


def test_a_reply_function_that_stops_the_server() -> None:
    def reply(_: ChatCompletionRequest) -> str:
        server.stop()
        return "too late"

    server = MockServer([reply]).start()
    with pytest.raises((http.client.HTTPException, OSError)):
        post(server, ask())
    server.stop()


def test_a_port_of_ones_own() -> None:
    with MockServer() as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OSError):
            MockServer(port=port).start()
    with MockServer(port=port) as server:
        assert server.url.endswith(f":{port}")


FORGETS = """
from mistral_proto import Mistral
from mistral_proto.testing import Fault, MockServer
server = MockServer(["Hi", Fault.stall]).start()
mistral = Mistral("k", server_url=server.url, timeout_ms=500, retry_config=0)
mistral.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
try:
    mistral.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
finally:
    raise LookupError("its own")
"""
RED = """
from mistral_proto import Mistral
from mistral_proto.testing import MockServer

def reply(request):
    assert request.model == "another"
    return "Hi"

def test_it():
    with MockServer([reply]) as server, Mistral("k", server_url=server.url) as mistral:
        try:
            mistral.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
        except Exception:
            pass
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_a_process_that_forgets_to_stop_ends_with_its_own_error() -> None:
    done = run("-c", FORGETS)
    assert done.returncode == 1
    assert done.stderr.endswith("LookupError: its own\n")


def test_a_test_with_a_failing_assertion_in_a_reply_function_is_red(tmp_path: Path) -> None:
    (tmp_path / "test_red.py").write_text(RED)
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path))
    assert done.returncode == 1
    assert "1 failed" in done.stdout and 'assert request.model == "another"' in done.stdout
