"""Pythons that were built without a module that we can do without."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mistral_proto.transport import connections, content_coding, optional


def again(module: ModuleType) -> ModuleType:
    """The module as it is when it is imported now."""
    assert module.__file__ is not None
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_again", module.__file__)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_without_ssl_and_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ssl", "zlib"):
        monkeypatch.setitem(sys.modules, name, None)
    without = again(optional)
    assert (without.ssl, without.zlib) == (None, None)
    monkeypatch.setattr(optional, "ssl", None)
    monkeypatch.setattr(optional, "zlib", None)
    assert again(connections)._WOULD_BLOCK == (BlockingIOError,)
    coding = again(content_coding)
    assert coding.ACCEPTED == "identity"
    with pytest.raises(OSError, match="^the content-encoding is another"):
        coding.check_codings(["gzip"])


IMPORTED = """
import sys, socket, threading
from mistral_proto.transport import urllib_transport
from mistral_proto.transport.exchange import HTTPRequest
assert not {"asyncio", "concurrent.futures"} & {*sys.modules}
with socket.create_server(("127.0.0.1", 0)) as listener:
    def serve():
        theirs, _ = listener.accept()
        with theirs:
            theirs.recv(65536)
            theirs.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\nHello")
            theirs.recv(65536)
    threading.Thread(target=serve).start()
    transport = urllib_transport.UrllibTransport(proxies={})
    url = f"http://localhost:{listener.getsockname()[1]}"
    loaded = {*sys.modules}
    response = transport.send(HTTPRequest("POST", url, {}, b"{}", 5, 5, 5))
    assert b"".join(response.body) == b"Hello"
    response.close()
    assert {*sys.modules} == loaded, {*sys.modules} - loaded
"""


@pytest.mark.native
def test_a_call_imports_nothing() -> None:
    """A fork while another thread imports would leave the child an import that never ends."""
    root = Path(optional.__file__ or "").parents[2]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.replace("\\\\", "\\")],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
