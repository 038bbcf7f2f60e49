"""The messages of a conversation, told apart by `role`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..checks import REFUSE, Integer, ObjectOf, Reading, StringEnum, TaggedUnion
from ..fields import field
from ..json_text import JSONValue
from ..wire import OpenWireType, WireType, wire_type
from .chunk import AudioChunk, ContentChunk, TextChunk, ThinkChunk, text_of
from .mistral_common_methods import HasOpenAIFormat, TypeVar
from .tool_calls import ToolCall

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "UATS",
    "AssistantMessage",
    "AssistantMessageType",
    "BaseMessage",
    "ChatMessage",
    "ChatMessageType",
    "DeltaMessage",
    "FinetuningAssistantMessage",
    "FinetuningMessage",
    "ReasoningFieldFormat",
    "Roles",
    "SystemMessage",
    "SystemMessageType",
    "ToolMessage",
    "ToolMessageType",
    "UserMessage",
    "UserMessageType",
]


class Roles(StringEnum):
    """The values of a message's `role`.

    >>> UserMessage(content="Hi").role == Roles.user
    True
    """

    system = "system"
    user = "user"
    assistant = "assistant"
    tool = "tool"


class ReasoningFieldFormat(StringEnum):
    """Where a message in OpenAI's format has its thinking (mistral_common's name).

    OpenAI's own format has no place for it; servers that follow it made two.

    >>> ReasoningFieldFormat.reasoning_content
    <ReasoningFieldFormat.reasoning_content: 'reasoning_content'>
    """

    thinking_chunks = "thinking_chunks"
    reasoning = "reasoning"
    reasoning_content = "reasoning_content"


class _HasContent:
    """What is the same for every message, whatever form its content has."""

    content: Any  # each message says what it may be

    @property
    def text(self) -> str:
        """The text of the content: the string, or its text chunks joined.

        Empty where there is none; thinking is not part of it.
        """
        return text_of(self.content)


class _HasThinking(_HasContent):
    """A message that a reasoning model may have written."""

    extra: Mapping[str, JSONValue]

    @property
    def thinking(self) -> str:
        """The text of the content's thinking chunks; empty where there are none.

        Of other servers it is the `reasoning_content` or the `reasoning` in `extra`.
        """
        chunks = () if isinstance(self.content, str) else self.content or ()
        thoughts: list[object] = [
            "".join([chunk.text for chunk in chunks if isinstance(chunk, ThinkChunk)]),
            *map(self.extra.get, ("reasoning_content", "reasoning")),
        ]
        return next((one for one in thoughts if one and isinstance(one, str)), "")


@wire_type
class BaseMessage(_HasContent, HasOpenAIFormat):
    """The base of the messages (mistral_common: `BaseMessage`).

    >>> isinstance(UserMessage(content="Hi"), BaseMessage)
    True
    """

    role: str

    @classmethod
    def from_openai(cls, openai_message: Mapping[str, object]) -> Self:
        """Read a message in OpenAI's format; what it has no place for is left out.

        Raises:
            ValidationError: with every problem and its path.

        >>> UserMessage.from_openai({"role": "user", "content": "Hi", "name": "Ann"})
        UserMessage(role='user', content='Hi')
        """
        return super().from_openai(openai_message)


@wire_type
class SystemMessage(BaseMessage):
    """What the model is told to be (API document: `SystemMessage`).

    >>> SystemMessage(content="Answer in French.").to_dict()
    {'role': 'system', 'content': 'Answer in French.'}
    """

    role: Literal["system"] = "system"
    content: Sequence[TextChunk | ThinkChunk | AudioChunk] | str


@wire_type
class UserMessage(BaseMessage):
    """What the user says, and shows (API document: `UserMessage`).

    >>> message = UserMessage(content=[
    ...     TextChunk(text="What is this?"),
    ...     {"type": "image_url", "image_url": "https://example.com/cat.png"},
    ... ])
    >>> message.text, message.content[1].get_url()
    ('What is this?', 'https://example.com/cat.png')
    """

    role: Literal["user"] = "user"
    content: Sequence[ContentChunk] | str | None


@wire_type
class AssistantMessage(_HasThinking, BaseMessage, OpenWireType):
    """What the model said (API document: `AssistantMessage`).

    One that came in a response goes straight back into the next request's
    `messages`.

    >>> message = AssistantMessage(content=[
    ...     {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2 …"}]},
    ...     {"type": "text", "text": "It is 4."},
    ... ])
    >>> message.text, message.thinking
    ('It is 4.', '2 and 2 …')
    """

    role: Literal["assistant"] = "assistant"
    content: Sequence[ContentChunk] | str | None = field(default=None, vital=True)
    tool_calls: Sequence[ToolCall] | None = field(
        default=None, vital=True, doc="The calls that the model asks for."
    )
    prefix: bool = field(
        default=False,
        implied=True,
        doc="Whether the model is to continue this message, which then comes last.",
    )

    def to_openai(
        self,
        reasoning_field_format: ReasoningFieldFormat | str | None = None,
    ) -> dict[str, JSONValue]:
        """Return the message in OpenAI's format, which has no `prefix`.

        `reasoning_field_format` tells where the thinking goes that the content
        begins with: its chunks stay as they are (the default), or their text,
        joined by newlines, becomes one of the fields that OpenAI-like servers have.

        Raises:
            ValidationError: thinking comes after other content, so that a
                field can't hold it.

        >>> message = AssistantMessage.from_openai(
        ...     {"role": "assistant", "content": "4.", "reasoning_content": "2 and 2 …"}
        ... )
        >>> message.thinking
        '2 and 2 …'
        >>> message.to_openai("reasoning")
        {'role': 'assistant', 'content': '4.', 'reasoning': '2 and 2 …'}
        """
        from ..conversions.openai_format import to_openai

        return to_openai(self, reasoning_field_format)


@wire_type
class FinetuningAssistantMessage(AssistantMessage):
    """An assistant's message to learn from (mistral_common: `FinetuningAssistantMessage`).

    >>> FinetuningAssistantMessage(content="Bonjour", weight=0).weight
    0
    """

    weight: float | None = field(
        default=None, nullable=False, doc="How much the message counts; 0: not learned from."
    )


@wire_type
class ToolMessage(BaseMessage):
    """What a tool answered to a call (API document: `ToolMessage`).

    >>> ToolMessage(content="12 °C", tool_call_id="a1b2c3d4e").to_dict()
    {'role': 'tool', 'content': '12 °C', 'tool_call_id': 'a1b2c3d4e'}
    """

    role: Literal["tool"] = "tool"
    content: Sequence[ContentChunk] | str | None
    tool_call_id: str | None = field(default=None, doc="The id of the call that this answers.")
    name: str | None = field(default=None, doc="The name of the function that was called.")


@wire_type
class DeltaMessage(_HasThinking, OpenWireType):
    """A piece of a message, as streams have it (API document: `DeltaMessage`).

    >>> DeltaMessage(role="assistant", content="Hel").text
    'Hel'
    """

    role: str | None = None
    content: Sequence[ContentChunk] | str | None = field(default=None, vital=True)
    tool_calls: Sequence[ToolCall] | None = field(default=None, vital=True)
    tool_call_id: str | None = None
    index: int | None = field(Integer(0), default=None)
    metadata: Mapping[str, JSONValue] | None = None


ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage
"""Any message of a request."""

FinetuningMessage = SystemMessage | UserMessage | FinetuningAssistantMessage | ToolMessage
"""Any message of a conversation to learn from."""

ChatMessageType = TypeVar("ChatMessageType", bound=ChatMessage, default=Any)
UserMessageType = TypeVar("UserMessageType", bound=UserMessage, default=Any)
AssistantMessageType = TypeVar("AssistantMessageType", bound=AssistantMessage, default=Any)
ToolMessageType = TypeVar("ToolMessageType", bound=ToolMessage, default=Any)
SystemMessageType = TypeVar("SystemMessageType", bound=SystemMessage, default=Any)
UATS: TypeAlias = UserMessageType | AssistantMessageType | ToolMessageType | SystemMessageType


class _Assistant(ObjectOf):
    """A message of the assistant's, which a weight, unknown to the API, makes one to learn from."""

    def read(self, value: Any, reading: Reading) -> AssistantMessage:
        is_to_learn_from = "weight" in value and reading is REFUSE
        cls = FinetuningAssistantMessage if is_to_learn_from else AssistantMessage
        return cls._read(value, reading)


MESSAGE = TaggedUnion("role", SystemMessage, UserMessage, AssistantMessage, ToolMessage)
"""The check for any message of a request."""
MESSAGE.members["assistant"] = _Assistant(AssistantMessage)


class HoldsConversation(WireType):
    """A request with messages, the last of which the model may be asked to continue."""

    messages: Sequence[ChatMessage]
    continue_final_message: bool

    def __post_init__(self) -> None:
        if type(self).__init__ is not WireType.__init__:
            super().__post_init__()
        *before, last = [None, *self.messages]
        if self.continue_final_message and isinstance(last, AssistantMessage):
            object.__setattr__(self, "messages", [*before[1:], replace(last, prefix=True)])
