"""A call loads no modules beyond those of its client: a fork during an import would hang the child.

The modules that types load are in `tests/package/test_public_names.py`.
"""

from __future__ import annotations

from mistral_proto.testing import MockServer
from tests.package.loading import loaded_by

CLIENT = """
from mistral_proto import Mistral
mistral = Mistral("k", server_url={url!r}{options})
request = dict(model='m', messages=[{{"role": "user", "content": "Hi"}}])
"""
CALLS = [
    "mistral.chat.complete(**request)\n",
    "mistral.chat.stream(**request).until_done()\n",
    """
for url, retries in (({url!r} + '/nowhere', 3), ('http://127.0.0.1:1', 1)):
    try:
        mistral.chat.complete(**request, server_url=url, retries=retries)
    except Exception:
        pass
""",
]
UNNEEDED = {
    *("asyncio", "concurrent.futures", "logging", "html.entities"),
    *("mistral_proto.transport.threads", "mistral_proto.client.tool_runs"),
}


def test_a_call_loads_no_more_modules_than_its_client() -> None:
    with MockServer() as server:
        for host, options in (("127.0.0.1", ", check_conversation=True"), ("localhost", "")):
            given = {"url": server.url.replace("127.0.0.1", host), "options": options}
            with_client = loaded_by(CLIENT.format(**given))
            assert with_client.isdisjoint(UNNEEDED)
            for call in CALLS:
                assert loaded_by((CLIENT + call).format(**given)) == with_client
