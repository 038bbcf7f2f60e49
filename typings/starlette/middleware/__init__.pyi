# Just what the tests use, for machines without the package.
from typing import Any

class Middleware:
    def __init__(self, cls: type[Any], /, **options: Any) -> None: ...
