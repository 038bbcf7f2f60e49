"""Requests and responses of a transport, and Pythons without ssl or zlib."""

from __future__ import annotations

import dataclasses
import importlib.util
import pickle
import sys
from types import ModuleType

import pytest

from mistral_proto import AsyncHTTPResponse, HTTPRequest, HTTPResponse, Transport, UrllibTransport
from mistral_proto.transport import connections, content_coding
from tests.transport.support import request

REQUEST = request(body=b"private", authorization="Bearer secret")


def test_a_request_is_frozen_and_shows_neither_headers_nor_body() -> None:
    assert "POST" in repr(REQUEST) and "http://host" in repr(REQUEST)
    assert "secret" not in repr(REQUEST) and "private" not in repr(REQUEST)
    with pytest.raises(dataclasses.FrozenInstanceError):
        REQUEST.url = "http://other"  # type: ignore[misc]
    for value in (REQUEST, UrllibTransport(proxies={})):
        with pytest.raises(TypeError):
            pickle.dumps(value)


def test_a_response_needs_only_a_status_headers_and_a_body() -> None:
    for kind in (HTTPResponse, AsyncHTTPResponse):
        response = kind(200, {}, ())  # type: ignore[arg-type]
        assert response.close() is None
        assert (response.release, response.shorten) == (None, None)


def test_a_transport_may_be_a_subclass_of_the_protocol() -> None:
    class Mine(Transport):
        failures = (KeyError,)

        def send(self, request: HTTPRequest) -> HTTPResponse:
            return HTTPResponse(200, {}, [])

        def close(self) -> None: ...

    assert Mine().send(REQUEST).status == 200


def imported_again(module: ModuleType) -> ModuleType:
    spec = module.__spec__
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_without_ssl_and_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ssl", "zlib"):
        monkeypatch.setitem(sys.modules, name, None)
    without = imported_again(connections)
    assert (without.ssl, without._WOULD_BLOCK) == (None, (BlockingIOError,))
    coding = imported_again(content_coding)
    assert coding.ACCEPTED == "identity"
    with pytest.raises(OSError, match="^the content-encoding is neither"):
        coding.check_codings(["gzip"])
