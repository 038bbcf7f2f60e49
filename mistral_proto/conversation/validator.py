"""Checks a conversation by the rules: as mistral_common's validator, or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.instruct import NEWEST_VERSION, TokenizerVersion
from ..protocol.request import ChatCompletionRequest
from .api_rules import broken_api_rules
from .rules import MESSAGES, Part, ValidationMode, broken_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import ClassVar

    from ..protocol.messages import ChatMessage
    from .exceptions import MistralCommonException

__all__ = [
    "MistralRequestValidator",
    "MistralRequestValidatorV3",
    "MistralRequestValidatorV5",
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
    """Everything in a request that breaks a rule: mistral_common's, in its order, and the API's.

    The exceptions are not raised but returned, with the `path` of each; there
    are none where the conversation is in order.

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
    messages[1].tool_call_id: an id is nine letters and digits of ASCII, not the string 'call_1'
    """
    mode = ValidationMode(mode)
    broken = [*broken_rules(request, TokenizerVersion(version), mode)]
    if mode is ValidationMode.serving:
        broken += broken_api_rules(request, {error.path for error in broken})
    return tuple(broken)


class MistralRequestValidator:
    """Checks requests by the rules of tokenizers v1 and v2 (mistral_common: same name).

    Raises:
        ValueError: there is no such mode.

    >>> validator = MistralRequestValidator()
    >>> validator.mode
    <ValidationMode.test: 'test'>
    >>> validator.validate_messages([{"role": "assistant", "content": "Hi"}], False)
    Traceback (most recent call last):
        ...
    mistral_proto.conversation.exceptions.InvalidMessageStructureException: messages[0].role: a single message is user or system, not assistant
    """

    _version: ClassVar[TokenizerVersion] = TokenizerVersion.v2

    def __init__(self, mode: ValidationMode | str = ValidationMode.test) -> None:
        self._mode = ValidationMode(mode)

    @property
    def mode(self) -> ValidationMode:
        """What the conversations are for."""
        return self._mode

    def validate_messages(
        self,
        messages: Sequence[ChatMessage | Mapping[str, object]],
        continue_final_message: bool = False,
    ) -> None:
        """Check a list of messages.

        Raises:
            MistralCommonException: the first place that breaks a rule.
            ValidationError: the list is empty, or something in it is no message.

        >>> from mistral_proto import UserMessage
        >>> MistralRequestValidatorV13().validate_messages([UserMessage(content="Hi")], False)
        """
        request = ChatCompletionRequest.from_dict(
            {"messages": messages, "continue_final_message": continue_final_message}
        )
        self._check(request, MESSAGES)

    def validate_request(self, request: ChatCompletionRequest) -> ChatCompletionRequest:
        """Check a request, and return it.

        Raises:
            MistralCommonException: the first place that breaks a rule.

        >>> from mistral_proto import UserMessage
        >>> request = ChatCompletionRequest(messages=[UserMessage(content="Hi")])
        >>> MistralRequestValidatorV15(ValidationMode.test).validate_request(request) is request
        True
        """
        self._check(request, tuple(Part))
        return request

    def _check(self, request: ChatCompletionRequest, parts: Collection[Part]) -> None:
        for error in broken_rules(request, self._version, self._mode, parts):
            raise error


class MistralRequestValidatorV3(MistralRequestValidator):
    """Checks requests by the rules of tokenizer v3 (mistral_common: same name)."""

    _version = TokenizerVersion.v3


class MistralRequestValidatorV5(MistralRequestValidatorV3):
    """Checks requests by the rules of tokenizer v7 (mistral_common: same name)."""

    _version = TokenizerVersion.v7


class MistralRequestValidatorV13(MistralRequestValidatorV5):
    """Checks requests by the rules of tokenizers v11 and v13 (mistral_common: same name)."""

    _version = TokenizerVersion.v13


class MistralRequestValidatorV15(MistralRequestValidatorV13):
    """Checks requests by the rules of tokenizer v15 (mistral_common: same name)."""

    _version = TokenizerVersion.v15


_VALIDATORS = {
    TokenizerVersion.v1: MistralRequestValidator,
    TokenizerVersion.v2: MistralRequestValidator,
    TokenizerVersion.v3: MistralRequestValidatorV3,
    TokenizerVersion.v7: MistralRequestValidatorV5,
    TokenizerVersion.v11: MistralRequestValidatorV13,
    TokenizerVersion.v13: MistralRequestValidatorV13,
    TokenizerVersion.v15: MistralRequestValidatorV15,
}


def get_validator(
    version: TokenizerVersion | str, mode: ValidationMode | str
) -> MistralRequestValidator:
    """The validator for a version of the tokenizers (mistral_common: same name).

    Raises:
        ValueError: there is no such version or mode.

    >>> type(get_validator(TokenizerVersion.v7, ValidationMode.serving)).__name__
    'MistralRequestValidatorV5'
    """
    return _VALIDATORS[TokenizerVersion(version)](mode)
