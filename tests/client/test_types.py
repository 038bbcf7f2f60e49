"""The client as a type checker sees it: users' code needs no cast.  It also runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Union

from mistral_proto import (
    AssistantMessage,
    AsyncHTTPResponse,
    AsyncTransport,
    BackoffStrategy,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    ChatMessage,
    Clock,
    CompletionEvent,
    ContentChunk,
    DeltaMessage,
    EventStream,
    EventStreamAsync,
    FinishReason,
    Function,
    HTTPRequest,
    HTTPResponse,
    Mistral,
    MistralError,
    ResponseFormat,
    ResponseInfo,
    RetryConfig,
    SystemMessage,
    Timeouts,
    Tool,
    ToolCall,
    Transport,
    UrllibTransport,
    UsageInfo,
    UserMessage,
)
from mistral_proto.testing import MockServer
from tests.client.support import KEY, WHOLE

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value, _):
        return value


def test_a_whole_answer() -> None:
    with MockServer() as server, Mistral(api_key=KEY, server_url=server.url) as mistral:
        assert_type(mistral, Mistral)
        res = mistral.chat.complete(
            model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
        )
        assert_type(res, ChatCompletionResponse)
        choice = res.choices[0]
        assert_type(choice.message, AssistantMessage)
        assert_type(choice.message.content, Union[Sequence[ContentChunk], str, None])
        assert_type(choice.message.text, str)
        assert_type(choice.message.tool_calls, Union[Sequence[ToolCall], None])
        assert_type(choice.finish_reason, Union[FinishReason, str, None])
        assert_type(res.usage, Union[UsageInfo, None])
        assert res.usage is not None
        assert_type(res.usage.total_tokens, int)
        assert choice.message.content == "You said: Hi"


def test_a_stream() -> None:
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        res = mistral.chat.stream(
            model="m", messages=[UserMessage(content="Hi")], max_tokens=5, stream=True
        )
        assert_type(res, EventStream)
        said = ""
        with res as event_stream:
            assert_type(event_stream, EventStream)
            for event in event_stream:
                assert_type(event, CompletionEvent)
                assert_type(event.data, ChatCompletionStreamResponse)
                assert_type(event.data.choices[0].delta, DeltaMessage)
                said += event.data.choices[0].delta.text
        assert_type(res.gathered, Union[ChatCompletionResponse, None])
        assert_type(res.until_done(), ChatCompletionResponse)
        assert_type(res.text(), Iterator[str])
        assert_type(res.status_code, int)
        assert_type(res.headers["content-type"], str)
        assert said == "You said: Hi"


def test_asyncio() -> None:
    messages = [{"role": "user", "content": "Hi"}]

    async def main(url: str) -> None:
        async with Mistral(KEY, server_url=url) as mistral:
            assert_type(mistral, Mistral)
            whole = await mistral.chat.complete_async(model="m", messages=messages)
            assert_type(whole, ChatCompletionResponse)
            res = mistral.chat.stream_async(model="m", messages=messages, timeout_ms=9000)
            assert_type(res, EventStreamAsync)
            assert_type(await res, EventStreamAsync)
            assert_type(res.status_code, int)
            assert_type(res.headers, Mapping[str, str])
            async with res as events:
                assert_type(events, EventStreamAsync)
                async for event in events:
                    assert_type(event, CompletionEvent)
            assert_type(res.gathered, Union[ChatCompletionResponse, None])
            assert_type(await res.until_done(), ChatCompletionResponse)
            texts = mistral.chat.stream_async(model="m", messages=messages).text()
            assert_type(texts, AsyncIterator[str])
            said = [text async for text in texts]
            assert_type(said, list[str])
            assert "".join(said) == whole.choices[0].message.text

    with MockServer() as server:
        asyncio.run(main(server.url))


# -- what a client may be given


class _Mine:
    failures = (KeyError,)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        assert_type(request.headers, Mapping[str, str])
        assert_type(request.read_timeout, float)
        return HTTPResponse(200, {"content-type": "application/json"}, iter([WHOLE]))

    def close(self) -> None: ...


class _MineAsync:
    @property
    def failures(self) -> tuple[type[Exception], ...]:
        return ()

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        async def body() -> AsyncIterator[bytes]:
            yield WHOLE

        async def close() -> None: ...

        return AsyncHTTPResponse(200, {"content-type": "application/json"}, body(), close)

    async def close(self) -> None: ...


class _Hurried(Clock):
    def sleep(self, seconds: float) -> None: ...


def test_doubles_are_transports() -> None:
    plain: Transport = _Mine()
    for_asyncio: AsyncTransport = _MineAsync()
    by_urllib: Transport = UrllibTransport()
    assert by_urllib.close() is None
    messages = [{"role": "user", "content": "Hi"}]
    mistral = Mistral(KEY, transport=plain, async_transport=for_asyncio, clock=_Hurried())
    res = mistral.chat.complete(model="m", messages=messages)
    assert res == asyncio.run(mistral.chat.complete_async(model="m", messages=messages))


def test_callbacks_and_times() -> None:
    def before(request: HTTPRequest) -> HTTPRequest:
        return request

    def watch(request: HTTPRequest) -> None:
        assert_type(request.body, bytes)

    told: list[float] = []

    def after(request: HTTPRequest, info: ResponseInfo) -> None:
        assert_type(info.status_code, int)
        assert_type(info.headers, Mapping[str, str])
        assert_type(info.duration_ms, float)
        assert_type(info.tries, int)
        assert_type(info.request_id, Union[str, None])
        told.append(info.duration_ms)

    parts = Timeouts(connect_ms=1000)
    assert_type(parts.connect_ms, Union[float, None])
    messages = [{"role": "user", "content": "Hi"}]
    for given in (before, watch):
        with Mistral(
            lambda: KEY,
            transport=_Mine(),
            timeout_ms=parts,
            before_request=given,
            after_response=after,
        ) as mistral:
            mistral.chat.complete(model="m", messages=messages, timeout_ms=parts)
    with Mistral(KEY, transport=_Mine(), after_response=lambda *told: told) as mistral:
        mistral.chat.complete(model="m", messages=messages, timeout_ms=5)
    assert len(told) == 2


def test_messages_of_any_kind() -> None:
    typed: list[ChatMessage] = [SystemMessage(content="Be brief."), UserMessage(content="Hi")]
    users = [UserMessage(content="Hi")]
    plain = [{"role": "user", "content": "Hi"}]
    nested = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        mistral.chat.complete(model="m", messages=typed)
        mistral.chat.complete(model="m", messages=users)
        mistral.chat.complete(model="m", messages=plain)
        mistral.chat.complete(model="m", messages=nested)
        mistral.chat.complete(model="m", messages=(users[0], plain[0]))
        mixed = mistral.chat.complete(
            model="m",
            messages=[SystemMessage(content="Be brief."), {"role": "user", "content": "Hi"}],
        )
        answer = mixed.choices[0].message
        # An answer may be a server's message of another role, which no request can hold.
        assert isinstance(answer, AssistantMessage)
        mistral.chat.complete(model="m", messages=[*typed, answer, *typed])
        assert len(server.requests) == 7


def test_tools_and_formats_of_any_kind() -> None:
    tool = Tool(function=Function(name="now", parameters={"type": "object"}))
    plain = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
    retries = RetryConfig("backoff", BackoffStrategy(1, 50, 1.1, 100), False)
    messages = [{"role": "user", "content": "Hi"}]
    with MockServer() as server, Mistral(KEY, server_url=server.url) as mistral:
        for_sure = mistral.chat.complete(
            model="m", messages=messages, tools=[tool], tool_choice="any"
        )
        mistral.chat.complete(model="m", messages=messages, tools=[plain], tool_choice="none")
        mistral.chat.complete(
            model="m",
            messages=messages,
            tools=[tool, {"type": "web_search"}],
            tool_choice={"type": "function", "function": {"name": "now"}},
            response_format={"type": "json_object"},
            temperature=None,
            stop=["a", "b"],
            retries=retries,
            timeout_ms=1000,
            http_headers={"x-one": "1"},
        )
        mistral.chat.complete(
            model="m", messages=messages, response_format=ResponseFormat(), stop="a", retries=None
        )
    calls = for_sure.choices[0].message.tool_calls
    assert calls is not None
    assert_type(calls[0].function.name, str)
    assert_type(calls[0].function.arguments, str)
    assert calls[0].function.parse_arguments() == {}


def test_mistakes_that_a_type_checker_finds() -> None:
    # Each line is an error to mypy, which says so if one ceases to be.
    def never(mistral: Mistral) -> None:
        mistral.chat.complete(messages=[])  # type: ignore[call-arg]
        mistral.chat.complete(model=1, messages=[])  # type: ignore[arg-type]
        mistral.chat.complete(model="m", messages="Hi")  # type: ignore[arg-type]
        mistral.chat.complete(model="m", messages=[], temprature=1)  # type: ignore[call-arg]
        mistral.chat.complete(model="m", messages=[], max_tokens="1")  # type: ignore[arg-type]
        mistral.chat.stream("m", [])  # type: ignore[call-arg]
        for event in mistral.chat.stream_async(model="m", messages=[]):  # type: ignore[attr-defined]
            print(event)
        mistral.chat.complete(model="m", messages=[], timeout_ms="5")  # type: ignore[arg-type]
        Timeouts(total="5")  # type: ignore[call-arg]
        Mistral(KEY, transport=_MineAsync())  # type: ignore[arg-type]
        Mistral(KEY, async_transport=_Mine())  # type: ignore[arg-type]
        Mistral(lambda: 5)  # type: ignore[arg-type, return-value]
        Mistral(KEY, before_request=lambda: None)  # type: ignore[arg-type, misc]

    assert callable(never)


def test_errors() -> None:
    with MockServer(api_key="another") as server:
        try:
            Mistral(KEY, server_url=server.url).chat.complete(
                model="m", messages=[{"role": "user", "content": "Hi"}]
            )
        except MistralError as error:
            assert_type(error.message, str)
            assert_type(error.status_code, int)
            assert_type(error.headers.get("x"), Union[str, None])
            assert_type(error.body, str)
            assert_type(error.tries, int)
            assert_type(error.last_error, Union[MistralError, None])
            assert error.status_code == 401
        else:
            sys.exit("no error")
