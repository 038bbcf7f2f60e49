"""What the servers of the tests answer, and what they see; nothing here knows which server.

The path before ``/v1/chat/completions`` tells what a server is to do, so that a client
chooses by its `server_url`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.testing.raw import eventually

ROUTE = "/{how}/v1/chat/completions"
TEXT = "Ça va? 🙂 " * 50
EVENTS = 50


@dataclass
class Seen:
    """What a server saw of its clients.

    Attributes:
        requests: the headers of each request, by their lower-case names, and its body.
        under_way: how many requests are not answered to the last byte.
        gone: that a client went away in the middle of an answer.
        gate: what an answer waits for, where it is to wait.
    """

    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    under_way: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def forget(self) -> None:
        """Let what waits go on, and begin anew, as for another test."""
        self.gate.set()
        eventually(lambda: not self.under_way)
        self.requests.clear()
        self.gone.clear()
        self.gate.clear()


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    url: str
    seen: Seen

    def at(self, how: str) -> str:
        """The `server_url` of what answers in this way."""
        return f"{self.url}/{how}"


def whole(client: str) -> dict[str, Any]:
    """An answer, with the client's address as its id."""
    return {
        "id": client,
        "object": "chat.completion",
        "created": 1_702_256_327,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": TEXT},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": EVENTS, "total_tokens": EVENTS + 1},
    }


def event(client: str, content: str, finish_reason: str | None = None) -> bytes:
    document = {
        "id": client,
        "object": "chat.completion.chunk",
        "created": 1_702_256_327,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}],
    }
    return b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n"


def events(client: str) -> Iterator[bytes]:
    """The same as a stream."""
    size = len(TEXT) // EVENTS
    for n in range(EVENTS):
        yield event(client, TEXT[n * size : (n + 1) * size])
    yield event(client, "", "stop")
    yield b"data: [DONE]\n\n"


REFUSED: dict[str, tuple[int, Any]] = {
    "busy": (429, {"message": "Requests rate limit exceeded"}),
    "invalid": (422, {"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]}),
    "down": (503, {"detail": "No model is loaded"}),
}
"""Statuses and bodies, by what a server is asked to do."""

_PLAIN = "/plain/v1/chat/completions"

MOVED: dict[str, tuple[int, str]] = {
    "moved": (307, _PLAIN),
    "moved_for_good": (308, _PLAIN),
    "moved_away": (307, f"{{elsewhere}}{_PLAIN}"),
    "see_other": (303, _PLAIN),
}
"""Statuses and places of redirects, likewise."""
