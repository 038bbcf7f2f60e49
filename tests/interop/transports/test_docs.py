"""The program of docs/transports.md that needs httpx."""

from __future__ import annotations

from pathlib import Path

from mistral_proto.testing import MockServer
from tests.package.pages import output_of


def test_clients_of_httpx(tmp_path: Path) -> None:
    with MockServer() as server:
        printed = output_of(tmp_path, "with_httpx.py", server_url=server.url)
        assert [request.headers["user-agent"][:7] for request in server.requests] == ["mistral"] * 2
    assert printed == "You said: Hi\n" * 2
