"""Modules of the standard library that a Python may be built without; they are None there."""

from __future__ import annotations

try:
    import ssl
except ImportError:
    ssl = None  # type: ignore[assignment]
try:
    import zlib
except ImportError:
    zlib = None  # type: ignore[assignment]

__all__ = ["ssl", "zlib"]
