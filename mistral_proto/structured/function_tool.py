"""A function as a tool: its schema comes from its signature, and its calls are checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter
from typing import Any, Generic, TypeVar

from ..checks import REFUSE, AnyJSON, AnyPython, Check, Number, Reading
from ..errors import ValidationError
from ..fields import field
from ..protocol.tool_calls import Function, FunctionCall, Tool
from ..schema.definitions import Definitions, Schema
from ..wire import wire_type
from .checks import Made, Null, Record, UnionOf, bare, read_document
from .docstrings import parse_docstring
from .type_checks import CheckFactory

R = TypeVar("R")


@wire_type
class FunctionTool(Tool, Generic[R]):
    """A `Tool` with the function that it calls; made by `Tool.from_function`.

    On the wire it is an ordinary `Tool`.  Two are equal if their `implementation` is, too; they
    pickle if it does.

    >>> def get_weather(city: str, unit: str = "C") -> str:
    ...     '''Tell the weather of a city.'''
    ...     return f"12 °{unit} in {city}"
    >>> tool = FunctionTool.from_function(get_weather)
    >>> tool.call('{"city": "Paris"}')
    '12 °C in Paris'
    >>> tool.call({"town": "Paris"})
    Traceback (most recent call last):
        ...
    mistral_proto.errors.ValidationError: the call of get_weather has 2 problems:
      arguments.town: expected no such field, got the string 'Paris'
      arguments.city: expected this field, got nothing
    """

    implementation: Callable[..., R] = field(AnyPython(), local=True, doc="The function.")
    timeout_ms: float | None = field(
        Number(above=0, maximum=10**9),
        default=None,
        local=True,
        doc="The time limit of a call in `chat.run_tools`, in milliseconds; None: no limit.",
    )

    def call(self, arguments: str | Mapping[str, object] | None = None, /) -> R:
        """Call the function with a model's arguments: JSON text, or a mapping of JSON values.

        Null for a parameter with a default means the default, unless its type allows None.
        Return the function's result, or raise its exception; an ``async`` function returns an
        awaitable.

        Raises:
            ValidationError: the arguments do not fit the signature; nothing was called.
        """
        return self.bind(arguments)()

    def bind(self, arguments: str | Mapping[str, object] | None = None, /) -> Callable[[], R]:
        """Check the arguments, and return a function without parameters that makes the call.

        Raises:
            ValidationError: the arguments do not fit the signature.
        """
        name = self.function.name
        if not isinstance(arguments, Mapping):
            arguments = FunctionCall(name=name, arguments=arguments).parse_arguments()
        # Not cached: a cache would keep the function, or the object of a method, alive.
        record = _record_of(self.implementation)
        try:
            values = read_document(record, arguments)
        except ValidationError as error:
            raise error.under("arguments", f"the call of {name}") from None
        return partial(self.implementation, **values)

    def __hash__(self) -> int:
        # Without the implementation and the schema, which may have no hash.
        return hash((self.function.name, self.function.description))


def function_tool(
    function: Callable[..., R],
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool = True,
    timeout_ms: float | None = None,
) -> FunctionTool[R]:
    """Return the tool of a function; see `Tool.from_function`."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"expected a function, got {function!r}")
    inner = _inner(function)
    if name is None:
        name = str(getattr(inner, "__name__", type(inner).__name__))
        if not name.isidentifier():
            raise TypeError(f"a function called {name} needs another name: name=...")
    record = _record_of(function)
    # For a callable object, the docstring of its class.
    docstring = _definition(function).__doc__ or inspect.getdoc(inner)
    summary, descriptions = parse_docstring(docstring, record.members.keys())
    record = _record_of(function, descriptions)
    text = summary if description is None else description
    return FunctionTool(
        function=Function(
            name=name,
            **({"description": text} if text else {}),
            parameters=record.whole(),
            strict=strict,
        ),
        implementation=function,
        timeout_ms=timeout_ms,
    )


def is_async(function: Callable[..., object]) -> bool:
    """Return whether a call returns a coroutine or an async generator."""
    definition = inspect.unwrap(_definition(function))
    return inspect.iscoroutinefunction(definition) or inspect.isasyncgenfunction(definition)


def _record_of(function: Callable[..., Any], descriptions: Mapping[str, str] = {}) -> Record:
    """Return the check of a function's arguments, without those that a partial sets.

    Raises:
        TypeError: a parameter can't be given by its name, or has a type without an equivalent in
            JSON; the message names it.
    """
    definition = _definition(function)
    record = Record(getattr(definition, "__name__", "the function"), dict)
    types = CheckFactory(record.name)
    try:
        parameters = inspect.signature(function).parameters
    except ValueError as error:  # a function written in C
        raise TypeError(str(error)) from None
    for name, parameter in parameters.items():
        if name in getattr(function, "keywords", {}):
            continue
        with types.at(f".{name}"):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                types.refuse("a positional-only, * or ** parameter can't be given by name")
            annotation: Any = object  # where none is written
            if parameter.annotation is not Parameter.empty:
                annotation = types.resolved(parameter.annotation, inspect.unwrap(definition))
            elif name in ("self", "cls"):
                types.refuse("a model can't give it: use the method of an object")
            check = types.of(annotation)
            if parameter.default is not Parameter.empty and not _allows_null(check):
                check = _OrDefault(check, parameter.default)
            notes = {"description": descriptions.get(name)}
            types.add(record, name, check, notes, parameter.default)
    return record


class _OrDefault(Made):
    """A check that reads null as the default of a parameter."""

    def __init__(self, inner: Check, default: object) -> None:
        super().__init__(inner, lambda made: made)
        self.default = default

    def read(self, value: object, reading: Reading) -> Any:
        return self.default if value is None else self.inner.read(value, reading)

    def schema(self, definitions: Definitions) -> Schema:
        if self.default is not None or isinstance(bare(self.inner), AnyJSON):
            return self.inner.schema(definitions)
        members = self.inner.members if isinstance(self.inner, UnionOf) else [self.inner]
        return UnionOf([*members, Null()]).schema(definitions)


def _allows_null(check: Check) -> bool:
    try:
        check.read(None, REFUSE)
    except ValidationError:
        return False
    return not isinstance(bare(check), AnyJSON)  # accepts null as any other value


def _inner(function: Any) -> Any:
    return function.func if isinstance(function, partial) else function


def _definition(function: Any) -> Any:
    """Return the ``def`` behind a partial, a method or a callable object."""
    function = _inner(function)
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return getattr(function, "__func__", function)
    return type(function).__call__
