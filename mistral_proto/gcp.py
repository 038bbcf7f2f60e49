"""The SDK's client for Google Cloud, as `azure` has the one for Azure."""

from __future__ import annotations

import sys

from .azure import MistralAzure
from .client import models
from .lazy_names import add_aliases

__all__ = ["MistralGCP", "models"]


class MistralGCP(MistralAzure):
    """A client that raises when it is made (SDK: same name)."""


add_aliases(["client"], __name__)
sys.modules[f"{__name__}.client.models"] = models
