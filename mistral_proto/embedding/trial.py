"""Whether what was made works, tried in an isolated interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .sources import EmbeddingError

__all__ = ["try_it"]

# Warnings are errors, and nothing is imported but what a bare Python has: neither
# this package nor anything that is installed.
_ISOLATED = ("-I", "-S", "-B", "-W", "error", "-c")

_USE = """
import sys
sys.path.insert(0, sys.argv[1])
from importlib import import_module
chat = import_module(sys.argv[2])
if chat.__version__ != sys.argv[3]:
    raise SystemExit(f"it is version {chat.__version__}")
for name in chat.__all__:
    getattr(chat, name)
document = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
request = chat.ChatCompletionRequest.from_dict(document)
if chat.ChatCompletionRequest.from_json(request.to_json()).to_dict() != document:
    raise SystemExit("a request did not come back as it was written")
reply = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}'
reply += b"\\n\\ndata: [DONE]\\n\\n"
if [event.data for event in chat.EventStreamParser().feed(reply)][1] != "[DONE]":
    raise SystemExit("a stream of events was not read")
if "Mistral" in chat.__all__:
    class Canned:
        failures = ()
        def send(self, request):
            return chat.HTTPResponse(200, {"content-type": "text/event-stream"}, [reply])
        def close(self):
            pass
    with chat.Mistral("k", transport=Canned()) as mistral:
        with mistral.chat.stream(**document) as events:
            if "".join(event.text for event in events) != "Hi":
                raise SystemExit("an answer was not read")
"""


def try_it(folder: Path, name: str, version: str) -> None:
    """Import a copy in a folder, and use it: all of its names, and a call of the client.

    Raises:
        EmbeddingError: it does not work, or there is no interpreter to try it with.
    """
    if not sys.executable:
        raise EmbeddingError("there is no Python to try the copy with")
    command = [sys.executable, *_ISOLATED, _USE, str(folder), name, version]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        said = done.stderr.decode(errors="backslashreplace").strip().split("\n")[-1]
        raise EmbeddingError(f"the copy does not work here: {said or done.returncode}")
