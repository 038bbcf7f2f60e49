"""How many functions are called, Python's and C's: the same at every run of the same thing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(function: Callable[[], object]) -> int:
    """The calls that `function` makes in this thread, itself among them.

    >>> calls(lambda: abs(abs(1))) - calls(lambda: abs(1))
    1
    """
    count = 0

    def count_it(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_it)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count - 1  # the last is that of `setprofile`
