"""The number of documents that are compared with the peers, and their environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# The same documents in every run, so that a failure in CI is one on any machine.
settings.register_profile(
    "interop",
    derandomize=True,
    deadline=None,
    max_examples=100,
    # To find out which parts of a failing document matter takes minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("interop")


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        # Most clients read all of the system's authorities when they are made; one will do.
        authority = Path(__file__).parents[1] / "client" / "certificates" / "authority.pem"
        patch.setenv("SSL_CERT_FILE", str(authority))
        yield
