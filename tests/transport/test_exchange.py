"""What a transport takes and gives."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPRequest, HTTPResponse
from mistral_proto.transport import exchange
from tests.client.support import KEY

REQUEST = HTTPRequest(
    "POST",
    "https://api.mistral.ai/v1",
    {"authorization": f"Bearer {KEY}"},
    b'{"content": "private"}',
    connect_timeout=10.0,
    read_timeout=300.0,
    total_timeout=12.5,
)


@pytest.mark.parametrize("shown", [repr(REQUEST), str(REQUEST), f"{REQUEST}", repr([REQUEST])])
def test_a_request_shows_neither_key_nor_content(shown: str) -> None:
    assert KEY not in shown and "Bearer" not in shown and "private" not in shown
    assert "POST" in shown and "https://api.mistral.ai/v1" in shown and "12.5" in shown


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(HTTPRequest)])
def test_a_request_is_changed_by_making_another(name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(REQUEST, name, None)
    change: dict[str, Any] = {name: "other"}
    other = dataclasses.replace(REQUEST, **change)
    assert getattr(other, name) == "other"
    assert other != REQUEST and getattr(REQUEST, name) != "other"
    assert dataclasses.replace(other, **{name: getattr(REQUEST, name)}) == REQUEST


@pytest.mark.parametrize("kind", [HTTPResponse, AsyncHTTPResponse])
def test_a_response_needs_three_things(kind: type[HTTPResponse] | type[AsyncHTTPResponse]) -> None:
    response = kind(200, {}, ())  # type: ignore[arg-type]
    assert response.close() is None
    assert (response.release, response.shorten) == (None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        response.status = 500  # type: ignore[misc]


def test_a_transport_may_say_what_it_is() -> None:
    # The protocols are for type checkers; at run time they are no more than a base to name.
    class Mine(exchange.Transport):
        failures = (KeyError,)

        def send(self, request: HTTPRequest) -> HTTPResponse:
            return HTTPResponse(200, {}, [])

        def close(self) -> None: ...

    assert Mine().send(REQUEST).status == 200
