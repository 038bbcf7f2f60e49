"""mistral_common's request, made by its normalizers for its tokenizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..checks import ListOf, OneOf, StringEnum
from ..fields import field
from ..json_text import JSONValue
from ..wire import WireType, wire_type
from .messages import MESSAGE, ChatMessage, ChatMessageType, HoldsConversation
from .mistral_common_methods import Subscripted
from .request import ReasoningEffort
from .tool_calls import Tool, ToolType

__all__ = ["InstructRequest", "ModelSettings", "TokenizerVersion"]


class TokenizerVersion(StringEnum):
    """The versions of Mistral's tokenizers, in order; comparable with their names.

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
        """The number of the version."""
        return int(self[1:])

    @property
    def supports_model_settings(self) -> bool:
        """True from v15 on."""
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
    """The settings of a model for its tokenizer (mistral_common: `ModelSettings`).

    >>> ModelSettings(reasoning_effort="high").to_openai()
    {'reasoning_effort': 'high'}
    """

    reasoning_effort: ReasoningEffort | str | None = field(
        OneOf(ReasoningEffort), default=None, doc="The amount of thinking."
    )
    json_schema: Mapping[str, JSONValue] | None = field(default=None, doc="The answer's schema.")

    @staticmethod
    def none() -> ModelSettings:
        """Return settings that are not set."""
        return ModelSettings()

    @classmethod
    def from_openai(cls, **kwargs: object) -> ModelSettings:
        """Read parameters of an OpenAI request; any that is no setting is refused."""
        return cls.from_dict(kwargs)

    def to_openai(self) -> dict[str, JSONValue]:
        """Return the settings as parameters of an OpenAI request."""
        return self.to_dict()


@wire_type
class InstructRequest(HoldsConversation, Subscripted[ChatMessageType, ToolType]):
    """A request for a tokenizer (mistral_common: `InstructRequest`).

    It is never sent to the API: `to_dict` writes messages and chunks as they were given.

    >>> InstructRequest(messages=[{"role": "user", "content": "Hi"}]).to_dict()
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'settings': {}}
    """

    messages: Sequence[ChatMessage] = field(ListOf(MESSAGE), doc="The conversation.")
    system_prompt: str | None = field(default=None, doc="The instructions to the model.")
    available_tools: Sequence[Tool] | None = field(default=None, doc="The tools of the model.")
    truncate_at_max_tokens: int | None = field(default=None, doc="The maximum to keep.")
    continue_final_message: bool = field(default=False, local=True, doc="Sets the last `prefix`.")
    settings: ModelSettings = field(default_factory=ModelSettings, doc="Settings of the model.")

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        return WireType._dump(self, False)
