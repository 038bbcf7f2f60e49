"""The published schemas as fixtures, and how many documents are tried."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.published.differences import ALL_PATCHES, READ_PATCHES
from tests.published.schemas import Schema, Schemas, SharedFolderMissing, load

# The same documents in every run, so that a failure in CI is one on any machine.
settings.register_profile(
    "published",
    derandomize=True,
    deadline=None,
    max_examples=40,
    # To find out which parts of a failing document matter takes minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("published")


@pytest.fixture(scope="session")
def published() -> dict[str, Schema]:
    """The published schemas, as they are."""
    try:
        return load()
    except SharedFolderMissing as error:
        if os.environ.get("MISTRAL_PROTO_REQUIRE_SHARED") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def read_schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas, less what our types do not take."""
    return Schemas(published, READ_PATCHES)


@pytest.fixture(scope="session")
def all_schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas with every difference: what strict reading is held to."""
    return Schemas(published, ALL_PATCHES)
