"""The checks that whole answers and streamed ones have in common."""

from __future__ import annotations

from ..checks import OneOf

__all__ = ["finish_reason", "service_tier"]

finish_reason = OneOf("stop", "length", "tool_calls", "content_filter", "function_call")
service_tier = OneOf("auto", "default", "flex", "scale", "priority", "fast")
