"""mistral_common's request: what its normalizer makes, and its tokenizers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..checks import ListOf, OneOf, StringEnum
from ..fields import field
from ..json_text import JSONValue
from ..wire import WireType, wire_type
from .messages import (
    MESSAGE,
    ChatMessage,
    ChatMessageType,
    HoldsConversation,
    ReasoningFieldFormat,
)
from .mistral_common_methods import Subscripted
from .request import ReasoningEffort
from .tool_calls import Tool, ToolType

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["InstructRequest", "ModelSettings", "TokenizerVersion"]


class TokenizerVersion(StringEnum):
    """The versions of Mistral's tokenizers, which differ in what a conversation may be.

    They are in order, among themselves and beside their names.

    >>> TokenizerVersion.v13 > "v7"
    True
    """

    v1 = "v1"
    v2 = "v2"
    v3 = "v3"
    v7 = "v7"
    v11 = "v11"
    v13 = "v13"
    v15 = "v15"

    @property
    def version_num(self) -> int:
        """The number in the version.

        >>> TokenizerVersion.v13.version_num
        13
        """
        return int(self[1:])

    @property
    def supports_model_settings(self) -> bool:
        """True from v15 on, where a request may have settings of the model."""
        return self >= TokenizerVersion.v15

    def __lt__(self, other: str) -> bool:
        return self.version_num < TokenizerVersion(other).version_num

    def __le__(self, other: str) -> bool:
        return self.version_num <= TokenizerVersion(other).version_num

    def __gt__(self, other: str) -> bool:
        return not self <= other

    def __ge__(self, other: str) -> bool:
        return not self < other


NEWEST_VERSION = [*TokenizerVersion][-1]


@wire_type
class ModelSettings(WireType):
    """The settings of a model that its tokenizer writes down (mistral_common: `ModelSettings`).

    >>> ModelSettings(reasoning_effort="high").to_openai()
    {'reasoning_effort': 'high'}
    """

    reasoning_effort: ReasoningEffort | str | None = field(
        OneOf(ReasoningEffort), default=None, doc="How much the model thinks."
    )
    json_schema: Mapping[str, JSONValue] | None = field(
        default=None, doc="The JSON Schema of the answer."
    )

    @staticmethod
    def none() -> ModelSettings:
        """Return no setting at all.

        >>> ModelSettings.none() == ModelSettings()
        True
        """
        return ModelSettings()

    @classmethod
    def from_openai(cls, **kwargs: object) -> ModelSettings:
        """Return the settings among the parameters of an OpenAI request.

        Raises:
            ValidationError: a parameter is no setting, or not a valid one.

        >>> ModelSettings.from_openai(reasoning_effort="none")
        ModelSettings(reasoning_effort=<ReasoningEffort.none: 'none'>)
        """
        return cls.from_dict(kwargs)

    def to_openai(self) -> dict[str, JSONValue]:
        """Return the settings as parameters of an OpenAI request.

        >>> ModelSettings.none().to_openai()
        {}
        """
        return self.to_dict()


@wire_type
class InstructRequest(HoldsConversation, Subscripted[ChatMessageType, ToolType]):
    """A request that is ready for a tokenizer (mistral_common: `InstructRequest`).

    It never goes over the wire to the API: `to_dict` writes messages and
    chunks in the form that they were given.

    >>> request = InstructRequest(
    ...     messages=[{"role": "user", "content": "Hi"}], system_prompt="Answer in French."
    ... )
    >>> print(request.to_json())
    {"messages":[{"role":"user","content":"Hi"}],"system_prompt":"Answer in French.","settings":{}}
    """

    messages: Sequence[ChatMessage] = field(ListOf(MESSAGE), doc="The conversation.")
    system_prompt: str | None = field(default=None, doc="What the model is told to be.")
    available_tools: Sequence[Tool] | None = field(default=None, doc="The tools of the assistant.")
    truncate_at_max_tokens: int | None = field(
        default=None, doc="The most tokens to keep of the conversation."
    )
    continue_final_message: bool = field(
        default=False, local=True, doc="Sets the last message's `prefix`, which says the same."
    )
    settings: ModelSettings = field(
        default_factory=ModelSettings.none, doc="Settings of the model."
    )

    def to_openai(
        self,
        reasoning_field_format: ReasoningFieldFormat | str | None = None,
        **kwargs: object,
    ) -> dict[str, object]:
        """Return the request in OpenAI's format, with `kwargs` as further parameters.

        As with mistral_common, a `system_prompt` is written as the first
        message and as a field of its own.  For `reasoning_field_format` see
        `AssistantMessage.to_openai`.

        Raises:
            ValueError: a parameter is in the request already, or is a field of
                it; or OpenAI's format can't hold a message.
            NotImplementedError: for `truncate_at_max_tokens`.

        >>> request = InstructRequest(messages=[{"role": "user", "content": "Hi"}])
        >>> request.to_openai(temperature=0.15, stream=True)
        {'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hi'}], 'temperature': 0.15, 'stream': True}
        """
        from ..conversions.openai_format import request_to_openai

        return request_to_openai(self, reasoning_field_format, kwargs)

    @classmethod
    def from_openai(
        cls,
        messages: Sequence[Mapping[str, object]],
        tools: Sequence[Mapping[str, object]] | None = None,
        continue_final_message: bool = False,
        **kwargs: object,
    ) -> Self:
        """Read messages and tools in OpenAI's format.

        `kwargs` are fields of the request or of its settings; tools may be
        given as `available_tools`.

        Raises:
            ValueError: tools are given under both names.
            ValidationError: with every problem and its path.

        >>> InstructRequest.from_openai(
        ...     [{"role": "user", "content": "Hi"}], reasoning_effort="high"
        ... ).settings
        ModelSettings(reasoning_effort=<ReasoningEffort.high: 'high'>)
        """
        from ..conversions.openai_format import request_from_openai

        kwargs["continue_final_message"] = continue_final_message
        return request_from_openai(cls, messages, tools, kwargs)

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        return WireType._dump(self, False)
