from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from typing_extensions import Self

T = TypeVar("T")
R = TypeVar("R")

class Future(Generic[T]): ...

class Client:
    def __init__(
        self, *, n_workers: int, threads_per_worker: int, processes: bool, dashboard_address: None
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> None: ...
    def map(
        self, function: Callable[[T], R], items: Iterable[T], /, *, pure: bool
    ) -> list[Future[R]]: ...
    def gather(self, futures: list[Future[T]], /) -> list[T]: ...
