"""Modules of the standard library that are None where Python was built without them."""

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
