# Just what the tests use, for machines without the package.
from typing import Any

Function: Any
FunctionCall: Any
FunctionName: Any
NamedToolChoice: Any
Tool: Any
ToolCall: Any
