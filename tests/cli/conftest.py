"""The same environment for the commands on every machine."""

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
    # The width and the colours of argparse's output.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    # No retries.
    once = RetryConfig("none", BackoffStrategy(0, 0, 1.0, 0, 0), False)
    monkeypatch.setattr("mistral_proto.retry.DEFAULT_RETRY_CONFIG", once)


@pytest.fixture(autouse=True, scope="session")
def _interrupts() -> Iterator[None]:
    # A background process of a shell ignores interrupts, and so do its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
