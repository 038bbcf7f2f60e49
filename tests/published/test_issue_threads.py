"""Requests that public threads report as refused with 422, in our words: adapted, they are valid."""

from __future__ import annotations

import copy
from typing import Any

from mistral_proto.openai import adapt_request
from tests.published.schemas import Schema, Schemas

REQUEST = "ChatCompletionRequest"
HELLO = {"role": "user", "content": "Hello"}
PARAMETERS = {"type": "object", "properties": {"a": {"type": "integer"}}}
FUNCTION = {"name": "add", "description": "Add two numbers", "parameters": PARAMETERS}
TOOL = {"type": "function", "function": FUNCTION}
CALL = {
    "id": "a1b2c3d4e",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 3}'},
}
CALLED = {"role": "assistant", "content": "", "tool_calls": [CALL]}
ANSWERED = {"role": "tool", "content": "8", "tool_call_id": "a1b2c3d4e"}
EIGHT = {"type": "text", "text": "8"}


def asked(*messages: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [HELLO, *messages], **parameters}


# The thread, the body, where it is changed, and the adapted body.  As it was sent, the
# published schema refuses it.
THREADS: list[tuple[str, dict[str, Any], list[str], dict[str, Any]]] = [
    *(
        ("mistralai/platform-docs-public 7", asked(**{name: value}), [name], asked())
        for name, value in {
            "logit_bias": {},
            "user": "player-1",
            "store": False,
            "stream_options": {"include_usage": True},
        }.items()
    ),
    ("mistralai/platform-docs-public 7", asked(seed=1), ["seed"], asked(random_seed=1)),
    (
        "Gitlawb/openclaude 739",
        asked(stream=True, store=False, max_completion_tokens=8192),
        ["store", "max_completion_tokens"],
        asked(stream=True, max_tokens=8192),
    ),
    (
        "editor-code-assistant/eca 231",
        asked(max_completion_tokens=32000),
        ["max_completion_tokens"],
        asked(max_tokens=32000),
    ),
    (
        "charmbracelet/crush 1590",
        asked(
            {**CALLED, "reasoning_content": "\n"},
            ANSWERED,
            {"role": "assistant", "content": "It is 8.", "reasoning_content": "5 and 3"},
            HELLO,
        ),
        ["messages[1].reasoning_content", "messages[3].reasoning_content"],
        asked(
            CALLED,
            ANSWERED,
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "5 and 3"}]},
                    {"type": "text", "text": "It is 8."},
                ],
            },
            HELLO,
        ),
    ),
    (
        "langchain-ai/langchain-mcp-adapters 411",
        asked(CALLED, {**ANSWERED, "content": [{**EIGHT, "id": "lc_1"}]}),
        ["messages[2].content[0].id"],
        asked(CALLED, {**ANSWERED, "content": [EIGHT]}),
    ),
    (
        "Gage-Technologies/mistral-go 2",
        asked({**HELLO, "name": "", "tool_calls": None}),
        ["messages[1].name", "messages[1].tool_calls"],
        asked(HELLO),
    ),
    (
        "zeroclaw-labs/zeroclaw 2693",
        asked({"role": "assistant", "tool_calls": [{**CALL, "name": None}]}, ANSWERED),
        ["messages[1].tool_calls[0].name"],
        asked({"role": "assistant", "tool_calls": [CALL]}, ANSWERED),
    ),
    (
        "BerriAI/litellm 30882",
        asked({"role": "assistant", "content": "Hi.", "metadata": {"trimmed": True}}, HELLO),
        ["messages[1].metadata"],
        asked({"role": "assistant", "content": "Hi."}, HELLO),
    ),
]

# The published schema accepts these, but the API of the thread did not.
REFUSED_BY_THE_API: list[tuple[str, dict[str, Any], list[str], dict[str, Any]]] = [
    (
        "metadist/synaplan 1115",
        asked({"role": "assistant", "content": ""}, HELLO),
        ["messages[1]"],
        asked(HELLO),
    ),
    (
        "devoxx/DevoxxGenieIDEAPlugin 338",
        asked(temperature=0, top_p=0.9),
        ["top_p"],
        asked(temperature=0),
    ),
    (
        "BerriAI/litellm 13389",
        asked(
            tools=[
                {
                    "type": "function",
                    "function": {
                        **FUNCTION,
                        "parameters": {**PARAMETERS, "$schema": "https://x", "$id": "https://y"},
                    },
                }
            ]
        ),
        ["tools[0].function.parameters['$schema']", "tools[0].function.parameters['$id']"],
        asked(tools=[TOOL]),
    ),
    ("partitech/php-mistral 76", asked(CALLED, ANSWERED, tools=[]), ["tools"], asked(CALLED, ANSWERED)),
    ("mistralai/platform-docs-public 7", asked(frequency_penalty=0.0), [], asked(frequency_penalty=0.0)),
]  # fmt: skip


def test_threads(published: dict[str, Schema]) -> None:
    schemas = Schemas(published)
    for table, accepted in ((THREADS, False), (REFUSED_BY_THE_API, True)):
        for thread, body, places, expected in table:
            before = copy.deepcopy(body)
            assert schemas.accepts(REQUEST, body) is accepted, thread
            done = adapt_request(body)
            assert [str(change).partition(": ")[0] for change in done.changes] == places, thread
            assert done.request.to_dict() == expected, thread
            assert schemas.accepts(REQUEST, expected), thread
            assert body == before
