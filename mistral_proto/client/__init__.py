"""The client `Mistral`, and the import paths that the SDK has below it."""

from __future__ import annotations

from ..lazy_names import add_aliases, load, modules_of_names

_HOMES = {
    ".": "errors models types utils",
    ".mistral": "Mistral",
    "..types": "OptionalNullable UNSET",
}
_HOME_OF = modules_of_names(_HOMES)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import UNSET as UNSET, OptionalNullable as OptionalNullable
    from . import errors as errors, models as models, types as types, utils as utils
    from .mistral import Mistral as Mistral


else:  # hidden from type checkers, which would accept any name
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


add_aliases(["sdk"], __name__)
