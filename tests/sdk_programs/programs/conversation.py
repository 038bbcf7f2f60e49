"""Messages of every role, as the SDK's types and as mappings; an answer goes into the next request.

2 You said: And Paris? | You said: And Paris?
user And Paris?
You said: Sure?
assistant system user True
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
chat_response = client.chat.complete(model="mistral-large-latest", messages=messages, n=2)
answers = [choice.message.content for choice in chat_response.choices]
print(len(answers), *answers[:1], "|", *answers[1:])
print(messages[-1].role, messages[-1].content)

messages += [chat_response.choices[0].message, UserMessage(content="Sure?")]
print(client.chat.complete(model="m", messages=messages).choices[0].message.content)

prefixed = [
    {"role": "user", "content": "A sonnet"},
    {"role": "assistant", "content": "Shall", "prefix": True},
]
answer = client.chat.complete(model="m", messages=prefixed).choices[0].message
print(answer.role, messages[0].role, messages[3].role, bool(answer.content))
