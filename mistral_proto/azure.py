"""The SDK's client for Azure, which is not part of this package but imported by frameworks."""

from __future__ import annotations

import sys

from .client import models
from .lazy_names import add_aliases

__all__ = ["MistralAzure", "models"]


class MistralAzure:
    """A client that raises when it is made (SDK: same name)."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} is not part of this package: use the SDK's,"
            " or Mistral(server_url=…) for a server that has /v1/chat/completions"
        )


add_aliases(["client"], __name__)
sys.modules[f"{__name__}.client.models"] = models
