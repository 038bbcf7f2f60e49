"""A copy of the types in a folder of its own, and what is in such folders."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from mistral_proto.cli import main
from mistral_proto.embedding.vendoring import digest

OLD = b"OLD = True\n"


def tree(folder: Path) -> dict[str, object]:
    """Return all that is in a folder, hidden files too, by path; nothing is followed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content: object = stat.S_IFMT(mode)
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                content = file.read(1 << 20)
        elif stat.S_ISLNK(mode):
            content = os.readlink(path)
        found[path.relative_to(folder).as_posix()] = content
    return found


def put(path: Path, data: bytes = b"mine") -> None:
    """Write a file, in folders that are made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def vendor(folder: Path, *options: str) -> int:
    """Run the command for a copy that is called as its folder."""
    return main(["vendor", str(folder.parent), "--name", folder.name, *options])


def change_record(copy: Path, **changes: object) -> None:
    document = json.loads((copy / "VENDORED.json").read_bytes())
    put(copy / "VENDORED.json", json.dumps({**document, **changes}).encode())


def make_older(copy: Path) -> None:
    """Make a copy one of version 0.0.9: `sse.py` was another, `old.py` there, `wire.py` not."""
    sums = json.loads((copy / "VENDORED.json").read_bytes())["sha256"]
    for path in ("sse.py", "protocol/old.py"):
        put(copy / path, OLD)
        sums[path] = digest(OLD)
    (copy / "wire.py").unlink()
    del sums["wire.py"]
    change_record(copy, version="0.0.9", sha256=sums)
