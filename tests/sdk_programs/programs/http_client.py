"""Calls through httpx clients with headers and hooks.

You said: Hi
You said: Hi
['You', ' said:', ' Hi', '']
someValue 3
"""

import asyncio
import os

import httpx2 as httpx
from mistralai.client import Mistral

asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
server_url = os.environ["SERVER_URL"]
seen = []


def note(request):
    seen.append(request.headers["x-custom-header"])


async def note_async(request):
    note(request)


settings = {"headers": {"x-custom-header": "someValue"}, "timeout": 30}
http_client = httpx.Client(event_hooks={"request": [note]}, **settings)
with http_client, Mistral(client=http_client, server_url=server_url) as s:
    print(s.chat.complete(**asked).choices[0].message.content)


async def main():
    async with httpx.AsyncClient(event_hooks={"request": [note_async]}, **settings) as client:
        s = Mistral(async_client=client, server_url=server_url)
        print((await s.chat.complete_async(**asked)).choices[0].message.content)
        async with await s.chat.stream_async(**asked) as events:
            print([event.data.choices[0].delta.content async for event in events][1:])


asyncio.run(main())
print(seen[0], len(seen))
