# Just what the tests use, for machines without the package.
from asyncio import Server as _Listening

from starlette.types import ASGIApp

class Config:
    def __init__(
        self, app: ASGIApp, host: str, port: int, *, log_config: None = ..., lifespan: str = ...
    ) -> None: ...

class Server:
    servers: list[_Listening]
    should_exit: bool
    started: bool
    def __init__(self, config: Config) -> None: ...
    def run(self) -> None: ...
