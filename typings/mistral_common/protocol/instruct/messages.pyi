# Just what the tests use, for machines without the package.
from typing import Any

AssistantMessage: Any
ChatMessage: Any
FinetuningAssistantMessage: Any
FinetuningMessage: Any
SystemMessage: Any
ToolMessage: Any
UserMessage: Any
