"""The names of `types`, at another path that the SDK has for them."""

from ..lazy_names import add_aliases
from ..types import *

add_aliases(["basemodel"], __name__)
