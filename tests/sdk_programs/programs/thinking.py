"""The thinking of reasoning models, whole and streamed.

thinking: The user said '2 + 2?'. I repeat it.
text: You said: 2 + 2?
You said: Sure?
The user said '2 + 2?'. I repeat it.
You said: 2 + 2?
"""

import os

from mistralai.client import Mistral
from mistralai.client.models import TextChunk, ThinkChunk, UserMessage

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
messages = [UserMessage(content="2 + 2?")]
response = client.chat.complete(
    model="magistral-medium-latest", messages=messages, prompt_mode="reasoning"
)
message = response.choices[0].message
for chunk in message.content:
    if isinstance(chunk, ThinkChunk):
        print(f"{chunk.type}: {''.join(part.text for part in chunk.thinking)}")
    elif isinstance(chunk, TextChunk):
        print(f"{chunk.type}: {chunk.text}")

later = [*messages, message, UserMessage(content="Sure?")]
print(client.chat.complete(model="m", messages=later).choices[0].message.content)

thoughts, texts = [], []
for event in client.chat.stream(model="m", messages=messages, reasoning_effort="high"):
    content = event.data.choices[0].delta.content
    if isinstance(content, str):
        texts.append(content)
    else:
        thoughts += [part.text for chunk in content or [] for part in chunk.thinking]
print("".join(thoughts))
print("".join(texts))
