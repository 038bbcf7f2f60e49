"""The tools that a request offers, the choice among them, and the model's calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .. import json_text
from ..checks import STRICT, Either, JSONObject, ListOf, Reading, String, StringEnum
from ..errors import Problem, ValidationError, describe
from ..fields import field
from ..json_text import JSONValue
from ..wire import OpenWireType, WireType, wire_type
from .mistral_common_methods import HasOpenAIFormat, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..structured.function_tool import FunctionTool

R = TypeVar("R")

__all__ = [
    "APIKeyAuth",
    "CodeInterpreterTool",
    "CustomConnector",
    "DocumentLibraryTool",
    "Function",
    "FunctionCall",
    "FunctionName",
    "ImageGenerationTool",
    "NamedToolChoice",
    "OAuth2TokenAuth",
    "Tool",
    "ToolCall",
    "ToolChoice",
    "ToolChoiceEnum",
    "ToolConfiguration",
    "ToolType",
    "ToolTypes",
    "WebSearchPremiumTool",
    "WebSearchTool",
]


class ToolTypes(StringEnum):
    """The values of a tool's, a tool call's and a tool choice's `type`.

    >>> ToolTypes.function
    <ToolTypes.function: 'function'>
    """

    function = "function"


class ToolChoiceEnum(StringEnum):
    """The model's choice: it may call a tool, must, or must not.

    `any` is the older name of `required`.

    >>> ToolChoiceEnum("any")
    <ToolChoiceEnum.any: 'any'>
    """

    auto = "auto"
    none = "none"
    any = "any"
    required = "required"


@wire_type
class FunctionName(WireType):
    """A function, by its name (API document: `FunctionName`).

    >>> FunctionName(name="get_weather").to_dict()
    {'name': 'get_weather'}
    """

    name: str


@wire_type
class Function(FunctionName, HasOpenAIFormat):
    """A function that the model may call (API document: `Function`).

    >>> Function(name="now", parameters={"type": "object", "properties": {}}).strict
    False
    """

    description: str = field(
        default="", implied=True, doc="Tells the model what the function does."
    )
    parameters: Mapping[str, JSONValue] = field(doc="The arguments, as a JSON Schema of an object.")
    strict: bool = field(
        default=False,
        implied=True,
        doc="Whether the arguments must follow the schema to the letter.",
    )

    @classmethod
    def from_openai(cls, openai_function: Mapping[str, object]) -> Self:
        """Read a function in OpenAI's format, which may do without parameters.

        Raises:
            ValidationError: with every problem and its path.

        >>> Function.from_openai({"name": "now", "strict": None}).parameters
        {}
        """
        return super().from_openai(openai_function)


@wire_type
class Tool(HasOpenAIFormat):
    """A tool that the model may call (API document: `Tool`).

    >>> tool = Tool(function=Function(name="now", parameters={}))
    >>> tool.type, tool.function.name
    (<ToolTypes.function: 'function'>, 'now')
    """

    type: ToolTypes | str = ToolTypes.function
    function: Function

    @classmethod
    def from_openai(cls, openai_tool: Mapping[str, object]) -> Self:
        """Read a tool in OpenAI's format.

        Raises:
            ValidationError: with every problem and its path.
        """
        return super().from_openai(openai_tool)

    @classmethod
    def from_function(
        cls,
        function: Callable[..., R],
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        strict: bool = True,
        timeout_ms: float | None = None,
    ) -> FunctionTool[R]:
        """The tool that a function is: a `Tool` whose `call` calls it.

        The schema of the arguments comes from the signature and its type hints;
        what the tool and its arguments are, from the docstring (written Google's
        way, NumPy's, or as ``:param city:``) or from ``Annotated[str, "text"]``.
        What has a default may be left out by the model, or be null.  Methods, ``async``
        functions, `functools.partial` and objects that are called will do, too.

        Args:
            function: the function.
            name: another name than its own.
            description: another description than its docstring's.
            strict: whether the arguments must follow the schema to the letter.
            timeout_ms: how many milliseconds a call may take in `chat.run_tools`; None:
                as long as it takes.  Then the model is told so, and the run goes on.

        Raises:
            TypeError: a parameter can't be given by its name, or has a type that
                JSON can't stand for; the message tells which.
            ValidationError: `timeout_ms` is not above 0, or more than 10**9.

        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Add two numbers.'''
        ...     return a + b
        >>> tool = Tool.from_function(add)
        >>> tool.function.parameters["properties"]
        {'a': {'type': 'integer'}, 'b': {'default': 1, 'type': 'integer'}}
        >>> tool.call('{"a": 2}')
        3
        """
        from ..structured.function_tool import function_tool

        return function_tool(
            function, name=name, description=description, strict=strict, timeout_ms=timeout_ms
        )


@wire_type
class ToolConfiguration(WireType):
    """The functions of a built-in tool that may be used (API document: `ToolConfiguration`).

    >>> ToolConfiguration(include=["search"]).to_dict()
    {'include': ['search']}
    """

    exclude: Sequence[str] | None = field(default=None, doc="Functions that may not be used.")
    include: Sequence[str] | None = field(default=None, doc="The only ones that may be used.")
    requires_confirmation: Sequence[str] | None = field(
        default=None, doc="Those whose calls are confirmed first."
    )


@wire_type
class WebSearchTool(HasOpenAIFormat):
    """The API's own web search (API document: `WebSearchTool`).

    >>> WebSearchTool().to_dict()
    {'type': 'web_search'}
    """

    type: Literal["web_search"] = "web_search"
    tool_configuration: ToolConfiguration | None = None


@wire_type
class WebSearchPremiumTool(HasOpenAIFormat):
    """The API's own web search, with news agencies (API document: `WebSearchPremiumTool`).

    >>> WebSearchPremiumTool().to_dict()
    {'type': 'web_search_premium'}
    """

    type: Literal["web_search_premium"] = "web_search_premium"
    tool_configuration: ToolConfiguration | None = None


@wire_type
class CodeInterpreterTool(HasOpenAIFormat):
    """The API's own code interpreter (API document: `CodeInterpreterTool`).

    >>> CodeInterpreterTool().to_dict()
    {'type': 'code_interpreter'}
    """

    type: Literal["code_interpreter"] = "code_interpreter"
    tool_configuration: ToolConfiguration | None = None


@wire_type
class ImageGenerationTool(HasOpenAIFormat):
    """The API's own image generation (API document: `ImageGenerationTool`).

    >>> ImageGenerationTool().to_dict()
    {'type': 'image_generation'}
    """

    type: Literal["image_generation"] = "image_generation"
    tool_configuration: ToolConfiguration | None = None


@wire_type
class DocumentLibraryTool(HasOpenAIFormat):
    """Search in libraries of documents (API document: `DocumentLibraryTool`).

    >>> DocumentLibraryTool(library_ids=["lib-1"]).library_ids
    ['lib-1']
    """

    type: Literal["document_library"] = "document_library"
    tool_configuration: ToolConfiguration | None = None
    library_ids: Sequence[str] = field(ListOf(String(), minimum_items=1))


@wire_type
class OAuth2TokenAuth(WireType):
    """An OAuth 2 token for a connector (API document: `OAuth2TokenAuth`).

    >>> OAuth2TokenAuth(value="t0ken")
    OAuth2TokenAuth(type='oauth2-token', value=...)
    """

    type: Literal["oauth2-token"] = "oauth2-token"
    value: str = field(secret=True)


@wire_type
class APIKeyAuth(WireType):
    """An API key for a connector (API document: `APIKeyAuth`).

    >>> APIKeyAuth(value="k3y")
    APIKeyAuth(type='api-key', value=...)
    """

    type: Literal["api-key"] = "api-key"
    value: str = field(secret=True)


@wire_type
class CustomConnector(HasOpenAIFormat):
    """A connector of the user's own (API document: `CustomConnector`).

    >>> CustomConnector(connector_id="c-1", authorization=APIKeyAuth(value="k3y"))
    CustomConnector(type='connector', connector_id='c-1', authorization=APIKeyAuth(type='api-key', value=...))
    """

    type: Literal["connector"] = "connector"
    connector_id: str
    authorization: OAuth2TokenAuth | APIKeyAuth | None = None
    tool_configuration: ToolConfiguration | None = None


RequestTool = (
    Tool
    | WebSearchTool
    | WebSearchPremiumTool
    | CodeInterpreterTool
    | ImageGenerationTool
    | DocumentLibraryTool
    | CustomConnector
)
"""Anything that a request's `tools` may hold."""


@wire_type
class NamedToolChoice(HasOpenAIFormat):
    """The one function that the model must call (API document: `ToolChoice`).

    >>> NamedToolChoice(function={"name": "get_weather"}).to_dict()
    {'type': 'function', 'function': {'name': 'get_weather'}}
    """

    type: ToolTypes | str = ToolTypes.function
    function: FunctionName


ToolType = TypeVar("ToolType", bound=Tool, default=Any)

ToolChoice = ToolChoiceEnum | NamedToolChoice
"""The type of a request's `tool_choice`."""


class Arguments(Either):
    """A function's arguments: a JSON string, or what makes one."""

    kind = "string_type"
    reads_null = True

    def __init__(self) -> None:
        super().__init__(String(), JSONObject())
        self.expected = "a JSON string or an object"

    def read(self, value: object, reading: Reading) -> str:
        if value is None and reading is not STRICT:
            return "{}"
        arguments = super().read(value, reading)
        # As mistral_common writes them, spaces included.
        return arguments if isinstance(arguments, str) else json.dumps(arguments)


@wire_type
class FunctionCall(HasOpenAIFormat, OpenWireType):
    """The model's call of a function (API document: `FunctionCall`).

    `arguments` takes a JSON string, a mapping, or None for no arguments, and
    is kept as the JSON string, just as the model wrote it.

    >>> call = FunctionCall(name="get_weather", arguments={"city": "Paris"})
    >>> call.arguments
    '{"city": "Paris"}'
    >>> call.parse_arguments()
    {'city': 'Paris'}
    """

    # A piece of a streamed call may come without the name, or without arguments.
    name: str = field(absent="", required=True, vital=True)
    arguments: str = field(
        Arguments(),
        absent="",
        required=True,
        vital=True,
        doc="The arguments: JSON text, just as the model wrote it.",
    )

    if TYPE_CHECKING:
        # What may be given is more than what is kept.
        def __init__(
            self,
            *,
            name: str,
            arguments: str | Mapping[str, object] | None,
            extra: Mapping[str, JSONValue] = ...,
        ) -> None: ...

    def parse_arguments(self) -> dict[str, JSONValue]:
        """The arguments as plain values; an empty string and ``null`` stand for none.

        Some models write their JSON once more as a JSON string: that is read, too.

        Raises:
            ValidationError: the model wrote broken JSON, or no object.
        """
        value: JSONValue = self.arguments
        try:
            for _ in range(2):
                if isinstance(value, str):
                    value = json_text.loads(value) if value.strip() else None
        except ValidationError as error:
            raise error.under("arguments", f"the call of {self.name}") from None
        if value is None:
            return {}
        if not isinstance(value, dict):
            problem = Problem(("arguments",), "an object", describe(value), "dict_type")
            raise ValidationError([problem], f"the call of {self.name}")
        return value


NO_ID = "null"
"""The id of a call that was given none, as the API and mistral_common have it."""

NO_IDS = (NO_ID, "")
"""The stand-ins for an id that a server, or another API, did not give."""


def is_call_id(text: str) -> bool:
    """Return whether it is an id that Mistral takes: nine letters and digits of ASCII."""
    return len(text) == 9 and text.isascii() and text.isalnum()


@wire_type
class ToolCall(HasOpenAIFormat, OpenWireType):
    """One call among those of an assistant's message (API document: `ToolCall`).

    `id` is ``"null"`` where none was given, as the API and mistral_common have
    it.  `index` is the call's place among the calls of a message; None where
    none was given.

    >>> ToolCall(function=FunctionCall(name="now", arguments=None)).to_dict()
    {'id': 'null', 'type': 'function', 'function': {'name': 'now', 'arguments': '{}'}}
    """

    id: str = field(default=NO_ID, doc="Names the call, for the message that answers it.")
    type: ToolTypes | str = ToolTypes.function
    function: FunctionCall = field(
        absent=lambda: FunctionCall(name="", arguments=""), required=True, vital=True
    )
    index: int | None = field(
        default=None, nullable=False, doc="The call's place among the calls of a message."
    )

    @classmethod
    def from_openai(cls, tool_call: Mapping[str, object]) -> Self:
        """Read a call in OpenAI's format; only pieces of a stream have an `index`.

        Raises:
            ValidationError: with every problem and its path.
        """
        return super().from_openai(tool_call)
