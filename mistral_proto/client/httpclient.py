"""The SDK's other path to `httpclient`."""

from __future__ import annotations

from ..transport.httpx_clients import AsyncHttpClient, HttpClient

__all__ = ["AsyncHttpClient", "HttpClient"]
