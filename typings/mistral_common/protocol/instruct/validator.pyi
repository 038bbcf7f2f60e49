# Just what the tests use, for machines without the package.
from typing import Any

ValidationMode: Any
get_validator: Any
