# Just what the tests use, for machines without the package.
from typing import Any

Draft7Validator: Any
ValidationMode: Any
get_validator: Any
