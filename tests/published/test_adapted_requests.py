"""Adapted requests of OpenAI's format are valid by the published schema."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mistral_proto import ChatCompletionRequest, ValidationError
from mistral_proto.conversation.rules import API, breaches
from mistral_proto.errors import Path
from mistral_proto.openai import adapt_request
from tests.published.openai_requests import requests
from tests.published.schemas import Schema, Schemas
from tests.published.strategies import changed, documents

REQUEST = "ChatCompletionRequest"
SENT_BY_THE_SDK = [
    *("min_tokens", "repetition_penalty", "top_k"),
    *("logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs"),
]


@pytest.fixture(scope="session")
def schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas as they are, without our differences."""
    return Schemas(published)


def check(body: dict[str, Any], schemas: Schemas) -> ChatCompletionRequest:
    """Require a valid request, changes that are in the body, and no further ones."""
    before = copy.deepcopy(body)
    adapted = adapt_request(body)
    assert body == before
    document = adapted.request.to_dict()
    assert schemas.accepts(REQUEST, without_the_sdks(document))
    assert [*breaches(adapted.request, API, "serving")] == []
    assert ChatCompletionRequest.from_dict(document, strict=True).to_dict() == document
    for change in adapted.changes:
        assert is_place(change.path, body), change
    if not adapted.changes:
        assert schemas.accepts(REQUEST, without_the_sdks(body)), "an unreported change"
    twice = adapt_request(document)
    assert twice.changes == ()
    assert twice.request.to_dict() == document
    return adapted.request


def without_the_sdks(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without the SDK's fields that the schema does not have."""
    return {name: value for name, value in document.items() if name not in SENT_BY_THE_SDK}


def is_place(path: Path, value: Any) -> bool:
    """Return whether a path leads to a value in the document, or to a place for one."""
    for position, step in enumerate(path):
        try:
            value = value[step]
        except KeyError:
            return position == len(path) - 1
        except (IndexError, TypeError):
            return False
    return True


@settings(max_examples=60)
@given(body=requests, data=st.data())
def test_a_request_of_openais_and_a_changed_one(
    schemas: Schemas, body: dict[str, Any], data: st.DataObject
) -> None:
    check(body, schemas)
    case = data.draw(changed(body))
    try:
        adapt_request(case.document)
    except ValidationError as error:
        assert error.problems
        for problem in error.problems:
            assert is_place(problem.path, case.document), problem
    else:
        check(case.document, schemas)


@given(data=st.data())
def test_a_request_of_mistrals_own(schemas: Schemas, data: st.DataObject) -> None:
    body = data.draw(documents(schemas[REQUEST]))
    try:
        adapt_request(body)
    except ValidationError:
        return  # OpenAI's format refuses some requests that no API can answer
    check(body, schemas)


CALL = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "add", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": "", "tool_calls": [CALL]}
ANSWER = {"role": "tool", "content": "8", "tool_call_id": "a1b2c3d4e"}
HELLO = {"role": "user", "content": "Hello"}
# Requests that public threads report as refused with 422: the thread, messages and parameters.
THREADS: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("mistralai/platform-docs-public 7", [], {"logit_bias": {}}),
    ("mistralai/platform-docs-public 7", [], {"user": "player-1"}),
    ("mistralai/platform-docs-public 7", [], {"stream_options": {"include_usage": True}}),
    ("mistralai/platform-docs-public 7", [], {"seed": 1}),
    ("Gitlawb/openclaude 739", [], {"store": False, "max_completion_tokens": 8192}),
    ("charmbracelet/crush 1590", [{**CALLED, "reasoning_content": "5 and 3"}, ANSWER], {}),
    ("langchain-ai/langchain-mcp-adapters 411", [CALLED, {**ANSWER, "content": [{"type": "text", "text": "8", "id": "lc_1"}]}], {}),
    ("Gage-Technologies/mistral-go 2", [{**HELLO, "name": "", "tool_calls": None}], {}),
    ("zeroclaw-labs/zeroclaw 2693", [{**CALLED, "tool_calls": [{**CALL, "name": None}]}, ANSWER], {}),
    ("BerriAI/litellm 30882", [{"role": "assistant", "content": "Hi.", "metadata": {"trimmed": True}}, HELLO], {}),
]  # fmt: skip


def test_requests_of_public_threads(schemas: Schemas) -> None:
    for thread, messages, parameters in THREADS:
        body = {"model": "m", "messages": [HELLO, *messages], **parameters}
        assert not schemas.accepts(REQUEST, body), thread
        check(body, schemas)
