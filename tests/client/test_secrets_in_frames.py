"""Frames, as error reporters record them, show neither the key nor other secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.client.doubles import Reply, StillClock, double_for, good
from tests.client.support import CALLS, KEY, WHOLE, client, locals_of, shown

OTHER = "other-s3cret-0123456789"


class Interrupted(StillClock):
    """A wait that is interrupted."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt


def interrupt(*_: object) -> Any:
    raise KeyboardInterrupt


def fail(*_: object) -> Any:
    raise ZeroDivisionError


def cancel(*_: object) -> Any:
    raise asyncio.CancelledError


# How a call ends from outside, by the options of the client and the steps of the answer.
ENDS: dict[str, tuple[Callable[[str], Reply], dict[str, Any]]] = {
    "in before_request": (good, {"before_request": fail}),
    "interrupted in before_request": (good, {"before_request": interrupt}),
    "in after_response": (good, {"after_response": fail}),
    "interrupted in a body": (lambda name: Reply(WHOLE[:9], interrupt), {}),
    "cancelled in a body": (lambda name: Reply(WHOLE[:9], cancel), {}),
    "an exception in a body": (lambda name: Reply(WHOLE[:9], fail), {}),
    "interrupted in a wait": (lambda name: Reply(b"{}", status=503), {"clock": Interrupted()}),
    "no more tries": (lambda name: Reply(b"{}", status=400), {}),
    "not a completion": (lambda name: Reply(b"{}"), {}),
    "a key that can't be": (good, {"api_key": lambda: OTHER + "\\n" + KEY + "\u00e9"}),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("end", ENDS)
def test_of_a_call(name: str, end: str) -> None:
    reply, options = ENDS[end]
    double = double_for(name, reply(name))
    settings = {"http_headers": {"Proxy-Authorization": f"Basic {OTHER}"}, **options}
    mistral = client(double, **{"timeout_ms": 1000, **settings})
    with pytest.raises(BaseException) as caught:
        CALLS[name](mistral)
    texts = shown(caught.value) + locals_of(caught.value)
    assert KEY not in texts and OTHER not in texts


def test_a_request_shows_no_headers() -> None:
    double = double_for("complete", good("complete"))
    with client(double, http_headers={"Authorization": f"Bearer {OTHER}"}) as mistral:
        CALLS["complete"](mistral)
    [request] = double.requests
    assert OTHER in request.headers["authorization"]
    assert OTHER not in repr(request) and KEY not in repr(request)
