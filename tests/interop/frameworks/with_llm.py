"""Programs for llm, with its plugin llm-mistral."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

# Its models and keys are not those of whoever runs this.
os.environ["LLM_USER_PATH"] = tempfile.mkdtemp()

import llm
import llm_mistral

from tests.interop.frameworks.outcomes import BUSY, Said, failures, get_weather

SDK = llm_mistral.MistralClient
SMALL, THINKING = "mistral-small", "magistral-small"


def at(url: str) -> None:
    """Send to this server: the plugin has no option for one."""
    llm_mistral.MistralClient = partial(SDK, server_url=url)


def prompt(url: str, model: str = SMALL, **options: Any) -> Any:
    at(url)
    answer = llm.get_model(model).prompt("Hi", key="k", **options)
    pieces = [*answer]
    used, dumped = answer.usage(), sorted(answer.response_json)
    return pieces, [used.input, used.output], answer.resolved_model, dumped, parts(answer)


async def prompt_async(url: str, model: str = SMALL, **options: Any) -> Any:
    at(url)
    answer = llm.get_async_model(model).prompt("Hi", key="k", **options)
    return [piece async for piece in answer], (await answer.usage()).output


def parts(answer: Any) -> Any:
    return [
        (type(part).__name__, getattr(part, "text", ""))
        for message in answer.messages()
        for part in message.parts
    ]


def chain(url: str, **options: Any) -> Any:
    at(url)
    return llm.get_model(SMALL).chain("Hi", tools=[get_weather], key="k", **options).text()


async def chain_async(url: str, **options: Any) -> Any:
    at(url)
    made = llm.get_async_model(SMALL).chain("Hi", tools=[get_weather], key="k", **options)
    return await made.text()


def conversation(url: str, model: str = SMALL) -> Any:
    at(url)
    talk = llm.get_model(model).conversation()
    return [talk.prompt(said, key="k").text() for said in ("Hi", "Again")]


def refresh(url: str) -> Any:
    at(url)
    with key():
        return [model["id"] for model in llm_mistral.refresh_models()["data"]]


def embed(url: str) -> Any:
    at(url)
    with key():
        return llm.get_embedding_model("mistral-embed").embed("Hi")


@contextmanager
def key() -> Iterator[None]:
    """A key in the environment, where only these look for one: with it, models are asked for."""
    os.environ["LLM_MISTRAL_KEY"] = "k"
    yield
    del os.environ["LLM_MISTRAL_KEY"]


STREAMED = {"whole": False, "streamed": True}
OPTIONS: dict[str, dict[str, Any]] = {
    "text": {},
    "settings": {"system": "Be nice.", "temperature": 0.2, "max_tokens": 50, "random_seed": 3},
    "a prefix": {"prefix": "So"},
    "a model": {"schema": Said},
    "thinking": {"model": THINKING},
}
CASES: dict[str, Any] = {
    f"{name}, {way.__name__}, {how}": partial(way, stream=streamed, **options)
    for name, options in OPTIONS.items()
    for way in (prompt, prompt_async)
    for how, streamed in STREAMED.items()
}
for how, streamed in STREAMED.items():
    CASES[f"tools, {how}"] = partial(chain, stream=streamed)
    CASES[f"tools, {how}, async"] = partial(chain_async, stream=streamed)
CASES |= {
    "a conversation": conversation,
    "a conversation, thinking": partial(conversation, model=THINKING),
    **failures(prompt, "401", "422", "429", "500", "a stream that breaks"),
    "a server is busy once": (prompt, BUSY),
    "the list of models": refresh,
    "embeddings": embed,
}
