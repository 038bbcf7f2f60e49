"""Every test of the transport starts from an environment without proxies, as the client's do."""

from __future__ import annotations

from tests.client.conftest import plain_environment as plain_environment
from tests.transport.listening import listener as listener
