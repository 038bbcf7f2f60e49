"""Functions for the processes that tests start, which import them by name."""

from __future__ import annotations

import pickle
from typing import Any

from mistral_proto import Mistral, MistralError
from mistral_proto.testing import MockServer

HI: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def echo(value: Any) -> Any:
    return value


def ask(url: str) -> list[Any]:
    """Return the answer, the events and the error that a client of this process gets."""
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
    """Call a server in the same process."""
    with MockServer() as server, Mistral("k", server_url=server.url) as mistral:
        return mistral.chat.complete(**HI)


def fail(error: bytes) -> None:
    raise pickle.loads(error)


def ask_with(mistral: Mistral, answers: Any) -> None:
    """Use the client of the process that this one was forked from."""
    try:
        answers.put(mistral.chat.complete(**HI))
        with mistral.chat.stream(**HI) as events:
            answers.put(events.until_done())
    except BaseException as error:
        answers.put(error)
        raise
