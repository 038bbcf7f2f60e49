"""A client loads all modules that calls need, and no others."""

from __future__ import annotations

import pytest

from mistral_proto.testing import MockServer
from tests.package.loading import loaded_by

CLIENT = """
from mistral_proto import Mistral
mistral = Mistral(api_key="k", server_url={url!r})
messages = [{{"role": "user", "content": "Hi"}}]
"""
CALLS = {
    "complete": "mistral.chat.complete(model='m', messages=messages)\n",
    "stream": "mistral.chat.stream(model='m', messages=messages).until_done()\n",
    "failures": """
for url, retries in (({url!r} + '/nowhere', 3), ('http://127.0.0.1:1', 1)):
    try:
        mistral.chat.complete(model='m', messages=messages, server_url=url, retries=retries)
    except Exception:
        pass
""",
}
UNNEEDED = {
    *("asyncio", "concurrent.futures", "logging", "html.entities"),
    *("mistral_proto.transport.threads", "mistral_proto.client.tool_runs"),
    *("mistral_proto.structured", "mistral_proto.conversation", "mistral_proto.conversions"),
    *("mistral_proto.for_pydantic", "mistral_proto.openai", "mistral_proto.schema"),
}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_call_loads_no_more_modules_than_its_client(host: str) -> None:
    """A fork during an import would leave its lock taken in the child."""
    with MockServer() as server:
        url = server.url.replace("127.0.0.1", host)
        with_client = loaded_by(CLIENT.format(url=url))
        assert with_client.isdisjoint(UNNEEDED)
        for call in CALLS.values():
            assert loaded_by((CLIENT + call).format(url=url)) == with_client
