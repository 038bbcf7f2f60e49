"""Programs for the SDK, unchanged, with a copy that has its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mistral_proto.embedding import vendor
from tests.imported_from import ROOT

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("only", [None, "client"])
def test_programs(only: str | None, tmp_path: Path) -> None:
    vendor(tmp_path, "mistralai", only=only)
    paths = os.pathsep.join(map(str, [tmp_path, ROOT, TESTS]))
    subprocess.run(
        [sys.executable, "-m", "tests.sdk_programs.running", "mistralai"],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        timeout=120,
    )
