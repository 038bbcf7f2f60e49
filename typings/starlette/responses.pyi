# Just what the tests use, for machines without the package.
from collections.abc import AsyncIterable, MutableMapping
from typing import Any

class Response:
    @property
    def headers(self) -> MutableMapping[str, str]: ...

class JSONResponse(Response):
    def __init__(self, content: Any, status_code: int = ...) -> None: ...

class RedirectResponse(Response):
    def __init__(self, url: str, status_code: int = ...) -> None: ...

class StreamingResponse(Response):
    def __init__(self, content: AsyncIterable[bytes], *, media_type: str = ...) -> None: ...
