"""The settings that a model supports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import mistral_proto as m
from mistral_proto.conversation.exceptions import InvalidRequestException
from mistral_proto.conversions.model_settings import EnumBuilder, ModelSettingsBuilder
from mistral_proto.errors import Path
from mistral_proto.protocol.instruct import ModelSettings

Document = dict[str, Any]


def builder(accepts_none: bool, default: str | None, *values: str) -> Document:
    return {"type": "enum", "accepts_none": accepts_none, "default": default, "values": [*values]}


NEEDED = builder(False, None, "none", "high")
OPTIONAL = builder(True, None, "none", "high")
DEFAULT = builder(True, "high", "none", "high")
NOTHING = builder(True, None)
ERROR = InvalidRequestException
HI = [m.UserMessage(content="Hi")]

# Contradictions, and their paths.
REFUSED: list[tuple[Document, list[Path]]] = [
    (builder(False, "high", "high"), [("default",)]),
    (builder(False, None), [("values",)]),
    (builder(True, "low", "high", "high"), [("default",), ("values",)]),
    (builder(True, None, "huge"), [("values", 0)]),
    ({"values": "high"}, [("values",), ("default",)]),
]


def test_contradictions() -> None:
    reads: list[Callable[[Document], object]] = [
        EnumBuilder.from_dict,
        lambda document: EnumBuilder(**document),
        lambda document: ModelSettingsBuilder.from_dict({"reasoning_effort": document}),
    ]
    for document, paths in REFUSED:
        for read in reads:
            with pytest.raises(m.ValidationError) as caught:
                read(document)
            found = [problem.path for problem in caught.value.problems]
            assert [path[-len(paths[0]) :] for path in found] == paths


# The builder of a setting, a value, the built one, and whether built settings may have the value.
BUILT: list[tuple[Document | None, str | None, Any, bool]] = [
    (NEEDED, None, ERROR, False),
    (NEEDED, "high", "high", True),
    (NEEDED, "low", ERROR, False),
    (OPTIONAL, None, None, True),
    (OPTIONAL, "low", ERROR, False),
    (DEFAULT, None, "high", False),
    (DEFAULT, "none", "none", True),
    (NOTHING, "high", ERROR, False),
    # a model without the setting
    (None, None, None, True),
    (None, "high", None, False),
]


def test_values() -> None:
    for document, value, built, is_allowed in BUILT:
        builder = ModelSettingsBuilder.from_dict({"reasoning_effort": document})
        request = m.ChatCompletionRequest(messages=HI, reasoning_effort=value)
        if built is ERROR:
            check_refusal(builder.build_settings, request, "reasoning_effort")
        else:
            settings = builder.build_settings(request)
            assert settings == ModelSettings(reasoning_effort=built)
            builder.validate_settings(settings)
        if is_allowed:
            builder.validate_settings(ModelSettings(reasoning_effort=value))
        else:
            settings = ModelSettings(reasoning_effort=value)
            check_refusal(builder.validate_settings, settings, "reasoning_effort")
    assert ModelSettingsBuilder.none() == ModelSettingsBuilder(reasoning_effort=None)


def check_refusal(check: Callable[[Any], object], given: object, *path: str) -> None:
    with pytest.raises(ERROR) as caught:
        check(given)
    assert caught.value.path == path


def test_an_enumeration_may_be_named() -> None:
    every = [*m.ReasoningEffort]
    made = EnumBuilder[m.ReasoningEffort](
        accepts_none=True, default=m.ReasoningEffort.high, values=every
    )
    assert made == m.ReasoningEffortEnumBuilder(default="high", values=every)
    assert made.to_dict() == builder(True, "high", *[each.value for each in m.ReasoningEffort])


def test_the_schema_of_the_answer() -> None:
    made = ModelSettingsBuilder.from_dict(
        {"json_schema": {"type": "json_schema", "accepts_none": False, "default": None}}
    )
    with_schema: Any = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}
    schemas: list[tuple[Any, Any]] = [(None, None), (with_schema, {})]
    for given, schema in schemas:
        request = m.ChatCompletionRequest(messages=HI, response_format=given)
        settings = made.build_settings(request)
        assert settings == ModelSettings(json_schema=schema)
        made.validate_settings(settings)
    broken = ModelSettings(json_schema={"type": "thing"})
    check_refusal(made.validate_settings, broken, "json_schema", "type")
    check_refusal(ModelSettingsBuilder.none().validate_settings, broken, "json_schema")
