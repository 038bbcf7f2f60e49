"""The proxy of a request, from the environment or the options of the client."""

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

__all__ = ["ProxyHandler", "is_bypassed"]


def _check_proxy(scheme: object, proxy: object) -> None:
    """Raise TypeError or ValueError for an invalid proxy; it may contain a password."""
    if not (isinstance(scheme, str) and scheme.isalpha()):
        raise ValueError("proxies must have schemes such as 'https' for keys")
    if not isinstance(proxy, str):
        given = type(proxy).__name__
        raise TypeError(f"proxies[{scheme!r}] must be the URL of a proxy, not of type {given}")
    kind = proxy.partition("://")[0].lower() if "://" in proxy else "http"
    if kind not in ("http", "https"):
        shown = f", not over {kind}" if re.fullmatch("socks[0-9a-z]*", kind) else ""
        raise ValueError(f"a proxy must be one over http or https{shown}")
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        is_place = parts.hostname and parts.port != 0
    except ValueError:
        is_place = False
    if not is_place:
        raise ValueError(f"proxies[{scheme!r}] must have a host, and a port that is a number")


class ProxyHandler(urllib.request.ProxyHandler):
    """The proxy handler of `urllib`, with checks, and with every common form of NO_PROXY.

    Args:
        proxies: a URL for each scheme; None: from the environment, else from the system.

    Raises:
        TypeError, ValueError: a given proxy is not valid.
    """

    def __init__(self, proxies: Mapping[str, str] | None) -> None:
        if proxies is None:
            found = urllib.request.getproxies()
        elif hasattr(proxies, "items"):
            found = dict(proxies)
            for scheme, proxy in found.items():
                _check_proxy(scheme, proxy)
        else:
            what = "a mapping such as {'https': 'http://proxy:3128'}"
            raise TypeError(f"proxies must be {what}, not {type(proxies).__name__}")
        if "all" in found:
            found = {"http": found["all"], "https": found["all"], **found}
        super().__init__(found)

    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> Any:
        if is_bypassed(req.type, req.host, urllib.request.getproxies_environment().get("no", "")):
            return None
        try:
            _check_proxy(type, proxy)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        if req.type == "https" and proxy.lower().startswith("https://") and "@" in proxy:
            # urllib does not use TLS to the proxy of a tunnel, even if its URL is https.
            raise RefusedError("the password of an https proxy would be sent without TLS")
        return super().proxy_open(req, proxy if "://" in proxy else f"http://{proxy}", type)


def is_bypassed(scheme: str, host: str, no_proxy: str) -> bool:
    """Return whether NO_PROXY, a list of names and networks, contains the host.

    >>> is_bypassed("https", "10.1.2.3", "10.0.0.0/8"), is_bypassed("http", "a.b:80", "*.b:80")
    (True, True)
    """
    parts = urlsplit(f"{scheme}://{host}")
    name = (parts.hostname or "").rstrip(".")
    port = str(parts.port or (443 if scheme == "https" else 80))
    for entry in re.split(r"[\s,;]+", no_proxy.lower()):
        bare, _, only = entry.rpartition(":")
        if only == port and (":" not in bare or bare.endswith("]")):
            entry = bare
        try:
            found = ipaddress.ip_address(name) in ipaddress.ip_network(entry.strip("[]"), False)
        except ValueError:
            domain = entry.removeprefix("*").strip(".")
            found = entry == "*" or bool(domain) and f".{name}".endswith(f".{domain}")
        if found:
            return True
    return False
