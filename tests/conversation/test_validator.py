"""mistral_common's validators by their names, and everything that is wrong at once."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest, UserMessage, ValidationError
from mistral_proto.conversation import validator as validators
from mistral_proto.conversation.exceptions import (
    InvalidMessageStructureException,
    InvalidRequestException,
    InvalidToolException,
    MistralCommonException,
)
from mistral_proto.conversation.rules import RULES
from mistral_proto.conversation.validator import (
    MistralRequestValidator,
    MistralRequestValidatorV3,
    MistralRequestValidatorV5,
    MistralRequestValidatorV13,
    MistralRequestValidatorV15,
    ValidationMode,
    check_conversation,
    get_validator,
)
from mistral_proto.protocol.instruct import TokenizerVersion
from tests.conversation.requests import (
    ASSISTANT,
    AUDIO,
    ONE,
    SYSTEM,
    USER,
    answer,
    calls,
    request,
    tool,
)

V = TokenizerVersion
BY_VERSION: dict[TokenizerVersion, type[MistralRequestValidator]] = {
    V.v1: MistralRequestValidator,
    V.v2: MistralRequestValidator,
    V.v3: MistralRequestValidatorV3,
    V.v7: MistralRequestValidatorV5,
    V.v11: MistralRequestValidatorV13,
    V.v13: MistralRequestValidatorV13,
    V.v15: MistralRequestValidatorV15,
}


@pytest.mark.parametrize("mode", ValidationMode)
@pytest.mark.parametrize("version", BY_VERSION)
def test_get_validator(version: TokenizerVersion, mode: ValidationMode) -> None:
    for validator in (get_validator(version, mode), get_validator(version.value, mode.value)):
        assert type(validator) is BY_VERSION[version]
        assert validator.mode is mode


def test_every_version_has_a_validator() -> None:
    assert list(BY_VERSION) == list(TokenizerVersion)


# A class stands for several versions, which no rule tells apart.
@pytest.mark.parametrize(("version", "cls"), BY_VERSION.items())
def test_a_validator_has_the_rules_of_its_versions(
    version: TokenizerVersion, cls: type[MistralRequestValidator]
) -> None:
    assert all((version in rule.versions) == (cls._version in rule.versions) for rule in RULES)


@pytest.mark.parametrize("cls", set(BY_VERSION.values()))
def test_the_mode(cls: type[MistralRequestValidator]) -> None:
    assert cls().mode is ValidationMode.test
    assert cls(ValidationMode.serving).mode is ValidationMode.serving
    assert cls(mode="finetuning").mode is ValidationMode.finetuning
    assert issubclass(cls, MistralRequestValidator)
    with pytest.raises(AttributeError):
        cls().mode = ValidationMode.test  # type: ignore[misc]


@pytest.mark.parametrize(
    ("version", "mode"), [("v4", "test"), ("", "test"), ("v3", "training"), (None, "test")]
)
def test_no_such_version_or_mode(version: Any, mode: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        get_validator(version, mode)
    with pytest.raises(ValueError, match="is not a valid"):
        check_conversation(request(USER), version, mode)


# One difference between each two validators that follow each other.
STEPS: list[tuple[str, ChatCompletionRequest, set[str]]] = [
    ("ids from v3 on", request(USER, calls("x"), answer("x")), {"v1", "v2"}),
    (
        "content and calls from v7 on",
        request(USER, calls(ONE, content="Hm."), answer(ONE)),
        {"v7", "v11", "v13", "v15"},
    ),
    ("no audio with a system prompt in v7", request(SYSTEM, AUDIO), {*V} - {"v7"}),
    (
        "answers by id from v11 on",
        request(USER, calls(ONE), answer("123456789")),
        {"v1", "v2", "v3", "v7"},
    ),
    ("reasoning effort from v15 on", request(USER, reasoning_effort="high"), {"v15"}),
]


@pytest.mark.parametrize(
    ("given", "taken"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS]
)
def test_what_the_versions_take(given: ChatCompletionRequest, taken: set[str]) -> None:
    for version in TokenizerVersion:
        validator = get_validator(version, ValidationMode.test)
        if version in taken:
            assert validator.validate_request(given) is given
        else:
            with pytest.raises(MistralCommonException):
                validator.validate_request(given)


def test_the_first_that_is_wrong_is_raised() -> None:
    given = request(SYSTEM, answer("x"), model=None, tools=[tool("")])
    for version in TokenizerVersion:
        for mode in ValidationMode:
            everything = check_conversation(given, version, mode)
            with pytest.raises(MistralCommonException) as caught:
                get_validator(version, mode).validate_request(given)
            first = everything[0]
            assert type(caught.value) is type(first)
            assert (caught.value.path, str(caught.value)) == (first.path, str(first))


def test_the_messages_alone() -> None:
    # A model, tools and settings are none of theirs.
    validator = MistralRequestValidatorV13(ValidationMode.serving)
    given = request(USER, model=None, tools=[tool("")], reasoning_effort="high")
    validator.validate_messages(given.messages, False)
    with pytest.raises(InvalidRequestException):
        validator.validate_request(given)
    with pytest.raises(InvalidToolException):
        MistralRequestValidatorV13().validate_request(given)


def test_messages_that_are_continued() -> None:
    validator = MistralRequestValidatorV13()
    validator.validate_messages([USER, ASSISTANT], True)
    validator.validate_messages([USER, ASSISTANT], continue_final_message=True)
    with pytest.raises(InvalidMessageStructureException, match=r"^messages\[1\]: "):
        validator.validate_messages([USER, ASSISTANT], False)
    with pytest.raises(InvalidMessageStructureException, match="^continue_final_message: "):
        validator.validate_messages([UserMessage(content="a"), USER], True)


def test_what_is_no_message() -> None:
    with pytest.raises(ValidationError, match=r"messages\[1\]\.role: "):
        MistralRequestValidator().validate_messages([USER, {"role": "robot"}], False)


def test_a_conversation_in_order() -> None:
    assert check_conversation(request(USER)) == ()


def test_everything_that_is_wrong() -> None:
    given = request(USER, answer("x"), model=None, reasoning_effort="high")
    assert [error.path for error in check_conversation(given)] == [
        ("model",),
        ("messages", 1, "role"),
        ("messages", 1, "tool_call_id"),
        ("messages", 1, "tool_call_id"),
    ]
    assert [error.path for error in check_conversation(given, "v2", "test")] == [
        ("messages", 1, "role"),
        ("reasoning_effort",),
    ]


def test_what_is_told_can_be_raised_and_pickled() -> None:
    [error] = check_conversation(request(USER, model=None))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.path, copy.message) == (type(error), error.path, error.message)
    assert isinstance(error, ValueError)
    with pytest.raises(InvalidRequestException, match="^model: a model must be named$"):
        raise error


def test_the_names_are_mistral_commons() -> None:
    assert {name for name in validators.__all__ if "alidat" in name} == {
        "MistralRequestValidator",
        "MistralRequestValidatorV3",
        "MistralRequestValidatorV5",
        "MistralRequestValidatorV13",
        "MistralRequestValidatorV15",
        "ValidationMode",
        "get_validator",
    }
