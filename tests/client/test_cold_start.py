"""What a program loads up to its first answer: what the call needs, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mistral_proto.testing import MockServer
from tests.package.loading import loaded_by

ASK = """
from mistral_proto import Mistral
mistral = Mistral(api_key="k", server_url={url!r})
messages = [{{"role": "user", "content": "Hi"}}]
"""
COMPLETE = ASK + "mistral.chat.complete(model='m', messages=messages)\n"
STREAM = ASK + "mistral.chat.stream(model='m', messages=messages).until_done()\n"

# What such a program can do without, and what it would cost to import, in ms.
DEAR = {
    "asyncio": 50,
    "urllib.request": 30,
    "http.client": 20,
    "email": 8,
    "ssl": 7,
    "logging": 5,
    "concurrent.futures": 5,
    "tempfile": 4,
    "urllib.parse": 3,
    "random": 1,
    "datetime": 1,
    "encodings.idna": 1,
    "zlib": 1,
}
# Those of ours that have something to do in other calls only.
OTHERS = {
    "client.api_errors",
    "client.parsed_streams",
    "client.tool_runs",
    "protocol.http_validation_error",
    "structured",
    "transport.handlers",
    "transport.http_errors",
    "transport.openers",
    "transport.threads",
    "transport.workers",
}


@pytest.fixture
def url() -> Iterator[str]:
    with MockServer() as server:
        yield server.url


def test_to_import_the_client_opens_no_way_to_the_network(url: str) -> None:
    loaded = loaded_by(ASK.format(url=url))

    assert loaded.isdisjoint({*DEAR, "socket", "threading"})
    assert "mistral_proto.client.mistral" in loaded


@pytest.mark.parametrize("code", [COMPLETE, STREAM], ids=["complete", "stream"])
def test_a_plain_call(code: str, url: str) -> None:
    loaded = loaded_by(code.format(url=url))

    assert loaded.isdisjoint(DEAR)
    assert loaded.isdisjoint({f"mistral_proto.{name}" for name in OTHERS})
    assert ("mistral_proto.sse" in loaded) == (code is STREAM)
    assert "mistral_proto.client.async_stream" not in loaded


def test_a_server_with_a_name(url: str) -> None:
    """Its look-up is a thread's; it takes no event loop."""
    loaded = loaded_by(COMPLETE.format(url=url.replace("127.0.0.1", "localhost")))

    # How the standard library writes names (RFC 3490).
    assert loaded.isdisjoint(set(DEAR) - {"encodings.idna"})


def test_urllib_is_asked_where_the_environment_names_a_proxy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert "urllib.request" in loaded_by(COMPLETE.format(url=url))
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("no_proxy", "localhost")
    assert "urllib.request" not in loaded_by(COMPLETE.format(url=url))
