"""``serve``: a server that speaks the protocol, for programs in any language."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from ..testing import MockServer
from . import report

if TYPE_CHECKING:
    import argparse

__all__ = ["serve"]


def serve(options: argparse.Namespace) -> int:
    """Run the command until an interrupt, or return the exit code."""
    server = MockServer(pace=options.pace, port=options.port, strict=options.strict)
    server.log = _log
    with ExitStack() as running:
        try:
            running.enter_context(server)
        except OSError as error:
            report(ValueError(f"--port: {error.strerror}"))
            return 2
        print(server.url, flush=True)
        while True:
            time.sleep(1)
            server.requests.clear()


def _log(line: str) -> None:
    with suppress(OSError):  # nobody reads it
        print(line, file=sys.stderr, flush=True)
