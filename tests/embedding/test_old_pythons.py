"""On a Python that is too old, the package and its copies say what they need."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from mistral_proto.embedding.bundling import bundle
from mistral_proto.embedding.vendoring import vendor
from tests.imported_from import ROOT

# A copy's name, and arguments for Python in the folder where the copy is.
USES = [
    ("mistral_proto", "-c", "import mistral_proto"),
    ("mistral_proto", "-c", "from mistral_proto.sse import EventStreamParser"),
    ("mistral_proto", "-m", "mistral_proto"),
    ("vendored", "-c", "import vendored"),
    ("vendored", "-m", "vendored"),
    ("app.types_alone", "-c", "import app.types_alone"),
    ("bundled", "-c", "import bundled"),
    ("bundled", "-c", "from bundled.sse import EventStreamParser"),
    ("bundled", "-m", "bundled"),
    ("bundled", "bundled.py", "--help"),
]
CASES = [
    (python, *use)
    for python in ["python2.7", "python3.6", "python3.7", "python3.8", "python3.9"]
    for use in USES
    # Python 2 can't parse the annotations in a bundle.
    if (python, use[0]) != ("python2.7", "bundled")
]


@cache
def found(python: str) -> list[str]:
    """The path and the version of a Python, or nothing."""
    show = "import sys; print(sys.executable); print(sys.version.split()[0])"
    try:
        done = subprocess.run([python, "-c", show], capture_output=True, text=True)
    except FileNotFoundError:
        return []
    # A version manager's command fails where that version was not asked for.
    return done.stdout.splitlines() if done.returncode == 0 else []


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each copy of `USES`."""
    folder = tmp_path_factory.mktemp("copies")
    vendor(folder, name="vendored")
    vendor(folder / "app", name="types_alone", only="types")
    (folder / "app" / "__init__.py").touch()
    bundle(folder / "bundled.py")
    return folder


@pytest.mark.parametrize(("python", "name", "option", "value"), CASES)
def test_what_it_says(python: str, name: str, option: str, value: str, copies: Path) -> None:
    if not found(python):
        pytest.skip(f"there is no {python} that runs")
    path, version = found(python)
    folder = ROOT if name == "mistral_proto" else copies
    done = subprocess.run(
        [path, "-B", option, value], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (1, "")
    said = f": {name} needs Python 3.10 or newer; this is {version}"
    assert done.stderr.splitlines()[-1].endswith(said)
