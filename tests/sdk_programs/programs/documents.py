"""Answers and messages as JSON and as dicts, and back.

You said: Hi
['assistant', 'You said: Hi']
True
stop
user Hi
"""

import json
import os

from mistralai.client import Mistral, models

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
message = models.UserMessage(content="Hi")
res = client.chat.complete(model="m", messages=[message])

print(json.loads(res.model_dump_json())["choices"][0]["message"]["content"])
dumped = res.model_dump(exclude_none=True)["choices"][0]["message"]
print([dumped["role"], dumped["content"]])
again = models.ChatCompletionResponse.model_validate_json(res.model_dump_json())
print(again == models.ChatCompletionResponse.model_validate(res.model_dump()))
print(again.choices[0].finish_reason)
print(message.model_dump()["role"], message.model_dump(mode="json")["content"])
