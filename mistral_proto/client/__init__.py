"""The client: `Mistral`, and its `chat`; with the paths that the SDK has below it."""

from __future__ import annotations

from ..lazy_names import load, stand_for

_HOME_OF = {"Mistral": ".mistral", "models": "."}

__all__ = ["Mistral", "models"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import models as models
    from .mistral import Mistral as Mistral


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name):
        return load(name, globals(), _HOME_OF)


stand_for(["sdk"], __name__)
