"""Contexts of TLS over the tests' certificates (see `tests/client/certificates`)."""

from __future__ import annotations

import ssl
from pathlib import Path

CERTIFICATES = Path(__file__).parent.parent / "certificates"


def certified(name: str, key: str = "faults.key.pem") -> ssl.SSLContext:
    """A server's, with one of the certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / name, CERTIFICATES / key)
    return context


def trusting(*authorities: str) -> ssl.SSLContext:
    """A client's, that trusts these and the system's authorities."""
    context = ssl.create_default_context()
    for name in authorities:
        context.load_verify_locations(CERTIFICATES / name)
    return context


LOCALHOST = certified("localhost.pem", "localhost.key.pem")
TRUST = trusting("authority.pem")
