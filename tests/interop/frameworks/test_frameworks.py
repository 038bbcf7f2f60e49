"""The programs of a framework over a copy named `mistralai`, compared with those over the SDK."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.interop.frameworks.differences import DIFFERENCES

FRAMEWORK = os.environ["FRAMEWORK"]
# Defaults that only one side writes.
DEFAULTS = [("index", 0), ("prefix", False)]


def outcomes(of: str) -> dict[str, Any]:
    path = Path(os.environ["OUTCOMES"], f"{of}.json")
    found: dict[str, Any] = without_defaults(json.loads(path.read_text(encoding="utf-8")))
    return found


def without_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [without_defaults(item) for item in value]
    if isinstance(value, dict):
        return {
            name: without_defaults(item)
            for name, item in value.items()
            if item is not None and (name, item) not in DEFAULTS
        }
    return value


# llama_index reads thinking only from the models that it knows.
FAILS_OVER_THE_SDK = {
    "complete, recorded: pydantic/pydantic-ai:tests/models/cassettes/test_mistral/"
    "test_mistral_model_thinking_part.yaml#1"
}
SDK, COPY = outcomes("sdk"), outcomes("copy")
DIFFERENT = {name: how for (framework, name), how in DIFFERENCES.items() if framework == FRAMEWORK}


def test_the_outcomes_are_the_same_except_for_the_listed_ones() -> None:
    for name, outcome in SDK.items():
        if name not in DIFFERENT:
            assert COPY[name] == outcome, name
    for name, (raised, _) in DIFFERENT.items():
        assert COPY[name] != SDK[name], name
        assert COPY[name].get("raises", "") == raised, name


def test_the_programs_work_over_the_sdk() -> None:
    failed = {name for name, outcome in SDK.items() if "gives" not in outcome} - {*DIFFERENT}
    assert {name for name in failed if not name.startswith("fails: ")} <= FAILS_OVER_THE_SDK
