# Just what the tests use, for machines without the package.
from enum import Enum
from typing import Any

class FinishReason(str, Enum):
    stop = "stop"

ChatCompletionResponse: Any
ChatCompletionResponseChoice: Any
ChatCompletionResponseChoiceLogprobs: Any
ChatCompletionResponseStreamChoice: Any
ChatCompletionStreamResponse: Any
ChatCompletionTokenLogprobs: Any
DeltaMessage: Any
