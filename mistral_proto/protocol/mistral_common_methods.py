"""What mistral_common's types can do beside: OpenAI's format, and types of messages.

The conversion is in a layer above, and is loaded when it is first asked for, so
that nobody else pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from ..json_text import JSONValue
from ..wire import WireType

T = TypeVar("T", bound="HasOpenAIFormat")

__all__ = ["HasOpenAIFormat", "TakesMessageTypes"]


class HasOpenAIFormat(WireType):
    """A wire type that OpenAI's format has too, under mistral_common's two names."""

    def to_openai(self) -> dict[str, JSONValue]:
        """Return this in OpenAI's format, as plain JSON values.

        Raises:
            ValueError: OpenAI's format can't hold it.
        """
        from ..conversions.openai_format import to_openai

        return to_openai(self)

    @classmethod
    def from_openai(cls: type[T], document: Mapping[str, object], /) -> T:
        """Read OpenAI's format.

        Raises:
            ValidationError: with every problem and its path.
        """
        from ..conversions.openai_format import from_openai

        return from_openai(cls, document)


class TakesMessageTypes(WireType):
    """A request that mistral_common lets its users annotate with types of messages.

    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> ChatCompletionRequest[UserMessage] is ChatCompletionRequest
    True
    """

    if TYPE_CHECKING:
        pass  # there is but one type of request
    else:

        def __class_getitem__(cls, types):
            return cls
