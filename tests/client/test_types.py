"""The client as a type checker sees it: users' code needs no cast.  It also runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Union

from mistral_proto import (
    AssistantMessage,
    BackoffStrategy,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
    ChatMessage,
    CompletionEvent,
    ContentChunk,
    DeltaMessage,
    EventStream,
    FinishReason,
    Function,
    Mistral,
    MistralError,
    ResponseFormat,
    RetryConfig,
    SystemMessage,
    Tool,
    ToolCall,
    UsageInfo,
    UserMessage,
)
from mistral_proto.testing import MockServer
from tests.client.support import KEY

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
        assert_type(choice.message, Union[AssistantMessage, DeltaMessage])
        assert_type(choice.message.content, Union[Sequence[ContentChunk], str, None])
        assert_type(choice.message.text, str)
        assert_type(choice.message.tool_calls, Union[Sequence[ToolCall], None])
        assert_type(choice.finish_reason, Union[FinishReason, str, None])
        assert_type(res.usage, UsageInfo)
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
        assert_type(res.status_code, int)
        assert_type(res.headers["content-type"], str)
        assert said == "You said: Hi"


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

    assert callable(never)


def test_errors() -> None:
    with MockServer(api_key="another") as server:
        try:
            Mistral(KEY, server_url=server.url).chat.complete(model="m", messages=[])
        except MistralError as error:
            assert_type(error.message, str)
            assert_type(error.status_code, Union[int, None])
            assert_type(error.headers.get("x"), Union[str, None])
            assert_type(error.body, str)
            assert error.status_code == 401
        else:
            sys.exit("no error")
