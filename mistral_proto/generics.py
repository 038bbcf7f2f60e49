"""`Generic` and `TypeVar` for type checkers, without `typing` at run time.

`typing` is dear to import, and only a type checker needs the parameter.
"""

from __future__ import annotations

__all__ = ["Generic", "TypeVar"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic as Generic, TypeVar as TypeVar
else:

    class Generic:
        """The base of a class with a parameter; with any argument it is the class itself."""

        __slots__ = ()

        def __class_getitem__(cls, argument):
            return cls

    def TypeVar(name, **_):
        return name
