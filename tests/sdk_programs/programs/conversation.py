"""Messages of every role, as the SDK's types and as mappings; an answer goes into the next request.

2 You said: And Paris? You said: And Paris?
You said: Sure?
assistant True
"""

import os

from mistralai.client import Mistral, models
from mistralai.client.models import AssistantMessage, SystemMessage, UserMessage

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])

messages = [
    SystemMessage(content="Be brief."),
    {"role": "user", "content": "Where is Rome?"},
    AssistantMessage(content="In Italy."),
    models.UserMessage(content="And Paris?"),
]
res = client.chat.complete(model="mistral-large-latest", messages=messages, n=2)
print(len(res.choices), *[choice.message.content for choice in res.choices])
messages += [res.choices[0].message, UserMessage(content="Sure?")]
print(client.chat.complete(model="m", messages=messages).choices[0].message.content)

prefix = {"role": "assistant", "content": "Shall", "prefix": True}
sonnet = [{"role": "user", "content": "A sonnet"}, prefix]
answer = client.chat.complete(model="m", messages=sonnet).choices[0].message
print(answer.role, bool(answer.content))
