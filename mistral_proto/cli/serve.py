"""``serve``: a test server for programs in any language."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from ..client.options import server_url_option
from ..testing import MockServer, RecordingServer, ReplayServer
from . import message_of, report

if TYPE_CHECKING:
    import argparse

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Run the command until an interrupt."""
    if (options.record is None) != (options.to is None):
        options.fail("--record and --to need each other")
    if options.record is not None and (options.replies or options.pace or options.strict):
        options.fail("--replies, --pace and --strict can't be used with --record")
    settings = {"pace": options.pace, "port": options.port, "strict": options.strict}
    with ExitStack() as running:
        option = ""
        try:
            server: MockServer
            if options.replies is not None:
                server = ReplayServer(options.replies, **settings)
            elif options.record is not None:
                to = server_url_option(options.to, "--to")
                server = RecordingServer(to, options.record, port=options.port)
            else:
                server = MockServer(**settings)
            server.log = _log
            option = "--port: "
            running.enter_context(server)
        except (OSError, ValueError) as error:
            report(f"{option}{message_of(error)}")
            return 2
        print(server.url, flush=True)
        while True:
            time.sleep(1)
            server.requests.clear()


def _log(line: str) -> None:
    with suppress(OSError):  # stderr may be closed
        print(line, file=sys.stderr, flush=True)
