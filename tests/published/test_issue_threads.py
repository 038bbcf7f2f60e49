"""Requests that public threads report as refused with 422: adapted, they are accepted.

Each is the shape that its thread tells of, in our words and with our values.  As
it was sent, the published schema refuses it; where the schema has changed since,
or never said what the server did, the test says so.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mistral_proto.openai import adapt_request
from tests.published.schemas import Schema, Schemas

REQUEST = "ChatCompletionRequest"
HELLO = {"role": "user", "content": "Hello"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}


@pytest.fixture(scope="session")
def schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas as they are."""
    return Schemas(published)


def call(given: str, **others: Any) -> dict[str, Any]:
    return {
        "id": given,
        "type": "function",
        "function": {"name": "add", "arguments": '{"a": 3}'},
        **others,
    }


def adapted(body: dict[str, Any], schemas: Schemas) -> tuple[dict[str, Any], list[str]]:
    """What the body becomes, which is accepted, and where it was changed."""
    done = adapt_request(body)
    document = done.request.to_dict()
    assert schemas.accepts(REQUEST, document)
    return document, [str(change).partition(": ")[0] for change in done.changes]


def refused_then_adapted(
    body: dict[str, Any], schemas: Schemas
) -> tuple[dict[str, Any], list[str]]:
    assert not schemas.accepts(REQUEST, body)
    return adapted(body, schemas)


def test_mistralai_platform_docs_public_7(schemas: Schemas) -> None:
    """A program that may speak to either API sent `frequency_penalty`; refused as an extra.

    The published schema has that parameter by now, and it stays.  The thread asks
    that no other parameter of OpenAI's be in the way either.
    """
    body: dict[str, Any] = {"model": "mistral-tiny", "messages": [HELLO], "frequency_penalty": 0.0}
    assert schemas.accepts(REQUEST, body)
    assert adapted(body, schemas) == (body, [])

    extras = {
        "logit_bias": {},
        "user": "player-1",
        "seed": 1,
        "store": False,
        "stream_options": {"include_usage": True},
    }
    for name, value in extras.items():
        document, changes = refused_then_adapted({**body, name: value}, schemas)
        assert (name in document, changes) == (False, [name])


def test_gitlawb_openclaude_739(schemas: Schemas) -> None:
    """A coding agent sent ``store: false`` and `max_completion_tokens` to every API."""
    body = {
        "model": "codestral-2508",
        "messages": [{"role": "system", "content": "You write code."}, HELLO],
        "stream": True,
        "store": False,
        "max_completion_tokens": 8192,
    }
    document, changes = refused_then_adapted(body, schemas)
    assert changes == ["store", "max_completion_tokens"]
    assert document["max_tokens"] == 8192


def test_charmbracelet_crush_1590(schemas: Schemas) -> None:
    """A coding agent kept `reasoning_content` in its history: a line end, most of it."""
    body = {
        "model": "devstral-2512",
        "messages": [
            HELLO,
            {
                "role": "assistant",
                "content": "",
                "reasoning_content": "\n",
                "tool_calls": [call("a1b2c3d4e")],
            },
            {"role": "tool", "content": "8", "tool_call_id": "a1b2c3d4e"},
            {"role": "assistant", "content": "It is 8.", "reasoning_content": "5 and 3 …"},
            HELLO,
        ],
        "tools": [TOOL],
    }
    document, changes = refused_then_adapted(body, schemas)
    assert changes == ["messages[1].reasoning_content", "messages[3].reasoning_content"]
    assert document["messages"][1]["content"] == ""
    assert [chunk["type"] for chunk in document["messages"][3]["content"]] == ["thinking", "text"]


def test_partitech_php_mistral_76(schemas: Schemas, published: dict[str, Schema]) -> None:
    """A client sent ``tools: []`` after a call had been answered; refused as an extra.

    The published schema takes the empty list; the server that answered took no
    `tools` at all.
    """
    body = {
        "model": "mistral-small-latest",
        "messages": [
            HELLO,
            {"role": "assistant", "content": "", "tool_calls": [call("a1b2c3d4e")]},
            {"role": "tool", "name": "add", "content": "8", "tool_call_id": "a1b2c3d4e"},
        ],
        "tools": [],
    }
    theirs = copy.deepcopy(published)
    del theirs[REQUEST]["properties"]["tools"]
    assert not Schemas(theirs).accepts(REQUEST, body)

    document, changes = adapted(body, schemas)
    assert Schemas(theirs).accepts(REQUEST, document)
    assert changes == ["tools"]


def test_langchain_ai_langchain_mcp_adapters_411(schemas: Schemas) -> None:
    """An adapter gave each part of a tool's answer an `id` of its own."""
    body = {
        "model": "mistral-large-latest",
        "messages": [
            HELLO,
            {"role": "assistant", "content": "", "tool_calls": [call("a1b2c3d4e")]},
            {
                "role": "tool",
                "tool_call_id": "a1b2c3d4e",
                "content": [{"type": "text", "text": "8", "id": "lc_1"}],
            },
        ],
        "tools": [TOOL],
    }
    document, changes = refused_then_adapted(body, schemas)
    assert changes == ["messages[2].content[0].id"]
    assert document["messages"][2]["content"] == [{"type": "text", "text": "8"}]


# -- threads that tell the same of other fields


def test_editor_code_assistant_eca_231(schemas: Schemas) -> None:
    """An editor's assistant sent `max_completion_tokens`."""
    body = {
        "model": "labs-devstral-small-2512",
        "messages": [HELLO],
        "stream": True,
        "max_completion_tokens": 32000,
    }
    assert refused_then_adapted(body, schemas) == (
        {
            "model": "labs-devstral-small-2512",
            "messages": [HELLO],
            "max_tokens": 32000,
            "stream": True,
        },
        ["max_completion_tokens"],
    )


def test_gage_technologies_mistral_go_2(schemas: Schemas) -> None:
    """A client wrote an empty `name` and null `tool_calls` into the user's messages."""
    body = {
        "model": "mistral-tiny",
        "messages": [{"role": "user", "content": "Hello", "name": "", "tool_calls": None}],
    }
    assert refused_then_adapted(body, schemas) == (
        {"model": "mistral-tiny", "messages": [HELLO]},
        ["messages[0].name", "messages[0].tool_calls"],
    )


def test_zeroclaw_labs_zeroclaw_2693(schemas: Schemas) -> None:
    """An agent wrote a null `name` into its tool calls, beside the function that has one."""
    body = {
        "model": "mistral-large-latest",
        "messages": [
            HELLO,
            {"role": "assistant", "content": None, "tool_calls": [call("a1b2c3d4e", name=None)]},
            {"role": "tool", "content": "8", "tool_call_id": "a1b2c3d4e"},
        ],
        "tools": [TOOL],
    }
    document, changes = refused_then_adapted(body, schemas)
    assert changes == ["messages[1].tool_calls[0].name"]
    assert document["messages"][1]["tool_calls"] == [call("a1b2c3d4e")]


def test_berriai_litellm_30882(schemas: Schemas) -> None:
    """A filter left its own `metadata` in an assistant's message."""
    body = {
        "model": "mistral-large-latest",
        "messages": [
            HELLO,
            {"role": "assistant", "content": "Hi.", "metadata": {"trimmed": True}},
            HELLO,
        ],
    }
    assert refused_then_adapted(body, schemas)[1] == ["messages[1].metadata"]


# -- threads that tell of what the API refuses, and its schema takes


def test_metadist_synaplan_1115(schemas: Schemas) -> None:
    """A chat had an answer without a word in its history, and got no other from then on."""
    body = {
        "model": "mistral-medium-latest",
        "messages": [HELLO, {"role": "assistant", "content": ""}, HELLO],
    }
    document, changes = adapted(body, schemas)
    assert (document["messages"], changes) == ([HELLO, HELLO], ["messages[1]"])


def test_devoxx_devoxx_genie_idea_plugin_338(schemas: Schemas) -> None:
    """A plugin had a `top_p` in its settings, beside a `temperature` of 0."""
    body = {"model": "codestral-latest", "messages": [HELLO], "temperature": 0, "top_p": 0.9}
    document, changes = adapted(body, schemas)
    assert ("top_p" in document, changes) == (False, ["top_p"])


def test_berriai_litellm_13389(schemas: Schemas) -> None:
    """The tools' parameters had the `$schema` and the `$id` of a JSON Schema."""
    function = TOOL["function"]
    parameters = {**function["parameters"], "$schema": "https://x", "$id": "https://y"}
    tool = {"type": "function", "function": {**function, "parameters": parameters}}
    body = {"model": "mistral-small-latest", "messages": [HELLO], "tools": [tool]}
    document, changes = adapted(body, schemas)
    assert (document["tools"], len(changes)) == ([TOOL], 2)
