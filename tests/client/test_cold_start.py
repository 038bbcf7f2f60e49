"""What a program loads: nothing of the network for the types, all that its calls need with a client."""

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
COMPLETE = "mistral.chat.complete(model='m', messages=messages)\n"
STREAM = "mistral.chat.stream(model='m', messages=messages).until_done()\n"
FAIL = """
for port, tries in (({url!r} + '/nowhere', 3), ('http://127.0.0.1:1', 1)):
    try:
        mistral.chat.complete(model='m', messages=messages, server_url=port, retries=tries)
    except Exception:
        pass
"""
# What a plain call can do without.
DEAR = {"asyncio", "concurrent.futures", "logging", "mistral_proto.transport.threads"}
# What has something to do in other calls only.
OTHERS = {
    "mistral_proto.client.tool_runs",
    "mistral_proto.structured",
    "mistral_proto.conversation",
}


@pytest.fixture
def url() -> Iterator[str]:
    with MockServer() as server:
        yield server.url


def test_the_types_load_no_way_to_the_network() -> None:
    loaded = loaded_by("from mistral_proto import ChatCompletionRequest, ChatCompletionResponse")
    assert loaded.isdisjoint({"socket", "ssl", "http.client", "urllib.request", "threading"})


@pytest.mark.parametrize("call", [COMPLETE, STREAM], ids=["complete", "stream"])
def test_a_plain_call(call: str, url: str) -> None:
    loaded = loaded_by((ASK + call).format(url=url))
    assert loaded.isdisjoint(DEAR | OTHERS)


@pytest.mark.parametrize("call", [COMPLETE, STREAM, FAIL], ids=["complete", "stream", "a failure"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_call_loads_nothing_that_its_client_has_not(call: str, host: str, url: str) -> None:
    """As a fork in the middle of an import leaves its lock taken in the child."""
    url = url.replace("127.0.0.1", host)
    made = loaded_by(ASK.format(url=url))
    # The resolver loads its own; a name is looked up by a thread that imports nothing else.
    assert loaded_by((ASK + call).format(url=url)) - made == set()
