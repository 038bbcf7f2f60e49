"""`Chat`, where the SDK has it."""

from __future__ import annotations

from .client.chat import Chat

__all__ = ["Chat"]
