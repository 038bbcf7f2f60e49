"""Resolution of annotations: names are looked up, type variables are replaced."""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Mapping
from dataclasses import InitVar
from typing import Any, TypeAlias

Variables: TypeAlias = Mapping[Any, Any]
"""Type variables and the types that replace them."""


def type_name(tp: Any) -> str:
    """Return the name of a type without its modules.

    >>> type_name(dict[str, list[int]])
    'dict[str, list[int]]'
    """
    if typing.get_origin(tp) is typing.Annotated:
        return type_name(typing.get_args(tp)[0])
    if not typing.get_args(tp) and hasattr(tp, "__name__"):
        return str(tp.__name__)
    return re.sub(r"[\w<>]+\.", "", str(tp))


def resolve(annotation: Any, owner: Any, variables: Variables = {}) -> Any:
    """Return the type of an annotation of a class, a function or an alias.

    Raises:
        NameError: a name is not known there; evaluating an annotation may raise any other
            exception, too.
    """
    module = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    names = {**getattr(owner, "__globals__", module), owner.__name__: owner}
    names.update({one.__name__: one for one in getattr(owner, "__type_params__", ())})
    code = getattr(owner, "__code__", None)
    for name, cell in zip(code.co_freevars, owner.__closure__ or ()) if code else ():
        try:
            names[name] = cell.cell_contents
        except ValueError:  # not set yet
            continue
    # The names in a class come last: a field's default stands there under the field's name, which
    # may also be the name of a type: `date: date | None = None`.
    inner = {**getattr(owner, "__dict__", {})}
    if isinstance(annotation, str):
        annotation = eval(compile(annotation, "<annotation>", "eval"), inner, names)
    if isinstance(annotation, InitVar):
        annotation = annotation.type

    def holder() -> None: ...

    holder.__annotations__ = {"it": annotation}
    return _replaced(
        typing.get_type_hints(holder, inner, names, include_extras=True)["it"], variables
    )


def _replaced(tp: Any, variables: Variables) -> Any:
    if isinstance(tp, typing.TypeVar):
        return variables.get(tp, tp)
    if typing.get_origin(tp) is None or not getattr(tp, "__parameters__", ()):
        return tp
    return tp[tuple(_replaced(one, variables) for one in tp.__parameters__)]


def variables_of(tp: Any) -> dict[type, Variables]:
    """Return the types of the type variables of a class, as in ``Page[Book]``, and of its bases."""
    cls = typing.get_origin(tp) or tp
    variables: Variables = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(tp)))
    found: dict[type, Variables] = {cls: variables}
    for base in vars(cls).get("__orig_bases__", cls.__bases__):
        origin = typing.get_origin(base) or base  # TypedDict, as a base, is a function
        if isinstance(origin, type) and origin is not typing.Generic:
            found.update(variables_of(_replaced(base, variables)))
    return found
