"""Programs for llama-index."""

from __future__ import annotations

from functools import partial
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.mistralai import MistralAI
from mistralai.client.errors import HTTPValidationError, SDKError

from tests.interop.frameworks.outcomes import BUSY, Said, failures, get_weather

TOOL = FunctionTool.from_defaults(get_weather)
HI = [ChatMessage(role="system", content="Be nice."), ChatMessage(role="user", content="Hi")]


def llm(url: str, model: str = "mistral-small-latest", **options: Any) -> Any:
    return MistralAI(model=model, api_key="k", endpoint=url, **options)


def complete(url: str, **options: Any) -> Any:
    return llm(url, **options).complete("Hi").text


def chat(url: str, **options: Any) -> Any:
    answer = llm(url, **options).chat(HI)
    return answer.message.model_dump(), answer.raw["model"], answer.raw["usage"].total_tokens


def stream_chat(url: str, **options: Any) -> Any:
    answers = [*llm(url, **options).stream_chat(HI)]
    return [each.delta for each in answers], answers[-1].message.model_dump()


async def achat(url: str, **options: Any) -> Any:
    return (await llm(url, **options).achat(HI)).message.content


async def astream_chat(url: str, **options: Any) -> Any:
    return [each.delta async for each in await llm(url, **options).astream_chat(HI)]


def tools(url: str) -> Any:
    model, history = llm(url), [*HI]
    answer = model.chat_with_tools([TOOL], chat_history=history)
    (call,) = model.get_tool_calls_from_response(answer)
    result = str(TOOL(**call.tool_kwargs))
    ids = {"tool_call_id": call.tool_id, "name": call.tool_name}
    history += [answer.message, ChatMessage(role="tool", content=result, additional_kwargs=ids)]
    return call.model_dump(), model.chat(history).message.content


def tools_streamed(url: str) -> Any:
    model = llm(url)
    *_, last = model.stream_chat_with_tools([TOOL], user_msg="Hi")
    return [call.model_dump() for call in model.get_tool_calls_from_response(last)]


async def agent(url: str) -> Any:
    made = FunctionAgent(tools=[TOOL], llm=llm(url), system_prompt="Be nice.")
    return str((await made.run("Hi")).response.blocks[-1].text)


def structured(url: str) -> Any:
    return llm(url).as_structured_llm(Said).complete("Hi").raw


def fill_in_middle(url: str) -> Any:
    return llm(url, "codestral-latest").fill_in_middle("a", "b").text


def caught(url: str) -> Any:
    try:
        return complete(url)
    except (HTTPValidationError, SDKError) as error:
        kind = HTTPValidationError if isinstance(error, HTTPValidationError) else SDKError
        return kind.__name__, error.status_code, error.body


WAYS = (complete, chat, stream_chat, achat, astream_chat)
CASES = {
    **{way.__name__: way for way in WAYS},
    **{
        f"{way.__name__}, {name}": partial(way, model="magistral-small-latest", show_thinking=shown)
        for way in WAYS
        for name, shown in (("thinking", False), ("thinking shown", True))
    },
    "tools": tools,
    "tools, streamed": tools_streamed,
    "an agent": agent,
    "a model": structured,
    **failures(caught, "401", "422", "429", "500"),
    "a server is busy once": (caught, BUSY),
    "fill in the middle": fill_in_middle,
}
RECORDED = {"complete": chat, "stream": stream_chat}
