"""OpenAI's chat completion types, and conversions between them and Mistral's.

Loaded only when used: a user of the client never pays for it.
"""

from __future__ import annotations

from ..lazy_names import home_of_each, load

# As in the package's own `__init__`: a name loads its module when it is first
# used, and the imports for type checkers say the same again.
_HOMES = {
    "..conversions.changes": "Change Converted",
}
_HOME_OF = home_of_each(_HOMES)

__all__ = [*_HOME_OF]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..conversions.changes import Change as Change
    from ..conversions.changes import Converted as Converted


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
