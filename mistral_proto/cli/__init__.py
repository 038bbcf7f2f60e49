"""The command line: ``python -m mistral_proto COMMAND``.

Answers go to stdout, all else to stderr.  Exit codes: 0 done, 1 refused or
failed (stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import MissingAPIKeyError, MistralError, ValidationError

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["main"]

PROGRAM = __name__.rpartition(".")[0]
"""The package's name, which in a copy is another."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, with `arguments` or those of the process; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "chat" and options.question is None and not is_terminal(sys.stdin):
        parser.error("chat: no question: give one, or - to read it from stdin")
    if options.command == "validate" and not options.check_conversation:
        if options.tokenizer_version or options.mode:
            parser.error("validate: --tokenizer-version and --mode need --check-conversation")
    if options.command == "convert" and options.source == options.target:
        parser.error("convert: --from and --to name the same format")
    if options.command == "serve" and (options.record is None) != (options.to is None):
        parser.error("serve: --record and --to need each other")
    if options.command == "serve" and options.record and (options.pace or options.strict):
        parser.error("serve: --pace and --strict are not for --record")
    streams: list[Any] = [sys.stdout, sys.stderr]
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            # A model may say what the terminal can't show.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{options.command}":
            raise
        report(f"{options.command} is not here: this copy was made without --testing")
        return 2
    except (MistralError, ValidationError, ValueError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has seen enough.  The interpreter flushes
            # once more at its exit, and that must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), streams[0].fileno())
            return 1
        report(error)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is at the other end; the stream is None where it was closed."""
    return stream is not None and stream.isatty()


def report(error: Exception | str) -> None:
    """Say on one line of stderr what went wrong."""
    print(f"{PROGRAM}: error: {words(error)}", file=sys.stderr)


def words(error: Exception | str) -> str:
    """What an exception says, in a command's words."""
    if isinstance(error, ValidationError):
        return error.summary
    if isinstance(error, MissingAPIKeyError):
        return "no API key: set MISTRAL_API_KEY"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _run(options: argparse.Namespace) -> int:
    # Each command loads only what it needs.
    if options.command == "demo":
        from .demo import demo

        return demo(pace=options.pace)
    if options.command == "serve":
        from .serve import serve

        return serve(options)
    if options.command == "chat":
        from .chat import chat

        return chat(options)
    if options.command == "convert":
        from .convert import convert

        return convert(options.file, options.source, options.target, options.type)
    if options.command == "schema":
        from .schema import schema

        return schema(options.name, strict=options.strict)
    if options.command != "validate":
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    from .validate import validate

    rules = {"version": options.tokenizer_version, "mode": options.mode}
    return validate(
        options.file,
        options.type,
        strict=options.strict,
        rules={name: given for name, given in rules.items() if given}
        if options.check_conversation
        else None,
    )


def _seconds(text: str, least: float = 0) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not least <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds, {least} to 3600, got {text!r}")
    return seconds


def _timeout(text: str) -> float:
    return _seconds(text, least=0.001)


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"expected a number, 0 to 65535, got {text!r}")
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="Mistral's chat protocol on the standard library alone.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo", help="show the protocol at work, on a server of our own on this machine"
    )
    demo.add_argument(
        "--pace",
        type=_seconds,
        default=0.03,
        metavar="S",
        help="seconds between tokens (%(default)s)",
    )

    chat = commands.add_parser(
        "chat",
        help="ask a model, and see its answer as it arrives",
        description="Ask a model. The key is taken from MISTRAL_API_KEY. Without a question, "
        "in a terminal, several turns follow each other, until exit, quit or the end of input.",
    )
    chat.add_argument("question", nargs="?", help="the question; - reads it from stdin")
    chat.add_argument("--model", default="mistral-small-latest", help="(%(default)s)")
    chat.add_argument("--system", metavar="TEXT", help="a system message to begin with")
    chat.add_argument("--temperature", type=float, metavar="T")
    chat.add_argument("--max-tokens", type=int, metavar="N")
    chat.add_argument("--reasoning-effort", metavar="LEVEL", help="such as none, low or high")
    chat.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="FILE",
        help="an image that goes with the (first) question; may come more than once",
    )
    answers = chat.add_mutually_exclusive_group()
    answers.add_argument("--format", choices=["json"], help="that of the answer: any JSON")
    answers.add_argument("--schema", metavar="FILE", help="a JSON Schema that the answer follows")
    chat.add_argument("--server-url", metavar="URL", help="another server than Mistral's own")
    chat.add_argument("--timeout", type=_timeout, metavar="S", help="seconds for an answer")
    chat.add_argument(
        "--json", action="store_true", help="print what the API sent, one JSON document a line"
    )
    chat.add_argument("--no-stream", action="store_true", help="wait for the whole answer")

    validate = commands.add_parser(
        "validate",
        help="say whether JSON documents follow the protocol",
        description="Check a JSON document, or JSON lines of them, and list every problem with "
        "its place. A request is checked as the API checks it.",
    )
    validate.add_argument("file", help="a file; - reads stdin")
    validate.add_argument(
        "--type",
        choices=[
            "request",
            "response",
            "chunk",
            "event",
            "error",
            "batch-request",
            "batch-result",
        ],  # fmt: skip
        help="what the documents are (otherwise told by their fields)",
    )
    validate.add_argument(
        "--strict",
        action="store_true",
        help="of a server's documents, refuse what the published schema does not know",
    )
    validate.add_argument(
        "--check-conversation",
        action="store_true",
        help="hold a request's messages and tools to the rules of a conversation, "
        "as mistral_common has them; in the mode serving also the API's own",
    )
    validate.add_argument(
        "--tokenizer-version",
        choices=["v1", "v2", "v3", "v7", "v11", "v13", "v15"],
        help="whose rules these are (v15)",
    )
    validate.add_argument(
        "--mode",
        choices=["serving", "finetuning", "test", "agnostic"],
        help="what the conversation is for (serving)",
    )

    convert = commands.add_parser(
        "convert",
        help="turn documents of OpenAI's API into those of Mistral's, and back",
        description="Convert a JSON document, or JSON lines of them: one a line on stdout, and "
        "on stderr each thing that was changed, or that is refused. A request of OpenAI's "
        "becomes one that Mistral's API accepts.",
    )
    convert.add_argument("file", help="a file; - reads stdin")
    convert.add_argument(
        "--from", dest="source", choices=["openai", "mistral"], required=True, help="whose they are"
    )
    convert.add_argument(
        "--to",
        dest="target",
        choices=["openai", "mistral"],
        required=True,
        help="whose they are to be",
    )
    convert.add_argument(
        "--type",
        choices=["request", "response", "chunk"],
        help="what the documents are (otherwise told by their fields)",
    )

    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of a type",
        description="Print the JSON Schema (draft 2020-12) of the documents that a type reads. "
        "Without a name, list the names.",
    )
    schema.add_argument(
        "name",
        nargs="?",
        help="a type, such as ChatCompletionRequest or openai.ChatCompletion; "
        "mistral-chat-completion is the schema that Mistral publishes of a response",
    )
    schema.add_argument(
        "--strict",
        action="store_true",
        help="of what the published schemas know, and nothing besides",
    )

    serve = commands.add_parser(
        "serve",
        help="answer programs in any language, on a server of our own on this machine",
        description="Listen on 127.0.0.1 until interrupted, and answer chat requests by rules. "
        "The URL goes to stdout, and a line about each request to stderr.",
    )
    serve.add_argument("--port", type=_port, default=0, metavar="N", help="(a free one)")
    serve.add_argument(
        "--pace",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="seconds between tokens (%(default)s)",
    )
    serve.add_argument(
        "--strict", action="store_true", help="refuse parameters that Mistral's API does not know"
    )
    files = serve.add_mutually_exclusive_group()
    files.add_argument(
        "--replies",
        metavar="FILE",
        help="play back what was recorded: by the request where one fits, else in order",
    )
    files.add_argument(
        "--record", metavar="FILE", help="append what goes both ways as JSON lines, without the key"
    )
    serve.add_argument("--to", metavar="URL", help="the server that requests are passed on to")
    try:
        from .copies import add_commands
    except ImportError:
        pass  # a copy makes no copies
    else:
        add_commands(commands)
    return parser
