"""Which settings a model takes, and the settings of a request that it does take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ..checks import ListOf, OneOf
from ..conversation.exceptions import InvalidRequestException
from ..errors import Problem, ValidationError, describe
from ..fields import field
from ..protocol.instruct import ModelSettings
from ..protocol.request import ReasoningEffort
from ..wire import WireType, wire_type

if TYPE_CHECKING:
    from ..errors import Path
    from ..protocol.request import ChatCompletionRequest

__all__ = ["EnumBuilder", "ModelSettingsBuilder"]

E = TypeVar("E", bound=ReasoningEffort)


@wire_type
class EnumBuilder(WireType, Generic[E]):
    """What a setting with a few named values may be (mistral_common: `EnumBuilder`).

    Raises:
        ValidationError: also where the values do not differ, where there are
            none and None is not accepted, and where the default is none of
            them, or can't come into use.

    >>> efforts = EnumBuilder(accepts_none=True, default="none", values=["none", "high"])
    >>> efforts.build_value("reasoning_effort", None)
    <ReasoningEffort.none: 'none'>
    >>> efforts.build_value("reasoning_effort", "low")
    Traceback (most recent call last):
        ...
    mistral_proto.conversation.exceptions.InvalidRequestException: reasoning_effort: for this model it is one of 'none', 'high', not 'low'
    """

    type: Literal["enum"] = "enum"
    accepts_none: bool = field(doc="Whether a request may leave the setting out.")
    default: E | str | None = field(
        OneOf(ReasoningEffort), doc="What holds where a request leaves it out."
    )
    values: Sequence[E | str] = field(
        ListOf(OneOf(ReasoningEffort)), doc="What a request may ask for."
    )

    def __post_init__(self) -> None:
        if problems := _contradictions(self):
            raise ValidationError(problems, type(self).__name__)

    def build_value(self, field_name: str, value: E | str | None) -> E | str | None:
        """The value of a setting: the one asked for, or the default.

        Raises:
            InvalidRequestException: the model does not take the value, or
                needs one.
        """
        if value is None and self.accepts_none:
            value = self.default
        self.validate_built_value(field_name, value)
        return value

    def validate_built_value(self, field_name: str, value: E | str | None) -> None:
        """Check the value of a setting, after the default came in.

        Raises:
            InvalidRequestException: the model does not take the value, or
                needs one.
        """
        if value is None:
            if not self.accepts_none or self.default is not None:
                raise InvalidRequestException("this model needs a value", (field_name,))
        elif not self.values:
            raise InvalidRequestException("this model takes no value", (field_name,))
        elif value not in self.values:
            names = ", ".join(repr(str(each)) for each in self.values)
            raise InvalidRequestException(
                f"for this model it is one of {names}, not {str(value)!r}", (field_name,)
            )


def _contradictions(builder: EnumBuilder[Any]) -> list[Problem]:
    """What makes no sense, of fields that are each valid."""
    accepts_none, default, values = builder.accepts_none, builder.default, builder.values
    found: list[Problem] = []

    def refuse(path: Path, expected: str, got: object) -> None:
        found.append(Problem(path, expected, describe(got), "value_error"))

    if default is not None and not accepts_none:
        refuse(("default",), "null, as None is not accepted", default)
    elif default is not None and default not in values:
        refuse(("default",), "one of the values", default)
    if not values and not accepts_none:
        refuse(("values",), "at least one value, as None is not accepted", values)
    for index, value in enumerate(values):
        if value in values[:index]:
            refuse(("values", index), "a value that did not come before", value)
    return found


@wire_type
class ModelSettingsBuilder(WireType):
    """Which settings a model takes (mistral_common: `ModelSettingsBuilder`).

    It stands in the model's tokenizer file.  A setting without a builder is one
    that the model does not have.

    >>> builder = ModelSettingsBuilder(
    ...     reasoning_effort={"accepts_none": True, "default": "none", "values": ["none", "high"]}
    ... )
    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(
    ...     messages=[{"role": "user", "content": "Hi"}], reasoning_effort="high"
    ... )
    >>> builder.build_settings(request)
    ModelSettings(reasoning_effort=<ReasoningEffort.high: 'high'>)
    """

    reasoning_effort: EnumBuilder[ReasoningEffort] | None = field(
        default=None, doc="How much the model may think."
    )

    @staticmethod
    def none() -> ModelSettingsBuilder:
        """Of a model without settings.

        >>> ModelSettingsBuilder.none()
        ModelSettingsBuilder()
        """
        return ModelSettingsBuilder()

    def build_settings(self, request: ChatCompletionRequest) -> ModelSettings:
        """The settings of a request; one that the model does not have is left out.

        Raises:
            InvalidRequestException: the model does not take a value, or needs one.
        """
        if self.reasoning_effort is None:
            return ModelSettings.none()
        effort = self.reasoning_effort.build_value("reasoning_effort", request.reasoning_effort)
        return ModelSettings(reasoning_effort=effort)

    def validate_settings(self, settings: ModelSettings) -> None:
        """Check settings that were built, or made by hand.

        Raises:
            InvalidRequestException: the model does not take a value, needs one,
                or does not have the setting.

        >>> ModelSettingsBuilder.none().validate_settings(ModelSettings(reasoning_effort="high"))
        Traceback (most recent call last):
            ...
        mistral_proto.conversation.exceptions.InvalidRequestException: reasoning_effort: this model does not have the setting
        """
        if self.reasoning_effort is not None:
            self.reasoning_effort.validate_built_value(
                "reasoning_effort", settings.reasoning_effort
            )
        elif settings.reasoning_effort is not None:
            raise InvalidRequestException(
                "this model does not have the setting", ("reasoning_effort",)
            )
