"""The servers in their own processes, each started at its first use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from mistral_proto.testing import MockServer
from tests.interop.servers.mocks import MOCKS
from tests.interop.servers.processes import Process


@pytest.fixture(scope="session")
def upstream() -> Iterator[MockServer]:
    """Return a server of ours, to which the proxy passes requests on."""
    with MockServer() as server:
        yield server


@pytest.fixture(scope="session")
def start(
    tmp_path_factory: pytest.TempPathFactory, upstream: MockServer
) -> Iterator[Callable[[str], Process]]:
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Process:
            folder = tmp_path_factory.mktemp(name)
            return stack.enter_context(MOCKS[name].listening(folder, upstream.url))

        yield start
