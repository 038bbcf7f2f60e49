"""What runs the smoke tests on each shape of the package: ``nox -s embedded``."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shapes.__main__ import main
from tests.shapes.shapes import SHAPES

ROOT = Path(__file__).parents[2]


def test_every_shape_has_a_session() -> None:
    noxfile = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    [table] = [
        node.value
        for node in noxfile.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHAPES"
    ]
    assert isinstance(table, ast.Dict)
    assert [key.value for key in table.keys if isinstance(key, ast.Constant)] == [*SHAPES][1:]


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["box"]):
        assert main(arguments) == 2
        assert "SHAPE is one of ['checkout', 'bundle'" in capsys.readouterr().out


@pytest.mark.full
def test_the_smoke_tests_pass() -> None:
    """Here too, so that they are found broken before the sessions run."""
    command = [sys.executable, "-m", "tests.shapes", "bundle", "-q"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
