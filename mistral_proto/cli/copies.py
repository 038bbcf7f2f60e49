"""``vendor``, ``bundle`` and ``lambda-layer``: the package made ready to go elsewhere.

No copy has these commands, nor this module.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import report

if TYPE_CHECKING:
    import argparse

    from ..embedding.vendoring import Vendored

__all__ = ["add_commands", "bundle", "lambda_layer", "vendor"]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of the commands; that which is called is the option ``run``."""
    folder = commands.add_parser(
        "vendor",
        help="copy this package into the tree of another program",
        description="Copy this package into a directory, or update the copy that is there, and "
        "say what has changed. A copy that was edited is left as it is.",
    )
    folder.add_argument("directory", metavar="DIR", help="where the copy's folder goes")
    folder.set_defaults(run=vendor)

    file = commands.add_parser(
        "bundle",
        help="write this package as one file",
        description="Write this package as one file, which can be imported, or run beside a "
        "script. A file that was edited, or made by other means, is left as it is.",
    )
    file.set_defaults(run=bundle)

    layer = commands.add_parser(
        "lambda-layer",
        help="write this package as a layer of AWS Lambda",
        description="Write a zip for AWS Lambda, the same at each time for the same Python. It "
        "has byte code for that Python, as a function can't keep what it compiles.",
    )
    layer.add_argument("--no-compile", action="store_true", help="write no byte code")
    layer.set_defaults(run=lambda_layer)

    for command, example in ((file, "chat_core.py"), (layer, "layer.zip")):
        command.add_argument(
            "-o", "--output", required=True, metavar="FILE", help=f"the file, such as {example}"
        )
    for command in (folder, layer):
        command.add_argument(
            "--name", default="mistral_proto", help="the name to import it by (%(default)s)"
        )
    for command in (folder, file, layer):
        command.add_argument(
            "--only", choices=["types", "client"], help="no more than the types, or than the client"
        )
        command.add_argument(
            "--testing", action="store_true", help="with the server for tests, and its commands"
        )
        command.add_argument(
            "--force", action="store_true", help="give up what is there, edits included"
        )


def vendor(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from ..embedding.vendoring import LocalEdits, vendor

    try:
        done = vendor(
            options.directory,
            name=options.name,
            only=options.only,
            testing=options.testing,
            force=options.force,
        )
    except LocalEdits as edits:
        for path, what in edits.files.items():
            print(f"{edits.folder / path}: {what}", file=sys.stderr)
        report(edits)
        return 1
    print("\n".join(_said(done)))
    return 0


def _said(done: Vendored) -> list[str]:
    from .. import __version__

    what = f"mistral_proto {__version__}"
    if done.before is None:
        return [f"{done.folder}: {what}, {len(done.added)} files"]
    was = done.before.version
    since = what if was == __version__ else f"{what} (was {was})"
    changes = {"added": done.added, "updated": done.updated, "removed": done.removed}
    return [
        *(f"{word}: {path}" for word, paths in changes.items() for path in paths),
        *(f"left alone, not ours: {path}" for path in done.own),
        f"{done.folder}: {since}; "
        + ", ".join(f"{len(paths)} {word}" for word, paths in changes.items())
        + f", {len(done.unchanged)} unchanged",
    ]


def bundle(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from ..embedding.bundling import bundle

    path = bundle(options.output, only=options.only, testing=options.testing, force=options.force)
    print(f"{path}: {_size(path)}")
    return 0


def lambda_layer(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from ..embedding.layer import layer

    path = layer(
        options.output,
        name=options.name,
        only=options.only,
        testing=options.testing,
        byte_code=not options.no_compile,
        force=options.force,
    )
    runs = ".".join(map(str, sys.version_info[:2]))
    compiled = "no byte code" if options.no_compile else f"byte code for Python {runs}"
    print(f"{path}: {_size(path)}, {compiled}")
    return 0


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:.0f} KB"
