"""The client `Mistral`, and the import paths that the SDK has below it."""

from __future__ import annotations

from ..lazy_names import home_of_each, load, stand_for

_HOMES = {
    ".": "errors models types utils",
    ".mistral": "Mistral",
    "..types": "OptionalNullable UNSET",
}
_HOME_OF = home_of_each(_HOMES)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import UNSET as UNSET, OptionalNullable as OptionalNullable
    from . import errors as errors, models as models, types as types, utils as utils
    from .mistral import Mistral as Mistral


else:  # hidden from type checkers, which would accept any name
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


stand_for(["sdk"], __name__)
