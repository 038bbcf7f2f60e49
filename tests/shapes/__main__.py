"""Run the tests against the package in one of its shapes: ``python -m tests.shapes bundle``.

The tests are copied beside it, with its name in them where that is another.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.recorded.shared_folder import shared_folder
from tests.shapes.shapes import SHAPES, Shape

CHECKOUT = Path(__file__).resolve().parents[2]
COPIED = ["README.md", "docs", "pyproject.toml", "tests"]
NAME = "mistral_proto"

# Loggers and threads are named for what the package is, not for where it is.
KEPT = re.compile(rf'(\.name(?: == |\.startswith\()|logger=|getLogger\()"{NAME}')

# What the flags keep from the path: the tests, what is tested, and pytest.
START = (
    "import sys; sys.path[:0] = sys.argv.pop(1).split('|'); import pytest; sys.exit(pytest.main())"
)


def main(arguments: list[str]) -> int:
    """Run the tests in a shape, with further arguments of pytest; return its exit code."""
    if not arguments or arguments[0] not in SHAPES:
        print(f"usage: python -m tests.shapes SHAPE [ARGUMENT ...]; SHAPE is one of {[*SHAPES]}")
        return 2
    shape = SHAPES[arguments[0]]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        copy_tests(root, shape.package)
        made = shape.make(root, shape.package)
        before = listing(made)
        done = subprocess.run(
            command(root, made, shape, arguments), cwd=root, env=environment(made)
        ).returncode
        if not shape.may_write and listing(made) != before:
            print(f"{made} was written to")
            return 1
        return done


def copy_tests(root: Path, package: str) -> None:
    """Copy the tests, and the pages that some of them read, with the package's name in them."""
    for name in COPIED:
        if (CHECKOUT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, root / name, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / name, root / name)
    for path in [*root.rglob("*.md"), *root.rglob("*.py")]:
        path.write_text(renamed(path.read_text(encoding="utf-8"), package), encoding="utf-8")


def renamed(text: str, package: str) -> str:
    """A text with another name of the package in it."""
    return KEPT.sub(r'\1"\0', text).replace(NAME, package).replace("\0", NAME)


def command(root: Path, made: Path, shape: Shape, arguments: list[str]) -> list[str]:
    installed = [path for path in sys.path if path.endswith("site-packages")]
    doctests = [str(made / NAME)] if (made / NAME).is_dir() else []
    name, *further = arguments
    options = ["-p", "tests.shapes.plugin", f"--shape={name}", f"--made={made}"]
    options += ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestConfigWarning"]
    paths = "|".join(map(str, [root, made, *installed]))
    return [
        sys.executable, *shape.flags, "-c", START, paths, *options, *further,
    ] + ([] if further and not further[-1].startswith("-") else ["tests", *doctests])  # fmt: skip


def environment(made: Path) -> dict[str, str]:
    shared = shared_folder()
    return {
        **os.environ,
        **({"MISTRAL_PROTO_SHARED": str(shared)} if shared is not None else {}),
        # For the processes that tests start.
        "PYTHONPATH": str(made),
    }


def listing(made: Path) -> list[Path]:
    return sorted(made.rglob("*"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
