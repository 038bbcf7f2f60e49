"""The name of the SDK's client for Google Cloud, where this package is in the SDK's place."""

from __future__ import annotations

import sys

from .azure import MistralAzure
from .client import models
from .lazy_names import add_aliases

__all__ = ["MistralGCP", "models"]


class MistralGCP(MistralAzure):
    """A client that is not here, either (SDK: same name)."""


add_aliases(["client"], __name__)
sys.modules[f"{__name__}.client.models"] = models
