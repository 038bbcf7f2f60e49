"""The dataclasses that one writes by hand, and what makes them of JSON, without a check."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    role: str
    content: str | None


@dataclass(frozen=True)
class Choice:
    index: int
    message: Message
    finish_reason: str | None


@dataclass(frozen=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


@dataclass(frozen=True)
class Completion:
    id: str
    model: str
    created: int
    choices: list[Choice]
    usage: Usage | None


def choice(document: dict[str, Any], message: str) -> Choice:
    said = document[message]
    return Choice(
        index=document["index"],
        message=Message(role=said.get("role", "assistant"), content=said.get("content")),
        finish_reason=document.get("finish_reason"),
    )


def completion(document: dict[str, Any], message: str = "message") -> Completion:
    """A whole answer, or with ``"delta"`` a piece of one."""
    usage = document.get("usage")
    return Completion(
        id=document["id"],
        model=document["model"],
        created=document["created"],
        choices=[choice(one, message) for one in document["choices"]],
        usage=Usage(usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
        if usage
        else None,
    )
