"""The message of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..checks import ListOf, OneOf
from ..fields import field
from ..wire import OpenWireType, wire_type
from .chat_completion_audio import ChatCompletionAudio
from .chat_completion_message_tool_call import (
    ARGUMENTS,
    ChatCompletionMessageToolCallUnion,
    tool_call,
)

__all__ = ["Annotation", "AnnotationURLCitation", "ChatCompletionMessage", "FunctionCall"]

REASONING_CONTENT = (
    "What the model thought before it answered. Not OpenAI's own: other servers add it."
)
REASONING = "Another name that servers use for reasoning_content. Not OpenAI's own."


@wire_type
class AnnotationURLCitation(OpenWireType):
    """A page that an answer cites, and where it does (OpenAI: `AnnotationURLCitation`).

    The indices count the characters of the message's content.

    >>> AnnotationURLCitation(
    ...     end_index=12, start_index=0, title="News", url="https://example.com"
    ... ).title
    'News'
    """

    end_index: int = field(
        absent=0, required=True, doc="The index of the citation's last character in the content."
    )
    start_index: int = field(
        absent=0, required=True, doc="The index of the citation's first character in the content."
    )
    title: str = field(absent="", required=True)
    url: str


@wire_type
class Annotation(OpenWireType):
    """A page that an answer cites (OpenAI: `Annotation`).

    >>> Annotation.from_dict({
    ...     "type": "url_citation",
    ...     "url_citation": {
    ...         "end_index": 12, "start_index": 0, "title": "News", "url": "https://example.com"
    ...     },
    ... }).url_citation.url
    'https://example.com'
    """

    type: Literal["url_citation"] = field(default="url_citation", required=True)
    url_citation: AnnotationURLCitation


@wire_type
class FunctionCall(OpenWireType):
    """A call of a function, as answers had it before `tool_calls` (OpenAI: `FunctionCall`).

    >>> FunctionCall(arguments="{}", name="now").name
    'now'
    """

    arguments: str = field(absent="", required=True, doc=ARGUMENTS)
    name: str = field(absent="", required=True)


@wire_type
class ChatCompletionMessage(OpenWireType):
    """What the model answered (OpenAI: `ChatCompletionMessage`).

    `reasoning_content` and `reasoning` are not OpenAI's own: servers that speak
    its format add one or the other for what a reasoning model thought.

    >>> ChatCompletionMessage(content="Hello!").role
    'assistant'
    >>> ChatCompletionMessage.from_dict({
    ...     "role": "assistant", "content": "4.", "reasoning_content": "2 and 2 …"
    ... }).reasoning_content
    '2 and 2 …'
    """

    content: str | None = field(default=None, vital=True)
    refusal: str | None = field(default=None, doc="Why the model did not answer, in its words.")
    role: str = field(OneOf("assistant"), default="assistant", required=True)
    annotations: Sequence[Annotation] | None = None
    audio: ChatCompletionAudio | None = None
    function_call: FunctionCall | None = field(
        default=None, doc="Deprecated: tool_calls took its place."
    )
    tool_calls: Sequence[ChatCompletionMessageToolCallUnion] | None = field(
        ListOf(tool_call), default=None, vital=True
    )
    reasoning_content: str | None = field(default=None, doc=REASONING_CONTENT)
    reasoning: str | None = field(default=None, doc=REASONING)
