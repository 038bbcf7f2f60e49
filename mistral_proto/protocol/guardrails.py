"""What a request asks the API to check, and to block."""

from __future__ import annotations

from ..checks import Boolean, Number, ObjectOf, OneOf, String, StringEnum
from ..fields import field
from ..wire import WireType, wire_type

__all__ = [
    "GuardrailConfig",
    "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
]


class ModerationLLMAction(StringEnum):
    """What happens to what the moderation finds.

    >>> ModerationLLMV2Config(action="block").action
    <ModerationLLMAction.block: 'block'>
    """

    none = "none"
    block = "block"


@wire_type
class ModerationLLMV1CategoryThresholds(WireType):
    """The score from which on a category counts (API document: same name).

    >>> ModerationLLMV1CategoryThresholds(law=0.5).to_dict()
    {'law': 0.5}
    """

    sexual: float | None = field(Number(), default=None)
    hate_and_discrimination: float | None = field(Number(), default=None)
    violence_and_threats: float | None = field(Number(), default=None)
    dangerous_and_criminal_content: float | None = field(Number(), default=None)
    selfharm: float | None = field(Number(), default=None)
    health: float | None = field(Number(), default=None)
    financial: float | None = field(Number(), default=None)
    law: float | None = field(Number(), default=None)
    pii: float | None = field(Number(), default=None)


@wire_type
class ModerationLLMV1Config(WireType):
    """Moderation by the first model (API document: same name).

    >>> ModerationLLMV1Config().model_name
    'mistral-moderation-2411'
    """

    model_name: str = field(String(), default="mistral-moderation-2411")
    custom_category_thresholds: ModerationLLMV1CategoryThresholds | None = field(
        ObjectOf(ModerationLLMV1CategoryThresholds), default=None
    )
    ignore_other_categories: bool = field(
        Boolean(), default=False, doc="Whether only categories with a threshold here count."
    )
    action: ModerationLLMAction | str = field(
        OneOf(ModerationLLMAction),
        default=ModerationLLMAction.none,
        doc="What happens to what is found.",
    )


@wire_type
class ModerationLLMV2CategoryThresholds(WireType):
    """The score from which on a category counts (API document: same name).

    >>> ModerationLLMV2CategoryThresholds(jailbreaking=1).to_dict()
    {'jailbreaking': 1}
    """

    sexual: float | None = field(Number(), default=None)
    hate_and_discrimination: float | None = field(Number(), default=None)
    violence_and_threats: float | None = field(Number(), default=None)
    dangerous: float | None = field(Number(), default=None)
    criminal: float | None = field(Number(), default=None)
    selfharm: float | None = field(Number(), default=None)
    health: float | None = field(Number(), default=None)
    financial: float | None = field(Number(), default=None)
    law: float | None = field(Number(), default=None)
    pii: float | None = field(Number(), default=None)
    jailbreaking: float | None = field(Number(), default=None)


@wire_type
class ModerationLLMV2Config(WireType):
    """Moderation by the second model (API document: same name).

    >>> ModerationLLMV2Config().model_name
    'mistral-moderation-2603'
    """

    model_name: str = field(String(), default="mistral-moderation-2603")
    custom_category_thresholds: ModerationLLMV2CategoryThresholds | None = field(
        ObjectOf(ModerationLLMV2CategoryThresholds), default=None
    )
    ignore_other_categories: bool = field(
        Boolean(), default=False, doc="Whether only categories with a threshold here count."
    )
    action: ModerationLLMAction | str = field(
        OneOf(ModerationLLMAction),
        default=ModerationLLMAction.none,
        doc="What happens to what is found.",
    )


@wire_type
class GuardrailConfig(WireType):
    """One guardrail of a request (API document: `GuardrailConfig`).

    >>> GuardrailConfig(moderation_llm_v2={"action": "block"}).to_dict()["block_on_error"]
    False
    """

    block_on_error: bool = field(
        Boolean(), default=False, doc="Whether the request is blocked when the check itself fails."
    )
    moderation_llm_v1: ModerationLLMV1Config | None = field(
        ObjectOf(ModerationLLMV1Config), default=None
    )
    moderation_llm_v2: ModerationLLMV2Config | None = field(
        ObjectOf(ModerationLLMV2Config), default=None
    )
