"""`mistral.chat`: one method for each use of the chat completion API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from .. import json_text
from ..checks import DROP, SEND, UNSET, read_items
from ..errors import ParsedContentError, Problem, ValidationError, step_to
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType
from .call import Call
from .io import run, without_traceback
from .redaction import redacted_cause, redacted_response
from .settings import HoldsKey
from .stream import EventStream, EventStreamAsync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from typing_extensions import Unpack

    from ..checks import Reading
    from ..errors import Path
    from ..protocol.request import ResponseFormat
    from ..protocol.response import ChatCompletionResponse
    from ..structured.parsed import ParsedChatCompletionResponse
    from .io import Transports
    from .parameters import (
        Asks,
        CallOptions,
        ParseParameters,
        RunnableTool,
        ToolRunParameters,
    )
    from .redaction import Redactor
    from .settings import Settings
    from .tool_runs import ToolRun, ToolRunAsync

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["Chat"]

_PATH = "/v1/chat/completions"
_WHOLE = "complete returns the whole answer; chat.stream streams it"
_STREAMED = "stream streams the answer; chat.complete returns the whole of it"
_OPTIONS = (
    "retries",
    "server_url",
    "timeout_ms",
    "http_headers",
    "extra_body",
    "max_gathered",
)


def _asks(method: Callable[..., R]) -> Asks[R]:
    """Give a method the types of both its forms."""
    typed: Asks[R] = method
    return typed


class Chat(HoldsKey):
    """The chat completion API; `Mistral.chat` has one.

    The methods take a `ChatCompletionRequest`, or its parameters by name (messages, tools
    and formats as our types or as mappings), and besides

    - `retries`: a `RetryConfig`, or how often to try again at most, for this call;
    - `server_url`: another server for this call;
    - `timeout_ms`: milliseconds for the whole call, or `Timeouts` for its parts;
    - `http_headers`: headers to add, or to set in place of ours;
    - `extra_body`: parameters that this version does not know, to send besides;
    - `max_gathered`: the most bytes of an answer that are kept, 64 MiB by default; with 0
      the events of a stream are not gathered.

    Those that end in ``_async`` are for asyncio, and otherwise the same.

    Raises:
        ValidationError: the request is not valid; nothing was sent.
        TypeError, ValueError: an option can't be used; nothing was sent.
        MistralCommonException: the conversation breaks a rule, and the client
            was made with `check_conversation`; nothing was sent.
        MissingAPIKeyError: the API itself needs a key, and there is none.
        HTTPValidationError: the API refused the request (422).
        RateLimitError: the API had too many requests (429).
        SDKError: the API answered with another error status.
        ResponseValidationError: the answer is not what it should be.
        NoResponseError: no whole answer came.
    """

    def __init__(self, settings: Settings, transports: Transports) -> None:
        self._settings = settings
        self._transports = transports

    @_asks
    def complete(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
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
        return self._complete(self._call(request, parameters, False), _as_it_came)

    @_asks
    async def complete_async(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
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
        return await self._complete_async(self._call(request, parameters, False), _as_it_came)

    @_asks
    def stream(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
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
        ...             print(event.text, end="|")
        |You| said:| Hi||
        """
        return self._stream(self._call(request, parameters, True), _as_it_came)

    @_asks
    def stream_async(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
    ) -> EventStreamAsync:
        """Return the events of an answer as they come, for asyncio (`mistralai`: same name).

        Await it, as in the SDK, or enter it with ``async with`` right away: that
        sends the request, and checks its status. See `EventStreamAsync`. It is no
        coroutine: `asyncio.create_task` takes one that awaits it.
        """
        return self._stream_async(self._call(request, parameters, True), _as_it_came)

    def parse(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """Ask for an answer as a type of yours (`mistralai`: same name).

        The type is a dataclass, a `TypedDict` or a pydantic model. The answer has to follow
        its JSON Schema to the letter. Each message has it as `parsed`; None where the message
        calls tools.

        Raises, beside what `complete` raises:
            TypeError: JSON can't stand for the type; nothing was sent.
            ParsedContentError: an answer, one of several too, does not fit the type, was
                cut short or refused, or is empty.

        >>> from dataclasses import dataclass
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> @dataclass
        ... class Book:
        ...     title: str
        ...     year: int
        >>> reply = '{"title": "Emma", "year": 1815}'
        >>> with MockServer([reply]) as server:
        ...     with Mistral(api_key="k", server_url=server.url) as mistral:
        ...         res = mistral.chat.parse(
        ...             Book, model="m", messages=[{"role": "user", "content": "A book?"}]
        ...         )
        >>> res.choices[0].message.parsed
        Book(title='Emma', year=1815)
        """
        form, finish = _parsing(response_format)
        return self._complete(self._call(request, parameters, False, form), finish)

    async def parse_async(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """Ask for an answer as a type of yours, for asyncio (`mistralai`: same name)."""
        form, finish = _parsing(response_format)
        return await self._complete_async(self._call(request, parameters, False, form), finish)

    def parse_stream(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> EventStream[ParsedChatCompletionResponse[T]]:
        """Stream such an answer: its events as they come, and the whole, parsed, at its end.

        The SDK's method of this name gives the events alone.

        >>> from dataclasses import dataclass
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> @dataclass
        ... class Book:
        ...     title: str
        >>> with MockServer(['{"title": "Emma"}']) as server:
        ...     with Mistral(api_key="k", server_url=server.url) as mistral:
        ...         with mistral.chat.parse_stream(
        ...             Book, model="m", messages=[{"role": "user", "content": "A book?"}]
        ...         ) as events:
        ...             print("|".join(events.text()))
        ...             events.until_done().choices[0].message.parsed
        {"title":| "Emma"}
        Book(title='Emma')
        """
        form, finish = _parsing(response_format)
        return self._stream(self._call(request, parameters, True, form), finish)

    def parse_stream_async(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> EventStreamAsync[ParsedChatCompletionResponse[T]]:
        """Stream such an answer for asyncio (`mistralai`: same name)."""
        form, finish = _parsing(response_format)
        return self._stream_async(self._call(request, parameters, True, form), finish)

    def run_tools(
        self,
        request: ChatCompletionRequest | None = None,
        /,
        *,
        tools: Sequence[RunnableTool],
        max_turns: int = 10,
        max_parallel: int = 8,
        **parameters: Unpack[ToolRunParameters],
    ) -> ToolRun:
        """Ask for an answer, and run the functions that the model calls, until it answers.

        Nothing is sent before the run is iterated, or `until_done` is called; see
        `ToolRun`. Of several choices the first counts. Where `tool_choice` asks for a
        call, it does so once; from then on it is ``auto``.

        Args:
            tools: functions, tools that `Tool.from_function` made of them, and tools that
                the API runs itself.
            max_turns: how often the model is asked, at most.
            max_parallel: how many calls of one answer run at a time, on threads; 1: one
                after the other, on the thread that iterates, as a single call does.

        Raises:
            TypeError: a function can't be a tool (see `Tool.from_function`), or is
                ``async``.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> def get_weather(city: str) -> str:
        ...     '''Tell the weather of a city.'''
        ...     return f"12 °C in {city}"
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     run = mistral.chat.run_tools(
        ...         model="mistral-small-latest",
        ...         messages=[{"role": "user", "content": "How warm is it in Paris?"}],
        ...         tools=[get_weather],
        ...     )
        ...     res = run.until_done()
        >>> res.choices[0].message.content
        'The tool says: 12 °C in example'
        >>> [message.content for message in run.messages[1:]]
        ['', '12 °C in example', 'The tool says: 12 °C in example']
        """
        from .tool_runs import ToolRun

        request, read, options = self._read_run(request, tools, parameters)
        return ToolRun(self.complete, request, read, max_turns, max_parallel, options)

    def run_tools_async(
        self,
        request: ChatCompletionRequest | None = None,
        /,
        *,
        tools: Sequence[RunnableTool],
        max_turns: int = 10,
        max_parallel: int = 8,
        **parameters: Unpack[ToolRunParameters],
    ) -> ToolRunAsync:
        """Do the same for asyncio; functions may be ``async``, and others run on threads."""
        from .tool_runs import ToolRunAsync

        request, read, options = self._read_run(request, tools, parameters)
        return ToolRunAsync(self.complete_async, request, read, max_turns, max_parallel, options)

    def _read_run(
        self,
        request: ChatCompletionRequest | None,
        tools: Sequence[RunnableTool],
        parameters: Mapping[str, object],
    ) -> tuple[ChatCompletionRequest, list[Any], CallOptions]:
        """Return the request, the tools and the options of a run."""
        settings = self._settings
        request, options = _request_and_options(settings, request, parameters)
        tools = [*tools]
        try:
            read = read_items(tools, _read_tool, settings.reading)
        except ValidationError as error:
            raise error.under("tools", ChatCompletionRequest.__name__) from None
        if settings.reading is DROP:
            settings.watcher.drops([*_dropped(tools, read, ("tools",))])
        return request, read, options

    def _call(
        self,
        request: ChatCompletionRequest | None,
        parameters: Mapping[str, object],
        is_stream: bool,
        response_format: ResponseFormat | None = None,
    ) -> Call:
        """Return a call that was not sent yet."""
        changed: dict[str, Any] = {"stream": is_stream}
        if response_format is not None:
            changed["response_format"] = response_format
        settings = self._settings
        request, options = _request_and_options(settings, request, parameters, **changed)
        if request.model is None:
            problem = Problem(("model",), "a string", "null", "missing")
            raise ValidationError([problem], type(request).__name__)
        if settings.validator is not None:
            settings.validator(request)
        settings = settings.overridden({"extra_body": request.extra_body})
        settings = settings.overridden(options)
        body = json_text.dumps({**request.to_dict(), **settings.extra_body}).encode("ascii")
        n = request.n or 1
        return Call(settings, self._transports, path=_PATH, body=body, is_stream=is_stream, n=n)

    def _complete(self, call: Call, finish: Callable[[ChatCompletionResponse, Redactor], R]) -> R:
        try:
            return run(call.complete(self._transports.blocking(), finish))
        except BaseException as error:
            raise without_traceback(error)

    async def _complete_async(
        self, call: Call, finish: Callable[[ChatCompletionResponse, Redactor], R]
    ) -> R:
        try:
            return await call.complete(self._transports.asyncio(), finish)
        except BaseException as error:
            raise without_traceback(error)

    def _stream(
        self, call: Call, finish: Callable[[ChatCompletionResponse, Redactor], R]
    ) -> EventStream[R]:
        stream = EventStream(call, self._transports.blocking(), finish)
        return run(stream._opened())

    def _stream_async(
        self, call: Call, finish: Callable[[ChatCompletionResponse, Redactor], R]
    ) -> EventStreamAsync[R]:
        return EventStreamAsync(call, self._transports.asyncio(), finish)


def _request_and_options(
    settings: Settings,
    request: ChatCompletionRequest | None,
    parameters: Mapping[str, object],
    **changed: Any,
) -> tuple[ChatCompletionRequest, CallOptions]:
    """Return the request that a method was given, or its parameters make, and the options.

    `changed` are fields that the method itself sets.

    Raises:
        TypeError: a parameter is given beside a request, or the request is none.
        ValueError: `stream` is given, and not as the method sets it.
        ValidationError: the parameters make no request.
    """
    given = {name: value for name, value in parameters.items() if value is not UNSET}
    options: Any = {name: value for name, value in given.items() if name in _OPTIONS}
    fields: dict[str, Any] = {name: value for name, value in given.items() if name not in options}
    if request is not None:
        ChatCompletionRequest._check_instance(request)
        for name in fields:
            raise TypeError(f"{name} is in the request: dataclasses.replace(request, {name}=…)")
    stream = fields.get("stream") if request is None else request.stream
    if stream not in (None, changed.get("stream", stream)):
        raise ValueError(_WHOLE if stream else _STREAMED)
    if request is not None:
        return replace(request, **changed), options
    messages = fields.get("messages")
    if isinstance(messages, Iterable) and not isinstance(messages, (list, str, bytes, Mapping)):
        fields["messages"] = [*messages]
    fields |= changed
    # What the request itself has not is a parameter that is misspelt, or for extra_body.
    known = fields.keys() <= ChatCompletionRequest._specs.keys()
    try:
        made = ChatCompletionRequest._read(fields, settings.reading if known else SEND)
        if settings.reading is DROP:
            settings.watcher.drops([*_dropped(fields, made)])
        return made, options
    except ValidationError as error:
        problems = [
            replace(problem, expected=f"{problem.expected}, or extra_body for it")
            if problem.type == "extra_forbidden" and len(problem.path) == 1
            else problem
            for problem in error.problems
        ]
    raise ValidationError(problems, ChatCompletionRequest.__name__)


def _read_tool(tool: Any, reading: Reading) -> Any:
    """Return the tool that a mapping describes; anything else is returned as it is."""
    check = ChatCompletionRequest._specs["tools"].check.item
    return check.read(tool, reading) if isinstance(tool, Mapping) else tool


def _dropped(given: Any, read: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each field of what a user gave that the value read from it lacks.

    Of an instance they are those of its `extra`.
    """
    if isinstance(given, WireType):
        given = given._values()
        given.update(given.pop("extra", {}))
    if isinstance(read, WireType) and isinstance(given, Mapping):
        for name, value in given.items():
            if name in read._specs:
                yield from _dropped(value, getattr(read, name), (*path, name))
            elif name not in read._plan().aliases:
                yield (*path, step_to(name))
    elif isinstance(read, list) and isinstance(given, (list, tuple)):
        for index, item in enumerate(zip(given, read)):
            yield from _dropped(*item, (*path, index))


def _as_it_came(response: ChatCompletionResponse, redact: Redactor) -> ChatCompletionResponse:
    return response


def _parsing(
    tp: type[T],
) -> tuple[
    ResponseFormat, Callable[[ChatCompletionResponse, Redactor], ParsedChatCompletionResponse[T]]
]:
    """Return the format that asks for a type, and a function that reads a response as it.

    The exception that the function raises holds no secret.
    """
    # Only calls that parse pay for what makes schemas of types, and reads them.
    from ..structured.parsed import parsed_response, response_format_from_type

    def parsed(
        response: ChatCompletionResponse, redact: Redactor
    ) -> ParsedChatCompletionResponse[T]:
        try:
            return parsed_response(response, tp)
        except ParsedContentError as error:
            redacted = redacted_response(response, redact)
            if redacted is response:
                raise
            what = error.message.partition(":")[0]
        cause = redacted_cause(ValidationError([], "the answer"))
        raise ParsedContentError(f"{what}: {cause.summary}", response=redacted) from cause

    return response_format_from_type(tp), parsed
