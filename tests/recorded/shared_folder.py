"""The folder beside the project with recorded traffic and published schemas."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path | None:
    """Return `MISTRAL_PROTO_SHARED`, or else ``shared`` next to the checkout; None without it.

    Raises:
        FileNotFoundError: ``MISTRAL_PROTO_REQUIRE_SHARED=1`` is set, and there is no folder.
    """
    folder = Path(os.environ.get("MISTRAL_PROTO_SHARED") or ROOT.parent / "shared")
    if folder.is_dir():
        return folder
    if os.environ.get("MISTRAL_PROTO_REQUIRE_SHARED") == "1":
        raise FileNotFoundError(f"MISTRAL_PROTO_REQUIRE_SHARED is set, but {folder} is no folder")
    return None


def missing_reason() -> str:
    """Return why a test that needs the folder is skipped."""
    return "no shared folder: none next to the checkout, and MISTRAL_PROTO_SHARED names none"
