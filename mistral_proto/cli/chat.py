"""``chat``: a question to a model, and its answer as it arrives."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ..client.mistral import Mistral
from ..protocol.messages import AssistantMessage, ChatMessage, SystemMessage, UserMessage
from ..protocol.response import ChatCompletionResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from ..client.chat import Parameters

__all__ = ["chat"]

_PROMPT = "> "
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def chat(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    with Mistral(server_url=options.server_url) as mistral:
        messages: list[ChatMessage] = []
        if options.system is not None:
            messages.append(SystemMessage(content=options.system))
        for question in _questions(options.question):
            messages.append(UserMessage(content=question))
            answer = _ask(mistral, messages, options)
            for choice in answer.choices[:1]:
                if isinstance(choice.message, AssistantMessage):
                    messages.append(choice.message)
    return 0


def _questions(question: str | None) -> Iterator[str]:
    if question == "-":
        yield sys.stdin.read()
    elif question is not None:
        yield question
    else:
        try:
            import readline  # noqa: F401  # gives `input` its line editing
        except ImportError:  # pragma: no cover - where Python was built without it
            pass
        while True:
            try:
                line = input(_PROMPT)
            except EOFError:
                print()
                return
            if line.strip():
                yield line


def _ask(
    mistral: Mistral, messages: list[ChatMessage], options: argparse.Namespace
) -> ChatCompletionResponse:
    parameters: Parameters = {
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
    }
    if options.no_stream:
        response = mistral.chat.complete(model=options.model, messages=messages, **parameters)
        if options.json:
            print(response.to_json())
        else:
            for choice in response.choices:
                _show_thinking(choice.message.thinking)
                _show(f"{choice.message.text}\n")
        return response
    with mistral.chat.stream(model=options.model, messages=messages, **parameters) as events:
        for event in events:
            if options.json:
                print(event.data.to_json(), flush=True)
                continue
            for piece in event.data.choices:
                _show_thinking(piece.delta.thinking)
                _show(piece.delta.text)
        gathered = events.gathered
    if not options.json:
        print()
    assert gathered is not None  # a stream without any event has raised
    return gathered


def _show_thinking(text: str) -> None:
    """Thinking is for a person who watches, and no part of the answer."""
    if text and sys.stderr.isatty():
        print(f"{_DIM}{_safe(text, sys.stderr)}{_PLAIN}", end="", flush=True, file=sys.stderr)


def _show(text: str) -> None:
    print(_safe(text, sys.stdout), end="", flush=True)


def _safe(text: str, out: TextIO) -> str:
    """The text without what would drive a terminal, where there is one."""
    if not out.isatty():
        return text
    return "".join([c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text])
