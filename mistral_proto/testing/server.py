"""A real HTTP server on loopback that speaks the chat protocol."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, NoReturn

from ..errors import one_line
from ..retry import check_type
from ..transport.failures import NETWORK_ERRORS
from .handler import Handler, ReceivedRequest
from .model import answer_by_rules, models
from .replies import ErrorReply, ErrorShape, Fault, Reply, check_reply, is_reply, refusal

if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from ..errors import ValidationError

__all__ = ["PATH", "MockServer"]

PATH = "/v1/chat/completions"
_MODELS = ("GET", "/v1/models")
_SECONDS_FOR_REPLY_FUNCTIONS = 10.0


class MockServer:
    """A server on 127.0.0.1 that answers chat requests over real HTTP.

    It listens inside its ``with`` block. It refuses an invalid request with 422, as the API
    does. Without `replies` and `default`, `answer_by_rules` gives every answer.
    ``GET /v1/models`` lists two models.

    Mistakes in a test are reported: an exception in a reply function, a value that is not
    a reply, or a request without a reply gets a 500 with ``x-should-retry: false``. The first
    of these errors is raised by `stop` and at the end of the ``with`` block.

    Args:
        replies: the replies, in order (see `reply`), or one reply.
        default: the reply when no other is left.
        api_key: the key that requests must carry; None: any key.
        pace: seconds between the events of a stream.
        port: the port to listen on; 0: a free port.
        strict: refuse parameters that the API does not know, instead of ignoring them.

    Raises:
        TypeError: a value is not a reply.

    >>> from mistral_proto import Mistral
    >>> with MockServer(["Bonjour"]) as server:
    ...     with Mistral(api_key="k", server_url=server.url) as mistral:
    ...         res = mistral.chat.complete(
    ...             model="m", messages=[{"role": "user", "content": "Hi"}]
    ...         )
    >>> res.choices[0].message.text
    'Bonjour'
    """

    requests: list[ReceivedRequest]
    """All requests so far, valid or not, in the order of arrival."""
    connections: int
    """The number of connections that were opened so far."""
    log: Callable[[str], object] | None = None
    """A function that is called with a line about each request, such as `print`."""

    def __init__(
        self,
        replies: Reply | Sequence[Reply] | None = None,
        *,
        default: Reply | None = None,
        api_key: str | None = None,
        pace: float = 0.0,
        port: int = 0,
        strict: bool = True,
    ) -> None:
        if default is None and replies is None:
            default = answer_by_rules
        if default is not None:
            check_reply("default", default)
        self.requests = []
        self.connections = 0
        self.pace = pace
        self._api_key = api_key
        self._port = port
        self._strict = strict
        self._default = default
        self._replies: deque[Reply] = deque()
        self._failure: BaseException | None = None
        self._handlers: dict[threading.Thread, socket.socket] = {}
        self._stopping = threading.Event()
        self._server: HTTPServer | None = None
        self._listener = threading.Thread()
        script: Any = () if replies is None else [replies] if is_reply(replies) else replies
        check_type("replies", script, "a reply or a list of replies", Sequence)
        self.reply(*script)

    @property
    def url(self) -> str:
        """The URL to pass as `server_url`, such as ``http://127.0.0.1:41234``."""
        if self._server is None:
            raise RuntimeError("the server does not listen: use a with block, or call start()")
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a server can't be pickled; its url can")

    @property
    def open_connections(self) -> int:
        """The number of connections that are open now."""
        return sum(handler.is_alive() for handler in self._handlers)

    def reply(self, *replies: Reply) -> None:
        """Add replies to the next valid requests, in order.

        A reply is a text, an `AssistantMessage`, a `ChatCompletionResponse`, `StreamReply`,
        `ErrorReply`, `RawReply` or `Fault`, or a function of the request that returns one.

        Raises:
            TypeError: a value is not a reply.
        """
        for number, reply in enumerate(replies):
            check_reply(f"replies[{number}]", reply)
        self._replies.extend(replies)

    def start(self) -> Self:
        """Listen until `stop`, as inside a ``with`` block.

        Raises:
            RuntimeError: the server listens already.
            OSError: the port is not free.
        """
        if self._server is not None:
            raise RuntimeError("the server listens already")
        self._stopping.clear()
        self._server = HTTPServer(("127.0.0.1", self._port), Handler)
        self._server.mock = self
        self._listener = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._listener.start()
        return self

    def stop(self) -> None:
        """Close every connection, stop listening, and raise the first error of a reply."""
        self.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._close()
        failure, self._failure = self._failure, None
        if failure is not None and (error is None or isinstance(error, Exception)):
            raise failure

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        self._stopping.set()
        server.shutdown()
        self._listener.join()
        for connection in self._handlers.values():
            with suppress(OSError):  # it may be closed already
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _SECONDS_FOR_REPLY_FUNCTIONS
        for handler in self._handlers:
            if handler is not threading.current_thread():  # of a reply function that calls stop()
                handler.join(max(0.0, deadline - time.monotonic()))
        server.server_close()

    # The methods below are called by the handlers, each in its own thread.

    def _answer(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        self.requests.append(received)
        try:
            reply = self._reply_to(received, problem)
            while callable(reply):
                assert received.request is not None
                reply = reply(received.request)
                check_reply("the result of a reply function", reply)
        except BaseException as error:  # such as that of `pytest.fail`
            self._failure = self._failure or error
            headers = {"x-should-retry": "false"}
            reply = ErrorReply(500, f"the test server failed: {error!r}", headers=headers)
        return reply

    def _log(self, received: ReceivedRequest, reply: Reply) -> None:
        if self.log is None:
            return
        document: Any = received.document if isinstance(received.document, dict) else {}
        model = str(document.get("model", ""))
        stream = "stream" if document.get("stream") is True else ""
        status = reply if isinstance(reply, Fault) else getattr(reply, "status", 200)
        message = getattr(reply, "message", "")
        line = f"{received.method} {received.endpoint} {model} {stream} {status} {message}"
        self.log(received.redactor()(one_line(line)))

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        target = (received.method, received.endpoint)
        if target not in (("POST", PATH), _MODELS):
            return ErrorReply(404, "no Route matched with those values", ErrorShape.detail)
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or self._api_key not in (None, key):
            return ErrorReply(401, "Unauthorized", ErrorShape.detail)
        if target == _MODELS:
            return models()
        if problem is not None:
            return refusal(problem, received.document)
        return self._next(received)

    def _next(self, received: ReceivedRequest) -> Reply:
        with suppress(IndexError):
            return self._replies.popleft()
        if self._default is None:
            raise AssertionError("there is no reply left for a request, and no default")
        return self._default


class HTTPServer(ThreadingHTTPServer):
    mock: MockServer
    allow_reuse_port = False  # or two servers could share a port
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # It is no mistake in a test when the client closes the connection.
        if error is not None and not isinstance(error, NETWORK_ERRORS):
            self.mock._failure = self.mock._failure or error

    def process_request(self, request: Any, client_address: Any) -> None:
        # The base class can join only threads that keep the process from exiting.
        handler = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        alive = {each: sock for each, sock in self.mock._handlers.items() if each.is_alive()}
        self.mock._handlers = {**alive, handler: request}
        self.mock.connections += 1
        handler.start()
