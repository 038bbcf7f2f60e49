"""The answer to a chat completion, whole or streamed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..checks import StringEnum, TaggedUnion
from ..fields import field
from ..wire import OpenWireType, wire_type
from .messages import AssistantMessage, DeltaMessage

__all__ = [
    "ChatCompletionChoice",
    "ChatCompletionChoiceFinishReason",
    "ChatCompletionResponse",
    "ChatCompletionResponseChoice",
    "ChatCompletionResponseChoiceLogprobs",
    "ChatCompletionResponseStreamChoice",
    "ChatCompletionResponseTokenLogprobs",
    "ChatCompletionResponseTokenLogprobsTopK",
    "ChatCompletionStreamResponse",
    "ChatCompletionTokenLogprobs",
    "CompletionChunk",
    "CompletionEvent",
    "CompletionResponseStreamChoice",
    "CompletionResponseStreamChoiceFinishReason",
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
        default=None, nullable=False, doc="How many of the prompt's tokens came from the cache."
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

    prompt_tokens: int = field(default=0, absent=0, required=True)
    completion_tokens: int = field(default=0, absent=0, required=True)
    total_tokens: int = field(default=0, absent=0, required=True)
    prompt_audio_seconds: int | None = field(default=None, doc="How long the prompt's audio is.")
    prompt_tokens_details: PromptTokensDetails | None = field(default=None, nullable=False)
    num_cached_tokens: int | None = field(
        default=None, nullable=False, doc="The API's older field for cached tokens."
    )
    service_tier: str | None = field(default=None, doc="The tier that served the request.")

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

    token: str
    logprob: float = field(doc="The natural logarithm of its probability.")
    bytes: Sequence[int] | None = field(
        default=None, nullable=False, doc="The token in UTF-8, byte by byte."
    )
    token_id: int | None = field(default=None, nullable=False)


@wire_type
class ChatCompletionTokenLogprobs(TopLogprob):
    """A token of the answer, with those that were nearly chosen (mistral_common, SDK).

    >>> ChatCompletionTokenLogprobs(token="hello", logprob=-0.5, bytes=[104, 101]).bytes
    [104, 101]
    """

    top_logprobs: Sequence[TopLogprob] | None = field(
        default=None, nullable=False, doc="The likeliest tokens at this place."
    )


@wire_type
class ChatCompletionResponseChoiceLogprobs(OpenWireType):
    """The log probabilities of an answer's tokens (mistral_common, SDK).

    >>> token = ChatCompletionTokenLogprobs(token="hi", logprob=-0.5, bytes=[104, 105])
    >>> ChatCompletionResponseChoiceLogprobs(content=[token]).content[0].logprob
    -0.5
    """

    content: Sequence[ChatCompletionTokenLogprobs] = field(absent=list, required=True)


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

    index: int = field(absent=0, required=True)
    # A message of another role, as mistral_common's servers build it, is a `DeltaMessage`.
    message: AssistantMessage = field(
        TaggedUnion("role", AssistantMessage, unknown=DeltaMessage, untagged=AssistantMessage),
        absent=AssistantMessage,
        vital=True,
    )
    messages: Sequence[DeltaMessage] | None = field(
        default=None, nullable=False, vital=True, doc="Stands in place of `message`."
    )
    finish_reason: FinishReason | str | None = field(
        default=None, nullable=False, doc="Why the model stopped."
    )
    logprobs: ChatCompletionResponseChoiceLogprobs | None = None
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = None


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

    id: str = field(default_factory=_new_id, absent="", required=True)
    object: str = field(default="chat.completion", absent="", required=True)
    created: int = field(
        default_factory=_now,
        absent=0,
        required=True,
        doc="When it was made, in seconds since 1970.",
    )
    model: str = field(absent="", required=True)
    choices: Sequence[ChatCompletionResponseChoice] = field(absent=list, required=True, vital=True)
    usage: UsageInfo | None = field(default=None, required=True, nullable=False)

    @property
    def text(self) -> str:
        """The text of the first choice; empty where there is none."""
        return self.choices[0].message.text if self.choices else ""


@wire_type
class ChatCompletionResponseStreamChoice(OpenWireType):
    """A piece of one answer (API document: `CompletionResponseStreamChoice`).

    >>> ChatCompletionResponseStreamChoice(
    ...     index=0, delta=DeltaMessage(role="assistant", content="Hel")
    ... ).delta.content
    'Hel'
    """

    index: int = field(absent=0, required=True)
    delta: DeltaMessage = field(absent=DeltaMessage, required=True, vital=True)
    finish_reason: FinishReason | str | None = field(
        default=None, doc="Why the model stopped, at the end."
    )
    logprobs: ChatCompletionResponseChoiceLogprobs | None = None
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = None


@wire_type
class ChatCompletionStreamResponse(OpenWireType):
    """A piece of a streamed answer (API document: `CompletionChunk`).

    >>> ChatCompletionStreamResponse(
    ...     model="mistral-small-latest",
    ...     choices=[{"index": 0, "delta": {"content": "Hel"}}],
    ... ).object
    'chat.completion.chunk'
    """

    id: str = field(default_factory=_new_id, absent="", required=True)
    object: str = field(default="chat.completion.chunk", absent="")
    created: int = field(
        default_factory=_now, absent=0, doc="When it was made, in seconds since 1970."
    )
    model: str = field(absent="", required=True)
    choices: Sequence[ChatCompletionResponseStreamChoice] = field(
        absent=list, required=True, vital=True
    )
    usage: UsageInfo | None = field(default=None, nullable=False)

    @property
    def text(self) -> str:
        """The text for the first of its choices; empty where there is none."""
        return self.choices[0].delta.text if self.choices else ""


@wire_type
class CompletionEvent(OpenWireType):
    """One event of a stream, with its piece of the answer (API document: `CompletionEvent`).

    >>> piece = {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    >>> event = CompletionEvent.from_dict({"data": piece})
    >>> event.data.model, event.text
    ('m', 'Hel')
    """

    data: ChatCompletionStreamResponse

    @property
    def text(self) -> str:
        """The text for the first of its choices; empty where there is none."""
        return self.data.text


# Names that the SDK has for these.
ChatCompletionChoice = ChatCompletionResponseChoice
ChatCompletionChoiceFinishReason = FinishReason
ChatCompletionResponseTokenLogprobs = ChatCompletionTokenLogprobs
ChatCompletionResponseTokenLogprobsTopK = TopLogprob
CompletionChunk = ChatCompletionStreamResponse
CompletionResponseStreamChoice = ChatCompletionResponseStreamChoice
CompletionResponseStreamChoiceFinishReason = FinishReason
