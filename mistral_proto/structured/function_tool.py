"""A function as a tool: its schema from its signature, its calls checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import partial
from typing import Any, Generic, TypeVar

from ..errors import ValidationError
from ..fields import field
from ..protocol.tool_calls import Function, FunctionCall, Tool
from ..wire import wire_type
from .annotations import evaluated, parameters_by_name
from .docstrings import parse_docstring
from .kinds import Anything, json_schema
from .records import Record, read_document
from .types import Walk

R = TypeVar("R")

__all__ = ["FunctionTool", "arguments_of", "function_tool", "is_async"]


@wire_type
class FunctionTool(Tool, Generic[R]):
    """A `Tool` with the function that it calls; `Tool.from_function` makes one.

    On the wire it is the `Tool` that it is.  It compares with, and pickles, its
    `implementation` as Python does that with functions.

    >>> def get_weather(city: str, unit: str = "C") -> str:
    ...     '''Tell the weather of a city.'''
    ...     return f"12 °{unit} in {city}"
    >>> tool = FunctionTool.from_function(get_weather)
    >>> tool.function.description
    'Tell the weather of a city.'
    >>> tool.call('{"city": "Paris"}')
    '12 °C in Paris'
    >>> tool.call({"town": "Paris"})
    Traceback (most recent call last):
        ...
    mistral_proto.errors.ValidationError: the call of get_weather has 2 problems:
      arguments.town: expected no such field, got the string 'Paris'
      arguments.city: expected this field, got nothing
    """

    implementation: Callable[..., R] = field(Anything(), local=True, doc="What is called.")

    def call(self, arguments: str | Mapping[str, object] | None = None, /) -> R:
        """Call the function with a model's arguments: JSON text, or a mapping of JSON values.

        What is returned is what the function returns; of an ``async`` one, what
        is to be awaited.  Whatever it raises comes through.

        Raises:
            ValidationError: the arguments do not fit the signature; nothing was called.
        """
        return self.bind(arguments)()

    def bind(self, arguments: str | Mapping[str, object] | None = None, /) -> Callable[[], R]:
        """The call, checked and ready to be made.

        Raises:
            ValidationError: the arguments do not fit the signature.
        """
        name = self.function.name
        if not isinstance(arguments, Mapping):
            arguments = FunctionCall(name=name, arguments=arguments).parse_arguments()
        # Read anew at each call: that is quick beside a model's answer, and nothing is
        # kept that would keep the function, or what it is a method of, alive.
        record = arguments_of(self.implementation, {})
        title = f"the call of {name}"
        try:
            values = read_document(record, arguments, title)
        except ValidationError as error:
            raise error.under("arguments", title) from None
        return partial(self.implementation, **values)

    def __hash__(self) -> int:
        return hash(self.function)  # what is called may have no hash


def function_tool(
    function: Callable[..., R],
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool = True,
) -> FunctionTool[R]:
    """The tool of a function; see `Tool.from_function`."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"expected a function, got {function!r}")
    written = _written(function)
    if name is None:
        inner = _inner(function)
        name = str(getattr(inner, "__name__", type(inner).__name__))
        if not name.isidentifier():
            raise TypeError(f"a function called {name} needs another name: name=...")
    # Of an object that is called, its class may say what it does.
    docstring = written.__doc__ or inspect.getdoc(_inner(function))
    summary, descriptions = parse_docstring(docstring)
    schema = json_schema(arguments_of(function, descriptions))
    return FunctionTool(
        function=Function(
            name=name,
            description=summary if description is None else description,
            parameters=schema,
            strict=strict,
        ),
        implementation=function,
    )


def is_async(function: Callable[..., object]) -> bool:
    """Whether calling it gives what is to be awaited."""
    return inspect.iscoroutinefunction(inspect.unwrap(_written(function)))


def arguments_of(function: Callable[..., Any], descriptions: Mapping[str, str]) -> Record:
    """The kind of a function's arguments, which are read as a dict.

    What a `functools.partial` has set is not asked for.

    Raises:
        TypeError: a parameter can't be given by its name, or has a type that JSON
            can't stand for; the message tells which.
    """
    written = _written(function)
    record = Record(getattr(written, "__name__", "the function"), "", dict)
    walk = Walk(record.name)
    try:
        parameters = inspect.signature(function).parameters
    except ValueError as error:  # of what is written in C
        raise TypeError(str(error)) from None
    for name, parameter in parameters.items():
        if name in getattr(function, "keywords", {}):
            continue
        with walk.at(f".{name}"):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                walk.refuse("a model gives arguments by name, and this one has none to give")
            if name in ("self", "cls") and parameter.annotation is parameter.empty:
                walk.refuse("no model can give it: take the method of an object")
            has_default = parameter.default is not parameter.empty
            annotation: Any = object  # where none is written
            if parameter.annotation is not parameter.empty:
                annotation = walk.resolved(
                    parameter.annotation, lambda one: _annotation(inspect.unwrap(written), one)
                )
            record.members[name] = walk.member(
                name,
                annotation,
                {"description": descriptions.get(name)},
                required=not has_default,
                default=parameter.default if has_default else MISSING,
            )
    return record


def _annotation(function: Any, annotation: Any) -> Any:
    names = parameters_by_name(function)
    # The variables of the functions around it.
    code = getattr(function, "__code__", None)
    for name, cell in zip(code.co_freevars, function.__closure__ or ()) if code else ():
        try:
            names[name] = cell.cell_contents
        except ValueError:  # not yet set
            continue
    return evaluated(annotation, getattr(function, "__globals__", {}), names)


def _inner(function: Any) -> Any:
    """What is inside a `functools.partial`; else the function itself."""
    return function.func if isinstance(function, partial) else function


def _written(function: Any) -> Any:
    """What somebody wrote with ``def``: of a partial, a method, or an object that is called."""
    function = _inner(function)
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return getattr(function, "__func__", function)
    return type(function).__call__
