"""Structured output, by the SDK's names."""

from __future__ import annotations

from .lazy_names import add_aliases, load, modules_of_names

_HOMES = {
    ".structured.parsed": (
        "ParsedAssistantMessage ParsedChatCompletionChoice ParsedChatCompletionResponse"
        " convert_to_parsed_chat_completion_response response_format_from_pydantic_model"
    ),
}
_HOME_OF = modules_of_names(_HOMES)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .structured.parsed import (
        ParsedAssistantMessage as ParsedAssistantMessage,
        ParsedChatCompletionChoice as ParsedChatCompletionChoice,
        ParsedChatCompletionResponse as ParsedChatCompletionResponse,
        convert_to_parsed_chat_completion_response as convert_to_parsed_chat_completion_response,
        response_format_from_pydantic_model as response_format_from_pydantic_model,
    )


else:  # hidden from type checkers, which would take any name for granted
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


add_aliases(["struct_chat", "utils", "utils.response_format"], __name__)
