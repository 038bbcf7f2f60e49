"""The audio of a spoken answer."""

from __future__ import annotations

from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = ["ChatCompletionAudio"]


@wire_type
class ChatCompletionAudio(OpenWireType):
    """The audio of a spoken answer (OpenAI: `ChatCompletionAudio`).

    `expires_at` is in seconds since 1970.

    >>> ChatCompletionAudio(
    ...     id="audio_1", data="UklGRg==", expires_at=1760000000, transcript="Hello!"
    ... ).transcript
    'Hello!'
    """

    id: str = field(doc="The audio's id, for the next request to refer to.")
    data: str = field(doc="The audio in base64, in the format that was asked for.")
    expires_at: int = field(doc="Until when the id may be referred to, in seconds since 1970.")
    transcript: str = field(doc="What is said.")
