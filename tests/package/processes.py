"""What the processes that the tests start are told to do; they import this by its name."""

from __future__ import annotations

import os
import pickle
from typing import Any

from mistral_proto import Mistral, MistralError
from mistral_proto.testing import MockServer

HI: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def echo(value: Any) -> tuple[int, Any]:
    """The value as it came, and where it was."""
    return os.getpid(), value


def ask(url: str) -> list[Any]:
    """What a client that is made here gets: an answer, and why there is none."""
    with Mistral("k", server_url=url) as mistral:
        whole = mistral.chat.complete(**HI)
        with mistral.chat.stream(**HI) as events:
            pieces = list(events)
        try:
            mistral.chat.complete(**HI, http_headers={"authorization": "Bearer other"})
        except MistralError as error:
            return [whole, pieces, error]
    raise AssertionError("the key was not refused")


def serve_here() -> Any:
    """A call to a server in the same process."""
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        return mistral.chat.complete(**HI)


def fail(error: bytes) -> None:
    """Raise what was pickled."""
    raise pickle.loads(error)


def ask_with(mistral: Mistral, answers: Any) -> None:
    """Ask by the client of the process that this one was forked from."""
    try:
        answers.put(mistral.chat.complete(**HI))
        with mistral.chat.stream(**HI) as events:
            answers.put(events.until_done())
    except BaseException as error:
        answers.put(error)
        raise
