"""The names of `models`, at another path that the SDK has for them."""

from __future__ import annotations

from .. import models
from ..lazy_names import stand_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..models import *
else:
    __getattr__ = models.__getattr__

stand_for(models.PATHS, __name__)
