"""What a conversation that breaks a rule raises, by mistral_common's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import format_path

if TYPE_CHECKING:
    from ..errors import Path

__all__ = [
    "InvalidAssistantMessageException",
    "InvalidFunctionCallException",
    "InvalidMessageStructureException",
    "InvalidRequestException",
    "InvalidSystemPromptException",
    "InvalidToolException",
    "InvalidToolMessageException",
    "InvalidToolSchemaException",
    "MistralCommonException",
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
