"""A stream of events, with and without a block.

You said: Who is the best French painter?
stop 14
|You| said:| Hi||
"""

import os

from mistralai.client import Mistral

with Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"]) as mistral:
    res = mistral.chat.stream(
        model="mistral-large-latest",
        messages=[{"role": "user", "content": "Who is the best French painter?"}],
        stream=True,
        response_format={"type": "text"},
    )
    with res as event_stream:
        for event in event_stream:
            print(event.data.choices[0].delta.content, end="", flush=True)
    print()
    print(event.data.choices[0].finish_reason, event.data.usage.total_tokens)

    messages = [{"role": "user", "content": "Hi"}]
    for chunk in mistral.chat.stream(model="mistral-small-latest", messages=messages):
        if chunk.data.choices[0].delta.content is not None:
            print(chunk.data.choices[0].delta.content, end="|")
    print()
