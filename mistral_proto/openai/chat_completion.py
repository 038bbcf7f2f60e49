"""The whole answer to a chat completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..checks import OneOf
from ..fields import field
from ..wire import OpenWireType, wire_type
from .chat_completion_message import ChatCompletionMessage
from .chat_completion_token_logprob import ChoiceLogprobs
from .checks import finish_reason, service_tier
from .completion_usage import CompletionUsage
from .moderation import Moderation

__all__ = ["ChatCompletion", "Choice", "ChoiceLogprobs", "Moderation"]


@wire_type
class Choice(OpenWireType):
    """One answer among those of a completion (OpenAI: `Choice`).

    Where a server left out `message` or `finish_reason`, it is an empty one.

    >>> Choice(finish_reason="stop", index=0, message={"content": "Hello!"}).message.content
    'Hello!'
    """

    finish_reason: str = field(
        finish_reason, absent="", required=True, doc="Why the model stopped."
    )
    index: int = field(absent=0, required=True)
    logprobs: ChoiceLogprobs | None = None
    message: ChatCompletionMessage = field(absent=ChatCompletionMessage, required=True, vital=True)


@wire_type
class ChatCompletion(OpenWireType):
    """The whole answer to a request (OpenAI: `ChatCompletion`).

    `created` is in seconds since 1970.  Of a document that comes without `id`,
    `created` or `object` they are empty and 0.

    >>> completion = ChatCompletion.from_json('''{
    ...     "id": "chatcmpl-1", "object": "chat.completion", "created": 1760000000,
    ...     "model": "gpt-5", "choices": [{
    ...         "index": 0, "finish_reason": "stop",
    ...         "message": {"role": "assistant", "content": "Hello!"}
    ...     }]
    ... }''')
    >>> completion.choices[0].message.content
    'Hello!'
    """

    id: str = field(absent="", required=True)
    choices: Sequence[Choice] = field(
        absent=list,
        required=True,
        vital=True,
        doc="The answers: one, or as many as the request's n.",
    )
    created: int = field(absent=0, required=True, doc="When it was made, in seconds since 1970.")
    model: str = field(absent="", required=True)
    object: str = field(
        OneOf("chat.completion"), default="chat.completion", absent="", required=True
    )
    metadata: Mapping[str, str] | None = field(
        default=None, doc="What the request gave as its metadata."
    )
    moderation: Moderation | None = None
    service_tier: str | None = field(
        service_tier, default=None, doc="How the request was processed."
    )
    system_fingerprint: str | None = field(
        default=None,
        doc="Names the server's configuration: another one may answer the same seed differently.",
    )
    usage: CompletionUsage | None = None
