"""``chat``: a question to a model, and its answer as it arrives."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..client.mistral import Mistral
from ..client.watching import LOGGER
from ..errors import MistralError
from ..protocol.messages import AssistantMessage, ChatMessage, SystemMessage, UserMessage
from ..protocol.response import ChatCompletionResponse
from . import PROGRAM, is_terminal, report

if TYPE_CHECKING:
    from ..client.parameters import Parameters

__all__ = ["chat"]

_PROMPT = "> "
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def chat(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    with _waits_shown(), Mistral(server_url=options.server_url) as mistral:
        messages: list[ChatMessage] = []
        if options.system is not None:
            messages.append(SystemMessage(content=options.system))
        for question in _questions(options.question):
            messages.append(UserMessage(content=question))
            try:
                answer = _ask(mistral, messages, options)
            except MistralError as error:
                if options.question is not None:
                    raise
                # A conversation outlives one call that failed.
                report(error)
                messages.pop()
                continue
            for choice in answer.choices[:1]:
                if isinstance(choice.message, AssistantMessage):
                    messages.append(choice.message)
    return 0


class _Shown(logging.Handler):
    """A handler that shows what is logged on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"{PROGRAM}: {record.getMessage()}", file=sys.stderr, flush=True)


@contextmanager
def _waits_shown() -> Iterator[None]:
    """Show that a call waits for another try, and why."""
    logger, handler = logging.getLogger(LOGGER), _Shown(logging.INFO)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def _questions(question: str | None) -> Iterator[str]:
    if question == "-":
        if sys.stdin is None:
            raise ValueError("stdin is closed")
        question = sys.stdin.read().removesuffix("\n")
    if question is not None:
        if not question.strip():
            raise ValueError("the question is empty")
        yield question
        return
    try:
        import readline  # noqa: F401  # gives `input` its line editing
    except ImportError:  # pragma: no cover - where Python was built without it
        pass
    while True:
        try:
            line = _input()
        except EOFError:
            print(file=sys.stderr)
            return
        if line.strip():
            yield line


def _input() -> str:
    if is_terminal(sys.stdout):
        return input(_PROMPT)
    # The answers go elsewhere, and the prompt is none of them.
    print(_PROMPT, end="", flush=True, file=sys.stderr)
    return input()


def _ask(
    mistral: Mistral, messages: list[ChatMessage], options: argparse.Namespace
) -> ChatCompletionResponse:
    parameters: Parameters = {
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
    }
    screen = _Screen()
    if options.no_stream:
        response = mistral.chat.complete(model=options.model, messages=messages, **parameters)
        if options.json:
            print(response.to_json())
            return response
        for choice in response.choices:
            screen.thinking(choice.message.thinking)
            screen.answer(choice.message.text)
            screen.end()
        return response
    with mistral.chat.stream(model=options.model, messages=messages, **parameters) as events:
        try:
            for event in events:
                if options.json:
                    print(event.data.to_json(), flush=True)
                    continue
                for piece in event.data.choices:
                    screen.thinking(piece.delta.thinking)
                    screen.answer(piece.delta.text)
        except Exception:  # an interrupt has its own line end
            screen.interrupted()
            raise
        gathered = events.gathered
    if gathered is None:
        raise MistralError("the answer held nothing")
    if not options.json:
        screen.end()
    return gathered


class _Screen:
    """Where an answer is shown: thinking on stderr for a person, the answer on stdout."""

    def __init__(self) -> None:
        self._thinks = False
        self._line_begun = False

    def thinking(self, text: str) -> None:
        if text and is_terminal(sys.stderr):
            print(f"{_DIM}{_safe(text)}{_PLAIN}", end="", flush=True, file=sys.stderr)
            self._thinks = True

    def answer(self, text: str) -> None:
        if not text:
            return
        if self._thinks:
            print(file=sys.stderr)
            self._thinks = False
        if is_terminal(sys.stdout):
            text = _safe(text)
        print(text, end="", flush=True)
        self._line_begun = not text.endswith("\n")

    def end(self) -> None:
        print(flush=True)
        self._line_begun = False

    def interrupted(self) -> None:
        """What follows, on a terminal, begins a line of its own."""
        if self._thinks or (self._line_begun and is_terminal(sys.stdout)):
            print(file=sys.stderr)


def _safe(text: str) -> str:
    """The text without what would drive a terminal, or turn its lines around."""
    return _DRIVING.sub("\ufffd", text)


# Control characters but for LF and tab, the overrides of the writing direction, and
# halves of surrogate pairs.
_DRIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
