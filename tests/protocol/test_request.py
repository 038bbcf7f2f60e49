"""The parameters of a request: their ranges, forms, and which are sent."""

from __future__ import annotations

import dataclasses
import inspect
import random
from typing import Any

import pytest

from mistral_proto import (
    UNSET,
    AssistantMessage,
    ChatCompletionRequest,
    JsonSchema,
    MistralPromptMode,
    Prediction,
    ReasoningEffort,
    RequestedServiceTier,
    ResponseFormat,
    ResponseFormats,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from tests.fields.wire_samples import DOCUMENTS

# What `chat.complete` of the SDK takes for the body, and what the published schema adds.
SDK_PARAMETERS = """model messages temperature top_p max_tokens stream stop random_seed metadata
    response_format tools tool_choice presence_penalty frequency_penalty n prediction
    parallel_tool_calls reasoning_effort prompt_mode guardrails safe_prompt"""
PUBLISHED_PARAMETERS = f"{SDK_PARAMETERS} prompt_cache_key service_tier"
# What mistral_common's request has besides.
OTHER_PARAMETERS = """min_tokens repetition_penalty top_k logprobs top_logprobs prompt_logprobs
    top_prompt_logprobs"""
LOCAL_PARAMETERS = "extra_body truncate_for_context_length continue_final_message"

USER = {"role": "user", "content": "Hi"}


def test_the_parameters() -> None:
    parameters = inspect.signature(ChatCompletionRequest).parameters
    known = f"{PUBLISHED_PARAMETERS} {OTHER_PARAMETERS} {LOCAL_PARAMETERS}".split()
    assert set(parameters) == set(known)
    assert len(known) == len(set(known))


LOW, ABOVE, HIGH, WHOLE = "greater_than_equal", "greater_than", "less_than_equal", "int_from_float"
RANGES: list[tuple[str, list[Any], list[tuple[Any, str]]]] = [
    ("temperature", [0, 0.0, 0.7, 1.5], [(-0.01, LOW), (1.51, HIGH), (2, HIGH)]),
    ("top_p", [1e-9, 0.5, 1, 1.0], [(0, ABOVE), (-1, ABOVE), (1.0001, HIGH)]),
    ("max_tokens", [0, 1, 10**9, 2.0], [(-1, LOW), (0.5, WHOLE)]),
    ("min_tokens", [0, 1], [(0.5, WHOLE)]),
    ("random_seed", [0, 2**63, 2**64], [(-1, LOW)]),
    ("n", [1, 8], [(0, LOW), (-1, LOW)]),
    ("presence_penalty", [-2, -2.0, 0, 2, 2.0], [(-2.01, LOW), (2.01, HIGH)]),
    ("frequency_penalty", [-2, -2.0, 0, 2, 2.0], [(-2.01, LOW), (2.01, HIGH)]),
    ("repetition_penalty", [-1, 0, 1.1], []),
    ("top_k", [-1, 0, 50], [(0.5, WHOLE)]),
    ("top_logprobs", [0, 20], [(0.5, WHOLE)]),
    ("top_prompt_logprobs", [0, 20], [(0.5, WHOLE)]),
]


def test_ranges() -> None:
    for name, good, bad in RANGES:
        for value in good:
            document = {"messages": [USER], name: value}
            assert ChatCompletionRequest(**document).to_dict() == document
            assert ChatCompletionRequest.from_dict(document).to_dict() == document
        whole = {"int_from_float"} <= {kind for _, kind in bad} or name in ("n", "random_seed")
        wrong_type = "int_type" if whole else "float_type"
        for value, kind in [
            *bad,
            *((wrong, wrong_type) for wrong in (True, "1", [1])),
            *((float(text), "finite_number") for text in ("inf", "nan")),
        ]:
            with pytest.raises(ValidationError) as caught:
                ChatCompletionRequest(**{"messages": [USER], name: value})
            [problem] = caught.value.problems
            assert (problem.path, problem.type) == ((name,), kind)


SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}, "strict": False}}
FORMS: list[tuple[str, Any, Any]] = [
    ("stop", "a", "a"),
    ("stop", ["a", "b"], ["a", "b"]),
    ("stop", [], []),
    ("response_format", {"type": "text"}, ResponseFormat()),
    (
        "response_format",
        SCHEMA,
        ResponseFormat(
            type=ResponseFormats.json_schema, json_schema=JsonSchema(name="s", schema={})
        ),
    ),
    ("prediction", {"type": "content", "content": "a"}, Prediction(content="a")),
    ("reasoning_effort", "max", ReasoningEffort.max),
    ("prompt_mode", "reasoning", MistralPromptMode.reasoning),
    ("service_tier", "standard_only", RequestedServiceTier.standard_only),
    ("metadata", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
]


def test_forms() -> None:
    for name, value, stored in FORMS:
        request = ChatCompletionRequest(**{"messages": [USER], name: value})
        assert getattr(request, name) == stored
        assert type(getattr(request, name)) is type(stored)
        assert request.to_dict() == {"messages": [USER], name: value}


BAD_FORMS: list[tuple[str, Any, Path, str]] = [
    ("messages", None, (), "missing"),
    ("messages", "Hi", (), "list_type"),
    ("messages", USER, (), "list_type"),
    ("messages", ["Hi"], (0,), "dict_type"),
    ("model", 1, (), "string_type"),
    ("stop", 1, (), "union_type"),
    ("stop", ["a", 1], (1,), "string_type"),
    ("stream", "true", (), "bool_type"),
    ("metadata", [], (), "dict_type"),
    ("response_format", "json_object", (), "dict_type"),
    ("response_format", {"type": "xml"}, ("type",), "enum"),
    ("response_format", {"json_schema": {"name": "s"}}, ("json_schema", "schema"), "missing"),
    ("prediction", {"type": "text"}, ("type",), "literal_error"),
    ("reasoning_effort", "maximum", (), "enum"),
    ("prompt_mode", "none", (), "enum"),
    ("service_tier", "fast", (), "enum"),
    ("guardrails", {}, (), "list_type"),
    ("continue_final_message", 1, (), "bool_type"),
    ("store", True, (), "extra_forbidden"),
    ("user", "me", (), "extra_forbidden"),
]


def test_bad_forms() -> None:
    for name, value, path, kind in BAD_FORMS:
        document = {"messages": [USER], name: value}
        for read in (ChatCompletionRequest.from_dict, lambda it: ChatCompletionRequest(**it)):
            with pytest.raises(ValidationError) as caught:
                read(document)
            [problem] = caught.value.problems
            assert (problem.path, problem.type) == ((name, *path), kind)


def test_a_parameter_that_was_not_set_is_not_sent() -> None:
    request = ChatCompletionRequest(messages=[UserMessage(content="Hi")])
    assert request.to_dict() == {"messages": [USER]}
    for name in inspect.signature(ChatCompletionRequest).parameters:
        if name not in ("messages", *LOCAL_PARAMETERS.split()):
            assert getattr(request, name) is None


def test_a_local_parameter_is_never_sent_and_refused_by_strict_reading() -> None:
    document = {"model": "m", "messages": [USER]}
    for name in LOCAL_PARAMETERS.split():
        value: Any = {"min_p": 0.1} if name == "extra_body" else True
        given = {**document, name: value}
        for request in (ChatCompletionRequest(**given), ChatCompletionRequest.from_dict(given)):
            assert getattr(request, name) == value
            assert request.to_dict() == document
            assert request != ChatCompletionRequest.from_dict(document)
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict(given, strict=True)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == ((name,), "extra_forbidden")


def test_strict_reading_requires_the_model() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"messages": [USER]}, "missing"),
        ({"messages": [USER], "model": None}, "string_type"),
    ]
    for document, kind in cases:
        assert ChatCompletionRequest.from_dict(document).model is None
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict(document, strict=True)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == (("model",), kind)


# The parameters for which the published schema allows null.
NULLABLE = """temperature max_tokens top_p stop random_seed metadata tools presence_penalty
    frequency_penalty n reasoning_effort prompt_mode guardrails prompt_cache_key service_tier"""
NOT_NULLABLE = """stream response_format tool_choice prediction parallel_tool_calls safe_prompt"""


def test_null_is_no_value() -> None:
    document = {"model": "m", "messages": [USER]}
    for name in [*NULLABLE.split(), *NOT_NULLABLE.split()]:
        given = {**document, name: None}
        assert ChatCompletionRequest.from_dict(given).to_dict() == document
        if name in NULLABLE.split():
            assert ChatCompletionRequest.from_dict(given, strict=True).to_dict() == document
            continue
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict(given, strict=True)
        assert [problem.path for problem in caught.value.problems] == [(name,)]


def test_five_mistakes_are_five_problems() -> None:
    document = {
        "model": "m",
        "messages": [
            USER,
            {"role": "assistent", "content": "Hi"},
            {"role": "user", "content": [{"type": "text", "text": "a", "id": "x"}]},
        ],
        "temperature": 2,
        "max_completion_tokens": 10,
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict(document)

    assert str(caught.value) == (
        "ChatCompletionRequest has 5 problems:\n"
        "  messages[1].role: expected 'system', 'user', 'assistant' or 'tool',"
        " got the string 'assistent'\n"
        "  messages[2].content[0].id: expected no such field, got the string 'x'\n"
        "  temperature: expected a number of at least 0 and at most 1.5, got the number 2\n"
        "  max_completion_tokens: expected no such field (did you mean 'max_tokens'?),"
        " got the number 10\n"
        "  tools[0].function.parameters: expected this field, got nothing"
    )


def test_the_names_of_formats() -> None:
    assert ResponseFormats["json"] is ResponseFormats["json_object"]
    assert list(ResponseFormats) == ["text", "json_object", "json_schema"]
    assert ResponseFormat(type=ResponseFormats.json).to_dict() == {"type": "json_object"}
    with pytest.raises(ValidationError, match="'text', 'json_object' or 'json_schema'"):
        ResponseFormat(type="json")


def test_types_and_mappings_make_the_same_request() -> None:
    document = DOCUMENTS[ChatCompletionRequest]
    typed = ChatCompletionRequest.from_dict(document)
    values = {name: getattr(typed, name) for name in document}

    assert ChatCompletionRequest(**values) == typed
    assert ChatCompletionRequest(**values).to_json() == typed.to_json()


def test_any_set_of_parameters_is_a_request() -> None:
    rng = random.Random(5)
    document = DOCUMENTS[ChatCompletionRequest]
    optional = [name for name in document if name not in ("model", "messages")]
    for _ in range(100):
        names = rng.sample(optional, rng.randrange(len(optional)))
        part = {name: document[name] for name in ("model", "messages", *names)}
        request = ChatCompletionRequest.from_dict(part, strict=True)
        assert request.to_dict() == part
        assert ChatCompletionRequest.from_json(request.to_json(), strict=True) == request


def test_the_schema_has_the_sdks_name_too() -> None:
    schema = {"type": "object"}
    for name in ("schema", "schema_definition"):
        document = {"type": "json_schema", "json_schema": {"name": "s", name: schema}}
        for strict in (False, True):
            format = ResponseFormat.from_dict(document, strict=strict)
            assert format.json_schema is not None
            assert format.json_schema.schema_definition == schema
            assert format.to_dict()["json_schema"] == {"name": "s", "schema": schema}
    refused: list[tuple[dict[str, Any], str]] = [
        ({"schema_definition": 3}, "schema"),
        ({"schema": {}, "schema_definition": {}}, "schema_definition"),
        ({}, "schema"),
    ]
    for wrong, name in refused:
        with pytest.raises(ValidationError) as caught:
            ResponseFormat.from_dict({"json_schema": {"name": "s", **wrong}})
        assert [problem.path for problem in caught.value.problems] == [("json_schema", name)]


def test_unset_is_not_given() -> None:
    unset: Any = UNSET
    assert AssistantMessage(content=unset, tool_calls=unset, prefix=unset) == AssistantMessage()
    request = ChatCompletionRequest(messages=[UserMessage(content="a")], top_p=unset)
    assert request.to_dict() == {"messages": [{"role": "user", "content": "a"}]}
    assert dataclasses.replace(AssistantMessage(content="a"), content=unset).content is None
    with pytest.raises(ValidationError, match="content: expected this field, got nothing"):
        UserMessage(content=unset)
