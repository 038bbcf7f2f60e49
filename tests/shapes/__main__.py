"""Run the smoke tests on the package in one of its shapes: ``python -m tests.shapes bundle``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mistral_proto import cli
from mistral_proto.embedding.contents import files_of_a_copy, module_name


def checkout(root: Path, package: str) -> Path:
    return Path(__file__).parents[2]


def folder(root: Path, package: str) -> Path:
    assert cli.main(["vendor", str(root / "lib"), "--name", package]) == 0
    return root / "lib"


def one_file(root: Path, package: str) -> Path:
    (root / "lib").mkdir()
    assert cli.main(["bundle", "-o", str(root / "lib" / f"{package}.py")]) == 0
    return root / "lib"


def zipped(root: Path, package: str) -> Path:
    unpacked, archive = folder(root / "unpacked", package), root / "lib.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for path in sorted(unpacked.rglob("*")):
            written.write(path, path.relative_to(unpacked))
    return archive


def read_only_without_ssl(root: Path, package: str) -> Path:
    made = folder(root, package)
    # Found before the one that the standard library's `ssl` imports.
    (made / "_ssl.py").write_text("raise ModuleNotFoundError(\"No module named '_ssl'\")\n")
    for above, _, files in os.walk(made):
        # Whoever may write everywhere, as the user of a container, can't write here:
        # what is in the place of the folder for byte code is no folder.
        Path(above, "__pycache__").touch()
        for name in [*files, "__pycache__"]:
            Path(above, name).chmod(0o444)
        Path(above).chmod(0o555)
    return made


@dataclass(frozen=True)
class Shape:
    """A shape: `make` returns what has to be on the path.

    `flags` are those of the interpreter; `may_write` is whether it may leave byte code there.
    """

    make: Callable[[Path, str], Path]
    package: str = "mistral_proto"
    flags: tuple[str, ...] = ()
    may_write: bool = True


SHAPES = {
    "checkout": Shape(checkout),
    "bundle": Shape(one_file, "chat_core"),
    "vendored": Shape(folder, "chat_core"),
    "zip": Shape(zipped),
    "optimized": Shape(folder, flags=("-I", "-S", "-B", "-O")),
    "stripped": Shape(one_file, "chat_core", flags=("-I", "-S", "-B", "-OO")),
    "read-only-without-ssl": Shape(read_only_without_ssl, may_write=False),
}

# What the flags keep from the path: what is tested, and pytest.
START = (
    "import sys; sys.path[:0] = sys.argv.pop(1).split('|'); import pytest; sys.exit(pytest.main())"
)


def main(arguments: list[str]) -> int:
    """Run the smoke tests, with further arguments of pytest; return its exit code."""
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
        options = "-ra -W ignore::pytest.PytestConfigWarning -p no:cacheprovider".split()
        options += ["--import-mode=importlib", *further]
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
