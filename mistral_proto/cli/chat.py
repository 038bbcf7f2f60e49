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
from ..protocol.chunk import TextChunk
from ..protocol.messages import AssistantMessage, ChatMessage, SystemMessage, UserMessage
from ..protocol.response import ChatCompletionResponse
from . import PROGRAM, is_terminal, report
from .attached import read_image, read_schema
from .documents import read_bytes

if TYPE_CHECKING:
    from ..client.parameters import Parameters

__all__ = ["chat"]

_PROMPT = "> "
_LEAVE = ("exit", "quit", "/exit")
_HOW_TO_LEAVE = "To leave: exit, quit, or Ctrl-C twice. Once, Ctrl-C ends an answer."
_WAITING = "(waiting for an answer)"
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def chat(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    screen = _Screen()
    timeout_ms = None if options.timeout is None else options.timeout * 1000
    with Mistral(server_url=options.server_url, timeout_ms=timeout_ms) as mistral:
        conversation = _Conversation(mistral, options, screen)
        with _retries_shown(screen):
            if options.question is None:
                _converse(conversation, screen)
            else:
                conversation.ask(_question(options.question))
    return 0


def _question(given: str) -> str:
    if given == "-":
        given = _text(*read_bytes("-")).replace("\r\n", "\n").removesuffix("\n")
    if not given.strip():
        raise ValueError("the question is empty")
    return _utf8("the question", given)


def _converse(conversation: _Conversation, screen: _Screen) -> None:
    """Ask what is typed, a line each, until the user leaves."""
    try:
        import readline  # noqa: F401  # gives `input` its line editing
    except ImportError:  # pragma: no cover - where Python was built without it
        pass
    if is_terminal(sys.stderr):
        print(_HOW_TO_LEAVE, file=sys.stderr)
    interrupted = False
    while True:
        try:
            line = _typed()
            interrupted = False
            if line.strip() in _LEAVE:
                return
            if line.strip():
                conversation.ask(line)
        except EOFError:
            print(file=sys.stderr)
            return
        except (MistralError, UnicodeError) as error:
            # A conversation outlives one call that failed.
            report(error)
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            screen.end_line()


def _typed() -> str:
    """Return the next line."""
    try:
        if is_terminal(sys.stdout):
            line = input(_PROMPT)
        else:
            # The answers go elsewhere, and the prompt is none of them.
            print(_PROMPT, end="", flush=True, file=sys.stderr)
            line = input()
    except UnicodeDecodeError as error:
        return _text("stdin", error.object)
    return _utf8("stdin", line)


def _utf8(name: str, given: str) -> str:
    """Return what the system gave, of which it may not have known the encoding."""
    return _text(name, given.encode(errors="surrogateescape"))


def _text(name: str, data: bytes) -> str:
    """Return what is in a file, less a byte order mark.

    Raises:
        UnicodeError: it is not UTF-8; the message tells where.
    """
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].split(b"\n")
    raise UnicodeError(f"{name}:{len(before)}: byte {len(before[-1]) + 1} is not UTF-8")


class _Conversation:
    """The messages so far, and how the next one is sent."""

    def __init__(self, mistral: Mistral, options: argparse.Namespace, screen: _Screen) -> None:
        self._chat = mistral.chat
        self._options = options
        self._screen = screen
        self._messages: list[ChatMessage] = []
        if options.system is not None:
            self._messages.append(SystemMessage(content=_utf8("--system", options.system)))
        self._images = [read_image(file) for file in options.image]
        self._parameters: Parameters = {
            "temperature": options.temperature,
            "max_tokens": options.max_tokens,
            "reasoning_effort": options.reasoning_effort,
            "response_format": options.format and {"type": "json_object"},
        }
        if options.schema is not None:
            self._parameters["response_format"] = read_schema(options.schema)

    def ask(self, text: str) -> None:
        """Ask a question, show the answer, and keep both.

        Of an answer that is interrupted what had come is kept. Where that is no text, and
        where the call fails, the question is forgotten.
        """
        question = UserMessage(
            content=[TextChunk(text=text), *self._images] if self._images else text
        )
        self._screen.waits()
        try:
            answer = self._shown(question)
        except Exception:
            self._screen.broke_off()
            raise
        self._keep(question, answer)

    def _keep(self, question: UserMessage, answer: ChatCompletionResponse) -> None:
        self._messages.append(question)
        self._images = []
        for choice in answer.choices[:1]:
            if isinstance(choice.message, AssistantMessage):
                self._messages.append(choice.message)

    def _shown(self, question: UserMessage) -> ChatCompletionResponse:
        """Show the answer, and return the whole of it."""
        options, screen = self._options, self._screen
        messages = [*self._messages, question]
        if options.no_stream:
            answer = self._chat.complete(model=options.model, messages=messages, **self._parameters)
            if options.json:
                screen.document(answer.to_json())
                return answer
            for choice in answer.choices:
                screen.thinking(choice.message.thinking)
                screen.answer(choice.message.text)
                screen.end_answer()
            return answer
        with self._chat.stream(
            model=options.model, messages=messages, **self._parameters
        ) as events:
            try:
                for event in events:
                    if options.json:
                        screen.document(event.data.to_json())
                        continue
                    for piece in event.data.choices:
                        screen.thinking(piece.delta.thinking)
                        screen.answer(piece.delta.text)
            except KeyboardInterrupt:
                begun = events.snapshot
                if begun is not None and any(choice.message.text for choice in begun.choices[:1]):
                    self._keep(question, begun)
                raise
        if events.snapshot is None:
            raise MistralError("the answer held nothing")
        if not options.json:
            screen.end_answer()
        return events.snapshot


class _Screen:
    """The terminal: thinking goes to stderr, for a person, and the answer to stdout."""

    def __init__(self) -> None:
        self._waits = self._thinks = self._line_begun = False

    def waits(self) -> None:
        """Say to a person that there is no answer yet."""
        if is_terminal(sys.stderr):
            print(_WAITING, end="", flush=True, file=sys.stderr)
            self._waits = True

    def _begins(self) -> None:
        """Wipe what says that there is no answer yet."""
        if self._waits:
            print(f"\r{' ' * len(_WAITING)}\r", end="", flush=True, file=sys.stderr)
            self._waits = False

    def waits_longer(self, why: str) -> None:
        """Show why there is no answer yet."""
        self._begins()
        print(why, flush=True, file=sys.stderr)
        self.waits()

    def document(self, text: str) -> None:
        self._begins()
        print(text, flush=True)

    def thinking(self, text: str) -> None:
        if text and is_terminal(sys.stderr):
            self._begins()
            print(f"{_DIM}{_safe(text)}{_PLAIN}", end="", flush=True, file=sys.stderr)
            self._thinks = True

    def answer(self, text: str) -> None:
        if not text:
            return
        self._begins()
        if self._thinks:
            print(file=sys.stderr)
            self._thinks = False
        if is_terminal(sys.stdout):
            text = _safe(text)
        print(text, end="", flush=True)
        self._line_begun = not text.endswith("\n")

    def end_answer(self) -> None:
        self._begins()
        self._line_begun = True
        self.end_line()

    def end_line(self) -> None:
        """Let what follows begin a line of its own."""
        print(flush=True, file=sys.stdout if self._line_begun else sys.stderr)
        self._waits = self._thinks = self._line_begun = False

    def broke_off(self) -> None:
        """End what was shown of an answer."""
        self._begins()
        if self._thinks or self._line_begun:
            self.end_line()


class _Retries(logging.Handler):
    """A handler that shows what is logged."""

    def __init__(self, screen: _Screen) -> None:
        super().__init__(logging.INFO)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.waits_longer(f"{PROGRAM}: {record.getMessage()}")


@contextmanager
def _retries_shown(screen: _Screen) -> Iterator[None]:
    """Show that a call waits for another try, and why."""
    logger, handler = logging.getLogger(LOGGER), _Retries(screen)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def _safe(text: str) -> str:
    """The text without what would drive a terminal, or turn its lines around."""
    return _DRIVING.sub("\ufffd", text)


# Control characters but for LF and tab, the overrides of the writing direction, and
# halves of surrogate pairs.
_DRIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
