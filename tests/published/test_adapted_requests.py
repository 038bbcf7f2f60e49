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
from tests.published.openai_requests import custom_call, custom_tool, requests, tool
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


@settings(max_examples=200)
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


@given(
    body=requests,
    offered=st.lists(tool, min_size=1, max_size=4),
    mode=st.sampled_from(["auto", "required"]),
)
def test_a_choice_among_some_of_the_tools(
    schemas: Schemas, body: dict[str, Any], offered: list[Any], mode: str
) -> None:
    allowed = offered[0]["function"]["name"]
    some = [{"type": "function", "function": {"name": allowed}}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": some}}
    request = check({**body, "tools": offered, "tool_choice": choice}, schemas)

    assert request.tools is not None and request.tool_choice == mode
    written: list[Any] = [each.to_dict() for each in request.tools]
    assert {each["function"]["name"] for each in written} == {allowed}


@given(data=st.data())
def test_a_request_of_mistrals_own(schemas: Schemas, data: st.DataObject) -> None:
    body = data.draw(documents(schemas[REQUEST]))
    try:
        adapt_request(body)
    except ValidationError:
        return  # OpenAI's format is stricter about requests that no API can answer
    check(body, schemas)


def problem_paths(body: dict[str, Any]) -> list[Path]:
    with pytest.raises(ValidationError) as caught:
        adapt_request(body)
    return [problem.path for problem in caught.value.problems]


@given(body=requests, tool=custom_tool, call=custom_call)
def test_a_request_that_would_lose_its_meaning_is_refused(
    body: dict[str, Any], tool: dict[str, Any], call: dict[str, Any]
) -> None:
    lost: list[dict[str, Any]] = [
        {"n": 2, "stream": True},
        {"modalities": ["text", "audio"]},
        {"audio": {"voice": "alloy", "format": "mp3"}},
    ]
    for fields in lost:
        assert {path[0] for path in problem_paths({**body, **fields})} <= fields.keys()
    tools = [*body.get("tools", []), tool]
    assert problem_paths({**body, "tools": tools}) == [("tools", len(tools) - 1, "type")]
    called = {"role": "assistant", "tool_calls": [call]}
    place = ("messages", 0, "tool_calls", 0)
    assert problem_paths({**body, "messages": [called, *body["messages"]]}) == [
        (*place, "type"),
        (*place, "function"),
    ]
