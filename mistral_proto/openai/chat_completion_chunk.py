"""The pieces of a streamed answer to a chat completion.

As in OpenAI's package, `Choice` is here that of a stream; that of a whole answer
is in `chat_completion`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import OneOf
from ..fields import field
from ..wire import OpenWireType, wire_type
from .chat_completion_message import REASONING, REASONING_CONTENT
from .chat_completion_token_logprob import ChoiceLogprobs
from .checks import finish_reason, service_tier
from .completion_usage import CompletionUsage
from .moderation import Moderation

__all__ = [
    "ChatCompletionChunk",
    "Choice",
    "ChoiceDelta",
    "ChoiceDeltaAudio",
    "ChoiceDeltaFunctionCall",
    "ChoiceDeltaToolCall",
    "ChoiceDeltaToolCallFunction",
    "ChoiceLogprobs",
    "Moderation",
]

_ARGUMENTS = "The next piece of the arguments' JSON text."


@wire_type
class ChoiceDeltaAudio(OpenWireType):
    """A piece of a spoken answer (OpenAI: `ChoiceDeltaAudio`).

    `expires_at` is in seconds since 1970, and comes last, by itself.

    >>> ChoiceDeltaAudio(id="audio_1", transcript="Hel").transcript
    'Hel'
    """

    id: str | None = None
    data: str | None = field(default=None, doc="The next piece of the audio, in base64.")
    expires_at: int | None = field(
        default=None, doc="Until when the id may be referred to, in seconds since 1970."
    )
    transcript: str | None = field(default=None, doc="The next piece of what is said.")


@wire_type
class ChoiceDeltaFunctionCall(OpenWireType):
    """A piece of a call, as streams had it before `tool_calls` (OpenAI: same name).

    >>> ChoiceDeltaFunctionCall(arguments='{"ci').arguments
    '{"ci'
    """

    arguments: str | None = field(default=None, doc=_ARGUMENTS)
    name: str | None = None


@wire_type
class ChoiceDeltaToolCallFunction(OpenWireType):
    """A piece of the function that is called (OpenAI: `ChoiceDeltaToolCallFunction`).

    >>> ChoiceDeltaToolCallFunction(arguments="", name="get_weather").name
    'get_weather'
    """

    arguments: str | None = field(default=None, doc=_ARGUMENTS)
    name: str | None = None


@wire_type
class ChoiceDeltaToolCall(OpenWireType):
    """A piece of a call (OpenAI: `ChoiceDeltaToolCall`).

    `index` tells which of the message's calls it belongs to.  The first piece of
    a call has its `id`, `type` and name as well, those that follow do not.

    >>> ChoiceDeltaToolCall(index=0, function={"arguments": '{"ci'}).function.arguments
    '{"ci'
    """

    index: int = field(
        absent=0, required=True, doc="The place of the call among those of the message."
    )
    id: str | None = None
    function: ChoiceDeltaToolCallFunction | None = field(default=None, vital=True)
    type: str | None = field(OneOf("function"), default=None)


@wire_type
class ChoiceDelta(OpenWireType):
    """A piece of a message (OpenAI: `ChoiceDelta`).

    `reasoning_content` and `reasoning` are not OpenAI's own: servers that speak
    its format add one or the other for what a reasoning model thinks.

    >>> ChoiceDelta(role="assistant", content="Hel").content
    'Hel'
    >>> ChoiceDelta(reasoning_content="2 and 2 …").reasoning_content
    '2 and 2 …'
    """

    audio: ChoiceDeltaAudio | None = None
    content: str | None = field(default=None, vital=True, doc="The next piece of the answer.")
    function_call: ChoiceDeltaFunctionCall | None = field(
        default=None, doc="Deprecated: tool_calls took its place."
    )
    refusal: str | None = field(
        default=None, doc="The next piece of why the model does not answer, in its words."
    )
    role: str | None = field(
        OneOf("developer", "system", "user", "assistant", "tool"), default=None
    )
    tool_calls: Sequence[ChoiceDeltaToolCall] | None = field(default=None, vital=True)
    reasoning_content: str | None = field(default=None, doc=REASONING_CONTENT)
    reasoning: str | None = field(default=None, doc=REASONING)


@wire_type
class Choice(OpenWireType):
    """A piece of one answer (OpenAI: `chat_completion_chunk.Choice`).

    Where a server left out `delta`, it is an empty one.

    >>> Choice(delta=ChoiceDelta(content="Hel"), index=0).delta.content
    'Hel'
    """

    delta: ChoiceDelta = field(absent=ChoiceDelta, required=True, vital=True)
    index: int = field(absent=0, required=True)
    finish_reason: str | None = field(
        finish_reason, default=None, doc="Why the model stopped, in the last piece."
    )
    logprobs: ChoiceLogprobs | None = None


@wire_type
class ChatCompletionChunk(OpenWireType):
    """A piece of a streamed answer (OpenAI: `ChatCompletionChunk`).

    `id` and `created`, in seconds since 1970, are the same in all pieces of a
    stream.  Of a document that comes without them they are empty and 0.

    >>> chunk = ChatCompletionChunk.from_dict({
    ...     "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1760000000,
    ...     "model": "gpt-5", "choices": [{"index": 0, "delta": {"content": "Hel"}}],
    ... })
    >>> chunk.choices[0].delta.content
    'Hel'
    """

    id: str = field(absent="", required=True)
    choices: Sequence[Choice] = field(
        absent=list, required=True, vital=True, doc="Empty in the piece that has the usage."
    )
    created: int = field(
        absent=0, required=True, doc="When the answer was made, in seconds since 1970."
    )
    model: str = field(absent="", required=True)
    object: str = field(
        OneOf("chat.completion.chunk"), default="chat.completion.chunk", absent="", required=True
    )
    moderation: Moderation | None = None
    obfuscation: str | None = field(
        default=None, doc="Noise, so that the size of a piece does not tell what is in it."
    )
    service_tier: str | None = field(
        service_tier, default=None, doc="How the request is processed."
    )
    system_fingerprint: str | None = field(
        default=None,
        doc="Names the server's configuration: another one may answer the same seed differently.",
    )
    usage: CompletionUsage | None = None
