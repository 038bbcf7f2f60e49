"""The SDK's path to `Mistral`."""

from __future__ import annotations

from .client.mistral import Mistral

__all__ = ["Mistral"]
