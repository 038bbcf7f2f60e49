"""The SDK's other path to `models`."""

from __future__ import annotations

from ..lazy_names import add_aliases
from ..models import PATHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..models import *
else:
    from ..models import __all__ as __all__, __getattr__ as __getattr__

add_aliases(PATHS, __name__)
