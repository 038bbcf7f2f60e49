"""`mistral.chat`: one method for each use of the chat completion API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import json_text
from ..checks import fail_at
from ..errors import Problem, ValidationError
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse
from .answer import reports_error
from .parsing import Parsing
from .tool_loop import RunsTools

if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Unpack

    from ..conversation.validator import MistralRequestValidator
    from .answer import Answer
    from .async_stream import EventStreamAsync
    from .call import Call
    from .parameters import Messages, Parameters
    from .sender import Sender
    from .stream import EventStream

__all__ = ["Chat"]

_PATH = "/v1/chat/completions"
_WHOLE = "complete returns the whole answer; chat.stream streams it"
_STREAMED = "stream streams the answer; chat.complete returns the whole of it"
_OPTIONS = ("retries", "server_url", "timeout_ms", "http_headers")


class Chat(Parsing, RunsTools):
    """The chat completion API; `Mistral.chat` has one.

    The methods take the parameters of `ChatCompletionRequest` by name
    (messages, tools and formats as our types or as mappings), and besides

    - `retries`: a `RetryConfig` for this call;
    - `server_url`: another server for this call;
    - `timeout_ms`: milliseconds for the whole call, or `Timeouts` for its parts;
    - `http_headers`: headers to add, or to set in place of ours.

    Those that end in ``_async`` are for asyncio, and otherwise the same.

    Raises:
        ValidationError: the request is not valid; nothing was sent.
        MistralCommonException: the conversation breaks a rule, and the client
            was made with `check_conversation`; nothing was sent.
        MissingAPIKeyError: the API itself needs a key, and there is none.
        HTTPValidationError: the API refused the request (422).
        SDKError: the API answered with another error status.
        ResponseValidationError: the answer is not what it should be.
        NoResponseError: no whole answer came.
    """

    def __init__(self, sender: Sender, validator: MistralRequestValidator | None = None) -> None:
        self._sender = sender
        self._validator = validator

    def complete(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool | None = False,
        **parameters: Unpack[Parameters],
    ) -> ChatCompletionResponse:
        """Ask for an answer, and return the whole of it (`mistralai`: same name).

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     res = mistral.chat.complete(
        ...         model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
        ...     )
        >>> res.choices[0].message.content
        'You said: Hi'
        """
        if stream:
            raise ValueError(_WHOLE)
        call = self._call(model, messages, stream, parameters)
        return self._sender.run(call.complete(_decode))

    async def complete_async(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool | None = False,
        **parameters: Unpack[Parameters],
    ) -> ChatCompletionResponse:
        """Ask for an answer, and return the whole of it (`mistralai`: same name).

        >>> import asyncio
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> async def main(url: str) -> None:
        ...     async with Mistral(api_key="k", server_url=url) as mistral:
        ...         res = await mistral.chat.complete_async(
        ...             model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
        ...         )
        ...         print(res.choices[0].message.content)
        >>> with MockServer() as server:
        ...     asyncio.run(main(server.url))
        You said: Hi
        """
        if stream:
            raise ValueError(_WHOLE)
        call = self._call(model, messages, stream, parameters)
        return await self._sender.run_async(call.complete(_decode))

    def stream(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool | None = True,
        **parameters: Unpack[Parameters],
    ) -> EventStream:
        """Ask for an answer, and return its events as they come (`mistralai`: same name).

        The request is sent, and its status checked, before this returns.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     with mistral.chat.stream(
        ...         model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
        ...     ) as events:
        ...         for event in events:
        ...             print(event.data.choices[0].delta.content, end="|")
        |You| said:| Hi||
        """
        if not stream:
            raise ValueError(_STREAMED)
        from .stream import EventStream

        call = self._call(model, messages, stream, parameters)
        return EventStream(self._sender, call, self._sender.run(call.open_stream()))

    def stream_async(
        self,
        *,
        model: str,
        messages: Messages,
        stream: bool | None = True,
        **parameters: Unpack[Parameters],
    ) -> EventStreamAsync:
        """The events of an answer as they come, for asyncio (`mistralai`: same name).

        Await it, as in the SDK, or enter it with ``async with`` right away: that
        sends the request, and checks its status.  See `EventStreamAsync`.  It is no
        coroutine: `asyncio.create_task` takes one that awaits it.
        """
        if not stream:
            raise ValueError(_STREAMED)
        from .async_stream import EventStreamAsync

        return EventStreamAsync(self._sender, self._call(model, messages, stream, parameters))

    def _call(
        self,
        model: str,
        messages: Messages,
        stream: bool | None,
        parameters: Parameters,
    ) -> Call:
        fields: dict[str, object] = dict(parameters)
        options: Any = {name: fields.pop(name, None) for name in _OPTIONS}
        request = ChatCompletionRequest.from_dict(
            {"model": model, "messages": messages, "stream": stream, **fields}
        )
        if request.model is None:
            problem = Problem(("model",), "a string", "null", "missing")
            raise ValidationError([problem], type(request).__name__)
        if self._validator is not None:
            self._validator.validate_request(request)
        body = request.to_json().encode("ascii")
        n = request.n or 1
        return self._sender.call(_PATH, body, stream=bool(stream), n=n, options=options)


def _decode(answer: Answer, body: bytes) -> ChatCompletionResponse:
    cause: ValidationError | None = None
    try:
        document: Any = json_text.loads(body)
        if not reports_error(document):
            if isinstance(document, dict) and "choices" not in document:
                fail_at("choices", "this field", "nothing", "missing")
            return ChatCompletionResponse.from_dict(document)
    except ValidationError as error:
        cause = error
    # Outside the handler, so that a redacted cause is all that the context holds.
    text = body.decode("utf-8", "replace")
    if cause is None:
        answer.report(text)
    answer.refuse("the answer is not a chat completion", text, cause)
