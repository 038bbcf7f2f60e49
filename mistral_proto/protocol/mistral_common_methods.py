"""Methods of mistral_common's types: OpenAI's format, and types in brackets.

The conversions are in a layer above, and are loaded by the first call.
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
        """The base of a type that users of mistral_common write with types in brackets.

        >>> from mistral_proto import ChatCompletionRequest, UserMessage
        >>> ChatCompletionRequest[UserMessage] is ChatCompletionRequest
        True
        """

        def __class_getitem__(cls, types):
            return cls

    def TypeVar(name, *, default=None, **how):
        """Return a type variable without its default, which only type checkers need."""
        return typing.TypeVar(name, **how)


__all__ = ["HasOpenAIFormat", "Subscripted", "TypeVar"]


class HasOpenAIFormat(WireType):
    """The base of wire types that have a form in OpenAI's format."""

    def to_openai(self) -> dict[str, JSONValue]:
        """Return plain JSON values in OpenAI's format; raise a ValueError if it has no place."""
        from ..conversions.openai_format import to_openai

        return to_openai(self)

    @classmethod
    def from_openai(cls, document: Mapping[str, object], /) -> Self:
        """Read OpenAI's format, without the fields that this type lacks.

        Raises:
            ValidationError: with every problem and its path.
        """
        from ..conversions.openai_format import from_openai

        return from_openai(cls, document)
