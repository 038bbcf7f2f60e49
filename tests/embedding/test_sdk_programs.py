"""Programs for the SDK, unchanged, with a copy that has its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mistral_proto.cli import main
from tests.imported_from import ROOT

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("only", ["all", "client"])
def test_programs(only: str, tmp_path: Path) -> None:
    assert main(["vendor", str(tmp_path), "--name", "mistralai", "--only", only]) == 0
    paths = os.pathsep.join(map(str, [tmp_path, ROOT, TESTS]))
    subprocess.run(
        [sys.executable, "-m", "tests.sdk_programs.running", "mistralai"],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        timeout=120,
    )
