"""The calls of an answer: of functions, and of custom tools."""

from __future__ import annotations

from typing import Literal

from ..checks import TaggedUnion
from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = [
    "ChatCompletionMessageCustomToolCall",
    "ChatCompletionMessageFunctionToolCall",
    "ChatCompletionMessageToolCall",
    "ChatCompletionMessageToolCallUnion",
    "Custom",
    "Function",
    "UnknownToolCall",
]

ARGUMENTS = "The arguments as JSON text, just as the model wrote it: it may be invalid."


@wire_type
class Function(OpenWireType):
    """The function that the model called (OpenAI: `Function`).

    >>> Function(arguments='{"city": "Paris"}', name="get_weather").name
    'get_weather'
    """

    arguments: str = field(absent="", required=True, vital=True, doc=ARGUMENTS)
    name: str = field(absent="", required=True, vital=True)


@wire_type
class ChatCompletionMessageFunctionToolCall(OpenWireType):
    """A call of a function (OpenAI: same name).

    A call that a server sent without a `type` is one of a function.

    >>> call = ChatCompletionMessageFunctionToolCall(
    ...     id="call_1", function={"name": "now", "arguments": "{}"}
    ... )
    >>> call.type, call.function.arguments
    ('function', '{}')
    """

    id: str = field(absent="", required=True)
    function: Function = field(
        absent=lambda: Function(arguments="", name=""), required=True, vital=True
    )
    type: Literal["function"] = field(default="function", required=True)


ChatCompletionMessageToolCall = ChatCompletionMessageFunctionToolCall
"""The older name, from when there were functions only."""


@wire_type
class Custom(OpenWireType):
    """The custom tool that the model called (OpenAI: `Custom`).

    >>> Custom(input="SELECT 1", name="sql").input
    'SELECT 1'
    """

    input: str = field(doc="What the model gave to the tool: any text.")
    name: str


@wire_type
class ChatCompletionMessageCustomToolCall(OpenWireType):
    """A call of a custom tool (OpenAI: same name).

    >>> ChatCompletionMessageCustomToolCall(
    ...     id="call_1", custom={"name": "sql", "input": "SELECT 1"}
    ... ).custom.name
    'sql'
    """

    id: str = field(absent="", required=True)
    custom: Custom
    type: Literal["custom"] = field(default="custom", required=True)


@wire_type
class UnknownToolCall(OpenWireType):
    """A call of a kind that this version does not know, as the server sent it.

    Everything but its `type` is in `extra`.

    >>> UnknownToolCall.from_dict({"type": "telepathy", "id": "call_1"}).extra
    {'id': 'call_1'}
    """

    type: str


ChatCompletionMessageToolCallUnion = (
    ChatCompletionMessageFunctionToolCall | ChatCompletionMessageCustomToolCall | UnknownToolCall
)
"""Any call among those of an answer."""

tool_call = TaggedUnion(
    "type",
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageCustomToolCall,
    unknown=UnknownToolCall,
    # Mistral's API is one that leaves the type out.
    untagged=ChatCompletionMessageFunctionToolCall,
)
"""The check for a `ChatCompletionMessageToolCallUnion`."""
