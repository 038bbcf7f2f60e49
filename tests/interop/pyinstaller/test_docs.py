"""The command of docs/embedding.md that needs PyInstaller."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mistral_proto.testing import MockServer
from tests.package.pages import PAGES, write_files

COMMAND = "pyinstaller --onefile ask.py"


def test_an_executable(tmp_path: Path) -> None:
    assert f"$ {COMMAND}\n" in PAGES["docs/embedding.md"]
    with MockServer() as server:
        write_files(tmp_path, "ask.py", server_url=server.url)
        subprocess.run(COMMAND.split(), cwd=tmp_path, check=True)
        done = subprocess.run(
            [tmp_path / "dist/ask", "Hello there"],
            env={**os.environ, "MISTRAL_API_KEY": "k"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        )
    assert done.stdout == "You said: Hello there\n"
