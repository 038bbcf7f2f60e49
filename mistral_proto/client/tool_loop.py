"""`chat.run_tools`: the model's calls are run, and their results go back, until it answers.

What runs them is loaded by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from .parameters import Calls, Messages, RunnableTool, ToolRunParameters
    from .tool_runs import ToolRun, ToolRunAsync
else:
    Calls = object  # nothing of it is there at run time

__all__ = ["RunsTools"]


class RunsTools(Calls):
    """The methods of `Chat` that run the tools that the model calls.

    Args:
        tools: functions, what `Tool.from_function` made of them, and tools that
            the API runs itself.
        max_turns: how often the model is asked, at most.
        max_parallel: how many calls of one answer run at a time, on threads; 1:
            one after the other, on the thread that iterates.

    The rest is as for `complete`.  Nothing is sent before the run is iterated, or
    `until_done` is called.  Of several choices the first counts.  Where
    `tool_choice` asks for a call, it does so once; from then on it is ``auto``.
    """

    __slots__ = ()

    def run_tools(
        self,
        *,
        model: str,
        messages: Messages,
        tools: Sequence[RunnableTool],
        max_turns: int = 10,
        max_parallel: int = 8,
        **parameters: Unpack[ToolRunParameters],
    ) -> ToolRun:
        """Ask for an answer, with functions that the model may call; see `ToolRun`.

        Raises:
            TypeError: a function can't be a tool (see `Tool.from_function`), or is
                ``async``.

        >>> from mistral_proto import Mistral
        >>> from mistral_proto.testing import MockServer
        >>> def get_weather(city: str) -> str:
        ...     '''Tell the weather of a city.'''
        ...     return f"12 °C in {city}"
        >>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
        ...     run = mistral.chat.run_tools(
        ...         model="mistral-small-latest",
        ...         messages=[{"role": "user", "content": "How warm is it in Paris?"}],
        ...         tools=[get_weather],
        ...     )
        ...     res = run.until_done()
        >>> res.choices[0].message.content
        'The tool says: 12 °C in example'
        >>> [message.content for message in run.messages[1:]]
        ['', '12 °C in example', 'The tool says: 12 °C in example']
        """
        from .tool_runs import ToolRun
        from .tool_turns import ToolTurns

        turns = ToolTurns(messages, tools, max_turns, {"model": model, **parameters})
        return ToolRun(self, turns, max_parallel)

    def run_tools_async(
        self,
        *,
        model: str,
        messages: Messages,
        tools: Sequence[RunnableTool],
        max_turns: int = 10,
        max_parallel: int = 8,
        **parameters: Unpack[ToolRunParameters],
    ) -> ToolRunAsync:
        """The same for asyncio; functions may be ``async``, and others run on threads."""
        from .tool_runs import ToolRunAsync
        from .tool_turns import ToolTurns

        turns = ToolTurns(messages, tools, max_turns, {"model": model, **parameters})
        return ToolRunAsync(self, turns, max_parallel)
