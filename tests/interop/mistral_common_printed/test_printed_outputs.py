"""The release of mistral_common that printed the documented outputs prints them."""

from __future__ import annotations

import pytest
from mistral_common.protocol.instruct import messages, request, tool_calls

from tests.protocol import test_seed_examples as examples

THEIRS = {**vars(messages), **vars(request), **vars(tool_calls)}


def test_the_examples_hold_for_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in vars(examples).keys() & THEIRS.keys():
        monkeypatch.setattr(examples, name, THEIRS[name])
    examples.test_requests_to_openai()
