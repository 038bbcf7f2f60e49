# Just what the tests use, for machines without the package.
from typing import Any

from openai import types as types

class APIError(Exception): ...

class APIStatusError(APIError):
    status_code: int

AsyncOpenAI: Any
NOT_GIVEN: Any
OpenAI: Any
omit: Any

def pydantic_function_tool(model: type[Any]) -> Any: ...
