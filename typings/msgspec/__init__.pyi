# Just what tests and benchmarks use, for machines without the package.
from typing import Any

from msgspec import json as json

class Struct:
    def __init_subclass__(cls, tag_field: str | None = ..., tag: str | None = ...) -> None: ...

def convert(obj: Any, type: Any) -> Any: ...
def to_builtins(obj: Any) -> Any: ...
