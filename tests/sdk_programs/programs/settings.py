"""Unset parameters, and the configuration of a client.

You said: Hi
False True
True {}
"""

import os

from mistralai.client import Mistral
from mistralai.client.types import UNSET

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
res = client.chat.complete(
    model="m",
    messages=[{"role": "user", "content": "Hi"}],
    temperature=UNSET,
    max_tokens=None,
    tools=UNSET,
    stop=UNSET,
)
print(res.choices[0].message.content)
print(bool(UNSET), res.choices[0].message.tool_calls in (None, UNSET))
url, variables = client.sdk_configuration.get_server_details()
print(url == os.environ["SERVER_URL"], variables)
