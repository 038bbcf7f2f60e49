"""The servers that are processes of their own, each started once, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from mistral_proto.testing import MockServer
from tests.interop.servers.mocks import MOCKS
from tests.interop.servers.processes import Process


@pytest.fixture(scope="session")
def behind() -> Iterator[MockServer]:
    """A server of ours, which others ask."""
    with MockServer() as server:
        yield server


@pytest.fixture(scope="session")
def started(
    tmp_path_factory: pytest.TempPathFactory, behind: MockServer
) -> Iterator[Callable[[str], Process]]:
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Process:
            folder = tmp_path_factory.mktemp(name)
            return stack.enter_context(MOCKS[name].listening(folder, behind.url))

        yield start
