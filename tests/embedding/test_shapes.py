"""The runner of the smoke tests on each shape of the package: ``nox -s embedded``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shapes.__main__ import SHAPES, main

ROOT = Path(__file__).parents[2]


def test_every_shape_has_a_session() -> None:
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    assert [shape for shape in SHAPES if f'"{shape}"' not in noxfile] == []


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["box"]):
        assert main(arguments) == 2
        assert "SHAPE is one of ['checkout', 'bundle'" in capsys.readouterr().out


@pytest.mark.full
def test_the_smoke_tests_pass() -> None:
    command = [sys.executable, "-m", "tests.shapes", "bundle", "-q"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
