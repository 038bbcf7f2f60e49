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
from typing import TYPE_CHECKING

from ..errors import one_line
from ..retry import check_type
from ..transport.failures import NETWORK_ERRORS
from . import model
from .handler import Handler
from .replies import ErrorReply, ErrorShape, Fault, Reply, check_reply, is_reply, refusal

if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Self

    from ..errors import ValidationError
    from .received_request import ReceivedRequest

__all__ = ["PATH", "MockServer"]

PATH = "/v1/chat/completions"
_MODELS = ("GET", "/v1/models")
_HANDLERS_SECONDS = 10.0
"""The time that `stop` waits for reply functions that are still at work."""


class MockServer:
    """A server on 127.0.0.1 that answers chat requests over real HTTP.

    A context manager: it listens inside its ``with`` block, and after it every
    connection is closed.  It refuses a request that is not valid with 422, as the
    API does.  Without `replies` and `default`, `answer_by_rules` gives every answer.
    ``GET /v1/models`` lists two models.

    A mistake in a test is not hidden: what a reply function raises, a reply that is
    none, and a request for which no reply is left answer 500 with
    ``x-should-retry: false``; at the end, `stop` and the ``with`` block raise the
    first of them, in place of an `Exception` of the block's own.

    Args:
        replies: what to answer, in order (see `reply`), or one reply.
        default: what to answer when there are no replies left.
        api_key: the key that requests must carry; None: any key.
        pace: seconds between the events of a stream.
        error_shape: the shape of 401, 404 and 422 answers.
        port: where to listen; 0: on a free port.
        strict: whether a parameter that the API does not know is refused; else it
            is ignored, as compatible servers do.

    Raises:
        TypeError: a reply is none.

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
    """Every request so far, in the order of their arrival, valid or not."""
    connections: int
    """How many connections were opened so far."""
    log: Callable[[str], object] | None = None
    """A function that gets a line about each request, such as `print`."""

    def __init__(
        self,
        replies: Reply | Sequence[Reply] | None = None,
        *,
        default: Reply | None = None,
        api_key: str | None = None,
        pace: float = 0.0,
        error_shape: ErrorShape = ErrorShape.detail,
        port: int = 0,
        strict: bool = True,
    ) -> None:
        if default is None and replies is None:
            default = model.answer_by_rules
        if default is not None:
            check_reply("default", default)
        self.requests = []
        self.connections = 0
        self.pace = pace
        self.error_shape = error_shape
        self._api_key = api_key
        self._port = port
        self._strict = strict
        self._default = default
        self._replies: deque[Reply] = deque()
        self._failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        script: Any = () if replies is None else [replies] if is_reply(replies) else replies
        check_type("replies", script, "a reply or a list of replies", Sequence)
        self.reply(*script)

    @property
    def url(self) -> str:
        """The server's URL, such as ``http://127.0.0.1:41234``; a `server_url`."""
        if self._server is None:
            raise RuntimeError("the server does not listen: use it in a with block, or start it")
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a server can't be pickled; its url can")

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    def reply(self, *replies: Reply) -> None:
        """Add answers to be given, in order, to the next valid requests.

        A reply is a text, an `AssistantMessage`, a `ChatCompletionResponse`, a
        `StreamReply`, an `ErrorReply`, a `RawReply`, a `Fault`, or a function
        that makes one of these of the request.

        Raises:
            TypeError: one is none of these.
        """
        for number, reply in enumerate(replies):
            check_reply(f"replies[{number}]", reply)
        with self._lock:
            self._replies.extend(replies)

    def start(self) -> Self:
        """Listen, until `stop`.  What `__enter__` does.

        Raises:
            RuntimeError: it listens already.
            OSError: the port can't be had.
        """
        if self._server is not None:
            raise RuntimeError("the server listens already")
        self._stopping.clear()
        self._server = Server(("127.0.0.1", self._port), Handler)
        self._server.mock = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, listen no more, and raise what failed.

        The second time it does nothing.
        """
        self._close()
        self._raise_failures()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._close()
        if error is None or isinstance(error, Exception):
            self._raise_failures()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        assert self._thread is not None
        self._stopping.set()
        server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the other side may have been faster
                    connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + _HANDLERS_SECONDS
        for handler in server.handlers:
            if handler is not threading.current_thread():  # of a reply function that stops it
                handler.join(max(0.0, until - time.monotonic()))
        server.server_close()

    def _raise_failures(self) -> None:
        failures, self._failures = self._failures, []
        if failures:
            # As `add_note` does, which Python 3.10 lacks.
            notes = dict.fromkeys(f"A later request failed, too: {e!r}" for e in failures[1:])
            vars(failures[0]).setdefault("__notes__", []).extend(notes)
            raise failures[0]

    # -- called by the handlers, each in a thread of its own

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def _answer(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        with self._lock:
            self.requests.append(received)
        try:
            reply = self._reply_to(received, problem)
            while callable(reply):
                assert received.request is not None
                reply = reply(received.request)
                check_reply("what a reply function returns", reply)
        except BaseException as error:  # such as `pytest.fail` raises
            self._failures.append(error)
            headers = {"x-should-retry": "false"}
            reply = ErrorReply(500, f"the test's server failed: {error!r}", headers=headers)
        return reply

    def _tell(self, received: ReceivedRequest, reply: Reply) -> None:
        if self.log is None:
            return
        words = [received.method, received.endpoint]
        document = received.document
        if isinstance(document, dict):
            words += [str(document["model"])] if "model" in document else []
            words += ["stream"] * (document.get("stream") is True)
        words.append(str(reply if isinstance(reply, Fault) else getattr(reply, "status", 200)))
        if isinstance(reply, ErrorReply):
            words.append(reply.message)
        self.log(received.redactor()(one_line(" ".join(words))))

    def _reply_to(self, received: ReceivedRequest, problem: ValidationError | None) -> Reply:
        asked = (received.method, received.endpoint)
        if asked not in (("POST", PATH), _MODELS):
            return ErrorReply(404, "no Route matched with those values", self.error_shape)
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or self._api_key not in (None, key):
            return ErrorReply(401, "Unauthorized", self.error_shape)
        if asked == _MODELS:
            return model.models()
        if problem is not None:
            return refusal(problem, self.error_shape, received.document)
        return self._next(received)

    def _next(self, received: ReceivedRequest) -> Reply:
        with self._lock:
            reply = self._replies.popleft() if self._replies else self._default
        if reply is None:
            raise AssertionError("there is no reply left for a request, and no default")
        return reply


class Server(ThreadingHTTPServer):
    mock: MockServer
    handlers: Sequence[threading.Thread] = ()
    allow_reuse_port = False  # which lets two servers have the same one
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A client that went away is no news; a reply that can't be sent is.
        if error is not None and not isinstance(error, NETWORK_ERRORS):
            self.mock._failures.append(error)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.mock._opened(request)
        # Of its own threads `ThreadingHTTPServer` joins only those that hold up the process.
        handler = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self.handlers = [*[each for each in self.handlers if each.is_alive()], handler]
        handler.start()

    def shutdown_request(self, request: Any) -> None:
        self.mock._closed(request)
        super().shutdown_request(request)
