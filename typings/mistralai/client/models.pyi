# Just what the tests use, for machines without the package.
from typing import Any

AssistantMessage: Any
ChatCompletionChoice: Any
ChatCompletionRequest: Any
ChatCompletionResponse: Any
CompletionChunk: Any
CompletionEvent: Any
CompletionResponseStreamChoice: Any
DeltaMessage: Any
ToolCall: Any
UsageInfo: Any
