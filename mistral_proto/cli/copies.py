"""``vendor``, ``bundle`` and ``lambda-layer``: copies of the package, which have no such commands."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["add_commands"]

_COMMANDS = {
    "vendor": "copy this package into a directory of another program, or update that copy",
    "bundle": "write this package as one file, which can be imported, or run as a program",
    "lambda-layer": "write this package as a zip for AWS Lambda, with byte code for this Python",
}
_ONLY = """the parts to copy: types; client: also the client; testing: also the test server; all
(default: those of the copy that exists, or all)"""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands; each sets the option ``run``, and others named as the parameters are."""
    for command, summary in _COMMANDS.items():
        parser = commands.add_parser(command, help=summary, description=summary)
        parser.set_defaults(run=_run)
        if command == "vendor":
            parser.add_argument(
                "directory", metavar="DIR", help="the directory for the copy's folder"
            )
        else:
            parser.add_argument(
                "-o", "--output", metavar="FILE", required=True, help="the file to write"
            )
        if command != "bundle":
            parser.add_argument(
                "--name",
                default="mistral_proto",
                help="the name of the copy (default: %(default)s)",
            )
        parser.add_argument("--only", choices=["types", "client", "testing", "all"], help=_ONLY)
        parser.add_argument("--force", action="store_true", help="overwrite existing files")


def _run(options: argparse.Namespace) -> int:
    from .. import embedding

    make = getattr(embedding, options.command.replace("-", "_"))
    arguments = {it: value for it, value in vars(options).items() if it not in ("command", "run")}
    # SIGTERM interrupts as Ctrl-C does, so that no temporary folder is left.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print("\n".join(make(**arguments)))
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0
