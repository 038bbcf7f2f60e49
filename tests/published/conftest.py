"""The published schemas as fixtures, and the settings of hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.published.differences import ALL_PATCHES, READ_PATCHES
from tests.published.schemas import Schema, Schemas, load
from tests.recorded.shared_folder import missing_reason

# The same documents in every run, so that a failure in CI is one on any machine.
settings.register_profile(
    "published",
    derandomize=True,
    deadline=None,
    max_examples=10,
    # To find out which parts of a failing document matter takes minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("published")


@pytest.fixture(scope="session")
def published() -> dict[str, Schema]:
    """The published schemas, as they are."""
    return load() or pytest.skip(missing_reason())


@pytest.fixture(scope="session")
def read_schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas, without what our types do not take."""
    return Schemas(published, READ_PATCHES)


@pytest.fixture(scope="session")
def all_schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas with every difference, as strict reading obeys them."""
    return Schemas(published, ALL_PATCHES)
