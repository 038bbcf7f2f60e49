"""Proxies: which request goes through which, as the environment or the user says."""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["ProxyHandler", "checked_proxies"]


def checked_proxies(proxies: Mapping[str, str]) -> dict[str, str]:
    """Return proxies that a user gave.

    Raises:
        TypeError: it is no mapping of strings to strings.
        ValueError: a proxy is not one over http or https.
    """
    if not hasattr(proxies, "items"):
        kind = type(proxies).__name__
        raise TypeError(f"proxies must map 'http' and 'https' to URLs, and are of type {kind}")
    return {scheme: _checked(proxy, scheme) for scheme, proxy in proxies.items()}


def _checked(proxy: str, scheme: str) -> str:
    """A proxy's URL; what is wrong with it may be a secret, and is not shown."""
    if not isinstance(proxy, str):
        kind = type(proxy).__name__
        raise TypeError(f"the proxy for {scheme!r} must be a URL, and is of type {kind}")
    url = proxy if "://" in proxy else f"http://{proxy}"
    kind = url.partition("://")[0].lower()
    if kind not in ("http", "https"):
        shown = f", not over {kind}" if re.fullmatch("socks[0-9a-z]*|ftp", kind) else ""
        raise ValueError(f"a proxy must be one over http or https{shown}")
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return url
    except ValueError:
        pass
    raise ValueError(f"the proxy for {scheme!r} is not a URL with a host")


class ProxyHandler(urllib.request.ProxyHandler):
    """The handler of `urllib`, which says what it can't do, and reads NO_PROXY as people write it.

    Args:
        proxies: a URL for each scheme; None: the environment's, or else the system's.
    """

    def __init__(self, proxies: Mapping[str, str] | None) -> None:
        found = urllib.request.getproxies() if proxies is None else dict(proxies)
        if "all" in found:
            found = {**dict.fromkeys(("http", "https"), found["all"]), **found}
        super().__init__(found)

    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> Any:
        listed = urllib.request.getproxies_environment().get("no", "")
        if is_bypassed(f"{req.type}://{req.host}", listed):
            return None
        try:
            proxy = _checked(proxy, type)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        if req.type == "https" and proxy.lower().startswith("https://") and "@" in proxy:
            # urllib opens tunnels in the clear, whatever the proxy's URL says.
            raise RefusedError("a password for a proxy over https can't be kept secret")
        return super().proxy_open(req, proxy, type)


def is_bypassed(origin: str, no_proxy: str) -> bool:
    """Return whether no proxy is to be used for a URL, by a list of hosts and networks.

    >>> is_bypassed("https://10.1.2.3", "10.0.0.0/8"), is_bypassed("http://a.example", "*.example")
    (True, True)
    """
    parts = urlsplit(origin)
    host = (parts.hostname or "").rstrip(".")
    port = str(parts.port or (443 if parts.scheme == "https" else 80))
    return any(_is_of(entry, host, port) for entry in re.split(r"[\s,;]+", no_proxy.lower()))


def _is_of(entry: str, host: str, port: str) -> bool:
    """Whether a host and port are meant by an entry of NO_PROXY."""
    if entry == "*":
        return True
    bare, _, only = entry.rpartition(":")
    if only == port and (":" not in bare or bare.endswith("]")):
        entry = bare
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith("." + name))
