"""The transports that docs/transports.md shows."""

from __future__ import annotations

from typing import Any

from tests.package.pages import files


def classes() -> dict[str, type[Any]]:
    """Return each class of a transport, by its name."""
    names: dict[str, Any] = {}
    for name in ("urllib3_transport.py", "aiohttp_transport.py"):
        exec(compile(files()[name], name, "exec"), names)
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, type) and name.endswith("Transport")
    }
