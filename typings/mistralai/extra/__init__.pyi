# Just what the tests use, for machines without the package.
from .utils.response_format import (
    response_format_from_pydantic_model as response_format_from_pydantic_model,
)
