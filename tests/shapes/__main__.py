"""Run the smoke tests on the package in one of its shapes: ``python -m tests.shapes bundle``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mistral_proto.embedding.contents import files_of_a_copy, module_name
from tests.shapes.shapes import SHAPES

# What the flags keep from the path: what is tested, and pytest.
START = (
    "import sys; sys.path[:0] = sys.argv.pop(1).split('|'); import pytest; sys.exit(pytest.main())"
)


def main(arguments: list[str]) -> int:
    """Run the smoke tests, with further arguments of pytest; return its exit code."""
    if not arguments or arguments[0] not in SHAPES:
        print(f"usage: python -m tests.shapes SHAPE [ARGUMENT ...]; SHAPE is one of {[*SHAPES]}")
        return 2
    name, *further = arguments
    shape = SHAPES[name]
    modules = [module_name(path) for path in files_of_a_copy("all") if path.endswith(".py")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        shutil.copy(Path(__file__).with_name("smoke.py"), root / "test_smoke.py")
        (root / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        made = shape.make(root, shape.package)
        before = sorted(made.rglob("*"))
        installed = [path for path in sys.path if path.endswith("site-packages")]
        paths = "|".join([str(made), *installed])
        options = [
            "-ra",
            "-W",
            "ignore::pytest.PytestConfigWarning",
            "-p",
            "no:cacheprovider",
            "--import-mode=importlib",
            *further,
        ]
        code = subprocess.run(
            [sys.executable, *shape.flags, "-c", START, paths, *options],
            cwd=root,
            env={
                **{it: value for it, value in os.environ.items() if not it.startswith("PYTHON")},
                "SHAPE": name,
                "MADE": str(made),
                "PACKAGE": shape.package,
                "MODULES": " ".join(modules),
                # For the processes that tests start.
                "PYTHONPATH": str(made),
            },
        ).returncode
        if not shape.may_write and sorted(made.rglob("*")) != before:
            print(f"{made} was written to")
            return 1
        return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
