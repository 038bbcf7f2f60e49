"""Programs for pydantic-ai."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from pydantic_ai import Agent, ImageUrl, ModelSettings, PromptedOutput
from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider

from mistral_proto.testing import Fault
from tests.interop.frameworks.outcomes import BUSY, Said, calling, failures, get_weather

THINKING = "magistral-small-2509"


def agent(url: str, model: str = "mistral-small-latest", **options: Any) -> Any:
    provider = MistralProvider(api_key="k", base_url=url)
    return Agent(MistralModel(model, provider=provider), instructions="Be nice.", **options)


def run(url: str, prompt: Any = "Hi", **options: Any) -> Any:
    answer = agent(url, **options).run_sync(prompt)
    response = answer.response
    details = (
        response.model_name,
        response.finish_reason,
        response.provider_details["finish_reason"],
    )
    return answer.output, parts(answer), answer.usage.total_tokens, details


async def run_stream(url: str, **options: Any) -> Any:
    async with agent(url, **options).run_stream("Hi") as answer:
        outputs = [output async for output in answer.stream_output(debounce_by=None)]
    return outputs, parts(answer)


def parts(answer: Any) -> Any:
    return [
        [type(part).__name__, getattr(part, "args", getattr(part, "content", None))]
        for message in answer.all_messages()
        for part in message.parts
    ]


def conversation(url: str) -> Any:
    one = agent(url, THINKING)
    first = one.run_sync("Hi")
    return one.run_sync("Again", message_history=first.all_messages()).output


def two_loops(url: str) -> Any:
    one = agent(url)
    return [asyncio.run(one.run(text)).output for text in ("Hi", "Again")]


async def left(url: str) -> Any:
    async with agent(url).run_stream("Hi") as answer:
        await anext(answer.stream_text(delta=True, debounce_by=None))
        await answer.cancel()
    return "left"


SETTINGS = ModelSettings(
    temperature=0.2,
    max_tokens=50,
    seed=3,
    stop_sequences=["x"],
    presence_penalty=0.1,
    frequency_penalty=0.1,
    parallel_tool_calls=False,
    timeout=20,
)
OPTIONS: dict[str, dict[str, Any]] = {
    "text": {},
    "settings": {"model_settings": SETTINGS},
    "tools": {"tools": [get_weather]},
    "a model": {"output_type": Said},
    "thinking": {"model": THINKING},
    "thinking, asked for": {"model_settings": ModelSettings(thinking="high")},
}
TWO = calling("get_weather", {"city": "Paris"}, {"city": "Oslo"})
IMAGE = "https://example.com/a.png"
DETAILED = ImageUrl(IMAGE, vendor_metadata={"detail": "low"})
ONCE = ModelSettings(max_retries=0)
IMPATIENT = ModelSettings(timeout=0.5)
CASES: dict[str, Any] = {
    f"{name}, {way.__name__}": partial(way, **options)
    for name, options in OPTIONS.items()
    for way in (run, run_stream)
}
CASES |= {
    "a model, at the second try": (
        partial(run, output_type=Said),
        calling("final_result", {"said": 1}),
        calling("final_result", {"said": "Hi"}),
    ),
    "two calls": (partial(run, tools=[get_weather]), TWO),
    "two calls, streamed": (partial(run_stream, tools=[get_weather]), TWO),
    "a model, prompted for": (partial(run, output_type=PromptedOutput(Said)), '{"said": "Hi"}'),
    "an image": partial(run, prompt=["Look", ImageUrl(IMAGE)]),
    "an image with a detail": partial(run, prompt=["Look", DETAILED]),
    "a conversation": conversation,
    "two event loops": two_loops,
    "a stream that is left": left,
    **failures(run, "401", "422", "429", "500"),
    **failures(run_stream, "a stream that breaks"),
    "a server is busy once": (run, BUSY),
    "a server is busy once, without retries": (partial(run, model_settings=ONCE), BUSY),
    "a connection breaks": (run, Fault.reset),
    "a server stalls": (partial(run, model_settings=IMPATIENT), Fault.stall),
}
RECORDED = {"complete": run, "stream": run_stream}
