"""Where a request may go: the origin of a URL, and what stays within it."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

__all__ = ["check_url", "origin", "within_origin"]

# Stricter than RFC 3986: what two programs may read in two ways is nothing to send a
# key to.
_SOUND = re.compile(r"[!-~]+")
_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)(?::(?P<port>[0-9]{0,5}))?"
)


def origin(url: str) -> str:
    """Scheme, host and port: what a secret must not leave.

    Raises:
        ValueError: it is not an absolute http or https URL.

    >>> origin("https://API.mistral.ai:443/v1?x#y") == origin("https://api.mistral.ai")
    True
    """
    parts = urlsplit(url)
    authority = _AUTHORITY.fullmatch(parts.netloc.lower())
    if _SOUND.fullmatch(url) and authority and parts.scheme in ("http", "https"):
        port = int(authority["port"] or {"http": 80, "https": 443}[parts.scheme])
        if 0 < port < 65536:
            return f"{parts.scheme}://{authority['host']}:{port}"
    raise ValueError(f"not an absolute http or https URL: {url!r}")


def within_origin(url: str, location: str) -> str | None:
    """Where a redirect leads, if that is another URL of the same origin.

    >>> within_origin("https://api.mistral.ai/v1", "/v2")
    'https://api.mistral.ai/v2'
    >>> within_origin("https://api.mistral.ai/v1", "http://api.mistral.ai/v2") is None
    True
    """
    try:
        target = urljoin(url, location)
        return target if target != url and origin(target) == origin(url) else None
    except ValueError:
        return None


def check_url(url: str) -> str:
    """A server's URL, fit to append a path to.

    Raises:
        ValueError: it is not an absolute http or https URL, in ASCII, with a
            path at most.

    >>> check_url("https://api.mistral.ai/")
    'https://api.mistral.ai'
    >>> check_url("api.mistral.ai")
    Traceback (most recent call last):
        ...
    ValueError: server_url must be an http or https URL, not 'api.mistral.ai'
    """
    if "@" in url:
        raise ValueError("server_url must not hold a user name or password")
    if "?" in url or "#" in url:
        raise ValueError(f"server_url must have no query and no fragment, unlike {url!r}")
    try:
        origin(url)
    except ValueError:
        raise ValueError(f"server_url must be an http or https URL, not {url!r}") from None
    return url.rstrip("/")
