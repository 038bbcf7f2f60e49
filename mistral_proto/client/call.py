"""One call of the API: its tries, from the first request to an answer that is final.

The methods are coroutines of an `io`, which is plain or for asyncio.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from .. import __version__
from ..errors import MissingAPIKeyError, MistralError, NoResponseError, NoResponseTimeoutError
from ..retry import seconds_to_wait
from ..transport.content_coding import ACCEPTED
from ..transport.exchange import HTTPRequest
from ..transport.failures import no_response
from ..transport.urls import origin, within_origin
from .answer import Answer
from .api_errors import MAX_ERROR_BODY
from .events import EVENT_STREAM, completion
from .io import check_deadline, read, without_traceback
from .options import COMPLETE_TIMEOUTS, MAX_GATHERED, STREAM_TIMEOUTS
from .redaction import header_secrets, redactor
from .watching import ResponseInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..protocol.response import ChatCompletionResponse
    from .io import Blocking, Transports
    from .redaction import Redactor, Secret
    from .settings import Settings

T = TypeVar("T")

__all__ = ["Call"]

LEAST_ERROR = 400
"""The least status that says that something went wrong."""
USER_AGENT = (
    f"mistral-proto/{__version__} python/{'.'.join(str(part) for part in sys.version_info[:3])}"
)
_ERROR_BODY_SECONDS = 5.0
"""How long to wait for what an error says, when its status has said the most of it."""
_MAX_REDIRECTS = 5
_REDIRECTS = (307, 308)
"""Those that keep the method and the body."""


class Call:
    """What is to be sent, and how often it has been; `n` is how many answers are asked for."""

    def __init__(
        self,
        settings: Settings,
        transports: Transports,
        *,
        path: str,
        body: bytes,
        is_stream: bool,
        n: int,
    ) -> None:
        self.n = n
        self.max_gathered = settings.max_gathered
        self._settings = settings
        self._transports = transports
        self._closings = transports.closings
        self._url = settings.server_url + path
        self._body = body
        self._is_stream = is_stream
        self._timeouts = settings.timeouts.or_else(
            STREAM_TIMEOUTS if is_stream else COMPLETE_TIMEOUTS
        )
        self._clock = settings.clock
        self._tries = 0
        self._last_error: MistralError | None = None
        self._start()

    def _start(self) -> None:
        """From now on the time of the call passes."""
        self._started = self._clock.monotonic()
        self.deadline = self._started + (self._timeouts.total_ms or 0) / 1000
        self._waited = 0.0

    async def complete(
        self, io: Blocking, finish: Callable[[ChatCompletionResponse, Redactor], T]
    ) -> T:
        """Try until a whole answer is there; returns what `finish` makes of it."""
        while True:
            answer = await self.open(io)
            failure: MistralError | None = None
            blocks: list[bytes] = []
            try:
                try:
                    await read(
                        io,
                        answer.response,
                        self.deadline,
                        self.max_gathered or MAX_GATHERED,
                        blocks,
                    )
                except io.failures as error:
                    failure = answer.broke_off(error)
                if failure is None:
                    body = b"".join(blocks)
                    result = await io.decode(
                        lambda: answer.finished(finish, completion(answer, body), body),
                        len(body),
                        self.deadline,
                    )
                    await io.end(answer.response.release or answer.response.close)
                    return result
            except TimeoutError as error:
                failure = answer.broke_off(error)
            except BaseException as error:
                if not isinstance(error, MistralError) or error.status_code < LEAST_ERROR:
                    await io.end(answer.response.close)
                    raise
                failure = error
            await io.end(answer.response.close)
            await self.wait_to_retry(io, failure)

    async def open(self, io: Blocking) -> Answer:
        """Try until the API answers with success; the body is still to come."""
        if not self._tries:
            self._start()  # a stream of asyncio may be awaited long after it was made
        while True:
            failure: MistralError
            try:
                answer = await self._exchange(io)
                if answer.is_success:
                    return answer
                failure = answer.error(await self._error_body(io, answer))
            except NoResponseError as error:
                failure = error
            await self.wait_to_retry(io, failure)

    async def wait_to_retry(self, io: Blocking, failure: MistralError) -> None:
        """Wait until the call may be tried again; raises the failure if it is not to be."""
        self.record_attempts(failure)
        # Where the clock stands still, the waits alone let the time pass.
        now = max(self._clock.monotonic(), self._started + self._waited)
        wait = seconds_to_wait(
            self._settings.retry_config,
            failure,
            tries=self._tries,
            elapsed=now - self._started,
            clock=self._clock,
        )
        if wait is None or now + wait >= self.deadline or self._is_closed:
            raise failure
        self._settings.watcher.waits(failure.message, wait, self._tries)
        await io.sleep(wait)
        self._waited += wait
        if self._is_closed:  # by somebody who did not want to wait for it
            raise failure
        self._last_error = without_traceback(failure)

    @property
    def _is_closed(self) -> bool:
        """Whether the client was closed since the call was made."""
        return self._closings != self._transports.closings

    def record_attempts(self, failure: MistralError) -> None:
        """Write on an error how the call went."""
        failure.tries = self._tries
        failure.last_error = self._last_error

    def check_deadline(self) -> None:
        """Raises TimeoutError when the call's time is over."""
        check_deadline(self.deadline, self._clock)

    async def _error_body(self, io: Blocking, answer: Answer) -> bytes:
        """Return the body of an answer that is no good, as far as it can be had.

        Its connection is not used again.
        """
        response = answer.response
        if response.shorten is not None:
            response.shorten(_ERROR_BODY_SECONDS)
        deadline = min(self.deadline, self._clock.monotonic() + _ERROR_BODY_SECONDS)
        blocks: list[bytes] = []
        try:
            await read(io, response, deadline, MAX_ERROR_BODY, blocks)
        except io.failures:
            pass  # the status alone is an answer
        finally:
            await io.end(response.close)
        return b"".join(blocks)

    async def _exchange(self, io: Blocking) -> Answer:
        """One try: a request, and those that redirects ask for."""
        key = self._settings.api_key
        if callable(key):
            key = await io.ask(key)
        self._check_key(key)
        redact = redactor(key, *header_secrets(self._settings.http_headers))
        watcher = self._settings.watcher
        self._tries += 1
        url = self._url
        for _ in range(_MAX_REDIRECTS + 1):
            request = watcher.before(self._request(url, key))
            what = f"no answer from {origin(request.url)}"
            sent = self._clock.monotonic()
            if not request.total_timeout:
                raise NoResponseTimeoutError(f"{what}: timed out")
            response: Any = None
            failure = None
            try:
                response = await io.send(request)
            except io.failures as error:
                failure = no_response(what, error, redact)
            if failure is not None:
                watcher.failed(request, failure.message, self._since(sent), self._tries)
                raise failure
            try:
                answer = Answer(response, request.url, redact, self)
                info = ResponseInfo(
                    answer.status_code, answer.headers, self._since(sent), self._tries
                )
                watcher.after(request, info)
            except BaseException:
                await io.end(response.close)
                raise
            target = None
            if answer.status_code in _REDIRECTS:
                target = within_origin(request.url, answer.headers.get("location", ""))
            if target is None:
                return answer
            await io.end(response.close)
            url = target
        message = f"no answer from {origin(url)}: more than {_MAX_REDIRECTS} redirects"
        raise NoResponseError(message, final=True)

    def _check_key(self, key: Secret) -> None:
        settings = self._settings
        is_needed = settings.server_url == settings.default_server_url
        if is_needed and not key.reveal() and "authorization" not in settings.http_headers:
            raise MissingAPIKeyError("no API key: pass api_key=… or set MISTRAL_API_KEY")

    def _request(self, url: str, key: Secret) -> HTTPRequest:
        headers = {
            "accept": EVENT_STREAM if self._is_stream else "application/json",
            # To unpack what comes piece by piece is no gain.
            "accept-encoding": "identity" if self._is_stream else ACCEPTED,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._settings.http_headers,
        }
        if key.reveal():
            headers.setdefault("authorization", f"Bearer {key.reveal()}")
        # Of each part, too: not every transport knows a time for the whole.
        left = max(self.deadline - self._clock.monotonic(), 0.0)
        return HTTPRequest(
            method="POST",
            url=url,
            headers=headers,
            body=self._body,
            connect_timeout=min((self._timeouts.connect_ms or 0) / 1000, left),
            read_timeout=min((self._timeouts.read_ms or 0) / 1000, left),
            total_timeout=left,
            may_repeat=self._settings.retry_config.repeats_requests,
        )

    def _since(self, moment: float) -> float:
        return (self._clock.monotonic() - moment) * 1000
