"""Interpreters that exit do not wait for calls, however long the server takes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.client.faults.servers import FaultServer, stall
from tests.imported_from import ROOT

SETUP = """
import asyncio, threading
from mistral_proto import Mistral
mistral = Mistral("k", server_url={url!r}, timeout_ms=3_600_000)
hi = dict(model="m", messages=[{{"role": "user", "content": "Hi"}}])
"""
# Programs that start a call, wait for a line of input, and exit.
PROGRAMS = {
    "threads": """
threading.Thread(target=mistral.chat.complete, kwargs=hi, daemon=True).start()
threading.Thread(target=mistral.chat.stream, kwargs=hi, daemon=True).start()
input()
""",
    "a task": """
async def main():
    asyncio.ensure_future(mistral.chat.complete_async(**hi))
    await asyncio.to_thread(input)
asyncio.run(main())
""",
    "a stopped loop": """
loop = asyncio.new_event_loop()
task = loop.create_task(mistral.chat.complete_async(**hi))
loop.run_in_executor(None, input).add_done_callback(lambda _: loop.stop())
loop.run_forever()
task._log_destroy_pending = False
""",
    "a timeout": """
async def main():
    call = asyncio.ensure_future(mistral.chat.complete_async(**hi))
    await asyncio.to_thread(input)
    try:
        await asyncio.wait_for(call, 0.01)
    except asyncio.TimeoutError:
        pass
asyncio.run(main())
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_abandoned_call(program: str) -> None:
    with FaultServer(then=stall) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", SETUP.format(url=server.url) + PROGRAMS[program]],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with process:
            try:
                while len(server.received) < 1 + (program == "threads"):
                    assert process.poll() is None
                out, _ = process.communicate(b"\n", timeout=20)
            except BaseException:
                process.kill()
                raise
    assert process.returncode == 0, out.decode()
    assert b"Traceback" not in out
