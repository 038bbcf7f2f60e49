"""Tools of functions."""

import asyncio
from collections.abc import Awaitable

from typing_extensions import assert_type

import mistral_proto as m
from mistral_proto.protocol.messages import ChatMessage
from mistral_proto.testing import MockServer


def get_weather(city: str, unit: str = "C") -> dict[str, object]:
    """Return the weather of a city."""
    return {"city": city, "temperature": 12, "unit": unit}


async def get_time(city: str) -> str:
    """Return the time in a city."""
    return f"noon in {city}"


tool = m.Tool.from_function(get_weather)
assert_type(tool, m.FunctionTool[dict[str, object]])
assert_type(tool.call('{"city": "Paris"}'), dict[str, object])
assert_type(tool.function, m.Function)
time: Awaitable[str] = m.Tool.from_function(get_time).call({"city": "Paris"})


async def wait() -> None:
    assert await time == "noon in Paris"


asyncio.run(wait())
paris = m.FunctionCall(name="get_weather", arguments={"city": "Paris"})
wanted = m.AssistantMessage(content="", tool_calls=[m.ToolCall(id="a1b2c3d4e", function=paris)])
question = m.UserMessage(content="How warm is it in Paris?")
with MockServer([wanted, "12 °C."] * 2) as server, m.Mistral("k", server_url=server.url) as mistral:
    run = mistral.chat.run_tools(model="m", messages=[question], tools=[get_weather], max_turns=5)
    for step in run:
        assert_type(step, m.ChatCompletionResponse | m.ToolResult)
        if isinstance(step, m.ToolResult):
            assert_type(step.message, m.ToolMessage)
            assert_type(step.error, Exception | None)
    assert_type(run.until_done(), m.ChatCompletionResponse)

    # The same by hand.
    history: list[ChatMessage] = [question, wanted]
    res = mistral.chat.complete(model="m", messages=[question], tools=[tool], tool_choice="auto")
    for each in res.choices[0].message.tool_calls or ():
        assert_type(each, m.ToolCall)
        print(each.function.parse_arguments()["city"])
        content = str(tool.call(each.function.arguments))
        history.append(m.ToolMessage(content=content, tool_call_id=each.id))
    res = mistral.chat.complete(model="m", messages=history, tools=[tool])
    assert res.choices[0].message.text == "12 °C."
