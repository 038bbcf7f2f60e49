"""Mistakes in a test's replies: a `MockServer` refuses them at once, or raises them at the end."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.testing import MockServer, RawReply, StreamReply, answer_by_rules
from tests.imported_from import ROOT
from tests.testing.raw import ask, connect, exchange, post

NOT_REPLIES: list[Any] = [404, {"choices": []}, b"Hi", ["Hi"], object()]


def test_a_value_that_is_not_a_reply() -> None:
    server = MockServer()
    uses: list[tuple[str, Callable[[Any], object]]] = [
        (r"replies\[1\]", lambda reply: MockServer(["Hi", reply])),
        (r"replies\[0\]", lambda reply: server.reply(reply)),
        ("default", lambda reply: MockServer([], default=reply)),
    ]
    for name, use in uses:
        for reply in NOT_REPLIES:
            with pytest.raises(TypeError, match=f"{name} must be a text.* from_dict .*, not "):
                use(reply)
    wrong: Any
    for wrong in (404, {"choices": []}, {"Hi"}, object()):
        with pytest.raises(TypeError, match="replies must be a reply or a list of replies"):
            MockServer(wrong)
    returns: Any = lambda _: None  # noqa: E731
    with pytest.raises(TypeError, match="the result of a reply function must be"):
        with MockServer([returns]) as server:
            assert post(server, ask()).status == 500
    for reply in (StreamReply([{"choices": []}]), RawReply("Hi")):  # type: ignore[list-item, arg-type]
        with pytest.raises((AttributeError, TypeError)):
            with MockServer([reply]) as server:
                with pytest.raises(Exception):
                    post(server, ask())


def test_one_reply_is_a_list_of_one() -> None:
    replies: list[Any] = ["Bonjour", lambda _: "Bonjour", ("Bonjour",)]
    for reply in replies:
        with MockServer(reply, default="Next") as server:
            assert [post(server, ask()).text for _ in "ab"] == ["Bonjour", "Next"]


def raising(error: BaseException) -> Callable[[ChatCompletionRequest], Any]:
    def reply(_: ChatCompletionRequest) -> Any:
        raise error

    return reply


def test_the_first_error_of_a_reply_function_is_raised_at_the_end() -> None:
    for error in (AssertionError("no"), pytest.fail.Exception("by pytest"), KeyboardInterrupt()):
        script = [raising(error), raising(ValueError("later"))]
        server = MockServer(script, default=answer_by_rules).start()
        with closing(connect(server)) as connection:
            answer = exchange(connection, ask())
            assert (answer.status, answer.headers["x-should-retry"]) == (500, "false")
            assert repr(error) in answer.document["message"]
            # The server and the connection can still be used.
            assert [exchange(connection, ask()).status for _ in "ab"] == [500, 200]
        with pytest.raises(type(error)) as caught:
            server.stop()
        assert caught.value is error
        assert "reply" in [frame.name for frame in caught.traceback]
        server.stop()


def test_an_error_of_a_reply_replaces_an_exception_of_the_block() -> None:
    first = AssertionError("of the reply")
    with pytest.raises(AssertionError) as caught:
        with MockServer([raising(first)]) as server:
            assert post(server, ask()).status == 200
    assert caught.value is first
    assert isinstance(first.__context__, AssertionError)
    # But not an exception that ends the process.
    with pytest.raises(KeyboardInterrupt):
        with MockServer([raising(first)]) as server:
            post(server, ask())
            raise KeyboardInterrupt
    with pytest.raises(LookupError):
        with MockServer():
            raise LookupError


def test_a_request_without_a_reply() -> None:
    for script in ([], ["one"]):
        with pytest.raises(AssertionError, match="no reply left"):
            with MockServer(script) as server:
                assert not script or post(server, ask()).status == 200
                answer = post(server, ask())
                assert (answer.status, answer.headers["x-should-retry"]) == (500, "false")
                assert "no reply left" in answer.document["message"]


def test_starting_and_stopping_twice() -> None:
    server = MockServer()
    server.stop()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="with block"):
            server.url
        with server as entered:
            assert entered is server and server.url.startswith("http://127.0.0.1:")
            with pytest.raises(RuntimeError, match="listens already"):
                server.start()
            port = int(server.url.rpartition(":")[2])
            with pytest.raises(OSError):
                MockServer(port=port).start()
            server.stop()
        server = MockServer(port=port)
        with server:
            assert server.url.endswith(f":{port}")


def test_a_reply_function_that_stops_the_server() -> None:
    def reply(_: ChatCompletionRequest) -> str:
        server.stop()
        return "too late"

    server = MockServer([reply]).start()
    with pytest.raises((http.client.HTTPException, OSError)):
        post(server, ask())
    server.stop()


FORGETS = """
from mistral_proto import Mistral
from mistral_proto.testing import Fault, MockServer
server = MockServer([Fault.stall]).start()
mistral = Mistral("k", server_url=server.url, timeout_ms=500, retry_config=0)
try:
    mistral.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
finally:
    raise LookupError("its own")
"""


def test_a_process_that_forgets_to_stop_ends_with_its_own_error() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORGETS],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.endswith("LookupError: its own\n")
