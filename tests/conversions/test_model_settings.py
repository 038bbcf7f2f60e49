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
HI = [m.UserMessage(content="Hi")]

# Contradictions, and their paths.
REFUSED: list[tuple[Document, list[Path]]] = [
    (builder(False, "high", "high"), [("default",)]),
    (builder(True, "low", "high"), [("default",)]),
    (builder(True, "low"), [("default",)]),
    (builder(False, None), [("values",)]),
    (builder(True, None, "high", "none", "high"), [("values",)]),
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


ERROR = InvalidRequestException
# The builder, a value, the built one, and whether the value may stand in built settings.
BUILT: list[tuple[Document, str | None, Any, bool]] = [
    (NEEDED, None, ERROR, False),
    (NEEDED, "high", "high", True),
    (NEEDED, "low", ERROR, False),
    (OPTIONAL, None, None, True),
    (OPTIONAL, "none", "none", True),
    (OPTIONAL, "low", ERROR, False),
    (DEFAULT, None, "high", False),
    (DEFAULT, "none", "none", True),
    (NOTHING, None, None, True),
    (NOTHING, "high", ERROR, False),
]


def test_values() -> None:
    for document, value, built, may_stand in BUILT:
        builder = ModelSettingsBuilder.from_dict({"reasoning_effort": document})
        request = m.ChatCompletionRequest(messages=HI, reasoning_effort=value)
        if built is ERROR:
            check_refusal(builder.build_settings, request)
        else:
            settings = builder.build_settings(request)
            assert settings == ModelSettings(reasoning_effort=built)
            builder.validate_settings(settings)
        if may_stand:
            builder.validate_settings(ModelSettings(reasoning_effort=value))
        else:
            check_refusal(builder.validate_settings, ModelSettings(reasoning_effort=value))


def check_refusal(check: Callable[[Any], object], given: object) -> None:
    with pytest.raises(InvalidRequestException) as caught:
        check(given)
    assert caught.value.path == ("reasoning_effort",)


def test_a_model_without_settings() -> None:
    none = ModelSettingsBuilder.none()
    request = m.ChatCompletionRequest(messages=HI, reasoning_effort="high")
    assert none == ModelSettingsBuilder(reasoning_effort=None)
    assert none.build_settings(request) == ModelSettings.none()
    none.validate_settings(ModelSettings.none())
    with pytest.raises(InvalidRequestException, match="reasoning_effort: this model does not"):
        none.validate_settings(ModelSettings(reasoning_effort="none"))


def test_an_enumeration_may_be_named() -> None:
    every = [*m.ReasoningEffort]
    made = EnumBuilder[m.ReasoningEffort](
        accepts_none=True, default=m.ReasoningEffort.high, values=every
    )
    assert made == m.ReasoningEffortEnumBuilder(default="high", values=every)
    assert made.to_dict() == builder(True, "high", *[each.value for each in m.ReasoningEffort])
    assert EnumBuilder.from_dict(OPTIONAL).to_dict() == OPTIONAL


ANY_JSON = {"anyOf": [{"type": "object"}, {"type": "array"}]}
BROKEN = {"type": "thing"}
# The schema that is set for a format.
SCHEMAS: list[tuple[Document | None, Document | None]] = [
    (None, None),
    ({"type": "text"}, None),
    ({"type": "json_object"}, ANY_JSON),
    ({"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}, {}),
]


def test_the_schema_of_the_answer() -> None:
    made = ModelSettingsBuilder.from_dict(
        {"json_schema": {"type": "json_schema", "accepts_none": False, "default": None}}
    )
    for given, schema in SCHEMAS:
        request = m.ChatCompletionRequest.from_dict(
            {"messages": [{"role": "user", "content": "Hi"}], "response_format": given}
        )
        settings = made.build_settings(request)
        assert settings == ModelSettings(json_schema=schema)
        made.validate_settings(settings)
    with pytest.raises(InvalidRequestException) as caught:
        made.validate_settings(ModelSettings(json_schema=BROKEN))
    assert caught.value.path == ("json_schema", "type")
    with pytest.raises(InvalidRequestException, match="json_schema: this model does not"):
        ModelSettingsBuilder.none().validate_settings(ModelSettings(json_schema={}))
