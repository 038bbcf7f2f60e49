# Just what the tests use, for machines without the package.
from typing import Any

ParsedAssistantMessage: Any
ParsedChatCompletionChoice: Any
ParsedChatCompletionResponse: Any

def convert_to_parsed_chat_completion_response(response: Any, response_format: Any) -> Any: ...
