"""mistral_common's validators, and `check_conversation`."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

import mistral_proto as m
from mistral_proto import (
    InvalidMessageStructureException,
    InvalidRequestException,
    MistralCommonException,
    MistralRequestValidator,
    TokenizerVersion,
    ValidationError,
    ValidationMode,
    check_conversation,
    get_validator,
)
from tests.conversation.test_rules import ASSISTANT, SYSTEM, USER, answer, request, tool

NAMES = {"v1": "", "v2": "", "v3": "V3", "v7": "V5", "v11": "V11", "v13": "V13", "v15": "V15"}


def test_the_validator_of_a_version() -> None:
    for version in TokenizerVersion:
        cls = getattr(m, f"MistralRequestValidator{NAMES[version]}")
        assert cls().mode is ValidationMode.test
        for mode in ValidationMode:
            for validator in (
                get_validator(version, mode),
                get_validator(version.value, mode.value),
            ):
                assert type(validator) is cls
                assert validator.mode is mode
    with pytest.raises(AttributeError):
        MistralRequestValidator().mode = ValidationMode.test  # type: ignore[misc]


def test_unknown_versions_and_modes() -> None:
    wrong: list[Any] = [("v4", "test"), ("v3", "training"), (None, "test")]
    for version, mode in wrong:
        with pytest.raises(ValueError, match="is not a valid"):
            get_validator(version, mode)
        with pytest.raises(ValueError, match="is not a valid"):
            check_conversation(request(USER), version, mode)


def test_the_first_breach_is_raised() -> None:
    given = request(SYSTEM, answer("x"), model=None, tools=[tool("")])
    for version in TokenizerVersion:
        for mode in ValidationMode:
            first, *_ = check_conversation(given, version, mode)
            with pytest.raises(MistralCommonException) as caught:
                get_validator(version, mode).validate_request(given)
            assert type(caught.value) is type(first)
            assert (caught.value.path, str(caught.value)) == (first.path, str(first))
            copy = pickle.loads(pickle.dumps(first))
            assert (type(copy), copy.path, copy.message) == (type(first), first.path, first.message)


def test_messages_without_a_request() -> None:
    kinds = MistralRequestValidator[
        m.UserMessage, m.AssistantMessage, m.ToolMessage, m.SystemMessage
    ]
    validator: Any = kinds(mode=ValidationMode.serving)
    given = request(USER, model=None, tools=[tool("")])
    validator.validate_messages(given.messages)
    validator.validate_messages([USER, ASSISTANT], True)
    with pytest.raises(InvalidRequestException):
        validator.validate_request(given)
    wrong: list[tuple[list[Any], bool, Any]] = [
        ([USER, ASSISTANT], False, ("messages", 1)),
        ([USER], True, ("continue_final_message",)),
        ([], False, ("messages",)),
    ]
    for messages, is_continued, path in wrong:
        with pytest.raises(InvalidMessageStructureException) as caught:
            validator.validate_messages(messages, continue_final_message=is_continued)
        assert caught.value.path == path
    with pytest.raises(ValidationError, match=re.escape(" messages[1].role: ")):
        validator.validate_messages([USER, {"role": "robot"}])
