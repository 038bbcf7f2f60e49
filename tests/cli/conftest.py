"""An environment in which a command behaves alike on every machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from mistral_proto import BackoffStrategy, RetryConfig


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "test-key")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    # argparse breaks its lines, and in some versions colours them, as these say.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    # No test waits for a server to come to its senses.
    once = RetryConfig("none", BackoffStrategy(0, 0, 1.0, 0, 0), False)
    monkeypatch.setattr("mistral_proto.retry.DEFAULT_RETRY_CONFIG", once)


@pytest.fixture(autouse=True, scope="session")
def _interrupts() -> Iterator[None]:
    # A shell lets what it runs in the background ignore interrupts, and a process
    # passes that on to those that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
