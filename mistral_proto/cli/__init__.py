"""The command line: ``python -m mistral_proto COMMAND``.

Answers go to stdout, everything else to stderr. Exit codes: 0 success, 1 refused or failed
(stderr has the reason), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import MissingAPIKeyError, MistralError, ValidationError

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["main"]

PROGRAM = __name__.rpartition(".")[0]
"""The name of the package, which a copy can change."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command with `arguments` (None: those of the process) and return the exit code."""
    options = _parser().parse_args(arguments)
    streams: list[Any] = [sys.stdout, sys.stderr]
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            # An answer may have characters that the terminal can't show.
            stream.reconfigure(errors="backslashreplace")
    try:
        # Each command loads only what it needs.
        run = getattr(options, "run", None) or import_module(f".{options.command}", __name__).run
        code: int = run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except (MistralError, ValidationError, ValueError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader of the output has closed it. The interpreter flushes stdout once
            # more when it exits, and that must not fail.
            os.dup2(os.open(os.devnull, os.O_WRONLY), streams[0].fileno())
            return 1
        report(error)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; None is a stream that was closed."""
    return stream is not None and stream.isatty()


def report(error: Exception | str) -> None:
    """Print an error on one line of stderr."""
    text = "".join(it if it.isprintable() else ascii(it)[1:-1] for it in message_of(error))
    print(f"{PROGRAM}: error: {text}", file=sys.stderr)


def message_of(error: Exception | str) -> str:
    """Return the message of an error on one line, for a user of a command."""
    if isinstance(error, ValidationError):
        return error.summary
    if isinstance(error, MissingAPIKeyError):
        return "no API key: set MISTRAL_API_KEY"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _seconds(text: str, minimum: float = 0) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not minimum <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds, {minimum} to 3600, got {text!r}")
    return seconds


def _port(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"expected a number, 0 to 65535, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="Mistral's chat protocol with the standard library only.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, details: str) -> Any:
        added = commands.add_parser(name, help=summary, description=details)
        added.set_defaults(fail=added.error)
        return added.add_argument

    add = command(
        "demo",
        "show the protocol with a local test server",
        "Show requests and answers of a test server on this machine. No API key is needed.",
    )
    pace = "seconds between tokens (default: %(default)s)"
    add("--pace", type=_seconds, default=0.03, metavar="S", help=pace)

    add = command(
        "chat",
        "ask a model, and show its answer as it arrives",
        "Ask a model. The API key is read from MISTRAL_API_KEY; a server other than Mistral's may "
        "need none. Without a question, chat reads one question per line from a terminal, until "
        "exit, quit or the end of input.",
    )
    add("question", nargs="?", help="the question, or - to read it from stdin")
    add("--model", default="mistral-small-latest", help="the model (default: %(default)s)")
    add("--system", metavar="TEXT", help="the system message")
    add("--temperature", type=float, metavar="T", help="the sampling temperature, 0 to 1.5")
    add("--max-tokens", type=int, metavar="N", help="the maximum number of tokens of the answer")
    add(
        "--reasoning-effort",
        metavar="LEVEL",
        help="the amount of thinking, such as none, low or high",
    )
    image = "an image to send with the first question (can be repeated)"
    add("--image", action="append", default=[], metavar="FILE", help=image)
    add("--format", choices=["json"], help="answer in JSON (JSON mode)")
    add("--schema", metavar="FILE", help="answer in JSON that follows this JSON Schema")
    add("--server-url", metavar="URL", help="the server (default: Mistral's API)")
    timeout = partial(_seconds, minimum=0.001)
    add("--timeout", type=timeout, metavar="S", help="the maximum time of an answer, in seconds")
    add("--json", action="store_true", help="print the JSON documents that the server sends")
    add("--no-stream", action="store_true", help="wait for the whole answer")

    file = "the file, or - for stdin"
    types = ["request", "response", "chunk", "event", "error", "batch-request", "batch-result"]
    detected = "the type of the documents (default: detected from their fields)"
    add = command(
        "validate",
        "check JSON documents",
        "Check a JSON document, or JSON lines, and print each problem with its path. Requests "
        "are checked as strictly as the API checks them.",
    )
    add("file", help=file)
    add("--type", choices=types, help=detected)
    strict = "refuse fields and values of a server that the published schemas do not define"
    add("--strict", action="store_true", help=strict)
    rules = "also check the order of messages and tool calls, as mistral_common does"
    add("--check-conversation", action="store_true", help=rules)
    versions = ["v1", "v2", "v3", "v7", "v11", "v13", "v15"]
    add(
        "--tokenizer-version",
        choices=versions,
        help="the tokenizer whose rules apply (default: v15)",
    )
    modes = ["serving", "finetuning", "test", "agnostic"]
    add("--mode", choices=modes, help="the use of the conversation (default: serving)")

    add = command(
        "convert",
        "convert documents between the formats of OpenAI and Mistral",
        "Convert a JSON document, or JSON lines. Results go to stdout, one per line; changes and "
        "refusals go to stderr.",
    )
    formats = ["openai", "mistral"]
    add("file", help=file)
    add("--from", dest="source", choices=formats, required=True, help="the format of the input")
    add("--to", dest="target", choices=formats, required=True, help="the format of the output")
    add("--type", choices=types[:3], help=detected)

    add = command(
        "schema",
        "print the JSON Schema of a type",
        "Print the JSON Schema (draft 2020-12) of a type. Without a name, list all names.",
    )
    name = (
        "the type, such as ChatCompletionRequest or openai.ChatCompletion; "
        "mistral-chat-completion is Mistral's published schema of a response"
    )
    add("name", nargs="?", help=name)
    strict = "allow only fields and values that the published schemas define"
    add("--strict", action="store_true", help=strict)

    add = command(
        "serve",
        "run a local test server for programs in any language",
        "Listen on 127.0.0.1 until interrupted, and answer chat requests by fixed rules. "
        "The URL goes to stdout, and one line per request to stderr.",
    )
    add("--port", type=_port, default=0, metavar="N", help="the port (default: a free one)")
    add("--pace", type=_seconds, default=0.0, metavar="S", help=pace)
    add("--strict", action="store_true", help="refuse parameters that Mistral's API does not know")
    replies = "play back a recording: the answer to the same request, or else the next one"
    add("--replies", metavar="FILE", help=replies)
    record = "append requests and answers to a file as JSON lines, without keys"
    add("--record", metavar="FILE", help=record)
    add("--to", metavar="URL", help="with --record: the server to pass requests on to")

    try:
        from .copies import add_commands
    except ImportError:
        pass  # a copy has no commands that make copies
    else:
        add_commands(commands)
    return parser
