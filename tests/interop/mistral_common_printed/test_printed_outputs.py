"""The outputs in mistral_common's documentation are those of the release it names."""

from __future__ import annotations

import pytest
from mistral_common.protocol.instruct import messages, request, tool_calls

from tests.protocol import test_seed_examples as examples

THEIRS = {**vars(messages), **vars(request), **vars(tool_calls)}


def test_the_examples_hold_of_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in vars(examples).keys() & THEIRS.keys():
        monkeypatch.setattr(examples, name, THEIRS[name])
    for name, example in vars(examples).items():
        if name.endswith("_to_openai"):
            example()
