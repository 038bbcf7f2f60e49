"""What a request has cost, in tokens."""

from __future__ import annotations

from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = ["CompletionTokensDetails", "CompletionUsage", "PromptTokensDetails"]


@wire_type
class CompletionTokensDetails(OpenWireType):
    """What the tokens of an answer were (OpenAI: `CompletionTokensDetails`).

    >>> CompletionTokensDetails(reasoning_tokens=64).reasoning_tokens
    64
    """

    accepted_prediction_tokens: int | None = field(
        default=None, doc="Tokens of the prediction that came true."
    )
    audio_tokens: int | None = None
    reasoning_tokens: int | None = field(default=None, doc="Tokens that the model thought in.")
    rejected_prediction_tokens: int | None = field(
        default=None,
        doc="Tokens of the prediction that did not come true; they are paid for nevertheless.",
    )
    text_tokens: int | None = None


@wire_type
class PromptTokensDetails(OpenWireType):
    """What the tokens of a prompt were (OpenAI: `PromptTokensDetails`).

    >>> PromptTokensDetails(cached_tokens=224).cached_tokens
    224
    """

    audio_tokens: int | None = None
    cache_write_tokens: int | None = field(default=None, doc="Tokens that were put into the cache.")
    cached_tokens: int | None = field(default=None, doc="Tokens that came from the cache.")
    image_tokens: int | None = None
    text_tokens: int | None = None


@wire_type
class CompletionUsage(OpenWireType):
    """What a request has cost, in tokens (OpenAI: `CompletionUsage`).

    A count that a server left out reads as 0.

    >>> CompletionUsage(completion_tokens=2, prompt_tokens=5, total_tokens=7).total_tokens
    7
    """

    completion_tokens: int = field(absent=0, required=True, doc="Tokens of the answer.")
    prompt_tokens: int = field(absent=0, required=True, doc="Tokens of the prompt.")
    total_tokens: int = field(absent=0, required=True, doc="Tokens of prompt and answer.")
    completion_tokens_details: CompletionTokensDetails | None = None
    prompt_tokens_details: PromptTokensDetails | None = None
