"""Methods that mistral_common's types have: OpenAI's format, and types in brackets.

The conversion is in a layer above, and is loaded when it is first asked for, so
that nobody else pays for it.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..json_text import JSONValue
from ..wire import WireType

if TYPE_CHECKING:
    from typing import Generic as Subscripted

    from typing_extensions import Self, TypeVar
else:

    class Subscripted:
        """A type that mistral_common's users write with types of messages in brackets.

        >>> from mistral_proto import ChatCompletionRequest, UserMessage
        >>> ChatCompletionRequest[UserMessage] is ChatCompletionRequest
        True
        """

        def __class_getitem__(cls, types):
            return cls

    def TypeVar(name, *, default=None, **how):
        """Return a type variable; only type checkers need its default on every Python."""
        return typing.TypeVar(name, **how)


__all__ = ["HasOpenAIFormat", "Subscripted", "TypeVar"]


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
    def from_openai(cls, document: Mapping[str, object], /) -> Self:
        """Read OpenAI's format; what the type has no place for is left out.

        Raises:
            ValidationError: with every problem and its path.
        """
        from ..conversions.openai_format import from_openai

        return from_openai(cls, document)
