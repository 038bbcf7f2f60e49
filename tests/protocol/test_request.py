"""The parameters of a request: their ranges, forms, and which are sent."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mistral_proto import (
    UNSET,
    AssistantMessage,
    ChatCompletionRequest,
    JsonSchema,
    MistralPromptMode,
    NamedToolChoice,
    Prediction,
    ReasoningEffort,
    RequestedServiceTier,
    ResponseFormat,
    ResponseFormats,
    ToolChoiceEnum,
    UserMessage,
    ValidationError,
)
from mistral_proto.errors import Path
from tests.fields.wire_samples import DOCUMENTS

USER = {"role": "user", "content": "Hi"}


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
CHOICE = {"type": "function", "function": {"name": "f"}}
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
    ("tool_choice", "auto", ToolChoiceEnum.auto),
    ("tool_choice", ToolChoiceEnum.any, ToolChoiceEnum.any),
    ("tool_choice", CHOICE, NamedToolChoice.from_dict(CHOICE)),
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
    ("messages", UserMessage(content="Hi"), (), "list_type"),
    ("messages", ["Hi"], (0,), "dict_type"),
    ("messages", [], (), "too_short"),
    ("model", 1, (), "string_type"),
    ("model", "", (), "string_too_short"),
    ("tools", [], (), "too_short"),
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
    ("tools", [{"type": "document_library", "library_ids": []}], (0, "library_ids"), "too_short"),
    # A key and a token have the same fields, so the type must be given.
    ("tools", [{"connector_id": "c", "authorization": {"value": "v"}}], (0, "authorization", "type"), "missing"),
    ("tools", [{"type": "retrieval"}], (0, "type"), "union_tag_invalid"),
    ("tool_choice", "always", (), "enum"),
    ("tool_choice", 1, (), "union_type"),
    ("tool_choice", {"function": {}}, ("function", "name"), "missing"),
    ("guardrails", [{}, {"moderation_llm_v3": {}}], (1, "moderation_llm_v3"), "extra_forbidden"),
    ("guardrails", [{"moderation_llm_v2": {"action": "warn"}}], (0, "moderation_llm_v2", "action"), "enum"),
    # Only the second model has this category.
    ("guardrails", [{"moderation_llm_v1": {"custom_category_thresholds": {"criminal": 1}}}],
        (0, "moderation_llm_v1", "custom_category_thresholds", "criminal"), "extra_forbidden"),
    ("store", True, (), "extra_forbidden"),
    ("user", "me", (), "extra_forbidden"),
]  # fmt: skip


def test_bad_forms() -> None:
    for name, value, path, kind in BAD_FORMS:
        document = {"messages": [USER], name: value}
        for read in (ChatCompletionRequest.from_dict, lambda it: ChatCompletionRequest(**it)):
            with pytest.raises(ValidationError) as caught:
                read(document)
            [problem] = caught.value.problems
            assert (problem.path, problem.type) == ((name, *path), kind)


def test_a_local_parameter_is_never_sent_and_refused_by_strict_reading() -> None:
    document = {"model": "m", "messages": [USER]}
    for name in ("extra_body", "truncate_for_context_length", "continue_final_message"):
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


# The parameters for which the published schema does not allow null.
NOT_NULLABLE = "model stream response_format tool_choice prediction parallel_tool_calls safe_prompt"


def test_null_is_no_value() -> None:
    document = {"model": "m", "messages": [USER]}
    for name in DOCUMENTS[ChatCompletionRequest].keys() - {"messages"}:
        given = {**document, name: None}
        without = {key: value for key, value in document.items() if key != name}
        assert ChatCompletionRequest.from_dict(given).to_dict() == without
        if name not in NOT_NULLABLE.split():
            assert ChatCompletionRequest.from_dict(given, strict=True).to_dict() == document
            continue
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict(given, strict=True)
        assert [problem.path for problem in caught.value.problems] == [(name,)]


def test_the_names_of_formats() -> None:
    assert ResponseFormats["json"] is ResponseFormats["json_object"]
    assert list(ResponseFormats) == ["text", "json_object", "json_schema"]
    assert ResponseFormat(type=ResponseFormats.json).to_dict() == {"type": "json_object"}
    with pytest.raises(ValidationError, match="'text', 'json_object' or 'json_schema'"):
        ResponseFormat(type="json")


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
    request = ChatCompletionRequest(messages=[UserMessage(content="Hi")], top_p=unset)
    assert request.to_dict() == {"messages": [USER]}
    assert dataclasses.replace(AssistantMessage(content="a"), content=unset).content is None
    with pytest.raises(ValidationError, match="content: expected this field, got nothing"):
        UserMessage(content=unset)
