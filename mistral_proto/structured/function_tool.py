"""A function as a tool: its schema from its signature, its calls checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter
from typing import Any, Generic, TypeVar

from ..checks import REFUSE, AnyJSON, AnyPython, Check, Number
from ..errors import ValidationError
from ..fields import field
from ..protocol.tool_calls import Function, FunctionCall, Tool
from ..schema.definitions import Definitions
from ..wire import wire_type
from .annotations import evaluated, parameters_by_name
from .checks import Null, Record, UnionOf, bare, read_document
from .docstrings import parse_docstring
from .walk import CheckFactory

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

    implementation: Callable[..., R] = field(AnyPython(), local=True, doc="What is called.")
    timeout_ms: float | None = field(
        Number(above=0, maximum=10**9),
        default=None,
        local=True,
        doc="How many milliseconds a call in a run may take; None: as long as it takes.",
    )

    def call(self, arguments: str | Mapping[str, object] | None = None, /) -> R:
        """Call the function with a model's arguments: JSON text, or a mapping of JSON values.

        Null stands for the default of a parameter whose type names no null.  What is
        returned is what the function returns; of an ``async`` one, what is to be awaited.
        Whatever it raises comes through.

        Raises:
            ValidationError: the arguments do not fit the signature; nothing was called.
        """
        return self.bind(arguments)()

    def bind(self, arguments: str | Mapping[str, object] | None = None, /) -> Callable[[], R]:
        """Return the call, checked and ready to be made.

        Raises:
            ValidationError: the arguments do not fit the signature.
        """
        name = self.function.name
        if not isinstance(arguments, Mapping):
            arguments = FunctionCall(name=name, arguments=arguments).parse_arguments()
        # Made anew for each call: that is quick beside a model's answer, and nothing is
        # kept that would keep the function, or what it is a method of, alive.
        record = arguments_of(self.implementation, {})
        arguments = {
            key: value
            for key, value in arguments.items()
            if not (value is None and _has_default_alone(record, key))
        }
        try:
            values = read_document(record, arguments)
        except ValidationError as error:
            raise error.under("arguments", f"the call of {name}") from None
        return partial(self.implementation, **values)

    def __hash__(self) -> int:
        # What is called may have no hash, as the schema has none.
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
    written = _written(function)
    if name is None:
        inner = _inner(function)
        name = str(getattr(inner, "__name__", type(inner).__name__))
        if not name.isidentifier():
            raise TypeError(f"a function called {name} needs another name: name=...")
    # Of an object that is called, its class may say what it does.
    docstring = written.__doc__ or inspect.getdoc(_inner(function))
    summary, descriptions = parse_docstring(docstring)
    text = summary if description is None else description
    said = {"description": text} if text else {}
    record = arguments_of(function, descriptions)
    parameters = Definitions().whole(record, record.name, record.definition)
    return FunctionTool(
        function=Function(name=name, **said, parameters=parameters, strict=strict),
        implementation=function,
        timeout_ms=timeout_ms,
    )


def is_async(function: Callable[..., object]) -> bool:
    """Return whether calling it gives what is to be awaited, or an async generator."""
    written = inspect.unwrap(_written(function))
    return inspect.iscoroutinefunction(written) or inspect.isasyncgenfunction(written)


def arguments_of(function: Callable[..., Any], descriptions: Mapping[str, str]) -> Record:
    """Return the check of a function's arguments, which are read as a dict.

    What a `functools.partial` has set is not asked for.

    Raises:
        TypeError: a parameter can't be given by its name, or has a type that JSON
            can't stand for; the message tells which.
    """
    written = _written(function)
    record = Record(getattr(written, "__name__", "the function"), dict)
    walk = CheckFactory(record.name)
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
            if name in ("self", "cls") and parameter.annotation is Parameter.empty:
                walk.refuse("no model can give it: take the method of an object")
            annotation: Any = object  # where none is written
            if parameter.annotation is not Parameter.empty:
                where = (_annotation, inspect.unwrap(written))
                annotation = walk.resolved(parameter.annotation, *where)
            check = walk.of(annotation)
            if parameter.default is None and not _takes_null(check):
                members = check.members if isinstance(check, UnionOf) else [check]
                check = UnionOf([*members, Null()])
            notes = {"description": descriptions.get(name)}
            walk.add(record, name, check, notes, parameter.default)
    return record


def _has_default_alone(record: Record, name: Any) -> bool:
    """Return whether it is a parameter that has a default, and a type that names no null."""
    if name in record.required or name not in record.members:
        return False
    check = record.members[name]
    return isinstance(bare(check), AnyJSON) or not _takes_null(check)


def _takes_null(check: Check) -> bool:
    try:
        check.read(None, REFUSE)
    except ValidationError:
        return False
    return True


def _annotation(annotation: Any, function: Any) -> Any:
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
    """Return what is inside a `functools.partial`; else the function itself."""
    return function.func if isinstance(function, partial) else function


def _written(function: Any) -> Any:
    """Return what somebody wrote with ``def``: of a partial, a method, or an object that is called."""
    function = _inner(function)
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return getattr(function, "__func__", function)
    return type(function).__call__
