"""Contexts of TLS with the certificates of the tests (see `tests/client/certificates`)."""

from __future__ import annotations

import ssl
from pathlib import Path

CERTIFICATES = Path(__file__).parent.parent / "certificates"


def certified(name: str, key: str = "faults.key.pem") -> ssl.SSLContext:
    """Return the context of a server with one of the certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / name, CERTIFICATES / key)
    return context


def trusting(*authorities: str) -> ssl.SSLContext:
    """Return the context of a client that trusts these authorities, and those of the system."""
    context = ssl.create_default_context()
    for name in authorities:
        context.load_verify_locations(CERTIFICATES / name)
    return context


LOCALHOST = certified("localhost.pem", "localhost.key.pem")
TRUST = trusting("authority.pem")
