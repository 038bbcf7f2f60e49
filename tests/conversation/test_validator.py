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


def test_a_validator_in_brackets() -> None:
    cls = MistralRequestValidator[m.UserMessage, m.AssistantMessage, m.ToolMessage, m.SystemMessage]
    assert isinstance(cls(mode=ValidationMode.serving), MistralRequestValidator)


def test_no_such_version_or_mode() -> None:
    wrong: list[Any] = [("v4", "test"), ("", "test"), ("v3", "training"), (None, "test")]
    for version, mode in wrong:
        with pytest.raises(ValueError, match="is not a valid"):
            get_validator(version, mode)
        with pytest.raises(ValueError, match="is not a valid"):
            check_conversation(request(USER), version, mode)


def test_the_first_that_is_wrong_is_raised() -> None:
    given = request(SYSTEM, answer("x"), model=None, tools=[tool("")])
    for version in TokenizerVersion:
        for mode in ValidationMode:
            validator = get_validator(version, mode)
            first, *_ = check_conversation(given, version, mode)
            with pytest.raises(MistralCommonException) as caught:
                validator.validate_request(given)
            assert type(caught.value) is type(first)
            assert (caught.value.path, str(caught.value)) == (first.path, str(first))


def test_the_messages_alone() -> None:
    validator = get_validator("v3", "serving")
    given = request(USER, model=None, tools=[tool("")], reasoning_effort="high")
    validator.validate_messages(given.messages)
    validator.validate_messages([USER, ASSISTANT], True)
    with pytest.raises(InvalidRequestException):
        validator.validate_request(given)
    with pytest.raises(InvalidMessageStructureException, match=r"^messages\[1\]: "):
        validator.validate_messages([USER, ASSISTANT], False)
    with pytest.raises(InvalidMessageStructureException, match="^continue_final_message: "):
        validator.validate_messages([USER], continue_final_message=True)
    with pytest.raises(InvalidMessageStructureException, match="^messages: "):
        validator.validate_messages([])
    with pytest.raises(ValidationError, match=re.escape(" messages[1].role: ")):
        validator.validate_messages([USER, {"role": "robot"}])


def test_errors_can_be_raised_and_pickled() -> None:
    [error] = check_conversation(request(USER, model=None))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.path, copy.message) == (type(error), error.path, error.message)
    assert isinstance(error, ValueError)
    with pytest.raises(InvalidRequestException, match="^model: a model must be named$"):
        raise error
