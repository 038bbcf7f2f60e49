"""What a copy is recorded to be, and what has become of it since."""

from __future__ import annotations

import hashlib
import json
import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from .sources import EmbeddingError

__all__ = ["RECORD", "Record", "check_name", "digest", "read_record", "record_of"]

RECORD = "VENDORED.json"
"""The record's file, in the folder of a copy."""


@dataclass(frozen=True)
class Record:
    """The record of a copy.

    `files` has the SHA-256 of each file as it was written.  `only` is what the
    copy was made for; None is all of it.
    """

    version: str
    only: str | None
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        """The record as it is written."""
        document = {
            "package": "mistral_proto",
            "version": self.version,
            "only": self.only,
            "note": "A copy: `python -m mistral_proto vendor` updates it, and tells of edits.",
            "sha256": dict(self.files),
        }
        return json.dumps(document, indent=1).encode() + b"\n"


def record_of(files: Mapping[str, bytes], only: str | None) -> Record:
    """The record of a copy with these files, of this version."""
    return Record(__version__, only, {path: digest(data) for path, data in files.items()})


def digest(data: bytes) -> str:
    """The SHA-256 of a text, whatever ends its lines: git may change that."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def read_record(folder: Path) -> Record:
    """The record in a folder.

    Raises:
        EmbeddingError: there is none, so that the folder is not ours to change.
    """
    try:
        document = json.loads((folder / RECORD).read_bytes())
        if document["package"] != "mistral_proto":
            raise ValueError(document["package"])
        files = {str(path): str(sha256) for path, sha256 in document["sha256"].items()}
        if any(Path(path).is_absolute() or ".." in Path(path).parts for path in files):
            raise ValueError("a path that leads out of the folder")
        return Record(document["version"], document["only"], files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise EmbeddingError(
            f"{folder} is there, and is no copy that was made here: it has no {RECORD} "
            "that can be read. Remove it, or choose another --name."
        ) from None


def check_name(name: str) -> str:
    """The name of a copy, which has to be one that can be imported.

    Raises:
        EmbeddingError: it is not.

    >>> check_name("chat")
    'chat'
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise EmbeddingError(f"{name!r} is no name that can be imported")
    return name
