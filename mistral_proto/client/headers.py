"""What may stand in a request's headers (RFC 9110, sections 5.1 and 5.5)."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["check_api_key", "check_headers"]


def check_api_key(key: str) -> str:
    """The key, fit for a header; raises ValueError, without it, if it is not."""
    if not isinstance(key, str):
        raise TypeError(f"the API key must be a string, not {type(key).__name__}")
    # A key read from a file often brings its line end along.
    key = key.strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("the API key must be printable ASCII without spaces")  # and is not shown
    return key


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by their lower-case names; raises ValueError for one that can't be sent."""
    checked: dict[str, str] = {}
    for name, value in headers.items():
        # The value may be a secret, and is not shown.
        token = name.replace("-", "").replace("_", "")
        if not (token.isascii() and token.isalnum()):
            raise ValueError(f"not a header name: {name!r}")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the header {name} must be printable ASCII")
        if name.lower() in ("content-length", "transfer-encoding"):
            raise ValueError(f"the header {name} is not for a caller to set")
        checked[name.lower()] = value
    return checked
