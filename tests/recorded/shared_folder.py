"""Where the material lies that is kept beside the project and is never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path | None:
    """The folder, or None where there is none.

    It is `MISTRAL_PROTO_SHARED` where that is set, and else ``shared`` next to
    the checkout.  With ``MISTRAL_PROTO_REQUIRE_SHARED=1`` its absence is an
    error, so that a run that is meant to have it does not pass by skipping.

    Raises:
        FileNotFoundError: it is required, and is not there.
    """
    folder = Path(os.environ.get("MISTRAL_PROTO_SHARED") or ROOT.parent / "shared")
    if folder.is_dir():
        return folder
    if os.environ.get("MISTRAL_PROTO_REQUIRE_SHARED") == "1":
        raise FileNotFoundError(f"MISTRAL_PROTO_REQUIRE_SHARED is set, but {folder} is no folder")
    return None


def missing_reason() -> str:
    """Why a test that needs the folder is skipped."""
    return "no shared folder: none next to the checkout, and MISTRAL_PROTO_SHARED names none"
