"""Programs for instructor."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import instructor
from mistralai.client import Mistral

from mistral_proto.testing.replies import Reply
from tests.interop.frameworks.outcomes import BUSY, Said, calling, failures

HI: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
ASK = {"response_model": Said, **HI}


def over(url: str, mode: str = "TOOLS", **options: Any) -> Any:
    mistral = Mistral(api_key="k", server_url=url)
    how = instructor.Mode[mode]
    return instructor.from_mistral(mistral, mode=how, model="mistral-small-latest", **options)


def create(url: str, mode: str = "TOOLS") -> Any:
    return over(url, mode).create(max_retries=2, **ASK)


def partials(url: str, mode: str) -> Any:
    return [*over(url, mode).create_partial(**ASK)]


def iterable(url: str, mode: str) -> Any:
    return [*over(url, mode).create_iterable(**ASK)]


async def create_async(url: str, mode: str) -> Any:
    return await over(url, mode, use_async=True).create(max_retries=2, **ASK)


async def iterable_async(url: str, mode: str) -> Any:
    return [it async for it in over(url, mode, use_async=True).create_iterable(**ASK)]


def answer(mode: str, document: dict[str, Any]) -> Reply:
    text = json.dumps(document)
    fenced = f"```json\n{text}\n```"
    replies: dict[str, Reply] = {"TOOLS": calling("Said", document), "JSON_SCHEMA": text}
    return replies.get(mode, fenced)


GOOD, BAD, MANY = {"said": "Hi"}, {"said": 1}, {"tasks": [{"said": "Hi"}, {"said": "Ho"}]}
CASES: dict[str, Any] = {}
for mode in ("TOOLS", "JSON_SCHEMA", "MD_JSON"):
    good, bad, many = (answer(mode, document) for document in (GOOD, BAD, MANY))
    for way in (create, create_async, partials):
        CASES[f"{way.__name__}, {mode}"] = (partial(way, mode=mode), good)
    for way in (iterable, iterable_async):
        CASES[f"{way.__name__}, {mode}"] = (partial(way, mode=mode), many)
    for way in (create, create_async):
        CASES[f"{way.__name__} again, {mode}"] = (partial(way, mode=mode), bad, good)
CASES |= {
    "prose before a call": (create, "Sorry", answer("TOOLS", GOOD)),
    **failures(create, "401", "422", "429", "500"),
    "a server is busy once": (create, BUSY, answer("TOOLS", GOOD)),
}
