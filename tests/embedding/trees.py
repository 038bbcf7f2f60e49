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


def make_older(copy: Path) -> None:
    """Make a copy one of version 0.0.9: `sse.py` was another, `old.py` there, `wire.py` not."""
    record = json.loads((copy / "VENDORED.json").read_bytes())
    record["version"] = "0.0.9"
    for path in ("sse.py", "protocol/old.py"):
        put(copy / path, OLD)
        record["sha256"][path] = digest(OLD)
    (copy / "wire.py").unlink()
    del record["sha256"]["wire.py"]
    put(copy / "VENDORED.json", json.dumps(record).encode())
