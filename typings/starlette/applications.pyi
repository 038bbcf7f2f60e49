# Just what the tests use, for machines without the package.
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

class Starlette:
    def __init__(
        self, *, routes: Sequence[Route], middleware: Sequence[Middleware] = ...
    ) -> None: ...
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
