"""Exchanges by the default transport, in the few forms that its tests need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mistral_proto import HTTPResponse, UrllibTransport
from tests.client.faults.servers import FaultServer, Script
from tests.transport.times import request

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 5\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
HELLO = LENGTH + b"Hello"


@contextmanager
def serving(
    *scripts: Script, then: Script = HELLO, **options: Any
) -> Iterator[tuple[UrllibTransport, FaultServer]]:
    """A server, and a transport that is closed in the end, with nothing left behind."""
    with FaultServer(*scripts, then=then) as server:
        transport = UrllibTransport(proxies={}, **options)
        try:
            yield transport, server
        finally:
            transport.close()


def whole(response: HTTPResponse) -> bytes:
    return b"".join(response.body)


def ask(transport: UrllibTransport, server: FaultServer, **options: Any) -> bytes:
    """An exchange from its beginning to its end, which gives its connection back."""
    response = transport.send(request(server.url, **options))
    said = whole(response)
    assert response.release is not None
    response.release()
    return said
