"""The SDK's other path to `types`."""

from ..lazy_names import add_aliases
from ..types import *

add_aliases(["basemodel"], __name__)
