"""The answers of real servers, as a user gets them with each of the four calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import ChatCompletionResponse, Mistral, MistralError
from tests.client.faults.servers import FaultServer
from tests.client.servers.rows import ROWS, Gets, Row
from tests.client.support import CALLS, RETRIES, STREAMS, End, client, opened, text_of


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


async def streamed(row: Row, name: str, mistral: Mistral) -> Any:
    """Return the response of a stream, after a check of its events."""
    async with opened(name, mistral) as stream:
        events = [event async for event in stream]
        response = await stream.until_done()
    assert stream.snapshot == response
    assert text_of(events) == response.text
    if row.is_stream:
        assert [event.data.to_dict() for event in events] == row.sent
    return response


def check(response: ChatCompletionResponse, expected: Gets) -> None:
    """Check what a user gets; an answer without choices has neither text nor reason."""
    choice = response.choices[0] if response.choices else None
    message = choice.message if choice else None
    assert response.text == expected.text
    assert (message.thinking if message else "") == expected.thinking
    assert (choice.finish_reason if choice else None) == expected.reason
    calls = (message.tool_calls if message else None) or []
    found = [(call.id, call.function.name, call.function.arguments) for call in calls]
    assert found == [*expected.calls]
    usage = response.usage
    assert expected.usage == (
        usage and (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    )
    for path, value in expected.kept.items():
        here: Any = response.to_dict()
        for step in path.split("."):
            here = here[int(step) if isinstance(here, list) else step]
        assert here == value, path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.server}: {row.what}")
def test_answers_of_servers(row: Row, server: FaultServer) -> None:
    server.then = row.script
    for name in CALLS:
        asked = len(server.received)
        attempts = 3 if name in row.retried else 1
        with client(server, retry_config=RETRIES) as mistral:
            try:
                if name in STREAMS:
                    response = asyncio.run(streamed(row, name, mistral))
                else:
                    response = CALLS[name](mistral)
            except MistralError as error:
                if isinstance(row.end, Gets):
                    raise
                End(None, error).check(row.end, tries=attempts)
                assert len(server.received) - asked == attempts
                continue
        assert isinstance(row.end, Gets), f"no error, but {response!r}"
        check(response, row.end)
        if name not in STREAMS and row.sent and not row.is_stream:
            assert [response.to_dict()] == row.sent


def test_the_table_is_long() -> None:
    assert len({(row.server, row.what) for row in ROWS}) == len(ROWS) >= 60
