"""The answer to a chat completion, whole or streamed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..checks import (
    Absent,
    AbsentInteger,
    AbsentList,
    AbsentString,
    Integer,
    ListOf,
    Number,
    ObjectOf,
    OneOf,
    String,
    StringEnum,
    TaggedUnion,
)
from ..fields import field
from ..wire import OpenWireType, wire_type
from .messages import AssistantMessage, DeltaMessage

__all__ = [
    "ChatCompletionResponse",
    "ChatCompletionResponseChoice",
    "ChatCompletionResponseChoiceLogprobs",
    "ChatCompletionResponseStreamChoice",
    "ChatCompletionStreamResponse",
    "ChatCompletionTokenLogprobs",
    "CompletionEvent",
    "FinishReason",
    "PromptTokensDetails",
    "TopLogprob",
    "UsageInfo",
]


class FinishReason(StringEnum):
    """Why the model stopped.

    A reason that is not known here stays a plain string.  `tool_call` is
    mistral_common's name of `tool_calls`.

    >>> FinishReason.tool_call is FinishReason.tool_calls
    True
    """

    stop = "stop"
    length = "length"
    model_length = "model_length"
    error = "error"
    tool_calls = "tool_calls"
    tool_call = "tool_calls"


@wire_type
class PromptTokensDetails(OpenWireType):
    """How the prompt's tokens were counted, as the API sends it since 2026.

    >>> PromptTokensDetails(cached_tokens=224).cached_tokens
    224
    """

    cached_tokens: int | None = field(
        Integer(),
        default=None,
        nullable=False,
        doc="How many of the prompt's tokens came from the cache.",
    )


@wire_type
class UsageInfo(OpenWireType):
    """What a request has cost, in tokens (API document: `UsageInfo`).

    `cached_tokens` answers for both fields in which the API counts them.

    >>> UsageInfo(prompt_tokens=10, total_tokens=20, completion_tokens=10).total_tokens
    20
    >>> UsageInfo.from_dict({"prompt_tokens_details": {"cached_tokens": 224}}).cached_tokens
    224
    """

    prompt_tokens: int = field(Integer(), default=0, absent=AbsentInteger(), required=True)
    completion_tokens: int = field(Integer(), default=0, absent=AbsentInteger(), required=True)
    total_tokens: int = field(Integer(), default=0, absent=AbsentInteger(), required=True)
    prompt_audio_seconds: int | None = field(
        Integer(), default=None, doc="How long the prompt's audio is."
    )
    prompt_tokens_details: PromptTokensDetails | None = field(
        ObjectOf(PromptTokensDetails), default=None, nullable=False
    )
    num_cached_tokens: int | None = field(
        Integer(), default=None, nullable=False, doc="The API's older field for cached tokens."
    )
    service_tier: str | None = field(
        String(), default=None, doc="The tier that served the request."
    )

    @property
    def cached_tokens(self) -> int:
        """How many tokens of the prompt came from the cache; 0 where none is told."""
        details = self.prompt_tokens_details
        newer = None if details is None else details.cached_tokens
        return newer if newer is not None else self.num_cached_tokens or 0


@wire_type
class TopLogprob(OpenWireType):
    """A token and the log of its probability.

    >>> TopLogprob(token="hi", logprob=-0.5, bytes=[104, 105]).token
    'hi'
    """

    token: str = field(String())
    logprob: float = field(Number(), doc="The natural logarithm of its probability.")
    bytes: Sequence[int] | None = field(
        ListOf(Integer()), default=None, nullable=False, doc="The token in UTF-8, byte by byte."
    )
    token_id: int | None = field(Integer(), default=None, nullable=False)


@wire_type
class ChatCompletionTokenLogprobs(TopLogprob):
    """A token of the answer, with those that were nearly chosen (mistral_common, SDK).

    >>> ChatCompletionTokenLogprobs(token="hello", logprob=-0.5, bytes=[104, 101]).bytes
    (104, 101)
    """

    top_logprobs: Sequence[TopLogprob] | None = field(
        ListOf(ObjectOf(TopLogprob)),
        default=None,
        nullable=False,
        doc="The likeliest tokens at this place.",
    )


@wire_type
class ChatCompletionResponseChoiceLogprobs(OpenWireType):
    """The log probabilities of an answer's tokens (mistral_common, SDK).

    >>> token = ChatCompletionTokenLogprobs(token="hi", logprob=-0.5, bytes=[104, 105])
    >>> ChatCompletionResponseChoiceLogprobs(content=[token]).content[0].logprob
    -0.5
    """

    content: Sequence[ChatCompletionTokenLogprobs] = field(
        ListOf(ObjectOf(ChatCompletionTokenLogprobs)), absent=AbsentList(), required=True
    )


@wire_type
class _NoMessage(Absent, AssistantMessage):
    """The empty message of a choice that came without one."""


@wire_type
class _NoUsage(Absent, UsageInfo):
    """The zero counts of a response that came without any."""


@wire_type
class ChatCompletionResponseChoice(OpenWireType):
    """One answer among those of a response (API document: `ChatCompletionChoice`).

    From the wire, `message` is an `AssistantMessage`; where a server sent none,
    or sent `messages` in its place, it is an empty one.

    >>> ChatCompletionResponseChoice(
    ...     index=0, message=DeltaMessage(role="user", content="Hello, world!")
    ... ).message.text
    'Hello, world!'
    """

    index: int = field(Integer(), absent=AbsentInteger(), required=True)
    message: AssistantMessage | DeltaMessage = field(
        # A message of any other role is a `DeltaMessage`.
        TaggedUnion("role", AssistantMessage, unknown=DeltaMessage, untagged=AssistantMessage),
        absent=_NoMessage(),
    )
    messages: Sequence[DeltaMessage] | None = field(
        ListOf(ObjectOf(DeltaMessage)),
        default=None,
        nullable=False,
        doc="Stands in place of `message`.",
    )
    finish_reason: FinishReason | str | None = field(
        OneOf(FinishReason), default=None, nullable=False, doc="Why the model stopped."
    )
    logprobs: ChatCompletionResponseChoiceLogprobs | None = field(
        ObjectOf(ChatCompletionResponseChoiceLogprobs), default=None
    )
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = field(
        ObjectOf(ChatCompletionResponseChoiceLogprobs), default=None
    )


def _new_id() -> str:
    return f"chatcmpl-{os.urandom(16).hex()}"


def _now() -> int:
    return int(time.time())


@wire_type
class ChatCompletionResponse(OpenWireType):
    """The whole answer to a request (API document: `ChatCompletionResponse`).

    `created` is in seconds since 1970.  A server that builds one may leave out
    `id` and `created`: they are made as mistral_common makes them.  Of a
    document that comes without them they are empty and 0.

    >>> response = ChatCompletionResponse(
    ...     model="mistral-small-latest",
    ...     choices=[{"index": 0, "message": {"content": "Hi!"}, "finish_reason": "stop"}],
    ...     usage=UsageInfo(prompt_tokens=5, completion_tokens=2, total_tokens=7),
    ... )
    >>> response.choices[0].message
    AssistantMessage(role='assistant', content='Hi!', prefix=False)
    >>> response.id[:9], response.object
    ('chatcmpl-', 'chat.completion')
    """

    id: str = field(String(), default_factory=_new_id, absent=AbsentString(), required=True)
    object: str = field(String(), default="chat.completion", absent=AbsentString(), required=True)
    created: int = field(
        Integer(),
        default_factory=_now,
        absent=AbsentInteger(),
        required=True,
        doc="When it was made, in seconds since 1970.",
    )
    model: str = field(String())
    choices: Sequence[ChatCompletionResponseChoice] = field(
        ListOf(ObjectOf(ChatCompletionResponseChoice))
    )
    usage: UsageInfo = field(ObjectOf(UsageInfo), absent=_NoUsage(), required=True)


@wire_type
class ChatCompletionResponseStreamChoice(OpenWireType):
    """A piece of one answer (API document: `CompletionResponseStreamChoice`).

    >>> ChatCompletionResponseStreamChoice(
    ...     index=0, delta=DeltaMessage(role="assistant", content="Hel")
    ... ).delta.content
    'Hel'
    """

    index: int = field(Integer())
    delta: DeltaMessage = field(ObjectOf(DeltaMessage))
    finish_reason: FinishReason | str | None = field(
        OneOf(FinishReason), default=None, doc="Why the model stopped, at the end."
    )
    logprobs: ChatCompletionResponseChoiceLogprobs | None = field(
        ObjectOf(ChatCompletionResponseChoiceLogprobs), default=None
    )
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = field(
        ObjectOf(ChatCompletionResponseChoiceLogprobs), default=None
    )


@wire_type
class ChatCompletionStreamResponse(OpenWireType):
    """A piece of a streamed answer (API document: `CompletionChunk`).

    >>> ChatCompletionStreamResponse(
    ...     model="mistral-small-latest",
    ...     choices=[{"index": 0, "delta": {"content": "Hel"}}],
    ... ).object
    'chat.completion.chunk'
    """

    id: str = field(String(), default_factory=_new_id, absent=AbsentString(), required=True)
    object: str = field(String(), default="chat.completion.chunk", absent=AbsentString())
    created: int = field(
        Integer(),
        default_factory=_now,
        absent=AbsentInteger(),
        doc="When it was made, in seconds since 1970.",
    )
    model: str = field(String())
    choices: Sequence[ChatCompletionResponseStreamChoice] = field(
        ListOf(ObjectOf(ChatCompletionResponseStreamChoice))
    )
    usage: UsageInfo | None = field(ObjectOf(UsageInfo), default=None, nullable=False)


@wire_type
class CompletionEvent(OpenWireType):
    """One event of a stream, with its piece of the answer (API document: `CompletionEvent`).

    >>> CompletionEvent.from_dict({"data": {"id": "1", "model": "m", "choices": []}}).data.model
    'm'
    """

    data: ChatCompletionStreamResponse = field(ObjectOf(ChatCompletionStreamResponse))
