"""Programs for llm, with its plugin llm-mistral."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import llm
import llm_mistral

from tests.interop.frameworks.outcomes import BUSY, Said, failures, get_weather

# Without the models and keys of the user.
USER = Path(tempfile.mkdtemp())
os.environ |= {"LLM_USER_PATH": str(USER), "LLM_MISTRAL_KEY": "k"}
SDK = llm_mistral.MistralClient
SMALL, THINKING = "mistral-small", "magistral-small"


def at(url: str) -> None:
    """Use a server, for which the plugin has no option, and forget its list of models."""
    llm_mistral.MistralClient = partial(SDK, server_url=url)
    (USER / "mistral_models.json").unlink(missing_ok=True)


def prompt(url: str, model: str = SMALL, **options: Any) -> Any:
    at(url)
    answer = llm.get_model(model).prompt("Hi", **options)
    pieces = [*answer]
    used, dumped = answer.usage(), sorted(answer.response_json)
    return pieces, [used.input, used.output], answer.resolved_model, dumped, parts(answer)


async def prompt_async(url: str, model: str = SMALL, **options: Any) -> Any:
    at(url)
    answer = llm.get_async_model(model).prompt("Hi", **options)
    return [piece async for piece in answer], (await answer.usage()).output


def parts(answer: Any) -> Any:
    return [
        (type(part).__name__, getattr(part, "text", ""))
        for message in answer.messages()
        for part in message.parts
    ]


def chain(url: str, **options: Any) -> Any:
    at(url)
    return llm.get_model(SMALL).chain("Hi", tools=[get_weather], **options).text()


async def chain_async(url: str, **options: Any) -> Any:
    at(url)
    made = llm.get_async_model(SMALL).chain("Hi", tools=[get_weather], **options)
    return await made.text()


def conversation(url: str) -> Any:
    at(url)
    talk = llm.get_model(THINKING).conversation()
    return [talk.prompt(text).text() for text in ("Hi", "Again")]


def refresh(url: str) -> Any:
    at(url)
    return [model["id"] for model in llm_mistral.refresh_models()["data"]]


def embed(url: str) -> Any:
    at(url)
    return llm.get_embedding_model("mistral-embed").embed("Hi")


STREAMED = {"whole": False, "streamed": True}
OPTIONS: dict[str, dict[str, Any]] = {
    "text": {},
    "settings": {"system": "Be nice.", "temperature": 0.2, "max_tokens": 50, "random_seed": 3},
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
    **failures(prompt, "401", "422", "429", "500", "a stream that breaks"),
    "a server is busy once": (prompt, BUSY),
    "the list of models": refresh,
    "embeddings": embed,
}
RECORDED = {"complete": partial(prompt, stream=False), "stream": prompt}
