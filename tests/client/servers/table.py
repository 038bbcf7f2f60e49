"""The rows of the table of servers' answers, and functions that make them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from tests.client.faults.servers import DONE, Script, answer, streamed as chunked
from tests.client.support import ALL, Fails

Document = dict[str, Any]

USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
USED = (5, 7, 12)
CITY = '{"city": "Lyon"}'
END = DONE.decode()


@dataclass(frozen=True)
class Gets:
    """The answer for a user, whole or accumulated from a stream.

    Args:
        calls: the id, the name and the arguments of each call.
        kept: values in the response's document, by their paths.
    """

    text: str = "Salut !"
    thinking: str = ""
    calls: Sequence[tuple[str, str, str]] = ()
    reason: str | None = "stop"
    usage: tuple[int, int, int] | None = None
    kept: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One answer, its peculiarity, the source of both, and the end of each call.

    Args:
        sent: the documents in it: the whole answer, or the chunks of a stream.
        retried: the calls that are sent three times.
    """

    server: str
    what: str
    source: str
    script: Script
    end: Union[Gets, Fails]
    sent: Sequence[Document] = ()
    is_stream: bool = False
    retried: tuple[str, ...] = ()
    calls: tuple[str, ...] = ALL

    def __str__(self) -> str:
        return f"{self.server}: {self.what}"


def whole(
    server: str,
    what: str,
    source: str,
    body: Document | list[Any] | str | None,
    end: Gets | Fails,
    *,
    status: int = 200,
    headers: str = "content-type: application/json",
    **more: Any,
) -> Row:
    """Return a row with an answer in one piece: a document, or any text."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    sent = [body] if isinstance(body, dict) else []
    script = answer(status, text.encode(), headers)
    return Row(server, what, source, script, end, **{"sent": sent, **more})


def streamed(
    server: str,
    what: str,
    source: str,
    events: Sequence[Document | str],
    end: Gets | Fails,
    *,
    form: str = "data: %s\n\n",
    block: int = 10**6,
    **more: Any,
) -> Row:
    """Return a row with a stream of documents, and of text that is sent as it is, in blocks."""
    texts = [
        one if isinstance(one, str) else form % json.dumps(one, ensure_ascii=False)
        for one in events
    ]
    sent = [one for one in events if isinstance(one, dict)]
    body = "".join(texts).encode()
    script = chunked(*[body[at : at + block] for at in range(0, len(body), block)])
    return Row(server, what, source, script, end, **{"sent": sent, "is_stream": True, **more})


def full(message: Document, reason: str | None = "stop", **more: Any) -> Document:
    """Return a whole answer as OpenAI's API writes it, with `more` fields."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return {"id": "a1", "object": "chat.completion", "created": 1790000000, "model": "small",
            "choices": [choice], **more}  # fmt: skip


def piece(delta: Document | None, reason: str | None = None, **more: Any) -> Document:
    """Return a chunk of a stream as OpenAI's API writes it, with `more` fields."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "a1", "object": "chat.completion.chunk", "created": 1790000000, "model": "small",
            "choices": [choice], **more}  # fmt: skip


def texts(*parts: str) -> list[Document | str]:
    """Return the chunks of a text, and a last one with the finish reason."""
    return [*[piece({"content": part}) for part in parts], piece({}, "stop")]


def call(
    name: str | None = "weather", arguments: object = CITY, **more: object
) -> dict[str, object]:
    """Return a tool call, or a part of one, with `more` fields."""
    return {**more, "function": {"name": name, "arguments": arguments}}


SALUT = texts("Sal", "ut !")
"""The chunks of an answer."""
