"""Exchanges with a real server, recorded as JSON lines and played back.

A line is an object. ``request`` and ``response`` are JSON documents, or texts if the bodies
are not JSON. A stream is a text ``sse`` instead of ``response``. ``method``, ``path``,
``status`` and ``headers`` are optional.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import json_text
from ..client.events import EVENT_STREAM
from ..client.options import headers_option, server_url_option
from ..errors import ValidationError
from ..retry import check_type
from ..transport.exchange import HTTPRequest
from ..transport.failures import NETWORK_ERRORS, reason
from ..transport.urllib_transport import UrllibTransport
from .handler import MAX_BODY, ReceivedRequest
from .replies import ErrorReply, RawReply, Reply
from .server import PATH, MockServer

if TYPE_CHECKING:
    import os
    from typing import Any

    from ..json_text import JSONValue
    from ..transport.exchange import HTTPResponse

__all__ = ["RecordingServer", "ReplayServer"]

_HOP_BY_HOP = frozenset(
    "accept-encoding connection content-encoding content-length date expect host keep-alive"
    " proxy-authorization proxy-connection server te trailer transfer-encoding upgrade".split()
)
_RECORDED_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
_TIMEOUTS = (10.0, 300.0, 3600.0)
"""Seconds to connect, to wait for bytes, and for the whole exchange."""


class RecordingServer(MockServer):
    """Passes requests on to a server, and appends both sides of each exchange to a file.

    Answers are passed back as they arrive. Keys and queries are not recorded; a key of
    8 characters or more is also removed from the documents.

    Args:
        to: the server's URL, as the client's `server_url`.
        file: the file, which a `ReplayServer` can read.
        port: the port to listen on; 0: a free port.

    Raises:
        ValueError: `to` is not the URL of a server.
        OSError: the file can't be written.

    >>> import os, tempfile
    >>> from mistral_proto import Mistral
    >>> messages = [{"role": "user", "content": "Hi"}]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "recorded.jsonl")
    ...     with MockServer() as real, RecordingServer(real.url, file) as server:
    ...         with Mistral("any", server_url=server.url) as mistral:
    ...             first = mistral.chat.complete(model="m", messages=messages)
    ...     with ReplayServer(file) as server, Mistral("any", server_url=server.url) as mistral:
    ...         mistral.chat.complete(model="m", messages=messages) == first
    True
    """

    def __init__(self, to: str, file: str | os.PathLike[str], *, port: int = 0) -> None:
        super().__init__(port=port)
        self._to = server_url_option(to, "to")
        self._file = file
        self._lock = threading.Lock()
        self._transport = UrllibTransport()
        self._write(b"")

    def _close(self) -> None:
        self._transport.close()  # so that no handler waits for the other server
        super()._close()

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        if received.method not in ("GET", "POST") or not received.path.startswith("/"):
            return ErrorReply(404, "only GET and POST are passed on")
        url = f"{self._to}{received.path}"
        headers = _end_to_end(received.headers)
        request = HTTPRequest(received.method, url, headers, received.body, *_TIMEOUTS)
        try:
            response = self._transport.send(request)
        except NETWORK_ERRORS as error:
            why = reason(error, received.redactor())
            return ErrorReply(502, f"no answer from {self._to}: {why}")
        blocks = self._record(received, response)
        return RawReply(blocks, response.status, _end_to_end(response.headers))

    def _record(self, received: ReceivedRequest, response: HTTPResponse) -> Iterator[bytes]:
        body = bytearray()
        try:
            for block in response.body:
                body += block[: MAX_BODY - len(body)]
                yield block
        finally:
            response.close()
            redact = received.redactor()
            headers: dict[str, JSONValue] = {
                name: redact(value)
                for name, value in response.headers.items()
                if name in _RECORDED_HEADERS
            }
            line: dict[str, JSONValue] = {
                "method": received.method,
                "path": redact(received.endpoint),
                "request": _document(received.body, redact),
                "status": response.status,
                "headers": headers,
            }
            if response.headers.get("content-type", "").startswith(EVENT_STREAM):
                line["sse"] = redact(body.decode("utf-8", "replace"))
            else:
                line["response"] = _document(body, redact)
            self._write(json_text.dumps(line).encode("ascii") + b"\n")

    def _write(self, line: bytes) -> None:
        with self._lock, open(self._file, "ab") as file:
            file.write(line)


class ReplayServer(MockServer):
    """Plays back the answers that a `RecordingServer` recorded.

    A request that was recorded gets its answers in turn. Any other request gets the next
    answer that was not yet given, or, if none is left, the 500 of a `MockServer`.

    Args:
        file: the file.
        pace: seconds between the events of a stream.
        port: the port to listen on; 0: a free port.
        strict: refuse invalid requests, as the API does.

    Raises:
        ValueError: a line of the file is not a recorded exchange.
        OSError: the file can't be read.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        pace: float = 0.0,
        port: int = 0,
        strict: bool = False,
    ) -> None:
        super().__init__([], pace=pace, port=port, strict=strict)
        self._lock = threading.Lock()
        self._exchanges: list[_Exchange] = []
        with open(file, "rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    if line.strip():
                        self._exchanges.append(_exchange(json_text.loads(line), pace))
                except (TypeError, ValueError) as error:
                    problem = getattr(error, "summary", error)
                    raise ValueError(f"{file!s}:{number}: {problem}") from None

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        return super()._reply_to(received, problem) if self._strict else self._next(received)

    def _next(self, received: ReceivedRequest) -> Reply:
        target = received.method, received.endpoint
        document = _document(received.body, received.redactor())
        with self._lock:
            candidates = [each for each in self._exchanges if each.target == target]
            if not candidates:
                return ErrorReply(404, "nothing was recorded for this method and path")
            matching = [each for each in candidates if each.request == document]
            unused = [each for each in candidates if not each.uses]
            if not matching and not unused:
                raise AssertionError("no recorded answer matches a request, and none is left")
            chosen = min(matching or unused, key=lambda each: each.uses)
            chosen.uses += 1
        return chosen.reply


@dataclass
class _Exchange:
    target: tuple[str, str]
    request: JSONValue
    reply: RawReply
    uses: int = 0


def _exchange(line: Any, pace: float) -> _Exchange:
    """Return the exchange in a line. Raise TypeError or ValueError if the line is wrong."""
    check_type("the line", line, "an object", dict)
    response, sse, status = line.get("response"), line.get("sse"), line.get("status", 200)
    check_type("status", status, "an integer", int)
    if not 200 <= status <= 599:
        raise ValueError(f"status must be 200 to 599, not {status}")
    if sse is not None:
        check_type("sse", sse, "a string", str)
        blocks = [event.encode() for event in re.split("(?<=\n\n)|(?<=\r\n\r\n)", sse) if event]
    elif response is not None:
        blocks = [(response if isinstance(response, str) else json_text.dumps(response)).encode()]
    else:
        raise ValueError("the line must have response or sse")
    content_type = "application/json" if sse is None else EVENT_STREAM
    headers = {"content-type": content_type, **headers_option(line.get("headers"), "headers")}
    target = line.get("method", "POST"), line.get("path", PATH)
    return _Exchange(target, line.get("request"), RawReply(blocks, status, headers, pace))


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a proxy passes on (RFC 9110, section 7.6.1)."""
    return {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}


def _document(body: bytes | bytearray, redact: Callable[[str], str]) -> JSONValue:
    """Return a body without keys: a JSON object or list, or otherwise a text."""
    text = body.decode("utf-8", "replace")
    with suppress(ValidationError):
        document = json_text.loads(text)
        if isinstance(document, (dict, list)):
            return _redacted(document, redact)
    return redact(text)


def _redacted(value: JSONValue, redact: Callable[[str], str]) -> JSONValue:
    if isinstance(value, dict):
        return {redact(key): _redacted(item, redact) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, redact) for item in value]
    return redact(value) if isinstance(value, str) else value
