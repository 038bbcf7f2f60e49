"""Exchanges with a real server, recorded as JSON lines and played back.

A line is an object: ``request`` and ``response`` are the documents of both sides, or
their texts where they are none; ``sse`` is in place of the response where that is a stream.
``method``, ``path``, ``status`` and ``headers`` are beside them, and may be left out.
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
from .handler import MAX_BODY
from .received_request import ReceivedRequest
from .replies import ErrorReply, RawReply, Reply
from .server import PATH, MockServer

if TYPE_CHECKING:
    import os
    from typing import Any

    from ..json_text import JSONValue
    from ..transport.exchange import HTTPResponse

__all__ = ["RecordingServer", "ReplayServer"]

_OF_THE_CONNECTION = frozenset(
    "accept-encoding connection content-encoding content-length date expect host keep-alive"
    " proxy-authorization proxy-connection server te trailer transfer-encoding upgrade".split()
)
_RECORDED_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
_SECONDS = (10.0, 300.0, 3600.0)
"""For the connection, for each wait for bytes, and for all of it."""


class RecordingServer(MockServer):
    """Passes requests on to a server, and appends what goes both ways to a file.

    What comes is passed back as it comes.  Neither the key nor a query is written;
    a key of 8 characters or more is taken out of the documents, too.

    Args:
        to: the server's URL, as the client's `server_url`.
        file: the file, for a `ReplayServer`.
        port: where to listen; 0: on a free port.

    Raises:
        ValueError: it is no URL of a server.
        OSError: the file can't be written.

    >>> import os, tempfile
    >>> from mistral_proto import Mistral
    >>> messages = [{"role": "user", "content": "Hi"}]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "recorded.jsonl")
    ...     with MockServer() as real, RecordingServer(real.url, file) as server:
    ...         with Mistral("any", server_url=server.url) as mistral:
    ...             said = mistral.chat.complete(model="m", messages=messages)
    ...     with ReplayServer(file) as server, Mistral("any", server_url=server.url) as mistral:
    ...         mistral.chat.complete(model="m", messages=messages) == said
    True
    """

    def __init__(self, to: str, file: str | os.PathLike[str], *, port: int = 0) -> None:
        super().__init__(port=port)
        self._to = server_url_option(to, "to")
        self._file = file
        self._write_lock = threading.Lock()
        self._transport = UrllibTransport()
        self._write(b"")

    def _close(self) -> None:
        self._transport.close()  # what waits for the other server ends
        super()._close()

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        if received.method not in ("GET", "POST") or not received.path.startswith("/"):
            return ErrorReply(404, "only GET and POST are passed on")
        headers = _of_the_message(received.headers)
        url = f"{self._to}{received.path}"
        request = HTTPRequest(received.method, url, headers, received.body, *_SECONDS)
        try:
            response = self._transport.send(request)
        except NETWORK_ERRORS as error:
            why = reason(error, received.redactor())
            return ErrorReply(502, f"no answer from {self._to}: {why}")
        blocks = self._recorded(received, response)
        return RawReply(blocks, response.status, _of_the_message(response.headers))

    def _recorded(self, received: ReceivedRequest, response: HTTPResponse) -> Iterator[bytes]:
        body = bytearray()
        try:
            for block in response.body:
                body += block[: MAX_BODY - len(body)]
                yield block
        finally:
            response.close()
            headers, redact = response.headers, received.redactor()
            recorded = {name: headers[name] for name in _RECORDED_HEADERS if name in headers}
            record: dict[str, JSONValue] = {
                "method": received.method,
                "path": redact(received.endpoint),
                "request": _document(received.body, redact),
                "status": response.status,
                "headers": {name: redact(value) for name, value in recorded.items()},
            }
            if headers.get("content-type", "").startswith(EVENT_STREAM):
                record["sse"] = redact(body.decode("utf-8", "replace"))
            else:
                record["response"] = _document(body, redact)
            self._write(json_text.dumps(record).encode("ascii") + b"\n")

    def _write(self, line: bytes) -> None:
        with self._write_lock, open(self._file, "ab") as file:
            file.write(line)


class ReplayServer(MockServer):
    """Plays back what a `RecordingServer` wrote.

    A request gets the answer to the same one, each of several in turn; another request,
    the next answer in order that was not given yet.  When there is none left, it is as
    with the replies of a `MockServer`.

    Args:
        file: the file.
        pace: seconds between the events of a stream.
        port: where to listen; 0: on a free port.
        strict: whether a request that is not valid is refused, as the API does.

    Raises:
        ValueError: a line of the file is not as it should be.
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
        asked = received.method, received.endpoint
        document = _document(received.body, received.redactor())
        with self._lock:
            possible = [each for each in self._exchanges if each.asked == asked]
            if not possible:
                return ErrorReply(404, "nothing of this method and path was recorded")
            fitting = [each for each in possible if each.request == document]
            unused = [each for each in possible if not each.uses]
            if not fitting and not unused:
                raise AssertionError("no recorded answer fits a request, and all were given")
            chosen = min(fitting or unused, key=lambda each: each.uses)
            chosen.uses += 1
        return chosen.reply


@dataclass
class _Exchange:
    """An exchange that a line of the file tells, and the number of times it was played back."""

    asked: tuple[str, str]
    request: JSONValue
    reply: RawReply
    uses: int = 0


def _exchange(line: Any, pace: float) -> _Exchange:
    """Return what a line tells; raises TypeError or ValueError."""
    check_type("the line", line, "an object", dict)
    response, sse, status = line.get("response"), line.get("sse"), line.get("status", 200)
    asked = line.get("method", "POST"), line.get("path", PATH)
    check_type("status", status, "an integer", int)
    if not 200 <= status <= 599:
        raise ValueError(f"status must be 200 to 599, not {status}")
    if sse is not None:
        check_type("sse", sse, "a string", str)
        headers = {"content-type": EVENT_STREAM}
        blocks = [event.encode() for event in re.split("(?<=\n\n)|(?<=\r\n\r\n)", sse) if event]
    elif response is not None:
        text = response if isinstance(response, str) else json_text.dumps(response)
        blocks, pace = [text.encode()], 0.0
        headers = {"content-type": "application/json"}
    else:
        raise ValueError("neither response nor sse is there")
    headers.update(headers_option(line.get("headers"), "headers"))
    return _Exchange(asked, line.get("request"), RawReply(blocks, status, headers, pace))


def _of_the_message(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a message has wherever it goes."""
    return {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}


def _document(body: bytes | bytearray, redact: Callable[[str], str]) -> JSONValue:
    """Return a body as JSON, or as text where it is no object or list; without keys."""
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
