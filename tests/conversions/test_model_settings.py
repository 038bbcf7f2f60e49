"""Which settings a model takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest, ReasoningEffort, UserMessage, ValidationError
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
HI = [UserMessage(content="Hi")]

# What makes no sense, and where.
REFUSED: dict[str, tuple[Document, list[Path]]] = {
    "a default that can't come into use": (builder(False, "high", "high"), [("default",)]),
    "a default that is no value": (builder(True, "low", "high"), [("default",)]),
    "a default without values": (builder(True, "low"), [("default",)]),
    "nothing at all": (builder(False, None), [("values",)]),
    "a value twice": (
        builder(True, None, "high", "none", "high", "high"),
        [("values", 2), ("values", 3)],
    ),
    "several": (builder(True, "low", "high", "high"), [("default",), ("values", 1)]),
    "a value of no enumeration": (builder(True, None, "huge"), [("values", 0)]),
    "not even the fields": ({"values": "high"}, [("values",), ("accepts_none",), ("default",)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_contradictions(name: str) -> None:
    document, paths = REFUSED[name]
    reads: list[Callable[[Document], object]] = [
        EnumBuilder.from_dict,
        lambda document: EnumBuilder(**document),
    ]
    for read in reads:
        with pytest.raises(ValidationError) as caught:
            read(document)
        assert [problem.path for problem in caught.value.problems] == paths
    with pytest.raises(ValidationError) as caught:
        ModelSettingsBuilder.from_dict({"reasoning_effort": document})
    within = [("reasoning_effort", *path) for path in paths]
    assert [problem.path for problem in caught.value.problems] == within


ERROR = InvalidRequestException
# What becomes of a value that a request asks for, and whether it may stand there built.
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


@pytest.mark.parametrize(("document", "asked", "built", "may_stand"), BUILT)
def test_values(document: Document, asked: str | None, built: Any, may_stand: bool) -> None:
    made = ModelSettingsBuilder.from_dict({"reasoning_effort": document})
    request = ChatCompletionRequest(messages=HI, reasoning_effort=asked)
    if built is ERROR:
        with pytest.raises(InvalidRequestException) as caught:
            made.build_settings(request)
        assert caught.value.path == ("reasoning_effort",)
    else:
        settings = made.build_settings(request)
        assert settings == ModelSettings(reasoning_effort=built)
        made.validate_settings(settings)
    if may_stand:
        made.validate_settings(ModelSettings(reasoning_effort=asked))
    else:
        with pytest.raises(InvalidRequestException) as caught:
            made.validate_settings(ModelSettings(reasoning_effort=asked))
        assert caught.value.path == ("reasoning_effort",)


def test_a_model_without_settings() -> None:
    none = ModelSettingsBuilder.none()
    request = ChatCompletionRequest(messages=HI, reasoning_effort="high")
    assert none == ModelSettingsBuilder(reasoning_effort=None)
    assert none.build_settings(request) == ModelSettings.none()
    none.validate_settings(ModelSettings.none())
    with pytest.raises(InvalidRequestException, match="reasoning_effort: this model does not"):
        none.validate_settings(ModelSettings(reasoning_effort="none"))


def test_an_enumeration_may_be_named() -> None:
    made = EnumBuilder[ReasoningEffort](
        accepts_none=True, default=ReasoningEffort.high, values=list(ReasoningEffort)
    )
    assert made == EnumBuilder(accepts_none=True, default="high", values=[*ReasoningEffort])
    assert made.to_dict() == builder(True, "high", *[each.value for each in ReasoningEffort])


def test_a_default_of_null_is_written() -> None:
    assert EnumBuilder.from_dict(OPTIONAL).to_dict() == OPTIONAL
