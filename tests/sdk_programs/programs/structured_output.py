"""Answers as pydantic models.

name='Emma' authors=['Jane Austen']
{"name": "Emma", "authors": ["Jane Austen"]} Emma
Book
{"name": "Emma", "authors": ["Jane Austen"]}
['Jane Austen']
"""

import asyncio
import os

from mistralai.client import Mistral
from mistralai.extra import response_format_from_pydantic_model
from mistralai.extra.utils import response_format_from_pydantic_model as the_same
from pydantic import BaseModel


class Book(BaseModel):
    name: str
    authors: list[str]


client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
messages = [
    {"role": "system", "content": "Extract the book information."},
    {"role": "user", "content": "I recently read Emma by Jane Austen."},
]
parameters = {"model": "a book", "messages": messages, "max_tokens": 256, "temperature": 0}

message = client.chat.parse(response_format=Book, **parameters).choices[0].message
print(message.parsed)
print(message.content, message.parsed.name)


async def main():
    async with Mistral(server_url=os.environ["SERVER_URL"]) as mistral:
        response = await mistral.chat.parse_async(Book, **parameters)
        return response.choices[0].message.parsed


print(type(asyncio.run(main())).__name__)
with client.chat.parse_stream(Book, **parameters) as stream:
    print("".join(chunk.data.choices[0].delta.content for chunk in stream))

assert the_same is response_format_from_pydantic_model
form = response_format_from_pydantic_model(Book)
response = client.chat.complete(**parameters, response_format=form)
print(Book.model_validate_json(response.choices[0].message.content).authors)
