"""Tools, tool choices and tool calls."""

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
    "APIKeyAuth", "CodeInterpreterTool", "CustomConnector", "DocumentLibraryTool", "Function",
    "FunctionCall", "FunctionName", "ImageGenerationTool", "NamedToolChoice", "OAuth2TokenAuth",
    "Tool", "ToolCall", "ToolChoice", "ToolChoiceEnum", "ToolConfiguration", "ToolType",
    "ToolTypes", "WebSearchPremiumTool", "WebSearchTool",
]  # fmt: skip


class ToolTypes(StringEnum):
    """The values of `type` in a tool, a tool call and a tool choice."""

    function = "function"


class ToolChoiceEnum(StringEnum):
    """The values of `tool_choice`; `any` is the older name of `required`."""

    auto = "auto"
    none = "none"
    any = "any"
    required = "required"


@wire_type
class FunctionName(WireType):
    """A function by its name (API: `FunctionName`)."""

    name: str


@wire_type
class Function(FunctionName, HasOpenAIFormat):
    """A function that the model may call (API: `Function`).

    >>> Function(name="now", parameters={"type": "object", "properties": {}}).strict
    False
    """

    description: str = field(default="", implied=True, doc="What the function does.")
    parameters: Mapping[str, JSONValue] = field(doc="A JSON Schema of the arguments.")
    strict: bool = field(default=False, implied=True, doc="Whether the schema is enforced.")

    @classmethod
    def from_openai(cls, openai_function: Mapping[str, object]) -> Self:
        """Read a function in OpenAI's format, where `parameters` is optional.

        >>> Function.from_openai({"name": "now", "strict": None}).parameters
        {}
        """
        return super().from_openai(openai_function)


@wire_type
class Tool(HasOpenAIFormat):
    """A tool that the model may call (API: `Tool`).

    >>> Tool(function={"name": "now", "parameters": {}}).function.name
    'now'
    """

    type: ToolTypes | str = ToolTypes.function
    function: Function

    @classmethod
    def from_openai(cls, openai_tool: Mapping[str, object]) -> Self:
        """Read a tool in OpenAI's format."""
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
        """Return a tool that calls a function by its method `call`.

        The schema of the arguments is made from the signature and its type hints, the
        descriptions from the docstring (Google's or NumPy's style, or ``:param city:``) or
        from ``Annotated[str, "text"]``.  The model may omit a parameter that has a default,
        or set it to null.  Methods, ``async`` functions, `functools.partial` and callable objects
        work as well.

        Args:
            function: the function.
            name: a name in place of its own.
            description: a description in place of its docstring's.
            strict: whether the arguments must match the schema exactly.
            timeout_ms: the milliseconds that a call in `chat.run_tools` may take, without
                limit if None; a call that takes longer is reported to the model.

        Raises:
            TypeError: a parameter is positional only, or its type has no JSON form.
            ValidationError: `timeout_ms` is not above 0, or more than 10**9.

        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Add two numbers.'''
        ...     return a + b
        >>> Tool.from_function(add).call('{"a": 2}')
        3
        """
        from ..structured.function_tool import function_tool

        return function_tool(
            function, name=name, description=description, strict=strict, timeout_ms=timeout_ms
        )


@wire_type
class ToolConfiguration(WireType):
    """The functions of a built-in tool that the model may use (API: `ToolConfiguration`)."""

    exclude: Sequence[str] | None = field(default=None, doc="All functions but these.")
    include: Sequence[str] | None = field(default=None, doc="These functions only.")
    requires_confirmation: Sequence[str] | None = field(default=None, doc="Functions to confirm.")


@wire_type
class _BuiltInTool(HasOpenAIFormat):
    type: str
    tool_configuration: ToolConfiguration | None = None


@wire_type
class WebSearchTool(_BuiltInTool):
    """The API's web search (API: `WebSearchTool`).

    >>> WebSearchTool().to_dict()
    {'type': 'web_search'}
    """

    type: Literal["web_search"] = "web_search"


@wire_type
class WebSearchPremiumTool(_BuiltInTool):
    """The API's web search with news agencies (API: `WebSearchPremiumTool`)."""

    type: Literal["web_search_premium"] = "web_search_premium"


@wire_type
class CodeInterpreterTool(_BuiltInTool):
    """The API's code interpreter (API: `CodeInterpreterTool`)."""

    type: Literal["code_interpreter"] = "code_interpreter"


@wire_type
class ImageGenerationTool(_BuiltInTool):
    """The API's image generation (API: `ImageGenerationTool`)."""

    type: Literal["image_generation"] = "image_generation"


@wire_type
class DocumentLibraryTool(_BuiltInTool):
    """The API's search in document libraries (API: `DocumentLibraryTool`).

    >>> DocumentLibraryTool(library_ids=["lib-1"]).library_ids
    ['lib-1']
    """

    type: Literal["document_library"] = "document_library"
    library_ids: Sequence[str] = field(ListOf(String(), minimum_items=1))


@wire_type
class OAuth2TokenAuth(WireType):
    """An OAuth 2 token for a connector, hidden by `repr` (API: `OAuth2TokenAuth`).

    >>> OAuth2TokenAuth(value="t0ken")
    OAuth2TokenAuth(type='oauth2-token', value=...)
    """

    type: Literal["oauth2-token"] = "oauth2-token"
    value: str = field(secret=True)


@wire_type
class APIKeyAuth(WireType):
    """An API key for a connector, hidden by `repr` (API: `APIKeyAuth`).

    >>> APIKeyAuth(value="k3y")
    APIKeyAuth(type='api-key', value=...)
    """

    type: Literal["api-key"] = "api-key"
    value: str = field(secret=True)


@wire_type
class CustomConnector(_BuiltInTool):
    """A connector that the user has set up (API: `CustomConnector`).

    >>> CustomConnector(connector_id="c-1").to_dict()
    {'type': 'connector', 'connector_id': 'c-1'}
    """

    type: Literal["connector"] = "connector"
    connector_id: str
    authorization: OAuth2TokenAuth | APIKeyAuth | None = None


RequestTool = (
    Tool
    | WebSearchTool
    | WebSearchPremiumTool
    | CodeInterpreterTool
    | ImageGenerationTool
    | DocumentLibraryTool
    | CustomConnector
)
"""Any item of a request's `tools`."""


@wire_type
class NamedToolChoice(HasOpenAIFormat):
    """The function that the model must call (API: `ToolChoice`).

    >>> NamedToolChoice(function={"name": "get_weather"}).to_dict()
    {'type': 'function', 'function': {'name': 'get_weather'}}
    """

    type: ToolTypes | str = ToolTypes.function
    function: FunctionName


ToolType = TypeVar("ToolType", bound=Tool, default=Any)

ToolChoice = ToolChoiceEnum | NamedToolChoice
"""The type of a request's `tool_choice`."""


class Arguments(Either):
    """The check for a function's arguments: a JSON string, an object, or null for none."""

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
    """The model's call of a function (API: `FunctionCall`).

    `arguments` is the JSON string as the model wrote it; the constructor takes a
    mapping as well, or None for no arguments.

    >>> FunctionCall(name="get_weather", arguments={"city": "Paris"}).arguments
    '{"city": "Paris"}'
    """

    # A piece of a streamed call may come without the name, or without arguments.
    name: str = field(absent="", required=True, vital=True)
    arguments: str = field(
        Arguments(), absent="", required=True, vital=True, doc="JSON text, as the model wrote it."
    )

    if TYPE_CHECKING:  # the constructor takes more types than the field has

        def __init__(
            self,
            *,
            name: str,
            arguments: str | Mapping[str, object] | None,
            extra: Mapping[str, JSONValue] = ...,
        ) -> None: ...

    def parse_arguments(self) -> dict[str, JSONValue]:
        """Return the arguments as plain values; empty for an empty string and ``null``.

        JSON inside of a JSON string, as some models write it, is read as well.

        Raises:
            ValidationError: the arguments are no JSON, or no object.

        >>> FunctionCall(name="get_weather", arguments='{"city": "Paris"}').parse_arguments()
        {'city': 'Paris'}
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
"""The id of a call without one, in the API and in mistral_common."""

MISSING_IDS = (NO_ID, "")
"""The ids that servers write for a missing one."""


def is_call_id(text: str) -> bool:
    """Return whether Mistral accepts the id: nine letters and digits of ASCII."""
    return len(text) == 9 and text.isascii() and text.isalnum()


@wire_type
class ToolCall(HasOpenAIFormat, OpenWireType):
    """A tool call of an assistant's message (API: `ToolCall`).

    `id` is ``"null"`` and `index`, the place among the calls, None if not given.

    >>> ToolCall(function=FunctionCall(name="now", arguments=None)).to_dict()
    {'id': 'null', 'type': 'function', 'function': {'name': 'now', 'arguments': '{}'}}
    """

    id: str = field(default=NO_ID, doc="The id of the call.")
    type: ToolTypes | str = ToolTypes.function
    function: FunctionCall = field(
        absent=lambda: FunctionCall(name="", arguments=""), required=True, vital=True
    )
    index: int | None = field(default=None, nullable=False)

    @classmethod
    def from_openai(cls, tool_call: Mapping[str, object]) -> Self:
        """Read a call in OpenAI's format."""
        return super().from_openai(tool_call)
