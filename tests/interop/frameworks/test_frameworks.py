"""The programs of a framework over a copy of ours named `mistralai`, beside those over the SDK."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.interop.frameworks.differences import DIFFERENCES

FRAMEWORK = os.environ["FRAMEWORK"]
# Calls that are not in a stream have no index, and an answer is a prefix if somebody says so.
UNSAID = [("index", 0), ("prefix", False)]


def outcomes(of: str) -> dict[str, Any]:
    path = Path(os.environ["OUTCOMES"], f"{of}.json")
    found: dict[str, Any] = said(json.loads(path.read_text(encoding="utf-8")))
    return found


def said(value: Any) -> Any:
    """A document without what says no more than to leave it out."""
    if isinstance(value, list):
        return [said(item) for item in value]
    if isinstance(value, dict):
        left_out = [name for name, item in value.items() if item is None or (name, item) in UNSAID]
        return {name: said(item) for name, item in value.items() if name not in left_out}
    return value


# Of llama_index, which takes the text of an answer with thinking for that of models it knows.
GAPS = {
    "complete, recorded: pydantic/pydantic-ai:tests/models/cassettes/test_mistral/"
    "test_mistral_model_thinking_part.yaml#1"
}
SDK, COPY = outcomes("sdk"), outcomes("copy")
OTHERWISE = {name: how for (framework, name), how in DIFFERENCES.items() if framework == FRAMEWORK}


def test_each_program_is_the_same_but_for_what_is_told() -> None:
    for name, outcome in SDK.items():
        if name not in OTHERWISE:
            assert COPY[name] == outcome, name


def test_what_is_told_is_otherwise() -> None:
    for name, (raised, _) in OTHERWISE.items():
        assert COPY[name] != SDK[name], name
        assert COPY[name].get("raises", "") == raised, name


def test_the_programs_work_over_the_sdk() -> None:
    failed = {name for name, outcome in SDK.items() if "gives" not in outcome}
    assert {name for name in failed - {*OTHERWISE} if not name.startswith("fails: ")} <= GAPS
