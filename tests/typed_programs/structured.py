"""Responses as the program's own types."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from typing_extensions import Self, TypedDict, assert_type

import mistral_proto as m
from mistral_proto.testing import MockServer

T = TypeVar("T")


@dataclass
class Book:
    title: str
    genre: Literal["novel", "poetry"] = "novel"
    pages: int = field(default=1, metadata={"minimum": 1})


class Film(TypedDict):
    title: str


@dataclass
class Shelf(Generic[T]):
    items: list[T]


class Play:
    """The methods of a pydantic model that `parse` calls."""

    title: str = ""

    @classmethod
    def model_json_schema(cls) -> dict[str, object]:
        return {"type": "object", "properties": {"title": {"type": "string"}}}

    @classmethod
    def model_validate_json(cls, text: str) -> Self:
        made = cls()
        made.title = json.loads(text)["title"]
        return made


def stage(play: Play) -> str:
    """Stage a play."""
    return play.title


question = [m.UserMessage(content="The best English novel?")]
book = '{"title": "Emma", "pages": 474}'


async def parse_async(url: str) -> None:
    async with m.Mistral("any", server_url=url) as mistral:
        res = await mistral.chat.parse_async(Book, model="m", messages=question)
        assert_type(res.choices[0].message.parsed, Book | None)
        async with mistral.chat.parse_stream_async(Book, model="m", messages=question) as events:
            assert_type(await events.until_done(), m.ParsedChatCompletionResponse[Book])


others = ['{"title": "M"}', '{"items": [1]}', '{"title": "Faust"}']
with MockServer([book] * 4 + others) as server, m.Mistral("k", server_url=server.url) as mistral:
    res = mistral.chat.parse(Book, model="m", messages=question)
    assert_type(res, m.ParsedChatCompletionResponse[Book])
    assert_type(res.choices[0].message, m.ParsedAssistantMessage[Book])
    parsed = res.choices[0].message.parsed
    assert_type(parsed, Book | None)
    assert parsed is not None and parsed.pages == 474
    with mistral.chat.parse_stream(Book, model="m", messages=question) as events:
        assert "".join(events.text()) == book
        assert_type(events.until_done().choices[0].message.parsed, Book | None)
    asyncio.run(parse_async(server.url))
    film = mistral.chat.parse(Film, model="m", messages=question)
    assert_type(film.choices[0].message.parsed, Film | None)
    shelf = mistral.chat.parse(Shelf[int], model="m", messages=question)
    assert_type(shelf.choices[0].message.parsed, Shelf[int] | None)
    play = mistral.chat.parse(response_format=Play, model="m", messages=question)
    assert_type(play, m.ParsedChatCompletionResponse[Play])

assert_type(m.read_json(book, Book), Book)
assert_type(m.read_json(book, Play), Play)
assert_type(m.Tool.from_function(stage).call({"play": {"title": "Faust"}}), str)
print(m.response_format_from_type(Book).to_json())
print(m.response_format_from_pydantic_model(Play).to_json())
