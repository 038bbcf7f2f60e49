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

messages = [{"role": "user", "content": "Hi"}]
server_url = os.environ["SERVER_URL"]
seen = []


def note(request):
    seen.append(request.headers["x-custom-header"])


async def note_async(request):
    note(request)


headers = {"x-custom-header": "someValue"}
http_client = httpx.Client(headers=headers, event_hooks={"request": [note]}, timeout=30)
with http_client, Mistral(client=http_client, server_url=server_url) as s:
    print(s.chat.complete(model="m", messages=messages).choices[0].message.content)


async def main():
    hooks = {"request": [note_async]}
    async with httpx.AsyncClient(headers=headers, event_hooks=hooks, timeout=30) as client:
        s = Mistral(async_client=client, server_url=server_url)
        res = await s.chat.complete_async(model="m", messages=messages)
        print(res.choices[0].message.content)
        res = await s.chat.stream_async(model="m", messages=messages)
        async with res as event_stream:
            print([event.data.choices[0].delta.content async for event in event_stream][1:])


asyncio.run(main())
print(seen[0], len(seen))
