# Just what the tests use, for machines without the package.
from typing import Any

convert_openai_messages: Any
convert_openai_tools: Any
