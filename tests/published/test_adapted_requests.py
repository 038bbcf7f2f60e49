"""What `adapt_request` makes of OpenAI's requests: the published schema accepts it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mistral_proto import ChatCompletionRequest, ValidationError
from mistral_proto.conversation.rules import API, breaches
from mistral_proto.errors import Path
from mistral_proto.openai import adapt_request
from tests.published.openai_requests import (
    custom_call,
    custom_tool,
    requests,
    tool,
    with_some_of_the_tools,
)
from tests.published.schemas import Schema, Schemas
from tests.published.strategies import changed, documents

REQUEST = "ChatCompletionRequest"
SENT_BY_THE_SDK = [
    *("min_tokens", "repetition_penalty", "top_k"),
    *("logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs"),
]


@pytest.fixture(scope="session")
def schemas(published: dict[str, Schema]) -> Schemas:
    """The published schemas as they are, with none of our differences."""
    return Schemas(published)


def check(body: dict[str, Any], schemas: Schemas) -> ChatCompletionRequest:
    """The body is adapted, to what is accepted, by changes that are in it."""
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
        assert schemas.accepts(REQUEST, without_the_sdks(body)), "what nobody told of was changed"
    again = adapt_request(document)
    assert again.changes == ()
    assert again.request.to_dict() == document
    return adapted.request


def without_the_sdks(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without what the SDK sends, and the schema does not have."""
    return {name: value for name, value in document.items() if name not in SENT_BY_THE_SDK}


def is_place(path: Path, value: Any) -> bool:
    """Whether a path leads to a value in the document, or to where one could be."""
    for position, step in enumerate(path):
        try:
            value = value[step]
        except KeyError:
            return position == len(path) - 1
        except (IndexError, TypeError):
            return False
    return True


@settings(max_examples=200)
@given(body=requests)
def test_a_request_of_openais(schemas: Schemas, body: dict[str, Any]) -> None:
    check(body, schemas)


@given(
    body=requests,
    offered=st.lists(tool, min_size=1, max_size=4),
    mode=st.sampled_from(["auto", "required"]),
)
def test_a_choice_among_some_of_the_tools(
    schemas: Schemas, body: dict[str, Any], offered: list[Any], mode: str
) -> None:
    allowed = offered[0]["function"]["name"]
    request = check(with_some_of_the_tools({**body, "tools": offered}, mode), schemas)

    assert request.tools is not None and request.tool_choice == mode
    assert {each.to_dict()["function"]["name"] for each in request.tools} == {allowed}  # type: ignore[index,call-overload]


@given(data=st.data())
def test_a_request_of_mistrals_own(schemas: Schemas, data: st.DataObject) -> None:
    body = data.draw(documents(schemas[REQUEST]))
    try:
        adapt_request(body)
    except ValidationError:
        return  # OpenAI's format is stricter about what no API can answer
    check(body, schemas)


LOST: dict[str, Any] = {
    "several answers at once in a stream": {"n": 2, "stream": True},
    "an answer in audio": {"modalities": ["text", "audio"]},
    "audio": {"audio": {"voice": "alloy", "format": "mp3"}},
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
@settings(max_examples=10)
@given(body=requests)
def test_what_would_be_lost_is_refused(body: dict[str, Any], lost: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        adapt_request({**body, **lost})
    assert {problem.path[0] for problem in caught.value.problems} <= lost.keys()


@given(body=requests, custom=custom_tool)
def test_a_custom_tool_is_refused(body: dict[str, Any], custom: dict[str, Any]) -> None:
    tools = [*body.get("tools", []), custom]
    with pytest.raises(ValidationError) as caught:
        adapt_request({**body, "tools": tools})
    assert [problem.path for problem in caught.value.problems] == [
        ("tools", len(tools) - 1, "type")
    ]


@given(body=requests, custom=custom_call)
def test_a_custom_call_is_refused(body: dict[str, Any], custom: dict[str, Any]) -> None:
    said = {"role": "assistant", "tool_calls": [custom]}
    with pytest.raises(ValidationError) as caught:
        adapt_request({**body, "messages": [said, *body["messages"]]})
    call = ("messages", 0, "tool_calls", 0)
    assert [problem.path for problem in caught.value.problems] == [
        *((*call, "type"), (*call, "function"))
    ]


@settings(max_examples=200)
@given(body=requests, data=st.data())
def test_anything_anywhere_is_adapted_or_refused(
    schemas: Schemas, body: dict[str, Any], data: st.DataObject
) -> None:
    case = data.draw(changed(body))
    try:
        adapt_request(case.document)
    except ValidationError as error:
        assert error.problems
        for problem in error.problems:
            assert is_place(problem.path, case.document), problem
    else:
        check(case.document, schemas)
