"""Errors of the API.

400 True 400 application/json
True 400 application/json invalid_request_error
422 messages.0.content: Field required (missing)
500 SDKError b'Internal error'
"""

import os

from mistralai.client import Mistral, errors
from mistralai.client.utils import BackoffStrategy, RetryConfig

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
messages = [{"role": "user", "content": "Hi"}]

try:
    client.chat.complete(model="status 400", messages=messages)
except errors.SDKError as e:
    response, document = e.raw_response, e.raw_response.json()
    is_named = "Invalid model" in e.message
    print(e.status_code, is_named, document["code"], e.headers["content-type"])
    is_body, content_type = response.text == e.body, response.headers.get("Content-Type")
    print(is_body, response.status_code, content_type, document["type"])

try:
    with client.chat.stream(model="status 422", messages=messages):
        pass
except errors.HTTPValidationError as e:
    assert isinstance(e, errors.MistralError)
    for detail in e.data.detail:
        place = ".".join(str(step) for step in detail.loc)
        print(f"{e.status_code} {place}: {detail.msg} ({detail.type})")

try:
    once = RetryConfig("none", BackoffStrategy(1, 1, 1.0, 1), False)
    client.chat.complete(model="status 500", messages=messages, retries=once)
except errors.MistralError as e:
    print(e.status_code, type(e).__name__, e.raw_response.content)
