"""Normalization in each version, and validation in each version and each mode.

`tests/published` compares the verdicts about schemas of tools, by `jsonschema` as here.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given

from mistral_proto import TokenizerVersion, ValidationMode
from tests.interop.mistral_common_request import conversations
from tests.interop.mistral_common_request.differences import check

# mistral_common warns of what it is going to change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* in 1\.13\.0")

each_version = pytest.mark.parametrize("version", [version.value for version in TokenizerVersion])
MODES = [mode.value for mode in ValidationMode]


@each_version
@given(request=conversations.requests)
def test_conversations(version: str, request: dict[str, Any]) -> None:
    check(f"normalizing {version}", request)
    for mode in MODES:
        check(f"validating {version} {mode}", request)


TEXTS = (
    *("", "{}", '{"b":1,"a":[1.50,null]}', '"\\u00e9"', "12 °C", "[1,", " 1 ", "-0", "1E2"),
    *('{"a":1,"a":2}', '"\\ud800"', "[NaN]", "[-1e999]", "9" * 5000, "[" * 100_000 + "]" * 100_000),
)
USER = {"role": "user", "content": "Hi"}


def _calling(*ids: str, name: str = "f", arguments: str = "{}") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"role": "assistant", "tool_calls": [{"id": id, "function": function} for id in ids]}


def _answer(id: str | None, content: Any = "1", **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content, **fields}


@each_version
def test_texts_of_tools(version: str) -> None:
    for text in TEXTS:
        messages = [{"role": "user", "content": text}, _calling("a", arguments=text)]
        check(f"normalizing {version}", {"messages": [*messages, _answer("a", text)]})


@each_version
def test_order_of_results(version: str) -> None:
    for calls in [(), ("a",), ("a", "b"), ("b", "a"), ("null", "a"), ("b", "a", "b")]:
        for length in range(4):
            for ids in product(("a", "b", "x", "null", "", None), repeat=length):
                results = [_answer(id, str(number)) for number, id in enumerate(ids)]
                # Calls that were answered count no more; calls before others still do.
                before = [_calling("b"), _answer("b", "0"), _calling("x"), _calling(*calls)]
                check(f"normalizing {version}", {"messages": [*before, *results]})


KINDS = ("text", "thinking", "image_url", "input_audio", "audio_url")


@each_version
def test_kinds_of_chunks(version: str) -> None:
    for role, kind, mode in product(("system", "user", "assistant", "tool"), KINDS, MODES):
        message = {
            "role": role,
            "content": [{"type": "text", "text": "a"}, {"type": kind, kind: "YQ=="}],
        }
        check(f"validating {version} {mode}", {"model": "m", "messages": [message, USER]})
