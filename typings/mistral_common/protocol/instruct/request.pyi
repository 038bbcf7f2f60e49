# Just what the tests use, for machines without the package.
from typing import Any

ChatCompletionRequest: Any
InstructRequest: Any
ModelSettings: Any
ReasoningEffort: Any
ResponseFormat: Any
