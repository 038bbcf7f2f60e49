# Just what the tests use, for machines without the package.
from typing import Any

EnumBuilder: Any
ModelSettingsBuilder: Any
