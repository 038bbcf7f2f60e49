"""The SDK's other path to `utils`."""

from __future__ import annotations

from ..lazy_names import add_aliases
from ..utils import PATHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..utils import *
else:
    from ..utils import __all__ as __all__, __getattr__ as __getattr__

add_aliases(PATHS, __name__)
