"""A fork while other threads make their first calls: the child can make calls of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mistral_proto.testing import MockServer
from tests.imported_from import ROOT

PROGRAM = """
import os, signal, threading, warnings
{load}
from mistral_proto import Mistral

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork that has threads
mistral = Mistral("k", server_url={url!r})

def call():
    {call}

for _ in range(4):
    threading.Thread(target=call, daemon=True).start()
child = os.fork()
if not child:
    signal.alarm(20)
    call()
    os._exit(0)
os._exit(os.waitpid(child, 0)[1] != 0)
"""
HI = "model='m', messages=[{'role': 'user', 'content': 'Hi'}]"
CALLS = {
    "complete": ("", f"mistral.chat.complete({HI})"),
    "stream": ("", f"mistral.chat.stream({HI}).until_done()"),
    "complete_async": ("import asyncio", f"asyncio.run(mistral.chat.complete_async({HI}))"),
}


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("name", CALLS)
def test_a_fork_during_the_first_calls(name: str) -> None:
    load, call = CALLS[name]
    with MockServer() as server:
        program = PROGRAM.format(load=load, url=server.url, call=call)
        for _ in range(6):
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                timeout=40,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
