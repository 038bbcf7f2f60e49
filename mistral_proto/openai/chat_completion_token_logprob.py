"""The log probabilities of an answer's tokens."""

from __future__ import annotations

from collections.abc import Sequence

from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = ["ChatCompletionTokenLogprob", "ChoiceLogprobs", "TopLogprob"]

_BYTES = "The token's bytes in UTF-8: one character may be made of several tokens."
_LOGPROB = "The natural logarithm of the probability; -9999.0 where it is very unlikely."


@wire_type
class TopLogprob(OpenWireType):
    """A token that was nearly chosen (OpenAI: `TopLogprob`).

    >>> TopLogprob(token="hi", logprob=-0.5, bytes=[104, 105]).bytes
    [104, 105]
    """

    token: str
    bytes: Sequence[int] | None = field(default=None, doc=_BYTES)
    logprob: float = field(doc=_LOGPROB)


@wire_type
class ChatCompletionTokenLogprob(OpenWireType):
    """A token, with those that were nearly chosen (OpenAI: `ChatCompletionTokenLogprob`).

    >>> ChatCompletionTokenLogprob(token="hi", logprob=-0.5, top_logprobs=[]).logprob
    -0.5
    """

    token: str
    bytes: Sequence[int] | None = field(default=None, doc=_BYTES)
    logprob: float = field(doc=_LOGPROB)
    top_logprobs: Sequence[TopLogprob] = field(
        absent=list, required=True, doc="The most likely tokens in this place."
    )


@wire_type
class ChoiceLogprobs(OpenWireType):
    """The log probabilities of an answer's tokens (OpenAI: `ChoiceLogprobs`).

    OpenAI has this type twice, word for word, for whole answers and for streams.

    >>> token = ChatCompletionTokenLogprob(token="hi", logprob=-0.5, top_logprobs=[])
    >>> ChoiceLogprobs(content=[token]).content[0].token
    'hi'
    """

    content: Sequence[ChatCompletionTokenLogprob] | None = None
    refusal: Sequence[ChatCompletionTokenLogprob] | None = None
