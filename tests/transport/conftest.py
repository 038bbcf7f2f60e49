"""The tests of the transport run in an environment without proxies."""

from __future__ import annotations

from tests.client.conftest import plain_environment as plain_environment
