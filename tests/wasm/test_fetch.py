"""The transport of docs/embedding.md in WebAssembly; ``PYODIDE`` is the folder of that npm package."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mistral_proto.testing import ErrorReply, MockServer
from tests.package.pages import files

PROGRAM = """
from mistral_proto import Mistral, MistralError

question = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "retries": 0}
async with Mistral("any", server_url=server_url, async_transport=FetchTransport()) as mistral:
    print((await mistral.chat.complete_async(**question)).text)
    async with mistral.chat.stream_async(**question) as events:
        print([text async for text in events.text()])
    try:
        await mistral.chat.complete_async(**question)
    except MistralError as error:
        print(error)
    try:
        await mistral.chat.complete_async(**question, server_url="http://127.0.0.1:9")
    except MistralError as error:
        print(type(error).__name__)
"""


def test_calls(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(files()["fetch_transport.py"] + PROGRAM, encoding="utf-8")
    run = Path(__file__).with_name("fetch.mjs")
    with MockServer(["Bonjour", "Bonjour", ErrorReply(400, "No such model")]) as server:
        done = subprocess.run(
            ["node", run, os.environ["PYODIDE"], tmp_path / "program.py", server.url],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            timeout=120,
        )
    assert done.stdout.splitlines() == [
        "Bonjour",
        "['Bonjour']",
        "400 Bad Request: No such model",
        "NoResponseConnectionError",
    ]
