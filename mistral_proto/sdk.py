"""`Mistral`, where the SDK has it."""

from __future__ import annotations

from .client.mistral import Mistral

__all__ = ["Mistral"]
