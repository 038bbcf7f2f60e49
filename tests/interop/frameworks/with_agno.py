"""Programs for agno."""

from __future__ import annotations

from functools import partial
from typing import Any

from agno.agent import Agent
from agno.models.message import Message
from agno.models.mistral import MistralChat
from agno.tools import tool

from tests.interop.frameworks.outcomes import BUSY, Said, failures, get_weather

SMALL = "mistral-small-latest"
TO_CONFIRM = tool(requires_confirmation=True)(get_weather)


def agent(url: str, model: str = SMALL, *, client: Any = None, **options: Any) -> Any:
    chat = MistralChat(id=model, api_key="k", endpoint=url, temperature=0.5, client_params=client)
    return Agent(model=chat, instructions="Be nice.", telemetry=False, **options)


def run(url: str, **options: Any) -> Any:
    return agent(url, **options).run("Hi").content


def run_streamed(url: str, **options: Any) -> Any:
    return [event.content for event in agent(url, **options).run("Hi", stream=True)]


async def arun(url: str, **options: Any) -> Any:
    return (await agent(url, **options).arun("Hi")).content


async def arun_streamed(url: str, **options: Any) -> Any:
    return [event.content async for event in agent(url, **options).arun("Hi", stream=True)]


def confirms(url: str, **options: Any) -> Any:
    return agent(url, tools=[TO_CONFIRM], **options).run("Hi").content


def model(url: str, *messages: Message) -> Any:
    """Call the model without an agent, which would return an error as an answer."""
    asked = [Message(role="user", content="Hi"), *messages]
    return MistralChat(id=SMALL, api_key="k", endpoint=url).response(asked).content


def goes_on(url: str) -> Any:
    return model(url, Message(role="assistant", content="You"))


def embeds(url: str) -> Any:
    from agno.knowledge.embedder.mistral import MistralEmbedder

    return MistralEmbedder(api_key="k", endpoint=url).get_embedding("Hi")


OPTIONS: dict[str, dict[str, Any]] = {
    "text": {},
    "tools": {"tools": [get_weather]},
    "a model": {"output_schema": Said},
    "thinking": {"model": "magistral-small-latest"},
}
CASES = {
    **{
        f"{name}, {way.__name__}": partial(way, **options)
        for name, options in OPTIONS.items()
        for way in (run, run_streamed, arun, arun_streamed)
    },
    "goes on with an answer": goes_on,
    "a tool to confirm": confirms,
    "a tool to confirm, extra fields dropped": partial(confirms, client={"extra_fields": "drop"}),
    **failures(model, "401", "422", "429", "500"),
    "a server is busy once": (model, BUSY),
    "embeddings": embeds,
}
RECORDED = {"complete": run, "stream": run_streamed}
