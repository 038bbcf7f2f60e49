# Just what the tests use, for machines without the package.
from typing import Any

def response_format_from_pydantic_model(model: Any) -> Any: ...
