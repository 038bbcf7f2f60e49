"""``serve``: a server that speaks the protocol, for programs in any language."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from ..client.options import server_url_option
from ..testing import MockServer, RecordingServer, ReplayServer
from . import report, words

if TYPE_CHECKING:
    import argparse

__all__ = ["serve"]


def serve(options: argparse.Namespace) -> int:
    """Run the command until an interrupt; returns the exit code."""
    option = "--replies"
    rest = {"pace": options.pace, "port": options.port, "strict": options.strict}
    server: MockServer
    with ExitStack() as running:
        try:
            if options.replies is not None:
                server = ReplayServer(options.replies, **rest)
            elif options.record is not None:
                option = "--to"
                to = server_url_option(options.to, "it")
                option = "--record"
                server = RecordingServer(to, options.record, port=options.port)
            else:
                server = MockServer(**rest)
            option = "--port"
            server.log = _log
            running.enter_context(server)
        except (OSError, ValueError) as error:
            report(f"{option}: {words(error)}")
            return 2
        print(server.url, flush=True)
        while True:
            time.sleep(1)
            server.requests.clear()
            server._failures.clear()


def _log(line: str) -> None:
    with suppress(OSError):  # nobody reads it
        print(line, file=sys.stderr, flush=True)
