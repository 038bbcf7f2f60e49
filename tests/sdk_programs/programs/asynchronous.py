"""Calls and streams with asyncio.

You said: One?
You said: Two?
You said: Three?
|You| said:| Four?||
"""

import asyncio
import os

from mistralai.client import Mistral


def asked(content):
    return {"model": "m", "messages": [{"role": "user", "content": content}]}


async def main():
    async with Mistral(
        api_key=os.getenv("MISTRAL_API_KEY", ""), server_url=os.environ["SERVER_URL"]
    ) as mistral:
        calls = [mistral.chat.complete_async(**asked(content)) for content in ("One?", "Two?")]
        for res in await asyncio.gather(*calls):
            print(res.choices[0].message.content)

        response = await mistral.chat.stream_async(**asked("Three?"))
        async for chunk in response:
            if chunk.data.choices[0].delta.content is not None:
                print(chunk.data.choices[0].delta.content, end="")
        print()

        res = await mistral.chat.stream_async(**asked("Four?"))
        async with res as event_stream:
            async for event in event_stream:
                print(event.data.choices[0].delta.content, end="|")
        print()


asyncio.run(main())
