"""The SDK's path to `Chat`."""

from __future__ import annotations

from .client.chat import Chat

__all__ = ["Chat"]
