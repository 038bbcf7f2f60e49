"""Retries and timeouts of a client and of a call.

You said: Third time lucky
You said: Third time lucky
You said: Hi
"""

import os

from mistralai.client import Mistral
from mistralai.client.utils import BackoffStrategy, RetryConfig

with Mistral(
    retry_config=RetryConfig("backoff", BackoffStrategy(1, 50, 1.1, 60_000), False),
    api_key=os.getenv("MISTRAL_API_KEY", ""),
    server_url=os.environ["SERVER_URL"],
    timeout_ms=60_000,
) as mistral:
    unlucky = {
        "model": "the third time",
        "messages": [{"role": "user", "content": "Third time lucky"}],
    }
    print(mistral.chat.complete(**unlucky).choices[0].message.content)
    retries = RetryConfig("backoff", BackoffStrategy(1, 2, 2.0, 60_000), True)
    with mistral.chat.stream(**unlucky, retries=retries, timeout_ms=30_000) as events:
        print("".join(event.data.choices[0].delta.content for event in events))
    res = mistral.chat.complete(
        model="m",
        messages=[{"role": "user", "content": "Hi"}],
        retries=RetryConfig("none", BackoffStrategy(1, 50, 1.1, 100), False),
        server_url=os.environ["SERVER_URL"],
        http_headers={"x-custom-header": "someValue"},
    )
    print(res.choices[0].message.content)
