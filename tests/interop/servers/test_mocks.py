"""Our client and other people's servers, for tests or as gateways."""

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
    """Return the weather in a city."""
    return f"21 °C in {city}"


WAYS_BY_MODEL = {"tools": ("run_tools", "run_tools_async")}


async def ask(url: str, way: str, model: str) -> tuple[ChatCompletionResponse, list[ChatMessage]]:
    """Return the answer, or the last answer and the messages of a run of tools."""
    request: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": model}]}
    if model == "call":
        request["tools"] = [Tool.from_function(get_weather)]
    if is_stream(way):
        # Then some servers send the usage in an event without choices.
        request["extra_body"] = {"stream_options": {"include_usage": True}}
    async with client({"server_url": url, "api_key": KEY}) as mistral:
        chat = mistral.chat
        if way == "complete":
            return chat.complete(**request), []
        if way == "complete_async":
            return await chat.complete_async(**request), []
        if way == "stream":
            with chat.stream(**request) as events:
                return events.until_done(), []
        if way == "stream_async":
            async with chat.stream_async(**request) as stream:
                return await stream.until_done(), []
        if way == "run_tools":
            run = chat.run_tools(tools=[get_weather], **request)
            return run.until_done(), run.messages
        run_async = chat.run_tools_async(tools=[get_weather], **request)
        return await run_async.until_done(), run_async.messages


def answer_of(url: str, way: str, model: str) -> Answer:
    try:
        response, messages = asyncio.run(ask(url, way, model))
    except MistralError as error:
        return Answer(type(error).__name__, str(error))
    [choice] = response.choices
    functions = [call.function for call in choice.message.tool_calls or ()]
    calls = [f"{each.name}({each.arguments})" for each in functions]
    texts = [str(message.content) for message in messages or [choice.message]]
    return Answer(str(choice.finish_reason), "; ".join(calls or texts))


def differences(url: str, mock: Mock) -> list[str]:
    """Return the answers that are not the expected ones."""
    found = []
    for model in ANSWERS:
        for way in WAYS_BY_MODEL.get(model, WAYS):
            expected = mock.answer(model, is_stream(way))
            kind, text = answer_of(url, way, model)
            if kind != expected.kind or expected.text not in text:
                found.append(f"{model}, {way}: {kind}, {text!r} instead of {expected}")
    return found


@pytest.mark.parametrize("name", MOCKS)
def test_every_way_to_ask_recorded_and_played_back(
    start: Callable[[str], Process], name: str, tmp_path: Path
) -> None:
    server, mock = start(name), MOCKS[name]
    file = tmp_path / "recorded.jsonl"
    with RecordingServer(server.url + mock.path, file) as recording:
        for url in (server.url + mock.path, recording.url):
            found = differences(url, mock)
            assert not found, "\n".join([*found, server.output()])
    assert KEY not in file.read_text("utf-8")
    with ReplayServer(file) as replay:
        assert not differences(replay.url, mock)
