"""What a request asks the API to check, and to block."""

from __future__ import annotations

from ..checks import StringEnum
from ..fields import field
from ..wire import WireType, wire_type

__all__ = [
    "GuardrailConfig",
    "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
    "ModerationLlmv1CategoryThresholds",
    "ModerationLlmv1Config",
    "ModerationLlmv2CategoryThresholds",
    "ModerationLlmv2Config",
]


class ModerationLLMAction(StringEnum):
    """What happens to what the moderation finds.

    >>> ModerationLLMV2Config(action="block").action
    <ModerationLLMAction.block: 'block'>
    """

    none = "none"
    block = "block"


@wire_type
class _CategoryThresholds(WireType):
    sexual: float | None = None
    hate_and_discrimination: float | None = None
    violence_and_threats: float | None = None
    selfharm: float | None = None
    health: float | None = None
    financial: float | None = None
    law: float | None = None
    pii: float | None = None


@wire_type
class ModerationLLMV1CategoryThresholds(_CategoryThresholds):
    """The score from which on a category counts (API document: same name).

    >>> ModerationLLMV1CategoryThresholds(law=0.5).to_dict()
    {'law': 0.5}
    """

    dangerous_and_criminal_content: float | None = None


@wire_type
class ModerationLLMV2CategoryThresholds(_CategoryThresholds):
    """The score from which on a category counts (API document: same name).

    >>> ModerationLLMV2CategoryThresholds(jailbreaking=1).to_dict()
    {'jailbreaking': 1}
    """

    dangerous: float | None = None
    criminal: float | None = None
    jailbreaking: float | None = None


@wire_type
class _Config(WireType):
    ignore_other_categories: bool = field(
        default=False, implied=True, doc="Whether only categories with a threshold here count."
    )
    action: ModerationLLMAction | str = field(
        default=ModerationLLMAction.none, implied=True, doc="What happens to what is found."
    )


@wire_type
class ModerationLLMV1Config(_Config):
    """Moderation by the first model (API document: same name).

    >>> ModerationLLMV1Config().model_name
    'mistral-moderation-2411'
    """

    model_name: str = field(default="mistral-moderation-2411", implied=True)
    custom_category_thresholds: ModerationLLMV1CategoryThresholds | None = None


@wire_type
class ModerationLLMV2Config(_Config):
    """Moderation by the second model (API document: same name).

    >>> ModerationLLMV2Config().model_name
    'mistral-moderation-2603'
    """

    model_name: str = field(default="mistral-moderation-2603", implied=True)
    custom_category_thresholds: ModerationLLMV2CategoryThresholds | None = None


@wire_type
class GuardrailConfig(WireType):
    """One guardrail of a request (API document: `GuardrailConfig`).

    >>> GuardrailConfig(moderation_llm_v2={"action": "block"}).to_dict()
    {'moderation_llm_v2': {'action': 'block'}}
    """

    block_on_error: bool = field(
        default=False,
        implied=True,
        doc="Whether the request is blocked when the check itself fails.",
    )
    moderation_llm_v1: ModerationLLMV1Config | None = None
    moderation_llm_v2: ModerationLLMV2Config | None = None


# Names that the SDK has for these.
ModerationLlmv1CategoryThresholds = ModerationLLMV1CategoryThresholds
ModerationLlmv1Config = ModerationLLMV1Config
ModerationLlmv2CategoryThresholds = ModerationLLMV2CategoryThresholds
ModerationLlmv2Config = ModerationLLMV2Config
