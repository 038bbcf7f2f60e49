"""OpenAI's types of a streamed answer; `Choice` is here a stream's, as in OpenAI's package."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import OneOf
from ..fields import field
from ..wire import OpenWireType, wire_type
from .chat_completion import (
    CREATED,
    FINGERPRINT,
    FINISH_REASON,
    REASONING,
    SERVICE_TIER,
    STOPPED,
    ChoiceLogprobs as ChoiceLogprobs,
    CompletionUsage,
    Moderation as Moderation,
)

__all__ = [
    "ChatCompletionChunk", "ChoiceDelta", "ChoiceDeltaAudio", "ChoiceDeltaFunctionCall",
    "ChoiceDeltaToolCall", "ChoiceDeltaToolCallFunction",
]  # fmt: skip


@wire_type
class ChoiceDeltaAudio(OpenWireType):
    """A piece of a spoken answer (OpenAI: same name)."""

    id: str | None = None
    data: str | None = field(default=None, doc="The next piece of the audio, in base64.")
    expires_at: int | None = field(default=None, doc="In seconds since 1970; comes last.")
    transcript: str | None = field(default=None, doc="The next piece of the text.")


@wire_type
class _FunctionPiece(OpenWireType):
    arguments: str | None = field(default=None, doc="The next piece of the JSON text.")
    name: str | None = None


@wire_type
class ChoiceDeltaFunctionCall(_FunctionPiece):
    """A piece of a function call, the predecessor of `tool_calls` (OpenAI: same name)."""


@wire_type
class ChoiceDeltaToolCallFunction(_FunctionPiece):
    """A piece of the function of a call (OpenAI: same name)."""


@wire_type
class ChoiceDeltaToolCall(OpenWireType):
    """A piece of a tool call (OpenAI: same name).

    Only the first piece of a call has its `id`, `type` and name.
    """

    index: int = field(absent=0, required=True, doc="The place of the call in the message.")
    id: str | None = None
    function: ChoiceDeltaToolCallFunction | None = field(default=None, vital=True)
    type: str | None = field(OneOf("function"), default=None)


@wire_type
class ChoiceDelta(OpenWireType):
    """A piece of a message (OpenAI: same name).

    `reasoning_content` and `reasoning` are fields of other servers.

    >>> ChoiceDelta(role="assistant", content="Hel").content
    'Hel'
    """

    audio: ChoiceDeltaAudio | None = None
    content: str | None = field(default=None, vital=True, doc="The next piece of the answer.")
    function_call: ChoiceDeltaFunctionCall | None = field(default=None, doc="Deprecated.")
    refusal: str | None = field(default=None, doc="The next piece of a refusal.")
    role: str | None = field(
        OneOf("developer", "system", "user", "assistant", "tool"), default=None
    )
    tool_calls: Sequence[ChoiceDeltaToolCall] | None = field(default=None, vital=True)
    reasoning_content: str | None = field(default=None, doc=REASONING)
    reasoning: str | None = field(default=None, doc=REASONING)


@wire_type
class Choice(OpenWireType):
    """A piece of one answer (OpenAI: `chat_completion_chunk.Choice`)."""

    delta: ChoiceDelta = field(absent=ChoiceDelta, required=True, vital=True)
    index: int = field(absent=0, required=True)
    finish_reason: str | None = field(FINISH_REASON, default=None, doc=STOPPED)
    logprobs: ChoiceLogprobs | None = None


@wire_type
class ChatCompletionChunk(OpenWireType):
    """A piece of a streamed answer (OpenAI: same name).

    >>> piece = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    >>> ChatCompletionChunk.from_dict(piece).choices[0].delta.content
    'Hel'
    """

    id: str = field(absent="", required=True)
    choices: Sequence[Choice] = field(
        absent=list, required=True, vital=True, doc="None beside usage."
    )
    created: int = field(absent=0, required=True, doc=CREATED)
    model: str = field(absent="", required=True)
    object: str = field(
        OneOf("chat.completion.chunk"), default="chat.completion.chunk", absent="", required=True
    )
    moderation: Moderation | None = None
    obfuscation: str | None = field(default=None, doc="Padding that hides the size of a piece.")
    service_tier: str | None = field(SERVICE_TIER, default=None)
    system_fingerprint: str | None = field(default=None, doc=FINGERPRINT)
    usage: CompletionUsage | None = None
