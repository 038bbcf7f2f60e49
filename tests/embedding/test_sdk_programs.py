"""Programs for the SDK, unchanged, with a copy that has its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mistral_proto.cli import main
from tests.imported_from import ROOT

COPIES = {
    "folder": ["vendor", ".", "--name", "mistralai", "--only", "client"],
    "file": ["bundle", "-o", "mistralai.py"],
}


@pytest.mark.parametrize("copy", COPIES)
def test_programs(copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(COPIES[copy]) == 0
    paths = os.pathsep.join(map(str, [tmp_path, ROOT, Path(__file__).parents[2]]))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.sdk_programs.running", "mistralai"]
    subprocess.run(command, env=environment, check=True, timeout=120)
