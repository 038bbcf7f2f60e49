"""A copy of the package in another tree, which can be updated later."""

from __future__ import annotations

import hashlib
import json
import keyword
import os
import re
import secrets
import shutil
import stat
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from .. import __version__
from .contents import CONTENTS, files_of_a_copy, try_copy, write

__all__ = ["RECORD", "check_name", "digest", "read", "record", "vendor"]

RECORD = "VENDORED.json"
_PATH = re.compile(r"(\w+/){0,8}(\w+\.py|py\.typed|LICENSE)", re.ASCII)
_BYTE_CODE = re.compile(r"(.*/)?__pycache__/[^/]*\.pyc[^/]*")


def vendor(directory: str, name: str, only: str | None, force: bool) -> list[str]:
    """Copy the package into a directory, or update the copy there; return what was done, in lines.

    The new copy is made beside the old one, tried in an isolated Python, and exchanged with it in
    one step; files that are not ours stay. The copy is the folder `name` of the directory. `only`
    is a kind of `CONTENTS`; None is the kind of the old copy, or ``"all"``. `force` overwrites
    files that were edited. Raises `ValueError` or `OSError`, and has changed nothing then.
    """
    folder = Path(directory, check_name(name))
    found = _files(folder) if os.path.lexists(folder) else []
    before, was_only, old = _read_record(folder) if found else (__version__, "all", {})
    files = files_of_a_copy(only or was_only)
    new = {path: digest(data) for path, data in files.items()}
    seen = {path: digest(read(folder / path)) for path in found if path in {**old, **new}}
    edited = [path for path in seen if seen[path] not in (old.get(path), new.get(path))]
    if edited and not force:
        names = ", ".join(edited)
        raise ValueError(
            f"{folder}: {names}: edited, or not made by vendor; --force overwrites them"
        )
    files[RECORD] = record(only or was_only, files)
    done = [f"added: {path}" for path in new if path not in old and old]
    done += [f"updated: {path}" for path in old if path in new and seen.get(path) != new[path]]
    done += [f"removed: {path}" for path in old if path not in new]
    if found:
        seen[RECORD] = digest(read(folder / RECORD))
    if done or seen.get(RECORD) != digest(files[RECORD]):
        _put(folder, files, seen)
    done += [f"left alone, not ours: {path!r}" for path in found if path not in seen]
    was = f" (was {before})" if before != __version__ else ""
    return [*done, f"{folder}: mistral_proto {__version__}{was}, {len(new)} files"]


def check_name(name: str) -> str:
    """Return the name of a copy; raise `ValueError` if it cannot be imported."""
    importable = name.isidentifier() and name == unicodedata.normalize("NFKC", name)
    if not importable or keyword.iskeyword(name) or name.startswith("__"):
        raise ValueError(f"{name!r} is not a name that can be imported")
    if name in sys.stdlib_module_names:
        raise ValueError(f"{name!r} is a module of the standard library")
    return name


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file; git may have changed the ends of its lines."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def read(path: Path, most: int = 1 << 20) -> bytes:
    """Return the first `most` bytes of a regular file; raise `ValueError` for any other."""
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if not path.is_symlink():
        with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return file.read(most)
    raise ValueError(f"{str(path)!r} is a link, or not a regular file")


def record(only: str, files: Mapping[str, bytes]) -> bytes:
    """Return the record of a copy, which is in its folder as `RECORD`."""
    document = {"package": "mistral_proto", "version": __version__, "only": only}
    sums = {path: digest(data) for path, data in files.items()}
    return json.dumps({**document, "sha256": sums}, indent=1).encode() + b"\n"


def _read_record(folder: Path) -> tuple[str, str, dict[str, str]]:
    """Return the version, the kind and the checksums of a copy; raise `ValueError` if none."""
    try:
        document = json.loads(read(folder / RECORD))
        version, only, files = document["version"], document["only"] or "all", document["sha256"]
        known = document["package"] == "mistral_proto" and only in CONTENTS
        if (
            known
            and re.fullmatch(r"[\w.+-]{1,40}", version, re.A)
            and all(map(_PATH.fullmatch, files))
        ):
            return version, only, dict(files)
    except (FileNotFoundError, ValueError, LookupError, TypeError, RecursionError):
        pass
    raise ValueError(
        f"{folder} is not a copy, as it has no valid {RECORD}; remove it, or choose another name"
    )


def _files(folder: Path) -> list[str]:
    """Return the files in a folder, less byte code; raise `ValueError` for a link in it."""
    files: list[str] = []
    folders = [""]
    for above in folders:
        if (folder / above).is_symlink():
            raise ValueError(f"{str(folder / above)!r} is a link")
        with os.scandir(folder / above) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = above + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif not entry.is_file(follow_symlinks=False):
                    raise ValueError(f"{entry.path!r} is a link, or not a regular file")
                elif not _BYTE_CODE.fullmatch(path):
                    files.append(path)
    return files


def _put(folder: Path, files: Mapping[str, bytes], seen: Mapping[str, str]) -> None:
    """Put a new copy in a folder's place; `seen` are the checksums of the old copy's files."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
    new, works = beside / folder.name, False
    known = {(path, digest(data)) for path, data in files.items()} | {*seen.items()}
    try:
        beside.mkdir(mode=0o700)
        write(new, files)
        try_copy(beside, folder.name, files)
        works = True
        if seen:
            _move_others(folder, new, known)
            _exchange(new, folder)
        else:
            new.rename(folder)
    finally:
        if not works:
            shutil.rmtree(beside, ignore_errors=True)
        for _ in range(10):  # files may turn up meanwhile
            # From the old copy to the new one, or back to the old one if something failed.
            if os.path.lexists(new):
                _move_others(new, folder, known, delete=True)
        if works:
            beside.rmdir()


def _move_others(
    source: Path, target: Path, known: set[tuple[str, str]], above: str = "", delete: bool = False
) -> None:
    """Move what is not a `known` file from one folder to another; delete the rest if asked."""
    if (source / above).is_symlink():  # which was put there meanwhile
        raise ValueError(f"{source / above} is a link")
    ours = {parent.as_posix() for path, _ in known for parent in PurePosixPath(path).parents}
    for entry in [*os.scandir(source / above)]:
        path = above + entry.name
        is_cache = entry.name == "__pycache__" and not above.endswith("__pycache__/")
        if entry.is_dir(follow_symlinks=False) and (path in ours or is_cache):
            _move_others(source, target, known, f"{path}/", delete)
        elif not _BYTE_CODE.fullmatch(path) and (
            not entry.is_file(follow_symlinks=False)
            or (path, digest(read(Path(entry.path)))) not in known
        ):
            (target / above).mkdir(parents=True, exist_ok=True)
            os.replace(entry.path, target / path)
        elif delete:
            os.unlink(entry.path)
    if delete:
        with suppress(OSError):
            os.rmdir(source / above)


def _exchange(new: Path, folder: Path) -> None:
    """Exchange two folders: in one step where the system can, else in two."""
    with suppress(ImportError, AttributeError, OSError, TypeError):
        from ctypes import CDLL

        here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
        if CDLL(None).renameat2(here, os.fsencode(new), here, os.fsencode(folder), exchange) == 0:
            return
    aside = folder.rename(new.with_name(f"{new.name}.old"))
    try:
        new.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    aside.rename(new)
