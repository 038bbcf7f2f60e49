"""Forks while other threads make their first calls: the child can make calls too."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mistral_proto.testing import MockServer
from tests.imported_from import ROOT

PROGRAM = """
import asyncio, os, signal, threading, warnings
from mistral_proto import Mistral

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork that has threads
mistral = Mistral("k", server_url={url!r})
hi = dict(model="m", messages=[{{"role": "user", "content": "Hi"}}])
for _ in range(4):
    threading.Thread(target=lambda: {call}, daemon=True).start()
child = os.fork()
if not child:
    signal.alarm(20)
    {call}
    os._exit(0)
os._exit(os.waitpid(child, 0)[1] != 0)
"""


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize(
    "call",
    [
        "mistral.chat.complete(**hi)",
        "mistral.chat.stream(**hi).until_done()",
        "asyncio.run(mistral.chat.complete_async(**hi))",
    ],
)
def test_a_fork_during_the_first_calls(call: str) -> None:
    with MockServer() as server:
        for _ in range(6):
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM.format(url=server.url, call=call)],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                timeout=40,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
