"""Errors of the API.

400 True 400 application/json
True 400 application/json {'object': 'error', 'type': 'invalid_request_error'}
422 messages.0.content: Field required (missing)
500 SDKError b'Internal error'
"""

import os

from mistralai.client import Mistral, errors
from mistralai.client.utils import BackoffStrategy, RetryConfig

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
messages = [{"role": "user", "content": "Hi"}]
ONCE = RetryConfig("none", BackoffStrategy(1, 1, 1.0, 1), False)

try:
    client.chat.complete(model="status 400", messages=messages)
except errors.SDKError as e:
    code = e.raw_response.json()["code"]
    print(e.status_code, "Invalid model" in e.message, code, e.headers["content-type"])
    response, document = e.raw_response, e.raw_response.json()
    shown = {key: document[key] for key in ("object", "type")}
    is_body = response.text == e.body
    print(is_body, response.status_code, response.headers.get("Content-Type"), shown)

try:
    with client.chat.stream(model="status 422", messages=messages):
        pass
except errors.HTTPValidationError as e:
    assert isinstance(e, errors.MistralError)
    for detail in e.data.detail:
        place = ".".join(str(step) for step in detail.loc)
        print(f"{e.status_code} {place}: {detail.msg} ({detail.type})")

try:
    client.chat.complete(model="status 500", messages=messages, retries=ONCE)
except errors.MistralError as e:
    print(e.status_code, type(e).__name__, e.raw_response.content)
