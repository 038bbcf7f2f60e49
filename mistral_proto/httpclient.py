"""The SDK's path to the types of httpx's clients."""

from __future__ import annotations

from .transport.httpx_clients import AsyncHttpClient, HttpClient

__all__ = ["AsyncHttpClient", "HttpClient"]
