"""Deadline by a clock that the test turns, and some that are long enough never to matter."""

from __future__ import annotations

import time

from mistral_proto import HTTPRequest
from mistral_proto.transport.limits import Deadline


class Ticking:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def deadline(clock: Ticking, connect: float, read: float, total: float) -> Deadline:
    return Deadline(request(connect=connect, read=read, total=total), clock)


def patient() -> Deadline:
    """For what comes about in no time, unless something is wrong."""
    return Deadline(request(), time.monotonic)


def request(
    url: str = "http://host",
    body: bytes = b"{}",
    *,
    connect: float = 20.0,
    read: float = 20.0,
    total: float = 20.0,
    **headers: str,
) -> HTTPRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPRequest("POST", url, named, body, connect, read, total)
