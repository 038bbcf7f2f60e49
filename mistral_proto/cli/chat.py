"""``chat``: ask a model, and show its answer as it arrives."""

from __future__ import annotations

import logging
import re
import sys
from binascii import b2a_base64
from pathlib import Path
from typing import TYPE_CHECKING

from .. import json_text
from ..client.call import LOGGER
from ..client.mistral import Mistral
from ..errors import MistralError, ValidationError
from ..protocol.chunk import ImageURLChunk, TextChunk
from ..protocol.messages import AssistantMessage, ChatMessage, SystemMessage, UserMessage
from ..protocol.request import JsonSchema, ResponseFormat, ResponseFormats
from ..protocol.response import ChatCompletionResponse
from . import PROGRAM, is_terminal, report
from .documents import read_bytes

if TYPE_CHECKING:
    import argparse
    from typing import Any, TextIO

__all__ = ["run"]

_PROMPT = "> "
_HELP = "To leave, type exit or quit, or press Ctrl-C twice. Ctrl-C once stops an answer."
_WAITING = "(waiting for an answer)"
# Control characters except LF and tab, overrides of the writing direction, and surrogates.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IMAGES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
"""The formats of images by the first bytes of a file."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    if options.question is None and not is_terminal(sys.stdin):
        options.fail("no question: give one, or - to read it from stdin")
    if options.format and options.schema:
        options.fail("--format and --schema exclude each other")
    screen = _Screen()
    timeout_ms = None if options.timeout is None else options.timeout * 1000
    logger, handler = logging.getLogger(LOGGER), _RetryHandler(screen)
    level = logger.level
    with Mistral(server_url=options.server_url, timeout_ms=timeout_ms) as mistral:
        conversation = _Conversation(mistral, options, screen)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            if options.question is None:
                _converse(conversation, screen)
            else:
                conversation.ask(_question(options.question))
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)
    return 0


def _question(argument: str) -> str:
    text = _decode("the question", argument)
    if argument == "-":
        text = _decode(*read_bytes("-")).replace("\r\n", "\n").removesuffix("\n")
    if not text.strip():
        raise ValueError("the question is empty")
    return text


def _converse(conversation: _Conversation, screen: _Screen) -> None:
    """Ask each line that the user types, until the user leaves."""
    try:
        import readline  # noqa: F401  # gives `input` line editing
    except ImportError:  # pragma: no cover - Python was built without it
        pass
    if is_terminal(sys.stderr):
        print(_HELP, file=sys.stderr)
    was_interrupted = False
    while True:
        try:
            line = _read_line()
            was_interrupted = False
            if line.strip() in ("exit", "quit", "/exit"):
                return
            if line.strip():
                conversation.ask(line)
        except EOFError:
            print(file=sys.stderr)
            return
        except (MistralError, UnicodeError) as error:
            report(error)
        except KeyboardInterrupt:
            if was_interrupted:
                raise
            was_interrupted = True
            screen.end_line()


def _read_line() -> str:
    prompt = _PROMPT
    if not is_terminal(sys.stdout):  # which is for the answers only
        print(prompt, end="", flush=True, file=sys.stderr)
        prompt = ""
    try:
        return _decode("stdin", input(prompt))
    except UnicodeDecodeError as error:
        return _decode("stdin", error.object)


def _decode(name: str, data: bytes | str) -> str:
    """Return a text without a byte order mark. Raise UnicodeError with the place.

    Python may have decoded a text with another encoding than UTF-8.
    """
    if isinstance(data, str):
        data = data.encode(errors="surrogateescape")
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].split(b"\n")
    raise UnicodeError(f"{name}:{len(before)}: byte {len(before[-1]) + 1} is not UTF-8")


class _Conversation:
    """The messages so far, and the options for the next request."""

    def __init__(self, mistral: Mistral, options: argparse.Namespace, screen: _Screen) -> None:
        self._chat = mistral.chat
        self._options = options
        self._screen = screen
        self._messages: list[ChatMessage] = []
        if options.system is not None:
            self._messages.append(SystemMessage(content=_decode("--system", options.system)))
        self._images = [_read_image(file) for file in options.image]
        self._parameters: dict[str, Any] = {
            "model": options.model,
            "temperature": options.temperature,
            "max_tokens": options.max_tokens,
            "reasoning_effort": options.reasoning_effort,
            "response_format": options.format and {"type": "json_object"},
        }
        if options.schema is not None:
            self._parameters["response_format"] = _read_schema(options.schema)

    def ask(self, text: str) -> None:
        """Ask a question, show the answer, and keep both.

        If the user interrupts the answer, its text so far is kept. Without a text, or after
        an error, the question is forgotten.
        """
        question = UserMessage(content=text)
        if self._images:
            question = UserMessage(content=[TextChunk(text=text), *self._images])
        messages = [*self._messages, question]
        self._screen.wait()
        try:
            answer = self._complete(messages) if self._options.no_stream else self._stream(messages)
        except Exception:
            self._screen.break_off()
            raise
        self._keep(messages, answer)

    def _keep(self, messages: list[ChatMessage], answer: ChatCompletionResponse) -> None:
        self._messages, self._images = messages, []
        for choice in answer.choices[:1]:
            if isinstance(choice.message, AssistantMessage):
                self._messages.append(choice.message)

    def _complete(self, messages: list[ChatMessage]) -> ChatCompletionResponse:
        answer = self._chat.complete(messages=messages, **self._parameters)
        if self._options.json:
            self._screen.show_line(answer.to_json())
            return answer
        for choice in answer.choices:
            self._screen.show(choice.message.thinking, choice.message.text)
            self._screen.show_line()
        return answer

    def _stream(self, messages: list[ChatMessage]) -> ChatCompletionResponse:
        with self._chat.stream(messages=messages, **self._parameters) as events:
            try:
                for event in events:
                    if self._options.json:
                        self._screen.show_line(event.data.to_json())
                        continue
                    for choice in event.data.choices:
                        self._screen.show(choice.delta.thinking, choice.delta.text)
            except KeyboardInterrupt:
                begun = events.snapshot
                if begun is not None and begun.text:
                    self._keep(messages, begun)
                raise
        if events.snapshot is None:
            raise MistralError("the answer is empty")
        if not self._options.json:
            self._screen.show_line()
        return events.snapshot


class _Screen:
    """The output: answers go to stdout, and thinking to stderr if that is a terminal."""

    def __init__(self) -> None:
        self._is_waiting = False
        self._in_line: TextIO | None = None  # the stream of a line that has not ended

    def wait(self, reason: str = "") -> None:
        """Show that there is no answer yet, and why."""
        if reason:
            self._print(f"{reason}\n", sys.stderr)
        if is_terminal(sys.stderr):
            print(_WAITING, end="", flush=True, file=sys.stderr)
            self._is_waiting = True

    def show(self, thinking: str, text: str) -> None:
        if thinking and is_terminal(sys.stderr):
            self._print(f"\x1b[2m{_safe(thinking)}\x1b[0m", sys.stderr)
        if text:
            self._print(_safe(text) if is_terminal(sys.stdout) else text, sys.stdout)

    def show_line(self, text: str = "") -> None:
        self._print(f"{text}\n", sys.stdout)

    def end_line(self) -> None:
        print(flush=True, file=self._in_line or sys.stderr)
        self._is_waiting, self._in_line = False, None

    def break_off(self) -> None:
        """End the line of an incomplete answer."""
        self._print("", sys.stderr)
        if self._in_line is not None:
            self.end_line()

    def _print(self, text: str, stream: TextIO) -> None:
        if self._is_waiting:
            print(f"\r{' ' * len(_WAITING)}\r", end="", flush=True, file=sys.stderr)
            self._is_waiting = False
        if text:
            if self._in_line is not stream and self._in_line is sys.stderr:
                print(file=sys.stderr)
            print(text, end="", flush=True, file=stream)
            self._in_line = None if text.endswith("\n") else stream


class _RetryHandler(logging.Handler):
    def __init__(self, screen: _Screen) -> None:
        super().__init__(logging.INFO)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.wait(f"{PROGRAM}: {record.getMessage()}")


def _safe(text: str) -> str:
    """Return a text without characters that control a terminal."""
    return _UNSAFE.sub("\ufffd", text)


def _read_image(file: str) -> ImageURLChunk:
    """Return the image in a file, as a data URL."""
    data = Path(file).read_bytes()
    for start, kind in _IMAGES.items():
        if data.startswith(start) and (kind != "webp" or data[8:12] == b"WEBP"):
            base64 = b2a_base64(data, newline=False).decode()
            return ImageURLChunk(image_url=f"data:image/{kind};base64,{base64}")
    raise ValueError(f"--image: {file} is not a PNG, JPEG, GIF or WebP image")


def _read_schema(file: str) -> ResponseFormat:
    """Return the response format for the JSON Schema in a file."""
    try:
        schema: Any = json_text.loads(Path(file).read_bytes())
        title = schema.get("title") if isinstance(schema, dict) else None
        title = title if isinstance(title, str) and title else Path(file).stem
        name = re.sub("[^A-Za-z0-9_-]+", "_", title)[:64]  # as all servers accept it
        json_schema = JsonSchema(name=name, schema=schema, strict=True)
    except ValidationError as error:
        raise ValueError(f"--schema: {file}: {error.summary}") from None
    return ResponseFormat(type=ResponseFormats.json_schema, json_schema=json_schema)
