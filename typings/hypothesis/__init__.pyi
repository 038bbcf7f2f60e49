# Just what the tests use, for machines without the package.
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from hypothesis import strategies as strategies

class HealthCheck(Enum):
    too_slow = ...

class Phase(Enum):
    explicit = ...
    generate = ...
    shrink = ...

class settings:
    def __init__(self, *, max_examples: int = ...) -> None: ...
    def __call__(self, test: Callable[..., None]) -> Callable[..., None]: ...
    @staticmethod
    def register_profile(
        name: str,
        *,
        derandomize: bool = ...,
        deadline: float | None = ...,
        max_examples: int = ...,
        phases: Sequence[Phase] = ...,
        suppress_health_check: Sequence[HealthCheck] = ...,
    ) -> None: ...
    @staticmethod
    def load_profile(name: str) -> None: ...

def given(
    **arguments: strategies.SearchStrategy[Any],
) -> Callable[[Callable[..., None]], Callable[..., None]]: ...
