"""Tools of functions."""

import asyncio
from collections.abc import Awaitable

from typing_extensions import assert_type

from mistral_proto import (
    AssistantMessage,
    ChatCompletionResponse,
    Function,
    FunctionCall,
    FunctionTool,
    Mistral,
    Tool,
    ToolCall,
    ToolMessage,
    ToolResult,
    UserMessage,
)
from mistral_proto.protocol.messages import ChatMessage
from mistral_proto.testing import MockServer


def get_weather(city: str, unit: str = "C") -> dict[str, object]:
    """Return the weather of a city."""
    return {"city": city, "temperature": 12, "unit": unit}


async def get_time(city: str) -> str:
    """Return the time in a city."""
    return f"noon in {city}"


tool = Tool.from_function(get_weather)
assert_type(tool, FunctionTool[dict[str, object]])
assert_type(tool.call('{"city": "Paris"}'), dict[str, object])
assert_type(tool.function, Function)
time: Awaitable[str] = Tool.from_function(get_time).call({"city": "Paris"})


async def wait() -> None:
    assert await time == "noon in Paris"


asyncio.run(wait())
call = ToolCall(
    id="a1b2c3d4e", function=FunctionCall(name="get_weather", arguments={"city": "Paris"})
)
wanted = AssistantMessage(content="", tool_calls=[call])
question = UserMessage(content="How warm is it in Paris?")

with MockServer([wanted, "12 °C."] * 2) as server, Mistral("any", server_url=server.url) as mistral:
    run = mistral.chat.run_tools(model="m", messages=[question], tools=[get_weather], max_turns=5)
    for step in run:
        assert_type(step, ChatCompletionResponse | ToolResult)
        if isinstance(step, ToolResult):
            assert_type(step.message, ToolMessage)
            assert_type(step.error, Exception | None)
    assert_type(run.until_done(), ChatCompletionResponse)

    # The same by hand.
    history: list[ChatMessage] = [question, wanted]
    res = mistral.chat.complete(model="m", messages=[question], tools=[tool], tool_choice="auto")
    for each in res.choices[0].message.tool_calls or ():
        assert_type(each, ToolCall)
        print(each.function.parse_arguments()["city"])
        answer = ToolMessage(
            content=str(tool.call(each.function.arguments)),
            tool_call_id=each.id,
            name=each.function.name,
        )
        res = mistral.chat.complete(model="m", messages=[*history, answer], tools=[tool])
    assert res.choices[0].message.text == "12 °C."
