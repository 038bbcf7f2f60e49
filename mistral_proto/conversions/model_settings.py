"""The settings that a model supports, and how a request sets them."""

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
        ValidationError: also if values are equal, if there are none and None is not
            accepted, and if the default is not among them or can never be used.

    >>> efforts = EnumBuilder(accepts_none=True, default="none", values=["none", "high"])
    >>> efforts.build_value("reasoning_effort", None)
    <ReasoningEffort.none: 'none'>
    """

    type: Literal["enum"] = "enum"
    accepts_none: bool = field(default=True, doc="Whether a request may leave the setting out.")
    default: E | str | None = field(OneOf(ReasoningEffort), doc="The value if a request has none.")
    values: Sequence[E | str] = field(ListOf(OneOf(ReasoningEffort)), doc="The accepted values.")

    def __post_init__(self) -> None:
        values, default, accepts_none = self.values, self.default, self.accepts_none
        problems: list[Problem] = []
        if default is not None and not (accepts_none and default in values):
            expected = "null, or one of the values if None is accepted"
            problems.append(Problem(("default",), expected, describe(default), "value_error"))
        if len({*values}) < len(values) or not (values or accepts_none):
            expected = "different values, at least one if None is not accepted"
            problems.append(Problem(("values",), expected, describe(values), "value_error"))
        if problems:
            raise ValidationError(problems, type(self).__name__)

    def build_value(self, field_name: str, value: E | str | None) -> E | str | None:
        """Return the value of a setting, or the default; raises `InvalidRequestException`."""
        if value is None and self.accepts_none:
            value = self.default
        self.validate_built_value(field_name, value)
        return value

    def validate_built_value(self, field_name: str, value: E | str | None) -> None:
        """Check a value that `build_value` returned; raises `InvalidRequestException`."""
        if value is None and (not self.accepts_none or self.default is not None):
            raise InvalidRequestException("this model needs a value", (field_name,))
        if value is not None and value not in self.values:
            names = ", ".join(repr(str(value)) for value in self.values) or "no value"
            words = f"this model supports {names}, not {str(value)!r}"
            raise InvalidRequestException(words, (field_name,))


ReasoningEffortEnumBuilder = EnumBuilder[ReasoningEffort]
"""The values of the reasoning effort (mistral_common's name)."""


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
        """Return the schema of a response format; raises `InvalidRequestException`."""
        schema = None if value is None else value.get_schema("model_settings")
        self.validate_built_value(field_name, schema)
        return schema

    def validate_built_value(self, field_name: str, value: dict[str, JSONValue] | None) -> None:
        """Check a schema; raises `InvalidRequestException`."""
        for problem in () if value is None else schema_problems(value):
            words = f"expected {problem.expected}, got {problem.got}"
            raise InvalidRequestException(words, (field_name, *problem.path))


@wire_type
class ModelSettingsBuilder(WireType):
    """The settings that a model supports (mistral_common: `ModelSettingsBuilder`).

    A tokenizer file has it.  A model does not have the settings without a builder.

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
        default=None, doc="Whether the model is given the JSON Schema of the answer."
    )

    @staticmethod
    def none() -> ModelSettingsBuilder:
        """Return the builder of a model without settings."""
        return ModelSettingsBuilder()

    def build_settings(self, request: ChatCompletionRequest[Any]) -> ModelSettings:
        """Return the settings of a request that the model has.

        Raises:
            InvalidRequestException: the model does not support a value, or needs one.
        """
        effort, schema = request.reasoning_effort, request.response_format
        values = {"reasoning_effort": effort, "json_schema": schema}
        built = {name: item.build_value(name, values[name]) for name, item in self if item}
        return ModelSettings(**built)

    def validate_settings(self, settings: ModelSettings) -> None:
        """Check settings, whether built or not.

        Raises:
            InvalidRequestException: the model does not support a value, needs one,
                or does not have the setting.
        """
        for name, builder in self:
            value = getattr(settings, name)
            if builder is not None:
                builder.validate_built_value(name, value)
            elif value is not None:
                raise InvalidRequestException("this model does not have the setting", (name,))
