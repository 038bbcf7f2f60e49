"""Structured output, by the SDK's names."""

from __future__ import annotations

from .lazy_names import home_of_each, load, stand_for

_HOMES = {
    ".structured.parsed": (
        "ParsedAssistantMessage ParsedChatCompletionChoice ParsedChatCompletionResponse"
        " convert_to_parsed_chat_completion_response response_format_from_pydantic_model"
    ),
}
_HOME_OF = home_of_each(_HOMES)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .structured.parsed import (
        ParsedAssistantMessage as ParsedAssistantMessage,
        ParsedChatCompletionChoice as ParsedChatCompletionChoice,
        ParsedChatCompletionResponse as ParsedChatCompletionResponse,
        convert_to_parsed_chat_completion_response as convert_to_parsed_chat_completion_response,
        response_format_from_pydantic_model as response_format_from_pydantic_model,
    )


else:  # hidden from type checkers, which would take any name for granted, and none of the list
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


stand_for(["struct_chat", "utils", "utils.response_format"], __name__)
