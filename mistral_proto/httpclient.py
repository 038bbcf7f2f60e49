"""A client of httpx, where the SDK has its type."""

from __future__ import annotations

from .transport.httpx_clients import AsyncHttpClient, HttpClient

__all__ = ["AsyncHttpClient", "HttpClient"]
