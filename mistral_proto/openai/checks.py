"""The check of a JSON object with any keys, under the name that OpenAI's types had it."""

from __future__ import annotations

from ..checks import MapOf

__all__ = ["MapOf"]
