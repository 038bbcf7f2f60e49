"""Validators of conversations: mistral_common's, and one that returns everything wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.instruct import NEWEST_VERSION, TokenizerVersion
from ..protocol.messages import (
    AssistantMessageType,
    ChatMessage,
    SystemMessageType,
    ToolMessageType,
    UserMessageType,
)
from ..protocol.mistral_common_methods import Subscripted
from ..protocol.request import ChatCompletionRequest
from .exceptions import InvalidMessageStructureException, InvalidRequestException
from .rules import API, ValidationMode, breaches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .exceptions import MistralCommonException

__all__ = [
    "MistralRequestValidator",
    "MistralRequestValidatorV3",
    "MistralRequestValidatorV5",
    "MistralRequestValidatorV11",
    "MistralRequestValidatorV13",
    "MistralRequestValidatorV15",
    "ValidationMode",
    "check_conversation",
    "get_validator",
]


def check_conversation(
    request: ChatCompletionRequest,
    version: TokenizerVersion | str = NEWEST_VERSION,
    mode: ValidationMode | str = ValidationMode.serving,
) -> tuple[MistralCommonException, ...]:
    """Return all violations of mistral_common's rules and, for `serving`, of the API's.

    The exceptions are not raised; each has its `path`.

    Raises:
        ValueError: there is no such version or mode.

    >>> request = ChatCompletionRequest(
    ...     model="mistral-small-latest",
    ...     messages=[
    ...         {"role": "user", "content": "Hi"},
    ...         {"role": "tool", "content": "12 °C", "tool_call_id": "call_1"},
    ...     ],
    ... )
    >>> for error in check_conversation(request):
    ...     print(error)
    messages[1].role: tool can't follow user
    messages[1].tool_call_id: no call before it has this id: the string 'call_1'
    """
    mode = ValidationMode(mode)
    number = TokenizerVersion(version).version_num
    errors = [rule.raises(words, path) for path, words, rule in breaches(request, number, mode)]
    if mode is ValidationMode.serving:
        reported = {error.path for error in errors}
        errors += [
            InvalidRequestException(f"Mistral's API expects {words}", path)
            for path, words, _ in breaches(request, API, mode)
            if path not in reported
        ]
    return tuple(errors)


class MistralRequestValidator(
    Subscripted[UserMessageType, AssistantMessageType, ToolMessageType, SystemMessageType]
):
    """The validator for the tokenizers v1 and v2 (mistral_common: same name).

    Raises:
        ValueError: there is no such mode.

    >>> MistralRequestValidator().validate_messages([{"role": "assistant", "content": "Hi"}])
    Traceback (most recent call last):
        ...
    mistral_proto.conversation.exceptions.InvalidMessageStructureException: messages[0].role: a single message is user or system, not assistant
    """

    _version = TokenizerVersion.v1

    def __init__(self, mode: ValidationMode | str = ValidationMode.test) -> None:
        self._mode = ValidationMode(mode)

    @property
    def mode(self) -> ValidationMode:
        """The use of the conversations."""
        return self._mode

    def validate_messages(
        self,
        messages: Sequence[ChatMessage | Mapping[str, object]],
        continue_final_message: bool = False,
    ) -> None:
        """Check a list of messages; `continue_final_message` makes the last one a `prefix`.

        Raises:
            MistralCommonException: the first breach of a rule.
            ValidationError: an item of the list is not a message.
        """
        if not messages:
            raise InvalidMessageStructureException("a conversation has a message", ("messages",))
        continued = {"continue_final_message": continue_final_message}
        document = {"model": "any", "messages": messages, **continued}
        self.validate_request(ChatCompletionRequest.from_dict(document))

    def validate_request(self, request: ChatCompletionRequest) -> ChatCompletionRequest:
        """Check a request, and return it.

        Raises:
            MistralCommonException: the first breach of a rule.
        """
        for path, words, rule in breaches(request, self._version.version_num, self._mode):
            raise rule.raises(words, path)
        return request


class MistralRequestValidatorV3(MistralRequestValidator):
    """The validator for the tokenizer v3 (mistral_common: same name)."""

    _version = TokenizerVersion.v3


class MistralRequestValidatorV5(MistralRequestValidatorV3):
    """The validator for the tokenizer v7 (mistral_common: same name)."""

    _version = TokenizerVersion.v7


class MistralRequestValidatorV11(MistralRequestValidatorV5):
    """The validator for the tokenizer v11 (mistral_common: same name)."""

    _version = TokenizerVersion.v11


class MistralRequestValidatorV13(MistralRequestValidatorV11):
    """The validator for the tokenizer v13 (mistral_common: same name)."""

    _version = TokenizerVersion.v13


class MistralRequestValidatorV15(MistralRequestValidatorV13):
    """The validator for the tokenizer v15 (mistral_common: same name)."""

    _version = TokenizerVersion.v15


def get_validator(
    version: TokenizerVersion | str, mode: ValidationMode | str
) -> MistralRequestValidator:
    """Return the validator for a version of the tokenizers (mistral_common: same name).

    Raises:
        ValueError: there is no such version or mode.

    >>> type(get_validator(TokenizerVersion.v7, ValidationMode.serving)).__name__
    'MistralRequestValidatorV5'
    """
    cls: type[MistralRequestValidator] = MistralRequestValidatorV15
    while TokenizerVersion(version) < cls._version:
        cls = cls.__bases__[0]  # of the versions before
    return cls(mode)
