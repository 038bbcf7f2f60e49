"""Normalization in each version, and validation in each version and each mode."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft7Validator

from mistral_proto import TokenizerVersion
from mistral_proto.conversation.validator import ValidationMode
from tests.interop.mistral_common_request import conversations
from tests.interop.mistral_common_request.comparison import normalizing, validating
from tests.interop.mistral_common_request.differences import unexplained
from tests.interop.mistral_common_request.documents import TEXTS_OF_TOOLS, to_normalize
from tests.interop.mistral_common_request.peers import Document
from tests.published.strategies import VALUES

each_version = pytest.mark.parametrize("version", [*TokenizerVersion])


@each_version
@given(request=to_normalize)
def test_normalization(version: str, request: Document) -> None:
    assert unexplained(normalizing(version, request)) == []


@each_version
@given(request=conversations.requests)
def test_normalization_of_conversations(version: str, request: Document) -> None:
    assert unexplained(normalizing(version, request)) == []


@each_version
@pytest.mark.parametrize("text", TEXTS_OF_TOOLS, ids=lambda text: repr(text[:24]))
def test_texts_of_tools(version: str, text: str) -> None:
    call = {"id": "a", "function": {"name": "f", "arguments": text}}
    messages = [
        {"role": "user", "content": text},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": text},
    ]
    assert unexplained(normalizing(version, {"messages": messages})) == []


def _answering(*ids: str) -> Document:
    function = {"name": "f", "arguments": "{}"}
    return {"role": "assistant", "tool_calls": [{"id": id, "function": function} for id in ids]}


CALLS = [(), ("a",), ("a", "b"), ("b", "a"), ("null", "a"), ("b", "a", "b")]


@each_version
@pytest.mark.parametrize("calls", CALLS, ids=str)
def test_order_of_results(version: str, calls: tuple[str, ...]) -> None:
    for length in range(4):
        for ids in product(("a", "b", "x", "null", "", None), repeat=length):
            results = [
                {"role": "tool", "tool_call_id": id, "content": str(number)}
                for number, id in enumerate(ids)
            ]
            # Calls that were answered count no more; calls before others still do.
            before = [_answering("b"), {"role": "tool", "tool_call_id": "b", "content": "0"}]
            messages = [*before, _answering("x"), _answering(*calls), *results]
            assert unexplained(normalizing(version, {"messages": messages})) == []


NEIGHBOURS: list[Document] = [
    {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": ""}]},
    {"role": "system", "content": ""},
    {"role": "user", "content": "b"},
    {
        "role": "user",
        "content": [{"type": "text", "text": ""}, {"type": "image_url", "image_url": "u"}],
    },
    {"role": "assistant", "content": "c", "prefix": True},
    {"role": "assistant", "content": "d", "weight": 0},
    {"role": "assistant", "content": [{"type": "thinking", "thinking": "e"}], "weight": 1},
    _answering("a"),
    {"role": "tool", "content": [{"type": "text", "text": "1"}, {"type": "text", "text": "2"}]},
]


@each_version
def test_neighbours(version: str) -> None:
    for length in range(1, 4):
        for messages in product(NEIGHBOURS, repeat=length):
            assert unexplained(normalizing(version, {"messages": list(messages)})) == []


@pytest.mark.parametrize("mode", [*ValidationMode])
@each_version
@given(data=st.data())
def test_validation(version: str, mode: str, data: st.DataObject) -> None:
    # Several at once, as most of the time goes to making them up.
    for request in data.draw(st.lists(conversations.requests, min_size=1, max_size=3)):
        assert unexplained(validating(f"{version} {mode}", request)) == []


SCHEMAS = (
    *VALUES,
    *("(", "a(b", "#/a b", "%zz", "string", -1.0, 0.5, 1e300),
    *(["string"], ["string", "string"], ["b", "b"], [1, 1.0], [{}, {}], [True, 1]),
    *({"a": {"type": "zzz"}}, {"a": ["b", "b"]}, {"a": []}, {"(": {}}),
)
KEYWORDS = [*Draft7Validator.META_SCHEMA["properties"], "zzz"]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_schemas(keyword: str) -> None:
    for value in SCHEMAS:
        schema = {keyword: value}
        for parameters in (schema, {"properties": {"a": schema}}, {"items": [schema]}):
            tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
            request = {"messages": [{"role": "user", "content": "Hi"}], "tools": [tool]}
            assert unexplained(validating("v3 test", request)) == []


NAMES = ("", "f", "f\n", "f\n\n", "\nf", "f\r", "f g", "f-_1", "é", "٣", "n" * 64, "n" * 65)
IDS = ("", "a1b2c3d4e", "a1b2c3d4e\n", "a1b2c3d4-", "a1b2c3d4", "a1b2c3d4ef", "٣" * 9, "null")


@each_version
@pytest.mark.parametrize("mode", [*ValidationMode])
def test_names_and_ids(version: str, mode: str) -> None:
    for name, id in [*[(name, IDS[1]) for name in NAMES], *[("f", id) for id in IDS]]:
        call = {"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}}
        answer = {"role": "tool", "tool_call_id": id, "name": name, "content": "1"}
        tool = {"type": "function", "function": {"name": name, "parameters": {}}}
        user = {"role": "user", "content": "Hi"}
        calling = {"role": "assistant", "tool_calls": [call]}
        for messages in ([user], [user, calling], [user, calling, answer], [user, answer]):
            for tools in (None, [tool]):
                request = {"model": "m", "messages": messages, "tools": tools}
                assert unexplained(validating(f"{version} {mode}", request)) == []
