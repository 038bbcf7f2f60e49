"""Copies that the tests of this folder share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.embedding.trees import make_older, vendor


@pytest.fixture(scope="session")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the types, which no test changes."""
    folder = tmp_path_factory.mktemp("types") / "chat"
    assert vendor(folder, "--only", "types") == 0
    return folder


@pytest.fixture
def copy(types: Path, tmp_path: Path) -> Path:
    """A copy of an older version of the types, in a folder of its own."""
    folder = tmp_path / "app" / "chat"
    shutil.copytree(types, folder)
    make_older(folder)
    return folder
