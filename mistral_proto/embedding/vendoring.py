"""A copy of the package in another tree, which can be updated later."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from .contents import files_of_a_copy
from .record import RECORD, Record, check_name, digest, read_record, record_of
from .sources import LICENCE, EmbeddingError, licence
from .trial import try_it

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LocalEdits", "Vendored", "vendor"]


@dataclass(frozen=True)
class Vendored:
    """What was done: the paths are those below the `folder` of the copy.

    `before` is what was there, None where nothing was; `own` are files that are
    not ours, and were left as they are.
    """

    folder: Path
    before: Record | None
    added: list[str]
    updated: list[str]
    removed: list[str]
    unchanged: list[str]
    own: list[str]


class LocalEdits(EmbeddingError):
    """Files of a copy were edited since it was made, and nothing was changed.

    `files` are their paths, each with what became of it.
    """

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        super().__init__(
            f"{folder} has edits ({', '.join(files)}), so nothing was changed; "
            "--force overwrites them"
        )
        self.folder = folder
        self.files = files


def vendor(
    directory: str | os.PathLike[str],
    *,
    name: str = "mistral_proto",
    only: str | None = None,
    testing: bool = False,
    force: bool = False,
) -> Vendored:
    """Copy the package into a directory, or update the copy that is there.

    The new copy is made beside the old one, tried in an isolated interpreter, and
    then put in its place: it is replaced as a whole, or not at all.

    Args:
        directory: where the copy's folder goes; it is made if need be.
        name: the name of the folder, by which the copy is imported.
        only: ``"types"`` or ``"client"`` for a copy with no more than that.
        testing: whether it has the server for tests.
        force: whether edits of the copy's files are given up.

    Raises:
        LocalEdits: files of the copy were edited.
        EmbeddingError: the name can't be imported, a folder of that name is no
            copy, the licence is missing, or the copy does not work.
        OSError: it can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     first = vendor(directory, name="chat", only="types")
    ...     again = vendor(directory, name="chat", only="types")
    >>> "sse.py" in first.added, again.added, len(again.unchanged) == len(first.added)
    (True, [], True)
    """
    folder = Path(directory, check_name(name))
    files = {**files_of_a_copy(only, testing=testing), LICENCE: licence()}
    record = record_of(files, only)
    if folder.is_symlink():
        raise EmbeddingError(f"{folder} is a symbolic link, which would be lost")
    before = read_record(folder) if folder.exists() else None
    old = before.files if before is not None else {}
    found = dict(_found(folder))
    edits = _edits(old, record.files, found)
    if edits and not force:
        raise LocalEdits(folder, edits)
    done = Vendored(
        folder,
        before,
        added=[path for path in files if path not in old],
        updated=[path for path in files if path in old and found.get(path) != record.files[path]],
        removed=[path for path in old if path not in files],
        unchanged=[path for path in files if path in old and found.get(path) == record.files[path]],
        own=[path for path in found if path not in old and path not in files],
    )
    if before != record or edits:
        _replace(folder, {**files, RECORD: record.to_json()}, done.own)
    return done


def _found(folder: Path) -> Iterator[tuple[str, str]]:
    """The files in the folder of a copy, with their digests, less what is ours to make."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() and not path.is_symlink():
            continue
        if "__pycache__" in inside.parts or str(inside) == RECORD:
            continue
        yield inside.as_posix(), digest(path.read_bytes()) if path.is_file() else ""


def _edits(
    old: Mapping[str, str], new: Mapping[str, str], found: Mapping[str, str]
) -> dict[str, str]:
    """Files that are not as they were written, nor as they are to be; what became of each."""
    edits = {
        path: "edited" if path in found else "deleted"
        for path in old
        if found.get(path) not in (old[path], new.get(path))
    }
    for path in new:
        if path not in old and path in found and found[path] != new[path]:
            edits[path] = "not ours, and in the place of a new file"
    return edits


def _replace(folder: Path, files: Mapping[str, bytes], own: list[str]) -> None:
    """Put a copy with these files, and those that are not ours, in the place of a folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        new, old = Path(beside, folder.name), Path(beside, "old")
        new.mkdir()
        for path in own:
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / path, new / path, follow_symlinks=False)
        for path, data in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(data)
        try_it(Path(beside), folder.name, __version__)
        if not folder.exists():
            new.rename(folder)
            return
        folder.rename(old)
        try:
            new.rename(folder)
        except BaseException:
            old.rename(folder)
            raise
