"""Retries and event streams, by the SDK's names."""

from __future__ import annotations

from .lazy_names import add_aliases, load, modules_of_names

_HOMES = {
    ".client.stream": "EventStream EventStreamAsync",
    ".retry": "BackoffStrategy RetryConfig",
}
_HOME_OF = modules_of_names(_HOMES)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client.stream import EventStream as EventStream, EventStreamAsync as EventStreamAsync
    from .retry import BackoffStrategy as BackoffStrategy, RetryConfig as RetryConfig


else:  # hidden from type checkers, which would take any name for granted
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


PATHS = ["eventstreaming", "retries"]
add_aliases(PATHS, __name__)
