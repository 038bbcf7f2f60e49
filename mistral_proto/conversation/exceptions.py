"""The exceptions of mistral_common, by its names; those of its tokenizers are never raised here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import format_path

if TYPE_CHECKING:
    from ..errors import Path

__all__ = [
    "ImageDecodeException",
    "InvalidAssistantMessageException",
    "InvalidFunctionCallException",
    "InvalidMessageStructureException",
    "InvalidRequestException",
    "InvalidSystemPromptException",
    "InvalidToolException",
    "InvalidToolMessageException",
    "InvalidToolSchemaException",
    "InvalidUserMessageException",
    "MistralCommonException",
    "TokenizerException",
    "UnsupportedTokenizerFeatureException",
]


class MistralCommonException(ValueError):
    """The base of what the rules of a conversation raise (mistral_common's name).

    Attributes:
        message: what is wrong.
        path: where, from the request on: ``("messages", 2, "tool_calls", 0)``.

    >>> print(InvalidToolMessageException("the id is too long", ("messages", 2, "tool_call_id")))
    messages[2].tool_call_id: the id is too long
    """

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.message}" if self.path else self.message


class InvalidRequestException(MistralCommonException):
    """A request asks for what can't be, whatever its messages say."""


class InvalidSystemPromptException(MistralCommonException):
    """A system message, or where it stands."""


class InvalidMessageStructureException(MistralCommonException):
    """The order of the messages, or their number, or which calls they answer."""


class InvalidUserMessageException(MistralCommonException):
    """A user's message."""


class InvalidAssistantMessageException(MistralCommonException):
    """An assistant's message."""


class InvalidToolMessageException(MistralCommonException):
    """A tool's message."""


class InvalidToolSchemaException(MistralCommonException):
    """The JSON Schema of a function's parameters."""


class InvalidFunctionCallException(MistralCommonException):
    """A call of a function, or its id."""


class InvalidToolException(MistralCommonException):
    """A tool, other than by its schema."""


class ImageDecodeException(MistralCommonException):
    """An image that can't be decoded."""


class TokenizerException(MistralCommonException):
    """A failure of a tokenizer."""


class UnsupportedTokenizerFeatureException(MistralCommonException):
    """A feature that a tokenizer doesn't have."""
