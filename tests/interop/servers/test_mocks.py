"""Our client and servers that other people wrote, for tests or as gateways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import ChatCompletionResponse, ChatMessage, MistralError, Tool
from mistral_proto.testing import RecordingServer, ReplayServer
from tests.interop.calls import WAYS, client, is_stream
from tests.interop.servers.mocks import ANSWERS, KEY, MOCKS, Answer, Mock
from tests.interop.servers.processes import Process


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"21 °C in {city}"


TOOL_WAYS = ("run_tools", "run_tools_async")
WAYS_TO_ASK = {"text": WAYS, "call": WAYS, "fail": WAYS, "tools": TOOL_WAYS}


async def ask(url: str, way: str, asked: str) -> tuple[ChatCompletionResponse, list[ChatMessage]]:
    """Return the answer, or the last one of a run of tools and what was said in it."""
    request: dict[str, Any] = {"model": asked, "messages": [{"role": "user", "content": asked}]}
    if asked == "call":
        request["tools"] = [Tool.from_function(get_weather)]
    if is_stream(way):
        # Some send the usage in an event without choices, then.
        request["extra_body"] = {"stream_options": {"include_usage": True}}
    async with client({"server_url": url, "api_key": KEY}) as mistral:
        chat = mistral.chat
        match way:
            case "complete":
                return chat.complete(**request), []
            case "complete_async":
                return await chat.complete_async(**request), []
            case "stream":
                with chat.stream(**request) as events:
                    return events.until_done(), []
            case "stream_async":
                async with chat.stream_async(**request) as stream:
                    return await stream.until_done(), []
            case "run_tools":
                run = chat.run_tools(tools=[get_weather], **request)
                return run.until_done(), run.messages
        started = chat.run_tools_async(tools=[get_weather], **request)
        return await started.until_done(), started.messages


def got(url: str, way: str, asked: str) -> Answer:
    try:
        response, messages = asyncio.run(ask(url, way, asked))
    except MistralError as error:
        return Answer(type(error).__name__, str(error))
    (choice,) = response.choices
    functions = [call.function for call in choice.message.tool_calls or ()]
    calls = [f"{each.name}({each.arguments})" for each in functions]
    texts = [str(message.content) for message in messages or [choice.message]]
    return Answer(str(choice.finish_reason), "; ".join(calls or texts))


def differences(url: str, mock: Mock) -> list[str]:
    """Return where a user gets something else than the table tells."""
    found = []
    for asked, ways in WAYS_TO_ASK.items():
        for way in ways:
            expected = mock.answer(asked, is_stream(way))
            kind, said, _ = got(url, way, asked)
            if kind != expected.kind or expected.said not in said:
                found.append(f"{asked}, {way}: {kind}, {said!r} instead of {expected}")
    return found


every_server = pytest.mark.parametrize("name", MOCKS)


@every_server
def test_every_way_to_ask(started: Callable[[str], Process], name: str) -> None:
    server, mock = started(name), MOCKS[name]
    found = differences(server.url + mock.path, mock)
    assert not found, "\n".join([*found, server.said()])


@every_server
def test_recorded_and_played_back(
    started: Callable[[str], Process], name: str, tmp_path: Path
) -> None:
    server, mock = started(name), MOCKS[name]
    file = tmp_path / "recorded.jsonl"
    with RecordingServer(server.url + mock.path, file) as recording:
        found = differences(recording.url, mock)
    assert not found, "\n".join([*found, server.said()])
    assert KEY not in file.read_text("utf-8")
    with ReplayServer(file) as replay:
        assert not differences(replay.url, mock)


def test_what_a_server_can_t_do_is_said() -> None:
    for name, mock in MOCKS.items():
        for asked, answer in mock.otherwise.items():
            assert answer.why, (name, asked)
            assert answer[:2] != ANSWERS[asked.removesuffix(", streamed")][:2], (name, asked)
