"""``schema``: a JSON Schema on stdout, or the names of the types."""

from __future__ import annotations

import json

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.cli.schema import wire_types
from mistral_proto.schema import json_schema, mistral_chat_completion
from tests.cli.commands import run


def test_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "schema")
    *names, published = out.splitlines()
    assert (code, err, published) == (0, "", "mistral-chat-completion")
    assert names == sorted(wire_types())
    assert {"UserMessage", "openai.ChatCompletion"} < {*names}
    # Enumerations, unions and the client have no schema.
    assert not {"Roles", "ContentChunk", "Mistral", "MockServer", "WireType"} & {*names}
    for name in names:
        code, out, err = run(capsys, "schema", name)
        assert (code, err) == (0, "")
        assert json.loads(out)["title"] == wire_types()[name].__name__
    out = run(capsys, "schema", "ChatCompletionRequest", "--strict").out
    assert json.loads(out) == json_schema(ChatCompletionRequest, strict=True)
    assert out.startswith('{\n  "$schema": ') and out.endswith("\n}\n")
    assert json.loads(run(capsys, "schema", published).out) == mistral_chat_completion()
    for name, hint in [
        ("usermessage", " (did you mean 'UserMessage'?)"),
        ("mistral_chat_completion", " (did you mean 'mistral-chat-completion'?)"),
        ("", ""),
    ]:
        result = run(capsys, "schema", name)
        assert (result.code, result.out) == (2, "")
        assert result.error == f"no such type: {name!r}{hint}"
