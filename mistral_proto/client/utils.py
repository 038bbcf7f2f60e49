"""The names of `utils`, at another path that the SDK has for them."""

from __future__ import annotations

from .. import utils
from ..lazy_names import stand_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..utils import *
else:
    __getattr__ = utils.__getattr__

stand_for(utils.PATHS, __name__)
