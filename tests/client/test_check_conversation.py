"""A client that holds requests to the rules of a conversation before it sends them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from mistral_proto import Mistral
from mistral_proto.conversation.exceptions import (
    InvalidMessageStructureException,
    InvalidRequestException,
    InvalidToolSchemaException,
    MistralCommonException,
)
from mistral_proto.protocol.instruct import TokenizerVersion
from mistral_proto.testing import MockServer
from tests.client.support import CALLS, HI, KEY, Call, client
from tests.imported_from import ROOT

BAD_ORDER: dict[str, Any] = {
    "messages": [*HI, {"role": "tool", "content": "", "tool_call_id": "x"}]
}
EFFORT: dict[str, Any] = {"reasoning_effort": "high"}
BAD_SCHEMA: dict[str, Any] = {
    "tools": [{"function": {"name": "f", "parameters": {"type": "text"}}}],
}

REFUSED: list[tuple[str, Any, dict[str, Any], type[MistralCommonException], str]] = [
    ("the newest", True, BAD_ORDER, InvalidMessageStructureException, "messages[1].role"),
    ("a name", "v3", BAD_ORDER, InvalidMessageStructureException, "messages[1].role"),
    ("a version", TokenizerVersion.v13, EFFORT, InvalidRequestException, "reasoning_effort"),
    (
        "a tool",
        True,
        BAD_SCHEMA,
        InvalidToolSchemaException,
        "tools[0].function.parameters.type",
    ),
]
SENT: list[tuple[str, Any, dict[str, Any]]] = [
    ("nothing wrong", True, {}),
    ("what the newest allows", True, EFFORT),
    ("the version by its name", "v15", EFFORT),
    ("off", False, BAD_ORDER),
    ("off, a tool", False, BAD_SCHEMA),
]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("setting", "parameters", "error", "place"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_what_breaks_a_rule_is_not_sent(
    call: Call,
    setting: Any,
    parameters: dict[str, Any],
    error: type[MistralCommonException],
    place: str,
) -> None:
    with MockServer() as server, client(server, check_conversation=setting) as mistral:
        with pytest.raises(error) as caught:
            call(mistral, **parameters)
        assert str(caught.value).startswith(f"{place}: ")
        assert server.connections == 0
        # The next one is.
        call(mistral)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("setting", "parameters"), [case[1:] for case in SENT], ids=[case[0] for case in SENT]
)
def test_what_is_sent(call: Call, setting: Any, parameters: dict[str, Any]) -> None:
    with MockServer() as server, client(server, check_conversation=setting) as mistral:
        call(mistral, **parameters)
        assert len(server.requests) == 1


@pytest.mark.parametrize("setting", ["v4", "", "15", None, 15])
def test_a_version_that_is_none(setting: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid TokenizerVersion"):
        Mistral(KEY, check_conversation=setting)


LOADED = """
import sys
from mistral_proto import Mistral
from mistral_proto.testing import MockServer
with MockServer() as server, Mistral("key", server_url=server.url{setting}) as mistral:
    mistral.chat.complete(model="m", messages=[{{"role": "user", "content": "Hi"}}])
print(sorted(name for name in sys.modules if "conversation" in name))
"""


@pytest.mark.parametrize("setting", ["", ", check_conversation=False", ", check_conversation=True"])
def test_the_rules_are_loaded_only_when_they_are_wanted(setting: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(setting=setting)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert ("mistral_proto.conversation.rules" in done.stdout) == ("True" in setting)
    assert (done.stdout == "[]\n") == ("True" not in setting)
