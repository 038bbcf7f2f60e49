"""OpenAI's types of a whole answer to a chat completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ..checks import ListOf, MapOf, OneOf, TaggedUnion
from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = [
    "Annotation", "AnnotationURLCitation", "ChatCompletion", "ChatCompletionAudio",
    "ChatCompletionMessage", "ChatCompletionMessageCustomToolCall",
    "ChatCompletionMessageFunctionToolCall", "ChatCompletionMessageToolCall",
    "ChatCompletionMessageToolCallUnion", "ChatCompletionTokenLogprob", "Choice",
    "ChoiceLogprobs", "CompletionTokensDetails", "CompletionUsage", "Custom", "Function",
    "FunctionCall", "Moderation", "ModerationInputError", "ModerationInputModerationResults",
    "ModerationInputModerationResultsResult", "ModerationOutputError",
    "ModerationOutputModerationResults", "ModerationOutputModerationResultsResult",
    "PromptTokensDetails", "TopLogprob", "UnknownModeration", "UnknownToolCall",
]  # fmt: skip

FINISH_REASON = OneOf("stop", "length", "tool_calls", "content_filter", "function_call")
SERVICE_TIER = OneOf("auto", "default", "flex", "scale", "priority", "fast")

CREATED = "The time of creation, in seconds since 1970."
FINGERPRINT = "The id of the server's configuration."
REASONING = "The thinking before the answer, a field of other servers."
STOPPED = "The reason why generation stopped."
_ARGUMENTS = "The arguments as JSON text, as the model wrote it."
_MODEL = "The model that moderated."


@wire_type
class CompletionTokensDetails(OpenWireType):
    """The kinds of tokens of an answer (OpenAI: same name)."""

    accepted_prediction_tokens: int | None = field(default=None, doc="Tokens predicted rightly.")
    audio_tokens: int | None = None
    reasoning_tokens: int | None = field(default=None, doc="Tokens of thinking.")
    rejected_prediction_tokens: int | None = field(default=None, doc="Tokens predicted wrongly.")
    text_tokens: int | None = None


@wire_type
class PromptTokensDetails(OpenWireType):
    """The kinds of tokens of a prompt (OpenAI: same name)."""

    audio_tokens: int | None = None
    cache_write_tokens: int | None = field(default=None, doc="Tokens written to the cache.")
    cached_tokens: int | None = field(default=None, doc="Tokens read from the cache.")
    image_tokens: int | None = None
    text_tokens: int | None = None


@wire_type
class CompletionUsage(OpenWireType):
    """The tokens that a request used; 0 if not reported (OpenAI: same name)."""

    completion_tokens: int = field(absent=0, required=True, doc="Tokens of the answer.")
    prompt_tokens: int = field(absent=0, required=True, doc="Tokens of the prompt.")
    total_tokens: int = field(absent=0, required=True, doc="Tokens of prompt and answer.")
    completion_tokens_details: CompletionTokensDetails | None = None
    prompt_tokens_details: PromptTokensDetails | None = None


@wire_type
class TopLogprob(OpenWireType):
    """A token and its log probability (OpenAI: same name)."""

    token: str
    bytes: Sequence[int] | None = field(default=None, doc="The bytes of the token in UTF-8.")
    logprob: float = field(doc="The natural logarithm of the probability, from -9999.0.")


@wire_type
class ChatCompletionTokenLogprob(TopLogprob):
    """A token of the answer with its alternatives (OpenAI: same name)."""

    top_logprobs: Sequence[TopLogprob] = field(
        absent=list, required=True, doc="The most likely tokens at this place."
    )


@wire_type
class ChoiceLogprobs(OpenWireType):
    """The log probabilities of an answer's tokens (OpenAI: same name, twice)."""

    content: Sequence[ChatCompletionTokenLogprob] | None = None
    refusal: Sequence[ChatCompletionTokenLogprob] | None = None


# OpenAI has these types once more for the answer, with the same fields.


@wire_type
class ModerationInputModerationResultsResult(OpenWireType):
    """The result of a moderation (OpenAI: same name)."""

    categories: Mapping[str, bool] = field(doc="Whether each category was found.")
    category_applied_input_types: Mapping[str, Sequence[str]] = field(
        MapOf(ListOf(OneOf("text", "image"))), doc="The kinds of input behind each score."
    )
    category_scores: Mapping[str, float] = field(doc="The score of each category, from 0 to 1.")
    flagged: bool = field(doc="Whether any category was found.")
    model: str = field(doc=_MODEL)
    type: Literal["moderation_result"] = field(default="moderation_result", required=True)


@wire_type
class ModerationInputModerationResults(OpenWireType):
    """The results of a moderation (OpenAI: same name)."""

    model: str = field(doc=_MODEL)
    results: Sequence[ModerationInputModerationResultsResult]
    type: Literal["moderation_results"] = field(default="moderation_results", required=True)


@wire_type
class ModerationInputError(OpenWireType):
    """The reason why a moderation failed (OpenAI: same name)."""

    code: str
    message: str
    type: Literal["error"] = field(default="error", required=True)


@wire_type
class UnknownModeration(OpenWireType):
    """A moderation of a `type` that this version does not know; its fields are in `extra`."""

    type: str


@wire_type
class Moderation(OpenWireType):
    """The moderations of a prompt and of its answer (OpenAI: same name, twice)."""

    input: ModerationInputModerationResults | ModerationInputError | UnknownModeration
    output: ModerationInputModerationResults | ModerationInputError | UnknownModeration


ModerationOutputModerationResultsResult = ModerationInputModerationResultsResult
ModerationOutputModerationResults = ModerationInputModerationResults
ModerationOutputError = ModerationInputError


@wire_type
class Function(OpenWireType):
    """The function of a call (OpenAI: same name)."""

    arguments: str = field(absent="", required=True, vital=True, doc=_ARGUMENTS)
    name: str = field(absent="", required=True, vital=True)


@wire_type
class ChatCompletionMessageFunctionToolCall(OpenWireType):
    """A call of a function, which is also a call without a `type` (OpenAI: same name).

    >>> ChatCompletionMessageFunctionToolCall.from_dict({"function": {"name": "now"}}).type
    'function'
    """

    id: str = field(absent="", required=True)
    function: Function = field(
        absent=lambda: Function(arguments="", name=""), required=True, vital=True
    )
    type: Literal["function"] = field(default="function", required=True)


ChatCompletionMessageToolCall = ChatCompletionMessageFunctionToolCall
"""The older name."""


@wire_type
class Custom(OpenWireType):
    """The custom tool of a call (OpenAI: same name)."""

    input: str = field(doc="The input to the tool, any text.")
    name: str


@wire_type
class ChatCompletionMessageCustomToolCall(OpenWireType):
    """A call of a custom tool (OpenAI: same name)."""

    id: str = field(absent="", required=True)
    custom: Custom
    type: Literal["custom"] = field(default="custom", required=True)


@wire_type
class UnknownToolCall(OpenWireType):
    """A call of a `type` that this version does not know; its fields are in `extra`.

    >>> UnknownToolCall.from_dict({"type": "telepathy", "id": "call_1"}).extra
    {'id': 'call_1'}
    """

    type: str


ChatCompletionMessageToolCallUnion = (
    ChatCompletionMessageFunctionToolCall | ChatCompletionMessageCustomToolCall | UnknownToolCall
)
"""Any call of an answer."""

_TOOL_CALL = TaggedUnion(
    "type",
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageCustomToolCall,
    unknown=UnknownToolCall,
    untagged=ChatCompletionMessageFunctionToolCall,  # as Mistral's API sends it
)


@wire_type
class ChatCompletionAudio(OpenWireType):
    """The audio of a spoken answer (OpenAI: same name)."""

    id: str = field(doc="The audio's id, for a reference in the next request.")
    data: str = field(doc="The audio in base64, in the requested format.")
    expires_at: int = field(doc="The expiry of the id, in seconds since 1970.")
    transcript: str = field(doc="The text of the audio.")


@wire_type
class AnnotationURLCitation(OpenWireType):
    """A citation of a web page in the message's content (OpenAI: same name)."""

    end_index: int = field(absent=0, required=True, doc="The index of the last character.")
    start_index: int = field(absent=0, required=True, doc="The index of the first character.")
    title: str = field(absent="", required=True)
    url: str


@wire_type
class Annotation(OpenWireType):
    """An annotation of a message's content (OpenAI: same name)."""

    type: Literal["url_citation"] = field(default="url_citation", required=True)
    url_citation: AnnotationURLCitation


@wire_type
class FunctionCall(OpenWireType):
    """A call of a function, the predecessor of `tool_calls` (OpenAI: same name)."""

    arguments: str = field(absent="", required=True, doc=_ARGUMENTS)
    name: str = field(absent="", required=True)


@wire_type
class ChatCompletionMessage(OpenWireType):
    """The message of an answer (OpenAI: same name).

    `reasoning_content` and `reasoning` are fields of other servers.

    >>> ChatCompletionMessage(content="Hello!").role
    'assistant'
    """

    content: str | None = field(default=None, vital=True)
    refusal: str | None = field(default=None, doc="The refusal in the model's words.")
    role: str = field(OneOf("assistant"), default="assistant", required=True)
    annotations: Sequence[Annotation] | None = None
    audio: ChatCompletionAudio | None = None
    function_call: FunctionCall | None = field(default=None, doc="Deprecated: see tool_calls.")
    tool_calls: Sequence[ChatCompletionMessageToolCallUnion] | None = field(
        ListOf(_TOOL_CALL), default=None, vital=True
    )
    reasoning_content: str | None = field(default=None, doc=REASONING)
    reasoning: str | None = field(default=None, doc=REASONING)


@wire_type
class Choice(OpenWireType):
    """One of the answers of a completion (OpenAI: same name)."""

    finish_reason: str = field(FINISH_REASON, absent="", required=True, doc=STOPPED)
    index: int = field(absent=0, required=True)
    logprobs: ChoiceLogprobs | None = None
    message: ChatCompletionMessage = field(absent=ChatCompletionMessage, required=True, vital=True)


@wire_type
class ChatCompletion(OpenWireType):
    """The whole answer to a request (OpenAI: same name).

    >>> ChatCompletion.from_dict({"choices": [{"message": {"content": "Hi"}}]}).id
    ''
    """

    id: str = field(absent="", required=True)
    choices: Sequence[Choice] = field(absent=list, required=True, vital=True)
    created: int = field(absent=0, required=True, doc=CREATED)
    model: str = field(absent="", required=True)
    object: str = field(
        OneOf("chat.completion"), default="chat.completion", absent="", required=True
    )
    metadata: Mapping[str, str] | None = field(default=None, doc="The metadata of the request.")
    moderation: Moderation | None = None
    service_tier: str | None = field(SERVICE_TIER, default=None)
    system_fingerprint: str | None = field(default=None, doc=FINGERPRINT)
    usage: CompletionUsage | None = None
