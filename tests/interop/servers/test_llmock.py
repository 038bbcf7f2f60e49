"""Our client and the faults of llmock, which reports mistakes of a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_proto import (
    BackoffStrategy,
    IncompleteStreamError,
    ResponseValidationError,
    RetryConfig,
)
from tests.interop.calls import OURS, STREAM_WAYS, WAYS
from tests.interop.servers.mocks import MOCKS
from tests.interop.servers.processes import Process

RETRIES = RetryConfig("backoff", BackoffStrategy(100, 1000, 2.0, 60_000), True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    with MOCKS["llmock"].listening(tmp_path, "") as process:
        yield process


def call(server: Process, way: str, **options: Any) -> str:
    """Return the text of an answer; each way sends its own request."""
    messages = [{"role": "user", "content": f"By {way}"}]
    options = {"server_url": f"{server.url}/mistral", **options}
    documents = OURS[way](options, {"model": "m", "messages": messages})
    choices = [choice for document in documents for choice in document["choices"]]
    return "".join([(it.get("message") or it["delta"]).get("content", "") for it in choices])


def test_retries_follow_the_server(server: Process) -> None:
    faults = [{"type": "fail", "status": 429, "retry_after": 0.5}, {"type": "fail", "status": 503}]
    for way in WAYS:
        server.request("/_llmock/scenario", {"behaviors": faults})
        assert call(server, way, retry_config=RETRIES).endswith(f"By {way}")
    verdict = server.request("/_llmock/verdict")
    assert (verdict["faults_injected"], verdict["findings"]) == (2 * len(WAYS), [])


def test_a_stream_that_breaks_off_is_an_error(server: Process) -> None:
    cases: list[tuple[str, type[Exception], dict[str, Any]]] = [
        ("disconnect", IncompleteStreamError, {}),
        ("truncate", IncompleteStreamError, {}),
        ("malformed", ResponseValidationError, {}),
        ("stall", IncompleteStreamError, {"timeout_ms": 500}),
    ]
    for kind, expected, options in cases:
        fault = {"type": "stream_fault", "kind": kind, "after_chunks": 2}
        for way in STREAM_WAYS:
            server.request("/_llmock/scenario", {"behaviors": [fault]})
            with pytest.raises(expected):
                call(server, way, **options)
