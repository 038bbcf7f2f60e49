"""Annotations made whole: names looked up, type variables replaced by what they stand for."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import InitVar
from typing import Any, TypeAlias

Variables: TypeAlias = Mapping[Any, Any]
"""The type that each type variable stands for."""

__all__ = ["annotation_of_class", "bindings", "evaluated", "parameters_by_name", "short"]


def short(tp: Any) -> str:
    """Return a type as one writes it, without its modules.

    >>> short(dict[str, list[int]])
    'dict[str, list[int]]'
    """
    arguments = typing.get_args(tp)
    if typing.get_origin(tp) in (typing.Union, types.UnionType):
        return " | ".join(short(one) for one in arguments)
    if typing.get_origin(tp) is typing.Annotated:
        return short(arguments[0])
    if arguments and hasattr(tp, "__origin__"):
        origin = getattr(tp, "_name", None) or short(tp.__origin__)
        return f"{origin}[{', '.join(short(one) for one in arguments)}]"
    if tp is type(None):
        return "None"
    if isinstance(tp, type) or hasattr(tp, "__supertype__") or hasattr(tp, "__value__"):
        return str(tp.__name__)
    return str(tp).removeprefix("typing.")


def annotation_of_class(annotation: Any, cls: Any, variables: Variables) -> Any:
    """Return what an annotation in the body of a class, or of an alias, means.

    Raises:
        NameError: it names what can't be found from the module or the class; and
            whatever else evaluating it raises.
    """
    module = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    # The class comes last, as a field's default is there under the field's name, which may be
    # that of a type: `date: date | None = None`.
    names = {**module, cls.__name__: cls, **parameters_by_name(cls)}
    return _substituted(evaluated(annotation, {**getattr(cls, "__dict__", {})}, names), variables)


def parameters_by_name(thing: Any) -> dict[str, Any]:
    """Return the type parameters, as in ``class Page[T]``, of a class, a function or an alias."""
    return {one.__name__: one for one in getattr(thing, "__type_params__", ())}


def evaluated(annotation: Any, around: dict[str, Any], names: dict[str, Any]) -> Any:
    """Return an annotation with all the names in it looked up; raise what that raises."""
    if isinstance(annotation, str):
        # As `typing` does it; compiled, as for `exec` in `wire`.
        annotation = eval(compile(annotation, "<annotation>", "eval"), around, names)
    if isinstance(annotation, InitVar):
        annotation = annotation.type

    def holder() -> None: ...

    holder.__annotations__ = {"it": annotation}
    return typing.get_type_hints(holder, around, names, include_extras=True)["it"]


def _substituted(tp: Any, variables: Variables) -> Any:
    """Return a type with its type variables replaced by what they stand for."""
    if isinstance(tp, typing.TypeVar):
        return variables.get(tp, tp)
    if typing.get_origin(tp) is None or not getattr(tp, "__parameters__", ()):
        return tp
    return tp[tuple(_substituted(one, variables) for one in tp.__parameters__)]


def bindings(tp: Any) -> dict[type, Variables]:
    """Return what the type variables of a class, and of each of its bases, stand for.

    `tp` is the class, or the class with arguments: ``Page[Book]``.
    """
    cls = typing.get_origin(tp) or tp
    variables: Variables = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(tp)))
    found: dict[type, Variables] = {cls: variables}
    for base in vars(cls).get("__orig_bases__", cls.__bases__):
        # Generic[T] declares variables, and TypedDict, as a base, is a function.
        home = typing.get_origin(base) or base
        if isinstance(home, type) and home is not typing.Generic:
            found.update(bindings(_substituted(base, variables)))
    return found
