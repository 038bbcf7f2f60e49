# Just what the tests use, for machines without the package.
from collections.abc import Iterator
from typing import Any

class ValidationError(Exception):
    message: str

class SchemaError(Exception):
    @property
    def absolute_path(self) -> list[str | int]: ...

class Draft202012Validator:
    def __init__(self, schema: dict[str, Any]) -> None: ...
    @staticmethod
    def check_schema(schema: Any) -> None: ...
    def is_valid(self, instance: Any) -> bool: ...
    def iter_errors(self, instance: Any) -> Iterator[ValidationError]: ...

class Draft7Validator:
    META_SCHEMA: dict[str, Any]
    @staticmethod
    def check_schema(schema: Any) -> None: ...
