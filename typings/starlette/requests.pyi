# Just what the tests use, for machines without the package.
from collections.abc import Mapping
from typing import Any, NamedTuple

class Address(NamedTuple):
    host: str
    port: int

class Request:
    @property
    def client(self) -> Address | None: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def path_params(self) -> dict[str, Any]: ...
    async def json(self) -> Any: ...
