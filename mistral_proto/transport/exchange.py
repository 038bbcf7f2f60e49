"""One request out, one response back: what a transport takes and gives.

Whatever can do that can carry the client: ours over `urllib`, httpx, aiohttp,
or a test double.  Everything else (tries, redirects, the key, what an answer
means) is above a transport, and the same with every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable
    from dataclasses import dataclass, field
    from typing import Protocol
else:
    from ..records import dataclass, field

    # A protocol of `typing` is for type checkers, and costs its import.
    Protocol = object

__all__ = ["AsyncHTTPResponse", "AsyncTransport", "HTTPRequest", "HTTPResponse", "Transport"]


@dataclass(frozen=True)
class HTTPRequest:
    """A request, ready to be sent.

    `headers` have lower-case names; among them is the API key, so neither they
    nor the body are in the repr.  The timeouts are seconds: for the connection,
    for each wait for bytes, and for all of it, to the last byte of the answer.

    >>> HTTPRequest("POST", "https://api.mistral.ai/v1", {"authorization": "Bearer k"}, b"{}", 10, 300, 300)
    HTTPRequest(method='POST', url='https://api.mistral.ai/v1', connect_timeout=10, read_timeout=300, total_timeout=300)
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    connect_timeout: float
    read_timeout: float
    total_timeout: float


@dataclass(frozen=True)
class HTTPResponse:
    """A response whose headers are there, and whose body is still to come.

    `body` yields pieces of any size, decompressed, each as soon as it is there.
    `close` ends it and its connection; it may be called at any time, more than
    once, and from another thread.  `release` is called in its place where
    nothing more of the body is wanted than it has given, or its last few bytes:
    a transport that keeps connections may then keep this one.  `shorten` is
    called where the rest of the body is wanted only if it comes within so many
    seconds.

    >>> response = HTTPResponse(200, {"content-type": "text/plain"}, [b"Hel", b"lo"])
    >>> b"".join(response.body)
    b'Hello'
    """

    status: int
    headers: Mapping[str, str]
    body: Iterable[bytes]
    close: Callable[[], object] = lambda: None
    release: Callable[[], object] | None = None
    shorten: Callable[[float], object] | None = None


@dataclass(frozen=True)
class AsyncHTTPResponse:
    """The same for asyncio: `body` is iterated by ``async for``.

    `close` and `release` may be plain functions or coroutine functions.
    """

    status: int
    headers: Mapping[str, str]
    body: AsyncIterable[bytes]
    close: Callable[[], object] = lambda: None
    release: Callable[[], object] | None = None
    shorten: Callable[[float], object] | None = None


class Transport(Protocol):
    """What carries requests: of a class with these members, any instance will do.

    `failures` are the exceptions by which `send`, and iterating a response's
    body, tell that the network failed; `OSError` is one without being named.  A
    transport follows no redirect, gives a response of any status back, and keeps
    the request's timeouts.
    """

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised, beside `OSError`, when the network fails."""

    def send(self, request: HTTPRequest, /) -> HTTPResponse:
        """Send a request, and return the response once its headers are there."""

    def close(self) -> object:
        """Release what the transport holds."""


class AsyncTransport(Protocol):
    """The same for asyncio."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised, beside `OSError`, when the network fails."""

    async def send(self, request: HTTPRequest, /) -> AsyncHTTPResponse:
        """Send a request, and return the response once its headers are there."""

    async def close(self) -> object:
        """Release what the transport holds."""


def lowercase(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their lower-case names; of a name that comes twice, the values joined."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
