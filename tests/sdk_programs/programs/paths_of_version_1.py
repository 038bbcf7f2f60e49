"""The paths of version 1 of the SDK.

You said: Hi
400 Invalid model
1 1.5
"""

import os

from mistralai import Mistral
from mistralai.models import ChatCompletionResponse, UserMessage
from mistralai.models.sdkerror import SDKError
from mistralai.utils import BackoffStrategy, RetryConfig

config = RetryConfig("backoff", BackoffStrategy(1, 50, 1.5, 60_000), True)
client = Mistral(
    api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"], retry_config=config
)
messages = [UserMessage(content="Hi")]
response = client.chat.complete(model="m", messages=messages)
assert isinstance(response, ChatCompletionResponse)
print(response.choices[0].message.content)
try:
    client.chat.complete(model="status 400", messages=messages)
except SDKError as e:
    print(e.status_code, e.raw_response.json()["message"])
print(config.backoff.initial_interval, config.backoff.exponent)
