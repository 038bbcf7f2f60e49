"""What noxfile.py uses of nox, so that it type-checks where nox is not installed."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn, TypeVar, overload

F = TypeVar("F", bound=Callable[..., None])

class Session:
    bin: str
    posargs: list[str]
    python: str | Sequence[str] | bool | None
    def chdir(self, dir: Path) -> AbstractContextManager[None]: ...
    def create_tmp(self) -> str: ...
    def error(self, *arguments: object) -> None: ...
    def install(self, *arguments: str) -> None: ...
    def log(self, *arguments: object) -> None: ...
    def run(
        self,
        *arguments: str | Path,
        env: dict[str, str] | None = None,
        external: bool = False,
        silent: bool = False,
    ) -> object: ...
    def skip(self, *arguments: object) -> NoReturn: ...

class _Options:
    default_venv_backend: str
    reuse_existing_virtualenvs: bool
    sessions: Sequence[str]

options: _Options
needs_version: str

@overload
def session(function: F, /) -> F: ...
@overload
def session(
    *,
    python: str | Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    default: bool = True,
) -> Callable[[F], F]: ...
def parametrize(names: str, values: Sequence[object]) -> Callable[[F], F]: ...
