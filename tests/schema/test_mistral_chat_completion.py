"""The published schema is the one that was published."""

from __future__ import annotations

import json

import pytest

from mistral_proto.schema import mistral_chat_completion
from tests.recorded.shared_folder import missing_reason, shared_folder


def test_it_is_the_published_one() -> None:
    folder = shared_folder()
    if folder is None:
        pytest.skip(missing_reason())
    [page] = (folder / "seeds").glob("002_*.txt")
    _, _, schema = page.read_text("utf-8").partition("\nJSON Schema\n")
    assert mistral_chat_completion() == json.loads(schema)
