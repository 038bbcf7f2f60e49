"""The names of `types`, at another path that the SDK has for them."""

from ..lazy_names import stand_for
from ..types import *

stand_for(["basemodel"], __name__)
