"""Guardrails: defaults, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    ChatCompletionRequest,
    GuardrailConfig,
    ModerationLLMAction,
    ModerationLLMV1CategoryThresholds,
    ModerationLLMV1Config,
    ModerationLLMV2CategoryThresholds,
    ModerationLLMV2Config,
    ValidationError,
)
from mistral_proto.errors import Path
from mistral_proto.wire import WireType

USER: Any = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    ("value", "document"),
    [
        (GuardrailConfig(), {}),
        (GuardrailConfig(block_on_error=False), {"block_on_error": False}),
        (ModerationLLMV1Config(), {}),
        (ModerationLLMV2Config(action="none"), {"action": "none"}),
        (ModerationLLMV1CategoryThresholds(), {}),
        (ModerationLLMV2CategoryThresholds(), {}),
        # The published schema states no bounds.
        (ModerationLLMV1CategoryThresholds(law=-1, pii=2), {"law": -1, "pii": 2}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_defaults(value: WireType, document: dict[str, Any]) -> None:
    assert value.to_dict() == document


@pytest.mark.parametrize(
    ("guardrail", "path", "kind"),
    [
        ({"block_on_error": 1}, ("block_on_error",), "bool_type"),
        ({"moderation_llm_v3": {}}, ("moderation_llm_v3",), "extra_forbidden"),
        ({"moderation_llm_v1": []}, ("moderation_llm_v1",), "dict_type"),
        ({"moderation_llm_v2": {"action": "warn"}}, ("moderation_llm_v2", "action"), "enum"),
        (
            {"moderation_llm_v1": {"custom_category_thresholds": {"law": "0.5"}}},
            ("moderation_llm_v1", "custom_category_thresholds", "law"),
            "float_type",
        ),
        # Only the second model tells these two apart.
        (
            {"moderation_llm_v1": {"custom_category_thresholds": {"criminal": 1}}},
            ("moderation_llm_v1", "custom_category_thresholds", "criminal"),
            "extra_forbidden",
        ),
    ],
    ids=["flag", "third model", "list", "action", "threshold", "category"],
)
def test_a_bad_guardrail_of_a_request(guardrail: Any, path: Path, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest(messages=[USER], guardrails=[GuardrailConfig(), guardrail])
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (("guardrails", 1, *path), kind)


def test_an_action_is_given_as_its_string_or_itself() -> None:
    by_name = ModerationLLMV1Config(action="block")
    assert by_name.action is ModerationLLMAction.block
    assert by_name == ModerationLLMV1Config(action=ModerationLLMAction.block)
