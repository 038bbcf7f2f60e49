"""The request and the response of a transport."""

from __future__ import annotations

import dataclasses

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPRequest, HTTPResponse
from mistral_proto.transport import exchange
from tests.client.support import KEY
from tests.transport.times import request

REQUEST = dataclasses.replace(
    request(), headers={"authorization": f"Bearer {KEY}"}, body=b"private"
)


def test_a_request_shows_neither_key_nor_content() -> None:
    for shown in (repr(REQUEST), str(REQUEST), f"{REQUEST}", repr([REQUEST])):
        assert KEY not in shown and "Bearer" not in shown and "private" not in shown
        assert "POST" in shown and "http://host" in shown and "20.0" in shown


def test_requests_and_responses_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        REQUEST.url = "http://other"  # type: ignore[misc]
    for kind in (HTTPResponse, AsyncHTTPResponse):
        response = kind(200, {}, ())  # type: ignore[arg-type]
        assert response.close() is None
        assert (response.release, response.shorten) == (None, None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            response.status = 500  # type: ignore[misc]


def test_a_transport_may_subclass_the_protocol() -> None:
    class Mine(exchange.Transport):
        failures = (KeyError,)

        def send(self, request: HTTPRequest) -> HTTPResponse:
            return HTTPResponse(200, {}, [])

        def close(self) -> None: ...

    assert Mine().send(REQUEST).status == 200
