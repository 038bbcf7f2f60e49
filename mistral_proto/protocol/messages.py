"""The messages of a conversation, a union by `role`."""

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
    "UATS", "AssistantMessage", "AssistantMessageType", "BaseMessage", "ChatMessage",
    "ChatMessageType", "DeltaMessage", "FinetuningAssistantMessage", "FinetuningMessage",
    "ReasoningFieldFormat", "Roles", "SystemMessage", "SystemMessageType", "ToolMessage",
    "ToolMessageType", "UserMessage", "UserMessageType",
]  # fmt: skip


class Roles(StringEnum):
    """The values of a message's `role`."""

    system = "system"
    user = "user"
    assistant = "assistant"
    tool = "tool"


class ReasoningFieldFormat(StringEnum):
    """The place of thinking in OpenAI-like formats (mistral_common: same name)."""

    thinking_chunks = "thinking_chunks"
    reasoning = "reasoning"
    reasoning_content = "reasoning_content"


class _HasContent:
    content: Any  # each message declares its own type

    @property
    def text(self) -> str:
        """The text of the content, without thinking: the string, or its text chunks joined."""
        return text_of(self.content)


class _HasThinking(_HasContent):
    extra: Mapping[str, JSONValue]

    @property
    def thinking(self) -> str:
        """The text of the content's thinking chunks, or other servers' `reasoning_content`
        or `reasoning` from `extra`; empty without any.
        """
        chunks = () if isinstance(self.content, str) else self.content or ()
        texts: list[object] = [
            "".join([chunk.text for chunk in chunks if isinstance(chunk, ThinkChunk)]),
            self.extra.get("reasoning_content"),
            self.extra.get("reasoning"),
        ]
        return next((text for text in texts if text and isinstance(text, str)), "")


@wire_type
class BaseMessage(_HasContent, HasOpenAIFormat):
    """The base of the messages (mistral_common: same name)."""

    role: str

    @classmethod
    def from_openai(cls, openai_message: Mapping[str, object]) -> Self:
        """Read a message in OpenAI's format, without the fields that this type lacks.

        >>> UserMessage.from_openai({"role": "user", "content": "Hi", "name": "Ann"})
        UserMessage(role='user', content='Hi')
        """
        return super().from_openai(openai_message)


@wire_type
class SystemMessage(BaseMessage):
    """The instructions to the model (API: `SystemMessage`).

    >>> SystemMessage(content="Answer in French.").to_dict()
    {'role': 'system', 'content': 'Answer in French.'}
    """

    role: Literal["system"] = "system"
    content: Sequence[TextChunk | ThinkChunk | AudioChunk] | str


@wire_type
class UserMessage(BaseMessage):
    """A message of the user, text or chunks (API: `UserMessage`).

    >>> UserMessage(content=[{"type": "text", "text": "Hi"}]).text
    'Hi'
    """

    role: Literal["user"] = "user"
    content: Sequence[ContentChunk] | str | None


@wire_type
class AssistantMessage(_HasThinking, BaseMessage, OpenWireType):
    """A message of the model (API: `AssistantMessage`).

    That of a response can go into the `messages` of the next request as it is.

    >>> AssistantMessage(content=[{"type": "thinking", "thinking": "2 and 2 …"}]).thinking
    '2 and 2 …'
    """

    role: Literal["assistant"] = "assistant"
    content: Sequence[ContentChunk] | str | None = field(default=None, vital=True)
    tool_calls: Sequence[ToolCall] | None = field(
        default=None, vital=True, doc="The requested calls."
    )
    prefix: bool = field(default=False, implied=True, doc="Whether the model continues it.")

    def to_openai(
        self,
        reasoning_field_format: ReasoningFieldFormat | str | None = None,
    ) -> dict[str, JSONValue]:
        """Return the message in OpenAI's format, which has no `prefix`.

        Leading thinking stays in chunks (the default), or its text, joined by
        newlines, becomes the field that `reasoning_field_format` names.

        Raises:
            ValidationError: thinking follows other content, which a field can't show.

        >>> AssistantMessage(content=[{"type": "thinking", "thinking": "2"}]).to_openai("reasoning")
        {'role': 'assistant', 'reasoning': '2'}
        """
        from ..conversions.openai_format import to_openai

        return to_openai(self, reasoning_field_format)


@wire_type
class FinetuningAssistantMessage(AssistantMessage):
    """An assistant's message to train on (mistral_common: same name).

    >>> FinetuningAssistantMessage(content="Bonjour", weight=0).weight
    0
    """

    weight: float | None = field(default=None, nullable=False, doc="The weight in training.")


@wire_type
class ToolMessage(BaseMessage):
    """The result of a tool call (API: `ToolMessage`).

    >>> ToolMessage(content="12 °C", tool_call_id="a1b2c3d4e").to_dict()
    {'role': 'tool', 'content': '12 °C', 'tool_call_id': 'a1b2c3d4e'}
    """

    role: Literal["tool"] = "tool"
    content: Sequence[ContentChunk] | str | None
    tool_call_id: str | None = field(default=None, doc="The id of the call.")
    name: str | None = field(default=None, doc="The name of the called function.")


@wire_type
class DeltaMessage(_HasThinking, OpenWireType):
    """A piece of a streamed message (API: `DeltaMessage`).

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
"""Any message of a conversation to train on."""

ChatMessageType = TypeVar("ChatMessageType", bound=ChatMessage, default=Any)
UserMessageType = TypeVar("UserMessageType", bound=UserMessage, default=Any)
AssistantMessageType = TypeVar("AssistantMessageType", bound=AssistantMessage, default=Any)
ToolMessageType = TypeVar("ToolMessageType", bound=ToolMessage, default=Any)
SystemMessageType = TypeVar("SystemMessageType", bound=SystemMessage, default=Any)
UATS: TypeAlias = UserMessageType | AssistantMessageType | ToolMessageType | SystemMessageType


class _Assistant(ObjectOf):
    def read(self, value: Any, reading: Reading) -> AssistantMessage:
        # The API has no weight: only a request of mistral_common's may hold one.
        for_training = "weight" in value and reading is REFUSE
        cls = FinetuningAssistantMessage if for_training else AssistantMessage
        return cls._read(value, reading)


MESSAGE = TaggedUnion("role", SystemMessage, UserMessage, AssistantMessage, ToolMessage)
"""The check for any message of a request."""
MESSAGE.members["assistant"] = _Assistant(AssistantMessage)


class HoldsConversation(WireType):
    """The base of requests, whose last message the model may continue."""

    messages: Sequence[ChatMessage]
    continue_final_message: bool

    def __post_init__(self) -> None:
        if type(self).__init__ is not WireType.__init__:
            super().__post_init__()
        *before, last = [None, *self.messages]
        if self.continue_final_message and isinstance(last, AssistantMessage):
            object.__setattr__(self, "messages", [*before[1:], replace(last, prefix=True)])

    def to_openai(
        self, reasoning_field_format: ReasoningFieldFormat | str | None = None, **kwargs: object
    ) -> dict[str, object]:
        """Return the request in OpenAI's format, with `kwargs` as further parameters.

        It is mistral_common's conversion: parameters that were not set have its
        defaults, and a `system_prompt` is the first message and a field as well.  For
        `reasoning_field_format` see `AssistantMessage.to_openai`.

        Raises:
            ValueError: `kwargs` has a field of the request, or a message has no
                form in OpenAI's format.
            NotImplementedError: the request truncates the conversation.
        """
        from ..conversions.openai_format import request_to_openai

        request: Any = self  # of one of the two types
        return request_to_openai(request, reasoning_field_format, kwargs)

    @classmethod
    def from_openai(
        cls,
        messages: Sequence[Mapping[str, object]],
        tools: Sequence[Mapping[str, object]] | None = None,
        continue_final_message: bool = False,
        **kwargs: object,
    ) -> Self:
        """Read messages and tools in OpenAI's format, as mistral_common does.

        `kwargs` are fields of the request or of its `settings`; `seed` is another name
        of `random_seed`, `available_tools` of `tools`.  Unknown parameters are refused;
        `mistral_proto.openai.adapt_request` converts them, or reports what it left out.

        Raises:
            ValueError: a parameter is given under both of its names.
            ValidationError: with every problem and its path.

        >>> from mistral_proto import ChatCompletionRequest
        >>> messages = [{"role": "user", "content": "Hi"}]
        >>> ChatCompletionRequest.from_openai(messages, seed=7).random_seed
        7
        """
        from ..conversions.openai_format import request_from_openai

        kwargs["continue_final_message"] = continue_final_message
        return request_from_openai(cls, messages, tools, kwargs)
