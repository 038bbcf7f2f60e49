"""The response to a chat completion, whole, streamed, or an error."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from ..checks import StringEnum, TaggedUnion
from ..fields import field
from ..json_text import JSONValue
from ..wire import OpenWireType, wire_type
from .messages import AssistantMessage, DeltaMessage

__all__ = [
    "ChatCompletionChoice", "ChatCompletionChoiceFinishReason", "ChatCompletionResponse",
    "ChatCompletionResponseChoice", "ChatCompletionResponseChoiceLogprobs",
    "ChatCompletionResponseStreamChoice", "ChatCompletionResponseTokenLogprobs",
    "ChatCompletionResponseTokenLogprobsTopK", "ChatCompletionStreamResponse",
    "ChatCompletionTokenLogprobs", "CompletionChunk", "CompletionEvent",
    "CompletionResponseStreamChoice", "CompletionResponseStreamChoiceFinishReason",
    "FinishReason", "HTTPValidationErrorData", "HTTPValidationErrorDetail",
    "PromptTokensDetails", "TopLogprob", "UsageInfo",
]  # fmt: skip


class FinishReason(StringEnum):
    """The reasons why generation stops; an unknown one stays a plain string.

    `tool_call` is mistral_common's name.
    """

    stop = "stop"
    length = "length"
    model_length = "model_length"
    error = "error"
    tool_calls = "tool_calls"
    tool_call = "tool_calls"


@wire_type
class PromptTokensDetails(OpenWireType):
    """The details of a prompt's token count, as the API sends it since 2026."""

    cached_tokens: int | None = field(default=None, nullable=False, doc="Tokens from the cache.")


@wire_type
class UsageInfo(OpenWireType):
    """The tokens that a request used (API: `UsageInfo`).

    >>> UsageInfo.from_dict({"prompt_tokens_details": {"cached_tokens": 224}}).cached_tokens
    224
    """

    prompt_tokens: int = field(default=0, absent=0, required=True)
    completion_tokens: int = field(default=0, absent=0, required=True)
    total_tokens: int = field(default=0, absent=0, required=True)
    prompt_audio_seconds: int | None = field(default=None, doc="The length of the prompt's audio.")
    prompt_tokens_details: PromptTokensDetails | None = field(default=None, nullable=False)
    num_cached_tokens: int | None = field(default=None, nullable=False, doc="The older name.")
    service_tier: str | None = field(default=None, doc="The tier that served the request.")

    @property
    def cached_tokens(self) -> int:
        """The tokens of the prompt that came from the cache; 0 if none is reported."""
        details = self.prompt_tokens_details
        newer = None if details is None else details.cached_tokens
        return newer if newer is not None else self.num_cached_tokens or 0


@wire_type
class TopLogprob(OpenWireType):
    """A token and its log probability (mistral_common, SDK)."""

    token: str
    logprob: float = field(doc="The natural logarithm of its probability.")
    bytes: Sequence[int] | None = field(default=None, nullable=False, doc="The token in UTF-8.")
    token_id: int | None = field(default=None, nullable=False)


@wire_type
class ChatCompletionTokenLogprobs(TopLogprob):
    """A token of the answer with its alternatives (mistral_common, SDK)."""

    top_logprobs: Sequence[TopLogprob] | None = field(
        default=None, nullable=False, doc="The most likely tokens at this place."
    )


@wire_type
class ChatCompletionResponseChoiceLogprobs(OpenWireType):
    """The log probabilities of an answer's tokens (mistral_common, SDK)."""

    content: Sequence[ChatCompletionTokenLogprobs] = field(absent=list, required=True)


@wire_type
class ChatCompletionResponseChoice(OpenWireType):
    """One of the answers of a response (API: `ChatCompletionChoice`).

    Without a message, or with `messages` in its place, `message` is an empty
    `AssistantMessage`; a message of another role is a `DeltaMessage`.

    >>> ChatCompletionResponseChoice(index=0, message={"content": "Hi!"}).message.text
    'Hi!'
    """

    index: int = field(absent=0, required=True)
    message: AssistantMessage = field(
        TaggedUnion("role", AssistantMessage, unknown=DeltaMessage, untagged=AssistantMessage),
        absent=AssistantMessage,
        vital=True,
    )
    messages: Sequence[DeltaMessage] | None = field(
        default=None, nullable=False, vital=True, doc="In place of `message`."
    )
    finish_reason: FinishReason | str | None = field(
        default=None, nullable=False, doc="Why generation stopped."
    )
    logprobs: ChatCompletionResponseChoiceLogprobs | None = None
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = None


_CREATED = "The time of creation, in seconds since 1970."


def _new_id() -> str:
    return f"chatcmpl-{os.urandom(16).hex()}"


def _now() -> int:
    return int(time.time())


@wire_type
class ChatCompletionResponse(OpenWireType):
    """The whole response to a request (API: `ChatCompletionResponse`).

    A server that builds one may leave out `id` and `created`, which get new values;
    read from a document without them, they are ``""`` and 0.

    >>> ChatCompletionResponse.from_dict({"choices": [{"message": {"content": "Hi!"}}]}).text
    'Hi!'
    """

    id: str = field(default_factory=_new_id, absent="", required=True)
    object: str = field(default="chat.completion", absent="", required=True)
    created: int = field(default_factory=_now, absent=0, required=True, doc=_CREATED)
    model: str = field(absent="", required=True)
    choices: Sequence[ChatCompletionResponseChoice] = field(absent=list, required=True, vital=True)
    usage: UsageInfo | None = field(default=None, required=True, nullable=False)

    @property
    def text(self) -> str:
        """The text of the first choice; empty without one."""
        return self.choices[0].message.text if self.choices else ""


@wire_type
class ChatCompletionResponseStreamChoice(OpenWireType):
    """A piece of one answer (API: `CompletionResponseStreamChoice`)."""

    index: int = field(absent=0, required=True)
    delta: DeltaMessage = field(absent=DeltaMessage, required=True, vital=True)
    finish_reason: FinishReason | str | None = field(default=None, doc="Why generation stopped.")
    logprobs: ChatCompletionResponseChoiceLogprobs | None = None
    prompt_logprobs: ChatCompletionResponseChoiceLogprobs | None = None


@wire_type
class ChatCompletionStreamResponse(OpenWireType):
    """A piece of a streamed response (API: `CompletionChunk`).

    >>> ChatCompletionStreamResponse.from_dict({"choices": [{"delta": {"content": "Hel"}}]}).text
    'Hel'
    """

    id: str = field(default_factory=_new_id, absent="", required=True)
    object: str = field(default="chat.completion.chunk", absent="")
    created: int = field(default_factory=_now, absent=0, doc=_CREATED)
    model: str = field(absent="", required=True)
    choices: Sequence[ChatCompletionResponseStreamChoice] = field(
        absent=list, required=True, vital=True
    )
    usage: UsageInfo | None = field(default=None, nullable=False)

    @property
    def text(self) -> str:
        """The text of the first choice; empty without one."""
        return self.choices[0].delta.text if self.choices else ""


@wire_type
class CompletionEvent(OpenWireType):
    """One event of a stream (API: `CompletionEvent`)."""

    data: ChatCompletionStreamResponse

    @property
    def text(self) -> str:
        """The text of the first choice; empty without one."""
        return self.data.text


@wire_type
class HTTPValidationErrorDetail(OpenWireType):
    """One problem in the body of a 422 response (API: `ValidationError`)."""

    loc: Sequence[int | str] = field(doc="The path to the problem, outermost first.")
    msg: str
    type: str = field(doc="The kind of problem, such as extra_forbidden.")
    input: JSONValue = field(default=None, doc="The value at the path.")
    ctx: Mapping[str, JSONValue] | None = field(default=None, nullable=False)


@wire_type
class HTTPValidationErrorData(OpenWireType):
    """The body of a 422 response (API: `HTTPValidationError`).

    >>> detail = [{"loc": ["body"], "msg": "Field required", "type": "missing"}]
    >>> HTTPValidationErrorData.from_dict({"detail": detail}).detail[0].msg
    'Field required'
    """

    detail: Sequence[HTTPValidationErrorDetail] = field(default_factory=list, absent=list)


# The SDK's names.
ChatCompletionChoice = ChatCompletionResponseChoice
ChatCompletionChoiceFinishReason = FinishReason
ChatCompletionResponseTokenLogprobs = ChatCompletionTokenLogprobs
ChatCompletionResponseTokenLogprobsTopK = TopLogprob
CompletionChunk = ChatCompletionStreamResponse
CompletionResponseStreamChoice = ChatCompletionResponseStreamChoice
CompletionResponseStreamChoiceFinishReason = FinishReason
