"""What an installation brings: bytes, files, packages, and what of it is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import mistral_proto
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects.names import OURS

_COMPILED = {".so", ".pyd", ".dll", ".dylib"}


def measure(setting: Setting) -> Iterator[Table]:
    package = Path(mistral_proto.__file__).parent
    files = {OURS: _sources(path for path in package.rglob("*") if path.is_file())}
    packages = {OURS: 1}
    for it in setting.subjects:
        if it.distribution:
            brought = list(_brought(it.distribution))
            packages[it.name] = len(brought)
            files[it.name] = _sources(path for dist in brought for path in _files_of(dist))
    figures: Mapping[str, Mapping[str, float]] = {
        "size": {it: sum(map(_size, paths)) / 1e3 for it, paths in files.items()},
        "files": {it: len(paths) for it, paths in files.items()},
        "packages": packages,
        "compiled files": {
            it: sum(path.suffix in _COMPILED for path in paths) for it, paths in files.items()
        },
    }
    for what, of_each in figures.items():
        unit = "KB" if what == "size" else what.rpartition(" ")[2]
        yield Table(
            f"installed {what}", unit, [Figure.of(name, [it]) for name, it in of_each.items()]
        )


def _brought(name: str) -> Iterator[metadata.Distribution]:
    """The distribution, and all that it needs, without any of the extras."""
    seen: set[str] = set()
    left = [name]
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # not needed on this platform
        yield distribution
        for requirement in distribution.requires or ():
            needed = re.match(r"[\w.-]+", requirement)
            if needed and "extra ==" not in requirement:
                left.append(needed[0])


def _files_of(distribution: metadata.Distribution) -> Iterator[Path]:
    for path in distribution.files or ():
        yield Path(str(distribution.locate_file(path)))


def _sources(paths: Iterable[Path]) -> list[Path]:
    """Those that are there, without what Python has compiled from them since."""
    return [path for path in paths if "__pycache__" not in path.parts and path.is_file()]


def _size(path: Path) -> int:
    return path.stat().st_size
