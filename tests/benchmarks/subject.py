"""What is compared: a way to ask for a chat completion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MODEL = "mistral-small-latest"
QUESTION = "Who is the best French painter? Answer in one short sentence."
MESSAGES = [{"role": "user", "content": QUESTION}]


@dataclass(frozen=True)
class Subject:
    """One of them, ready to ask a server again and again.

    Attributes:
        name: what the table calls it.
        complete: ask for a whole answer; gives its text.
        stream: ask for a stream; gives the text of each event.
    """

    name: str
    complete: Callable[[], str | None]
    stream: Callable[[], list[str]]
