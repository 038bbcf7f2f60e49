"""The calls of an answer: of functions, and of custom tools."""

from __future__ import annotations

from ..checks import Absent, AbsentString, Constant, ObjectOf, String, TaggedUnion
from ..fields import field
from ..wire import OpenWireType, wire_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

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

    arguments: str = field(String(), absent=AbsentString(), required=True, doc=ARGUMENTS)
    name: str = field(String(), absent=AbsentString(), required=True)


@wire_type
class _NoFunction(Absent, Function):
    """The empty function of a call that came without one."""


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

    id: str = field(String(), absent=AbsentString(), required=True)
    function: Function = field(
        ObjectOf(Function), absent=_NoFunction(arguments="", name=""), required=True
    )
    type: Literal["function"] = field(Constant("function"), default="function", required=True)


ChatCompletionMessageToolCall = ChatCompletionMessageFunctionToolCall
"""The older name, from when there were functions only."""


@wire_type
class Custom(OpenWireType):
    """The custom tool that the model called (OpenAI: `Custom`).

    >>> Custom(input="SELECT 1", name="sql").input
    'SELECT 1'
    """

    input: str = field(String(), doc="What the model gave to the tool: any text.")
    name: str = field(String())


@wire_type
class ChatCompletionMessageCustomToolCall(OpenWireType):
    """A call of a custom tool (OpenAI: same name).

    >>> ChatCompletionMessageCustomToolCall(
    ...     id="call_1", custom={"name": "sql", "input": "SELECT 1"}
    ... ).custom.name
    'sql'
    """

    id: str = field(String(), absent=AbsentString(), required=True)
    custom: Custom = field(ObjectOf(Custom))
    type: Literal["custom"] = field(Constant("custom"), default="custom", required=True)


@wire_type
class UnknownToolCall(OpenWireType):
    """A call of a kind that this version does not know, as the server sent it.

    Everything but its `type` is in `extra`.

    >>> UnknownToolCall.from_dict({"type": "telepathy", "id": "call_1"}).extra
    {'id': 'call_1'}
    """

    type: str = field(String())


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
