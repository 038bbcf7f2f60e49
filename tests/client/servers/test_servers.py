"""The answers of real servers, as a user gets them with each of the four calls.

Each row restates a server's documentation or a report of its users.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mistral_proto import ChatCompletionResponse, CompletionEvent, Mistral, MistralError
from tests.client.faults.servers import FaultServer
from tests.client.servers import rows_gateways, rows_hosted, rows_own_machines
from tests.client.servers.table import Gets, Row
from tests.client.support import CALLS, RETRIES, STREAMS, End, client, opened

ROWS = [*rows_own_machines.ROWS, *rows_hosted.ROWS, *rows_gateways.ROWS]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


async def streamed(
    name: str, mistral: Mistral
) -> tuple[list[CompletionEvent], str, ChatCompletionResponse]:
    """Return the events of a stream, the text of another one, and the response."""
    async with opened(name, mistral) as stream:
        events = [event async for event in stream]
        response = await stream.until_done()
        assert stream.snapshot == response
    async with opened(name, mistral) as stream:
        return events, "".join([text async for text in stream.text()]), response


def check(response: ChatCompletionResponse, expected: Gets) -> None:
    choice = response.choices[0] if response.choices else None
    assert (choice.message.text if choice else "") == expected.text
    assert (choice.message.thinking if choice else "") == expected.thinking
    assert (choice.finish_reason if choice else None) == expected.reason
    calls = choice.message.tool_calls or [] if choice else []
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == list(
        expected.calls
    )
    usage = response.usage
    assert expected.usage == (
        usage and (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    )
    for path, value in expected.kept.items():
        here: object = response.to_dict()
        for step in path.split("."):
            here = here[int(step)] if isinstance(here, list) else here[step]  # type: ignore[index]
        assert here == value, path


def check_call(row: Row, name: str, mistral: Mistral) -> None:
    try:
        if name in STREAMS:
            events, text, response = asyncio.run(streamed(name, mistral))
        else:
            response = CALLS[name](mistral)
    except MistralError as error:
        if isinstance(row.end, Gets):
            raise
        End(None, error).check(row.end, tries=3 if name in row.retried else 1)
        return
    assert isinstance(row.end, Gets), f"no error, but {response!r}"
    check(response, row.end)
    if name in STREAMS:
        assert text == "".join(event.text for event in events) == row.end.text
        if row.is_stream:
            assert [event.data.to_dict() for event in events] == row.sent
    elif row.sent and not row.is_stream:
        assert [response.to_dict()] == row.sent


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_answers_of_servers(row: Row, server: FaultServer) -> None:
    server.then = row.script
    for name in row.calls:
        asked = len(server.received)
        with client(server, retry_config=RETRIES) as mistral:
            check_call(row, name, mistral)
        if not isinstance(row.end, Gets):
            assert len(server.received) - asked == (3 if name in row.retried else 1)


def test_every_row_has_its_own_name() -> None:
    assert len({str(row) for row in ROWS}) == len(ROWS) >= 60
