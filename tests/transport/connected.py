"""A connection to a server that does what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mistral_proto.transport.connections import HTTPConnection, Response
from mistral_proto.transport.limits import Limits
from tests.client.faults.servers import FaultServer, Script
from tests.transport.times import patient

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 5\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


@contextmanager
def connected(*scripts: Script) -> Iterator[tuple[HTTPConnection, FaultServer]]:
    with FaultServer(*scripts) as server:
        connection = HTTPConnection("127.0.0.1", server.port)
        try:
            yield connection, server
        finally:
            connection.discard()


def ask(connection: HTTPConnection, body: bytes = b"{}", allowed: Limits | None = None) -> Response:
    return connection.exchange("POST", "/x", body, {"x-one": "1"}, allowed or patient())


def blocks(response: Response) -> list[bytes]:
    return list(iter(response.next_block, b""))
