"""One call of the API: its tries, from the first request to an answer that is final.

Nothing here waits or sends: the methods are generators of `operations`, which
the plain and the asyncio methods of the client run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..errors import MistralError, NoResponseError, Problem, ValidationError, describe
from ..retry import seconds_to_wait
from ..transport.exchange import HTTPRequest
from ..transport.failures import no_response
from ..transport.urls import origin, within_origin
from .answer import Answer
from .operations import (
    BROKEN,
    Close,
    Decode,
    Invoke,
    ReadBody,
    Release,
    Send,
    Sleep,
    check_deadline,
    untraced,
)
from .redaction import Redactor, Secret
from .watching import ResponseInfo

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..retry import Clock, RetryConfig
    from .operations import Steps
    from .options import Timeouts
    from .watching import Watcher

__all__ = ["Call"]

EVENT_STREAM = "text/event-stream"
_ERROR_BODY_SECONDS = 5.0
"""How long to wait for what an error says, when its status has said the most of it."""
_MAX_REDIRECTS = 5
_REDIRECTS = (307, 308)
"""Those that keep the method and the body."""


class Call:
    """What is to be sent, and how often it has been; `n` is how many answers are asked for.

    `headers_for` makes the request's headers of an API key; `retry_config` and
    `timeouts` are complete; `is_closed` is whether the client was closed since.
    """

    def __init__(
        self,
        *,
        url: str,
        body: bytes,
        n: int,
        api_key: Secret | Callable[[], Secret],
        headers_for: Callable[[Secret], dict[str, str]],
        timeouts: Timeouts,
        retry_config: RetryConfig,
        watcher: Watcher,
        clock: Clock,
        is_closed: Callable[[], bool],
    ) -> None:
        self._url = url
        self._body = body
        self.n = n
        self._api_key = api_key
        self._headers_for = headers_for
        self._timeouts = timeouts
        self._retry_config = retry_config
        self._watcher = watcher
        self._clock = clock
        self._is_closed = is_closed
        self._tries = 0
        self._last_error: MistralError | None = None
        self._start()

    def _start(self) -> None:
        """From now on the time of the call passes."""
        self._started = self._clock.monotonic()
        self.deadline = self._started + (self._timeouts.total_ms or 0) / 1000
        self._waited = 0.0

    def complete(self, decode: Callable[[Answer, bytes], T]) -> Steps[T]:
        """Try until a whole answer is there; gives what it is decoded to."""
        while True:
            answer = yield from self.open()
            try:
                body: bytes = yield ReadBody(answer.response, answer.redact, self.deadline)
                try:
                    decoded: T = yield Decode(
                        partial(decode, answer, body), len(body), self.deadline
                    )
                except BaseException:
                    yield Close(answer.response)
                    raise
            except NoResponseError as error:
                failure = error
            except TimeoutError as error:
                failure = no_response(BROKEN, error, answer.redact)
            else:
                yield Release(answer.response)
                return decoded
            failure.status_code, failure.headers = answer.status_code, answer.headers
            yield from self.again(failure)

    def open(self) -> Steps[Answer]:
        """Try until the API answers with success; the body is still to come."""
        if not self._tries:
            self._start()  # a stream of asyncio may be awaited long after it was made
        while True:
            failure: MistralError
            try:
                answer = yield from self._exchange()
                if answer.status_code == 200:
                    return answer
                failure = answer.error((yield from self._error_body(answer)))
            except NoResponseError as error:
                failure = error
            yield from self.again(failure)

    def open_stream(self) -> Steps[Answer]:
        """The same for an answer that is an event stream."""
        answer = yield from self.open()
        content_type = answer.headers.get("content-type", EVENT_STREAM)
        if content_type.partition(";")[0].strip().lower() == EVENT_STREAM:
            return answer
        body = yield from self._error_body(answer)
        problem = Problem(("content-type",), EVENT_STREAM, describe(content_type), "media_type")
        error = ValidationError([problem], "the response")
        answer.refuse("the answer is not an event stream", body, error)

    def again(self, failure: MistralError) -> Steps[None]:
        """Wait until the call may be tried again; raises the failure if it is not to be."""
        self.ends_in(failure)
        # Where the clock stands still, the waits alone let the time pass.
        now = max(self._clock.monotonic(), self._started + self._waited)
        wait = seconds_to_wait(
            self._retry_config,
            failure,
            tries=self._tries,
            elapsed=now - self._started,
            clock=self._clock,
        )
        if wait is None or now + wait >= self.deadline or self._is_closed():
            raise failure
        yield Sleep(wait)
        self._waited += wait
        if self._is_closed():  # by whoever did not want to wait for it
            raise failure
        self._last_error = untraced(failure)

    def ends_in(self, failure: MistralError) -> None:
        """Write on an error how the call went."""
        failure.tries = self._tries
        failure.last_error = self._last_error

    def check_deadline(self) -> None:
        """Raises TimeoutError when the call's time is over."""
        check_deadline(self.deadline, self._clock)

    def _error_body(self, answer: Answer) -> Steps[str]:
        """The text of an answer that is no good, as far as it can be had.

        Its connection is not used again.
        """
        if answer.response.shorten is not None:
            answer.response.shorten(_ERROR_BODY_SECONDS)
        deadline = min(self.deadline, self._clock.monotonic() + _ERROR_BODY_SECONDS)
        body = ReadBody(answer.response, answer.redact, deadline)
        try:
            yield body
        except NoResponseError:
            pass  # the status alone is an answer
        yield Close(answer.response)
        return body.read.decode("utf-8", "replace")

    def _exchange(self) -> Steps[Answer]:
        """One try: a request, and those that redirects ask for."""
        key = self._api_key
        if not isinstance(key, Secret):
            key = yield Invoke(key)
        headers = self._headers_for(key)
        redact = Redactor([key])
        self._tries += 1
        url = self._url
        for _ in range(_MAX_REDIRECTS + 1):
            request = self._watcher.before(self._request(url, headers))
            sent = self._clock.monotonic()
            if not request.total_timeout:
                raise NoResponseError(f"no answer from {origin(url)}: timed out")
            try:
                response = yield Send(request, redact)
            except NoResponseError as error:
                self._watcher.failed(request, error.message, self._since(sent), self._tries)
                raise
            try:
                answer = Answer(response, redact, self)
                info = ResponseInfo(
                    answer.status_code, answer.headers, self._since(sent), self._tries
                )
                self._watcher.after(request, info)
            except BaseException:
                yield Close(response)
                raise
            target = None
            if answer.status_code in _REDIRECTS:
                target = within_origin(request.url, answer.headers.get("location", ""))
            if target is None:
                return answer
            yield Close(response)
            url = target
        message = f"no answer from {origin(url)}: more than {_MAX_REDIRECTS} redirects"
        raise NoResponseError(message, final=True)

    def _request(self, url: str, headers: dict[str, str]) -> HTTPRequest:
        # Of each part, too: not every transport knows a time for the whole.
        left = max(self.deadline - self._clock.monotonic(), 0.0)
        timeouts = self._timeouts
        return HTTPRequest(
            method="POST",
            url=url,
            headers=headers,
            body=self._body,
            connect_timeout=min((timeouts.connect_ms or 0) / 1000, left),
            read_timeout=min((timeouts.read_ms or 0) / 1000, left),
            total_timeout=left,
        )

    def _since(self, moment: float) -> float:
        return (self._clock.monotonic() - moment) * 1000
