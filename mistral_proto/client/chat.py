"""`mistral.chat`: the methods of the chat completion API."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from .. import json_text
from ..checks import DROP, SEND, UNSET, read_items
from ..errors import (
    SHOWN_PROBLEMS,
    ParsedContentError,
    Problem,
    ValidationError,
    format_path,
    step_to,
)
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType
from .call import Call, log
from .io import run
from .redaction import redacted_cause, redacted_response, refuse_pickling
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
    from .call import Finish
    from .io import Transports
    from .options import Settings
    from .parameters import Asks, CallOptions, ParseParameters, RunnableTool, ToolRunParameters
    from .redaction import Redactor
    from .tool_runs import ToolRun, ToolRunAsync

T = TypeVar("T")
R = TypeVar("R")
F = TypeVar("F", bound="Callable[..., object]")

__all__ = ["Chat"]

_PATH = "/v1/chat/completions"
# The options of a call, which are not sent, and their types as `help` shows them.
_OPTIONS = {
    "retries": "RetryConfig | int | None",
    "server_url": "str | None",
    "timeout_ms": "float | Timeouts | None",
    "http_headers": "Mapping[str, str] | None",
    "extra_body": "Mapping[str, object] | None",
    "max_gathered": "int | None",
}
_HINTS = {
    **ChatCompletionRequest.__annotations__,
    **_OPTIONS,
    "messages": "Iterable[ChatMessage | Mapping[str, object]] | None",
}
_PARAMETERS = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
    for name, hint in _HINTS.items()
    if name not in ("truncate_for_context_length", "continue_final_message")
]


def _named(method: F) -> F:
    """Give a method a signature with every parameter, for `help` and `inspect`."""
    signature = inspect.signature(method)
    own = {p.name: p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD}
    named = [parameter for parameter in _PARAMETERS if parameter.name not in own]
    vars(method)["__signature__"] = signature.replace(parameters=[*own.values(), *named])
    return method


def _asks(method: Callable[..., R]) -> Asks[R]:
    """Give a method the types of both its forms, and the names of its parameters."""
    typed: Asks[R] = _named(method)
    return typed


class Chat:
    """The chat completion API, as `Mistral.chat`.

    The methods accept a `ChatCompletionRequest`, or its fields by name (messages, tools
    and formats as types of this package or as mappings), and these options:

    - `retries`: a `RetryConfig`, or the maximum number of retries;
    - `server_url`, `timeout_ms`, `max_gathered`: as for `Mistral`;
    - `http_headers`, `extra_body`: headers and parameters to add or replace.

    Methods that end in ``_async`` are for asyncio, and otherwise the same.

    Raises:
        ValidationError: the request is not valid; nothing was sent.
        TypeError, ValueError: an option is wrong; nothing was sent.
        MistralCommonException: the conversation breaks a rule, and the client
            was made with `check_conversation`; nothing was sent.
        MissingAPIKeyError: Mistral's API needs a key, and there is none.
        HTTPValidationError: the API refused the request (422).
        RateLimitError: too many requests (429).
        SDKError: another error status.
        ResponseValidationError: the answer does not follow the protocol.
        NoResponseError: no answer came, or not all of it.
    """

    __reduce__ = refuse_pickling

    def __init__(self, settings: Settings, transports: Transports) -> None:
        self._settings = settings
        self._transports = transports

    @_asks
    def complete(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
    ) -> ChatCompletionResponse:
        """Return the whole answer of the model (`mistralai`: same name).

        For parameters, options and errors see `Chat` and `ChatCompletionRequest`.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     res = mistral.chat.complete(
        ...         model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
        ...     )
        >>> res.choices[0].message.content
        'You said: Hi'
        """
        call = self._call(request, parameters)
        return run(call.complete(self._transports.blocking(), _unchanged))

    @_asks
    async def complete_async(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
    ) -> ChatCompletionResponse:
        """Return the whole answer of the model, for asyncio (`mistralai`: same name)."""
        call = self._call(request, parameters)
        return await call.complete(self._transports.asyncio(), _unchanged)

    @_asks
    def stream(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
    ) -> EventStream:
        """Return the events of an answer as they arrive (`mistralai`: same name).

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
        call = self._call(request, parameters, is_stream=True)
        return run(EventStream(call, self._transports.blocking(), _unchanged)._opened())

    @_asks
    def stream_async(
        self, request: ChatCompletionRequest | None = None, /, **parameters: Any
    ) -> EventStreamAsync:
        """Return the events of an answer as they arrive, for asyncio (`mistralai`: same name).

        Await it, as in the SDK, or enter it with ``async with``: that sends the request, and
        checks its status. It is not a coroutine: `asyncio.create_task` needs one that awaits
        it.
        """
        call = self._call(request, parameters, is_stream=True)
        return EventStreamAsync(call, self._transports.asyncio(), _unchanged)

    @_named
    def parse(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """Return an answer as a type of yours (`mistralai`: same name).

        The type is a dataclass, a `TypedDict` or a pydantic model, whose JSON Schema the
        answer must follow. Each message has the instance as `parsed`; None if it calls tools.

        Raises, in addition to `complete`:
            TypeError: the type has no JSON Schema; nothing was sent.
            ParsedContentError: one of the choices does not fit the type, was cut short or
                refused, or is empty.

        >>> from dataclasses import dataclass
        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> @dataclass
        ... class Book:
        ...     title: str
        >>> with MockServer(['{"title": "Emma"}']) as server:
        ...     with Mistral(api_key="k", server_url=server.url) as mistral:
        ...         res = mistral.chat.parse(
        ...             Book, model="m", messages=[{"role": "user", "content": "A book?"}]
        ...         )
        >>> res.choices[0].message.parsed
        Book(title='Emma')
        """
        form, finish = _parsing(response_format)
        call = self._call(request, parameters, form)
        return run(call.complete(self._transports.blocking(), finish))

    @_named
    async def parse_async(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> ParsedChatCompletionResponse[T]:
        """Return an answer as a type of yours, for asyncio (`mistralai`: same name)."""
        form, finish = _parsing(response_format)
        call = self._call(request, parameters, form)
        return await call.complete(self._transports.asyncio(), finish)

    @_named
    def parse_stream(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> EventStream[ParsedChatCompletionResponse[T]]:
        """Return the events of an answer; `until_done` returns the response, parsed.

        The SDK's method of this name returns the events only.
        """
        form, finish = _parsing(response_format)
        call = self._call(request, parameters, form, is_stream=True)
        return run(EventStream(call, self._transports.blocking(), finish)._opened())

    @_named
    def parse_stream_async(
        self,
        response_format: type[T],
        request: ChatCompletionRequest | None = None,
        **parameters: Unpack[ParseParameters],
    ) -> EventStreamAsync[ParsedChatCompletionResponse[T]]:
        """Return the events of an answer to parse, for asyncio (`mistralai`: same name)."""
        form, finish = _parsing(response_format)
        call = self._call(request, parameters, form, is_stream=True)
        return EventStreamAsync(call, self._transports.asyncio(), finish)

    @_named
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
        """Return a run that asks the model, and calls its tools, until it answers.

        Nothing is sent before the run is iterated, or its `until_done` is called; see
        `ToolRun`. Only the first choice is used. A `tool_choice` that requires a call applies
        to the first request; then it is ``auto``.

        Args:
            tools: functions, tools made by `Tool.from_function`, and tools that the API runs.
            max_turns: the maximum number of requests.
            max_parallel: the maximum number of calls of one answer that run at a time, in
                threads. With 1, and for a single call, the thread that iterates runs them.

        Raises:
            TypeError: a function can't be a tool (see `Tool.from_function`), or is
                ``async``.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> def get_weather(city: str) -> str:
        ...     '''Return the weather in a city.'''
        ...     return f"12 °C in {city}"
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     res = mistral.chat.run_tools(
        ...         model="mistral-small-latest",
        ...         messages=[{"role": "user", "content": "How warm is it in Paris?"}],
        ...         tools=[get_weather],
        ...     ).until_done()
        >>> res.choices[0].message.content
        'The tool says: 12 °C in example'
        """
        from .tool_runs import ToolRun

        request, read, options = self._read_run(request, tools, parameters)
        return ToolRun(self.complete, request, read, max_turns, max_parallel, options)

    @_named
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
        """Return such a run for asyncio; ``async`` functions are awaited, others run in threads."""
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
            _log_dropped(tools, read, "tools")
        return request, read, options

    def _call(
        self,
        request: ChatCompletionRequest | None,
        parameters: Mapping[str, object],
        response_format: ResponseFormat | None = None,
        *,
        is_stream: bool = False,
    ) -> Call:
        changed: dict[str, Any] = {"stream": is_stream}
        if response_format is not None:
            changed["response_format"] = response_format
        settings = self._settings
        request, options = _request_and_options(settings, request, parameters, **changed)
        if request.model is None:
            problem = Problem(("model",), "a string", "null", "missing")
            raise ValidationError([problem], type(request).__name__)
        if settings.rules is not None:
            from ..conversation.validator import check_conversation

            for error in check_conversation(request, settings.rules):
                raise error
        settings = settings.overridden({"extra_body": request.extra_body}).overridden(options)
        body = json_text.dumps({**request.to_dict(), **settings.extra_body}).encode("ascii")
        n = request.n or 1
        return Call(settings, self._transports, _PATH, body, is_stream=is_stream, n=n)


def _request_and_options(
    settings: Settings,
    request: ChatCompletionRequest | None,
    parameters: Mapping[str, object],
    **changed: Any,
) -> tuple[ChatCompletionRequest, CallOptions]:
    """Return the request, with the fields `changed` that the method itself sets, and the options.

    Raises:
        TypeError: parameters and a request are combined, or the request is none.
        ValueError: `stream` contradicts the method.
        ValidationError: the parameters are no valid request.
    """
    fields: dict[str, Any] = {k: value for k, value in parameters.items() if value is not UNSET}
    options: Any = {name: fields.pop(name) for name in _OPTIONS if name in fields}
    if request is not None:
        ChatCompletionRequest._check_instance(request)
        for name in fields:
            raise TypeError(f"{name} is in the request: dataclasses.replace(request, {name}=…)")
    stream = fields.get("stream") if request is None else request.stream
    if stream not in (None, changed.get("stream", stream)):
        method = "stream" if stream else "complete"
        raise ValueError(f"stream={stream!r} contradicts this method: use chat.{method}")
    if request is not None:
        return replace(request, **changed), options
    messages = fields.get("messages")
    if isinstance(messages, Iterable) and not isinstance(messages, (list, str, bytes, Mapping)):
        fields["messages"] = [*messages]
    fields |= changed
    # A parameter that does not exist is misspelt, or is one for `extra_body`: never dropped.
    known = fields.keys() <= ChatCompletionRequest._specs.keys()
    try:
        made = ChatCompletionRequest._read(fields, settings.reading if known else SEND)
    except ValidationError as error:
        problems = [
            replace(problem, expected=f"{problem.expected}; extra_body sends any parameter")
            if problem.type == "extra_forbidden" and len(problem.path) == 1
            else problem
            for problem in error.problems
        ]
        raise ValidationError(problems, error.title) from None
    if settings.reading is DROP:
        _log_dropped(fields, made)
    return made, options


def _read_tool(tool: Any, reading: Reading) -> Any:
    """Return the tool that a mapping describes; anything else as it is."""
    check = ChatCompletionRequest._specs["tools"].check.item
    return check.read(tool, reading) if isinstance(tool, Mapping) else tool


def _log_dropped(given: object, read: object, *path: str) -> None:
    """Write the fields that a request does not send to the log, if there are any."""
    dropped = [format_path(each) for each in _dropped(given, read, path)]
    if dropped:
        more = len(dropped) - SHOWN_PROBLEMS
        shown = ", ".join(dropped[:SHOWN_PROBLEMS]) + (f" and {more} more" if more > 0 else "")
        log("INFO", "not sent, unknown to the API: %s", shown)


def _dropped(given: Any, read: object, path: Path) -> Iterator[Path]:
    """Yield the path of each given field that the value read from it lacks."""
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


def _unchanged(response: ChatCompletionResponse, redact: Redactor) -> ChatCompletionResponse:
    return response


def _parsing(tp: type[T]) -> tuple[ResponseFormat, Finish[ParsedChatCompletionResponse[T]]]:
    """Return the format that asks for a type, and a function that reads a response as it.

    The exception that the function raises holds no secret.
    """
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
            message = error.message.partition(":")[0]
        # Outside the handler: the first error, which may show the key, is no context.
        cause = redacted_cause(ValidationError([], "the answer"))
        raise ParsedContentError(f"{message}: {cause.summary}", response=redacted) from cause

    return response_format_from_type(tp), parsed
