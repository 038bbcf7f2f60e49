"""``schema``: a JSON Schema on stdout, and the names that there are."""

from __future__ import annotations

import json

import pytest

from mistral_proto import ChatCompletionRequest, UserMessage
from mistral_proto.cli.schema import wire_types
from mistral_proto.schema import json_schema, mistral_chat_completion
from tests.cli.commands import run


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "strict"])
def test_the_schema_of_a_type(capsys: pytest.CaptureFixture[str], strict: bool) -> None:
    options = ["--strict"] if strict else []
    code, out, err = run(capsys, "schema", "ChatCompletionRequest", *options)
    assert (code, err) == (0, "")
    assert json.loads(out) == json_schema(ChatCompletionRequest, strict=strict)
    assert out.startswith('{\n  "$schema": ') and out.endswith("\n}\n")


def test_the_published_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "schema", "mistral-chat-completion")
    assert (code, err) == (0, "")
    assert json.loads(out) == mistral_chat_completion()


def test_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "schema")
    *names, published = out.splitlines()
    assert (code, err, published) == (0, "", "mistral-chat-completion")
    assert names == sorted(wire_types())
    assert wire_types()["UserMessage"] is UserMessage
    # Enumerations, unions and the client have no schema of their own.
    assert not {"Roles", "ContentChunk", "Mistral", "MockServer", "WireType"} & {*names}


@pytest.mark.parametrize("name", sorted(wire_types()))
def test_every_name_that_is_listed(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, err = run(capsys, "schema", name)
    assert (code, err) == (0, "")
    assert json.loads(out)["title"] == wire_types()[name].__name__


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ChatCompletionRequst", " (did you mean 'ChatCompletionRequest'?)"),
        ("usermessage", " (did you mean 'UserMessage'?)"),
        ("mistral_chat_completion", " (did you mean 'mistral-chat-completion'?)"),
        ("WireType", ""),
        ("", ""),
    ],
)
def test_an_unknown_name(capsys: pytest.CaptureFixture[str], name: str, hint: str) -> None:
    result = run(capsys, "schema", name)
    assert (result.code, result.out) == (2, "")
    assert result.error == f"no such type: {name!r}{hint}"
