"""One call of the API, from its first request to the final answer, with redirects and retries.

The methods are coroutines of an `io`, blocking or for asyncio.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .. import __version__
from ..errors import (
    MissingAPIKeyError,
    MistralError,
    NoResponseError,
    NoResponseTimeoutError,
    one_line,
)
from ..retry import check_type, seconds_to_wait
from ..transport.content_coding import ACCEPTED
from ..transport.exchange import HTTPRequest
from ..transport.failures import no_response
from ..transport.urls import origin, within_origin
from .answer import Answer
from .api_errors import MAX_ERROR_BODY
from .events import EVENT_STREAM, completion
from .io import check_deadline, read, without_traceback
from .options import COMPLETE_TIMEOUTS, MAX_GATHERED, STREAM_TIMEOUTS, headers_option
from .redaction import header_secrets, redactor

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from ..protocol.response import ChatCompletionResponse
    from .io import Blocking, Transports
    from .options import Settings
    from .redaction import Redactor, Secret

    # Makes the result of a call of the whole answer.
    Finish: TypeAlias = Callable[[ChatCompletionResponse, Redactor], "T"]

T = TypeVar("T")

__all__ = ["Call", "ResponseInfo"]

LOGGER = "mistral_proto"
LEAST_ERROR = 400
"""The least HTTP status of an error."""
USER_AGENT = f"mistral-proto/{__version__} python/{'.'.join(map(str, sys.version_info[:3]))}"
_ERROR_BODY_SECONDS = 5.0
"""The longest wait for the body of an error, whose status is already known."""
_MAX_REDIRECTS = 5
_REDIRECTS = (307, 308)
"""The redirects that keep the method and the body."""


@dataclass(frozen=True)
class ResponseInfo:
    """A response, as `after_response` gets it.

    `headers` have lower-case names. `duration_ms` is the time in milliseconds from the
    request to the end of the response's headers, and `tries` the number of attempts of the
    call so far.

    >>> ResponseInfo(200, {"x-request-id": "r1"}, 12.5, 1).request_id
    'r1'
    """

    status_code: int
    headers: Mapping[str, str]
    duration_ms: float
    tries: int

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (``x-request-id`` and the like), if it sent one."""
        for name in ("x-request-id", "mistral-correlation-id", "x-kong-request-id"):
            if name in self.headers:
                return self.headers[name]
        return None


def log(level: str, message: str, *arguments: object) -> None:
    """Write to the package's logger; a program that has not loaded logging has no handler."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(LOGGER).log(getattr(logging, level), message, *arguments)


class Call:
    """A call: its body and settings, its time, and its attempts so far.

    `n` is the number of choices that the request asks for.
    """

    def __init__(
        self,
        settings: Settings,
        transports: Transports,
        path: str,
        body: bytes,
        *,
        is_stream: bool,
        n: int,
    ) -> None:
        self.n = n
        self.max_gathered = settings.max_gathered
        self.deadline = 0.0
        self._settings = settings
        self._transports = transports
        self._closings = transports.closings
        self._url = settings.server_url + path
        self._body = body
        self._is_stream = is_stream
        defaults = STREAM_TIMEOUTS if is_stream else COMPLETE_TIMEOUTS
        self._timeouts = settings.timeouts.or_else(defaults)
        self._clock = settings.clock
        self._attempts = 0
        self._started = 0.0
        self._waited = 0.0
        self._last_error: MistralError | None = None

    async def complete(self, io: Blocking, finish: Finish[T]) -> T:
        """Return the result of `finish` for the whole answer, after retries if needed."""
        try:
            return await self._complete(io, finish)
        except BaseException as error:
            raise without_traceback(error)

    async def _complete(self, io: Blocking, finish: Finish[T]) -> T:
        while True:
            answer = await self.open(io)
            close = answer.response.close
            try:
                limit = self.max_gathered or MAX_GATHERED
                body, error = await read(io, answer.response, self.deadline, limit)
                if error is None:
                    result = await io.decode(
                        lambda: answer.finished(finish, completion(answer, body), body),
                        len(body),
                        self.deadline,
                    )
                    close = answer.response.release or close
                    return result
                failure: MistralError = answer.broke_off(error)
            except TimeoutError as timeout:
                failure = answer.broke_off(timeout)
            except MistralError as reported:
                if reported.status_code < LEAST_ERROR:
                    raise
                failure = reported
            finally:
                await io.end(close)
            await self.wait_to_retry(io, failure)

    async def open(self, io: Blocking) -> Answer:
        """Return an answer with a status of success, whose body is still to come."""
        if not self._attempts:  # here, as a stream of asyncio may be awaited long after it was made
            self._started = self._clock.monotonic()
            self.deadline = self._started + (self._timeouts.total_ms or 0) / 1000
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
        """Wait until the next attempt; raise the failure if there is to be none."""
        self.record_attempts(failure)
        # If the clock stands still, only the waits count.
        now = max(self._clock.monotonic(), self._started + self._waited)
        wait = seconds_to_wait(
            self._settings.retry_config,
            failure,
            attempts=self._attempts,
            elapsed=now - self._started,
            clock=self._clock,
        )
        if wait is None or now + wait >= self.deadline or self._is_closed:
            raise failure
        attempt = self._attempts + 1
        log("INFO", "%s: retrying in %.1f s (attempt %d)", failure.message, wait, attempt)
        await io.sleep(wait)
        self._waited += wait
        if self._is_closed:  # during the wait
            raise failure
        self._last_error = without_traceback(failure)

    @property
    def _is_closed(self) -> bool:
        return self._closings != self._transports.closings  # the client, since the call was made

    def record_attempts(self, failure: MistralError) -> None:
        """Set `tries` and `last_error` of an error."""
        failure.tries = self._attempts
        failure.last_error = self._last_error

    def check_deadline(self) -> None:
        """Raise TimeoutError after the call's deadline."""
        check_deadline(self.deadline, self._clock)

    async def _error_body(self, io: Blocking, answer: Answer) -> bytes:
        """Return the body of an error as far as it comes, and close its connection."""
        response = answer.response
        if response.shorten is not None:
            response.shorten(_ERROR_BODY_SECONDS)
        deadline = min(self.deadline, self._clock.monotonic() + _ERROR_BODY_SECONDS)
        try:
            body, _ = await read(io, response, deadline, MAX_ERROR_BODY)
        finally:
            await io.end(response.close)
        return body

    async def _exchange(self, io: Blocking) -> Answer:
        """Return the answer to one attempt: to a request, or to the last of its redirects."""
        settings = self._settings
        key = await io.ask(settings.api_key) if callable(settings.api_key) else settings.api_key
        is_needed = settings.server_url == settings.default_server_url
        if is_needed and not key.reveal() and "authorization" not in settings.http_headers:
            raise MissingAPIKeyError("no API key: pass api_key=… or set MISTRAL_API_KEY")
        redact = redactor(key, *header_secrets(settings.http_headers))
        self._attempts += 1
        url = self._url
        for _ in range(_MAX_REDIRECTS + 1):
            request = self._before_request(self._request(url, key))
            missing = f"no answer from {origin(request.url)}"
            sent = self._clock.monotonic()
            if not request.total_timeout:
                raise NoResponseTimeoutError(f"{missing}: timed out")
            response: Any = None
            failure = None
            try:
                response = await io.send(request)
            except io.failures as error:
                failure = no_response(missing, error, redact)
            duration = (self._clock.monotonic() - sent) * 1000
            if failure is not None:
                self._log(request, failure.message, duration)
                raise failure
            try:
                answer = Answer(response, request.url, redact, self)
                self._after_response(request, answer, duration)
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

    def _request(self, url: str, key: Secret) -> HTTPRequest:
        headers = {
            "accept": EVENT_STREAM if self._is_stream else "application/json",
            # Compression gains nothing for a stream of small events.
            "accept-encoding": "identity" if self._is_stream else ACCEPTED,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._settings.http_headers,
        }
        if key.reveal():
            headers.setdefault("authorization", f"Bearer {key.reveal()}")
        # The parts are bounded, too: not every transport has a limit for the whole.
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

    def _before_request(self, request: HTTPRequest) -> HTTPRequest:
        """Return the request to send: this one, or that of the user's `before_request`."""
        callback = self._settings.before_request
        changed = callback and callback(request)
        if not changed:
            return request
        check_type("the result of before_request", changed, "an HTTPRequest or None", HTTPRequest)
        if origin(changed.url) != origin(request.url):
            raise ValueError("before_request must not send a request to another origin")
        headers_option(changed.headers, "before_request")
        return changed

    def _after_response(self, request: HTTPRequest, answer: Answer, duration: float) -> None:
        info = ResponseInfo(answer.status_code, answer.headers, duration, self._attempts)
        request_id = f", request id {one_line(info.request_id, 100)}" if info.request_id else ""
        self._log(request, f"{info.status_code}", duration, request_id)
        if self._settings.after_response is not None:
            self._settings.after_response(request, info)

    def _log(self, request: HTTPRequest, result: str, duration: float, more: str = "") -> None:
        url = request.url.partition("?")[0]  # a query may hold a key
        shown = (request.method, url, result, duration, self._attempts, more)
        log("DEBUG", "%s %s: %s in %.0f ms (attempt %d%s)", *shown)
