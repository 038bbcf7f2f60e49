"""What breaks HTTP, as exceptions of `http.client`: a kind of ours, and those of its own.

That module takes 20 ms to import, so this one is not loaded before one of them
is raised.
"""

from __future__ import annotations

from http.client import (
    BadStatusLine as BadStatusLine,
    HTTPException,
    IncompleteRead as IncompleteRead,
    RemoteDisconnected as RemoteDisconnected,
)

__all__ = ["BadStatusLine", "IncompleteRead", "ProtocolError", "RemoteDisconnected"]


class ProtocolError(HTTPException):
    """What came breaks HTTP; the text is ours, not the server's."""

    has_no_foreign_words = True
