"""The settings that a model takes, and those of a request that it does take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ..checks import AnyJSON, ListOf, OneOf
from ..conversation.exceptions import InvalidRequestException
from ..conversation.tool_schema import schema_problems
from ..errors import Problem, ValidationError, describe
from ..fields import field
from ..json_text import JSONValue
from ..protocol.instruct import ModelSettings
from ..protocol.request import ReasoningEffort
from ..wire import WireType, wire_type

if TYPE_CHECKING:
    from ..protocol.request import ChatCompletionRequest, ResponseFormat

__all__ = ["EnumBuilder", "JSONSchemaBuilder", "ModelSettingsBuilder", "ReasoningEffortEnumBuilder"]

E = TypeVar("E", bound=ReasoningEffort)


@wire_type
class EnumBuilder(WireType, Generic[E]):
    """The values that a setting may have (mistral_common: `EnumBuilder`).

    Raises:
        ValidationError: also where the values do not differ, where there are
            none and None is not accepted, and where the default is none of
            them, or can't come into use.

    >>> efforts = EnumBuilder(accepts_none=True, default="none", values=["none", "high"])
    >>> efforts.build_value("reasoning_effort", None)
    <ReasoningEffort.none: 'none'>
    """

    type: Literal["enum"] = "enum"
    accepts_none: bool = field(default=True, doc="Whether a request may leave the setting out.")
    default: E | str | None = field(
        OneOf(ReasoningEffort), doc="What holds where a request leaves it out."
    )
    values: Sequence[E | str] = field(
        ListOf(OneOf(ReasoningEffort)), doc="What a request may ask for."
    )

    def __post_init__(self) -> None:
        values, default, accepts_none = self.values, self.default, self.accepts_none
        problems: list[Problem] = []
        if default is not None and not (accepts_none and default in values):
            expected = "null, or one of the values where None is accepted"
            problems.append(Problem(("default",), expected, describe(default), "value_error"))
        if len({*values}) < len(values) or not (values or accepts_none):
            expected = "values that differ, at least one where None is not accepted"
            problems.append(Problem(("values",), expected, describe(values), "value_error"))
        if problems:
            raise ValidationError(problems, type(self).__name__)

    def build_value(self, field_name: str, value: E | str | None) -> E | str | None:
        """Return the value of a setting: the one asked for, or the default.

        Raises:
            InvalidRequestException: the model does not take the value, or needs one.
        """
        if value is None and self.accepts_none:
            value = self.default
        self.validate_built_value(field_name, value)
        return value

    def validate_built_value(self, field_name: str, value: E | str | None) -> None:
        """Check the value of a setting, after the default came in; raises as `build_value`."""
        if value is None and (not self.accepts_none or self.default is not None):
            raise InvalidRequestException("this model needs a value", (field_name,))
        if value is not None and value not in self.values:
            names = ", ".join(repr(str(each)) for each in self.values) or "none at all"
            what = f"for this model it is one of {names}, not {str(value)!r}"
            raise InvalidRequestException(what, (field_name,))


ReasoningEffortEnumBuilder = EnumBuilder[ReasoningEffort]
"""The values that the effort may have (mistral_common's name)."""


@wire_type
class JSONSchemaBuilder(WireType):
    """The setting of the answer's JSON Schema (mistral_common: `JSONSchemaBuilder`).

    >>> from mistral_proto import ResponseFormat
    >>> JSONSchemaBuilder().build_value("json_schema", ResponseFormat(type="json_object"))
    {'anyOf': [{'type': 'object'}, {'type': 'array'}]}
    """

    type: Literal["json_schema"] = "json_schema"
    accepts_none: bool = False
    default: None = field(AnyJSON(), default=None, local=True)

    def build_value(
        self, field_name: str, value: ResponseFormat | None
    ) -> dict[str, JSONValue] | None:
        """Return the schema that a format of the answer asks for.

        Raises:
            InvalidRequestException: it is no JSON Schema.
        """
        schema = None if value is None else value.get_schema("model_settings")
        self.validate_built_value(field_name, schema)
        return schema

    def validate_built_value(self, field_name: str, value: dict[str, JSONValue] | None) -> None:
        """Check a schema; raises as `build_value`."""
        for problem in () if value is None else schema_problems(value):
            what = f"expected {problem.expected}, got {problem.got}"
            raise InvalidRequestException(what, (field_name, *problem.path))


@wire_type
class ModelSettingsBuilder(WireType):
    """The settings that a model takes (mistral_common: `ModelSettingsBuilder`).

    It stands in the model's tokenizer file.  A setting without a builder is one
    that the model does not have.

    >>> builder = ModelSettingsBuilder(
    ...     reasoning_effort={"accepts_none": True, "default": "none", "values": ["none", "high"]}
    ... )
    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> builder.build_settings(ChatCompletionRequest(messages=[UserMessage(content="Hi")]))
    ModelSettings(reasoning_effort=<ReasoningEffort.none: 'none'>)
    """

    reasoning_effort: EnumBuilder[ReasoningEffort] | None = field(
        default=None, doc="How much the model may think."
    )
    json_schema: JSONSchemaBuilder | None = field(
        default=None, doc="Whether the model is told the JSON Schema of the answer."
    )

    @staticmethod
    def none() -> ModelSettingsBuilder:
        """Return the builder of a model without settings."""
        return ModelSettingsBuilder()

    def build_settings(self, request: ChatCompletionRequest[Any]) -> ModelSettings:
        """Return the settings of a request; one that the model does not have is left out.

        Raises:
            InvalidRequestException: the model does not take a value, or needs one.
        """
        asked = {
            "reasoning_effort": request.reasoning_effort,
            "json_schema": request.response_format,
        }
        built = {name: how.build_value(name, asked[name]) for name, how in self if how}
        return ModelSettings(**built)

    def validate_settings(self, settings: ModelSettings) -> None:
        """Check settings that were built, or made by hand.

        Raises:
            InvalidRequestException: the model does not take a value, needs one,
                or does not have the setting.
        """
        for name, builder in self:
            value = getattr(settings, name)
            if builder is not None:
                builder.validate_built_value(name, value)
            elif value is not None:
                raise InvalidRequestException("this model does not have the setting", (name,))
