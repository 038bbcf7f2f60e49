"""mistral_common's normalizers: a request for the API becomes one for a tokenizer.

What is done to the messages, in every version:

- Neighbours of one role (and, of the assistant's, one weight) become one
  message, their texts apart by an empty line.  Results of tools, and system
  messages, stay as many as they are.
- The arguments of calls and the results of tools become JSON as Python writes
  it; what is not JSON stays as it is.
- A conversation without a message gets an empty user message.

How the versions differ stands in the attributes of the four classes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from .. import json_text
from ..conversation.exceptions import (
    InvalidAssistantMessageException,
    InvalidRequestException,
    InvalidSystemPromptException,
    InvalidToolException,
)
from ..protocol.chunk import TextChunk
from ..protocol.instruct import InstructRequest, ModelSettings, TokenizerVersion
from ..protocol.messages import (
    AssistantMessage,
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from ..protocol.tool_calls import NO_ID, Tool, ToolCall
from .model_settings import ModelSettingsBuilder

if TYPE_CHECKING:
    from typing import TypeVar

    from typing_extensions import Self

    from ..json_text import JSONValue
    from ..protocol.messages import ChatMessage
    from ..protocol.request import ChatCompletionRequest
    from ..protocol.tool_calls import RequestTool

    C = TypeVar("C")  # a kind of chunk

__all__ = [
    "InstructRequestNormalizer",
    "InstructRequestNormalizerV7",
    "InstructRequestNormalizerV13",
    "InstructRequestNormalizerV15",
    "get_normalizer",
]

_BETWEEN_TEXTS = "\n\n"


@dataclasses.dataclass(frozen=True)
class InstructRequestNormalizer:
    """The normalizer of the tokenizers v1 to v3 (mistral_common's name).

    Attributes:
        model_settings_builder: which settings the model takes; only for v15.

    Raises:
        ValueError: a builder is given, and the version has no settings.

    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(messages=[
    ...     {"role": "system", "content": "Answer in French."},
    ...     {"role": "user", "content": "Hi."},
    ...     {"role": "user", "content": "Who are you?"},
    ... ])
    >>> normalizer = InstructRequestNormalizer.normalizer()
    >>> normalizer.from_chat_completion_request(request)
    InstructRequest(messages=[UserMessage(role='user', content='Hi.\\n\\nWho are you?')], system_prompt='Answer in French.', continue_final_message=False, settings=ModelSettings())
    """

    model_settings_builder: ModelSettingsBuilder | None = None

    # Whether system messages stay where they are, or are joined to one prompt that
    # stands apart, the messages then beginning with the user's.
    system_messages_stay = False
    # Whether one message of the assistant may have both content and calls.
    content_beside_calls = False
    # Whether the results of tools come in the order of the calls.
    results_in_order = False
    has_settings = False

    def __post_init__(self) -> None:
        if self.model_settings_builder is not None and not self.has_settings:
            raise ValueError(f"{type(self).__name__} has no settings, and takes no builder of them")

    @classmethod
    def normalizer(cls, model_settings_builder: ModelSettingsBuilder | None = None) -> Self:
        """A normalizer of this version.

        Raises:
            ValueError: a builder is given, and the version has no settings.
        """
        return cls(model_settings_builder)

    def from_chat_completion_request(self, request: ChatCompletionRequest) -> InstructRequest:
        """The request as the tokenizer reads it.

        Raises:
            MistralCommonException: what the request holds has no place in the
                other: see each subclass, and the `path` of the exception.
        """
        messages = self._merged(request.messages)
        if not messages or not (self.system_messages_stay or messages[0].role == "user"):
            messages.insert(0, UserMessage(content=""))
        return InstructRequest(
            messages=messages,
            system_prompt=None if self.system_messages_stay else _system_prompt(request.messages),
            available_tools=None if request.tools is None else _functions(request.tools),
            continue_final_message=request.continue_final_message,
            settings=self.build_settings(request),
        )

    def build_settings(self, request: ChatCompletionRequest) -> ModelSettings:
        """The model's settings that a request asks for; before v15 there are none.

        Raises:
            InvalidRequestException: there is no builder where one is needed, or
                it refuses a setting.
        """
        if not self.has_settings:
            return ModelSettings.none()
        if self.model_settings_builder is None:
            raise InvalidRequestException(
                f"{type(self).__name__} needs a builder to make the model's settings"
            )
        return self.model_settings_builder.build_settings(request)

    def _merged(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        merged: list[ChatMessage] = []
        call_ids: list[str] = []  # of the calls since the last results
        for _, group in groupby(enumerate(messages), _role_and_weight):
            places = dict(group)
            members = places.values()
            if users := [each for each in members if isinstance(each, UserMessage)]:
                merged.append(_user_message(users))
            elif results := [_result(each) for each in members if isinstance(each, ToolMessage)]:
                merged += _in_order(results, call_ids) if self.results_in_order else results
                call_ids = []
            elif answers := {
                place: each for place, each in places.items() if isinstance(each, AssistantMessage)
            }:
                answer = self._answer(answers)
                call_ids += [call.id for call in answer.tool_calls or ()]
                merged.append(answer)
            elif self.system_messages_stay:
                merged += [
                    _system_message(each) for each in members if isinstance(each, SystemMessage)
                ]
        return merged

    def _answer(self, messages: Mapping[int, AssistantMessage]) -> AssistantMessage:
        """One message of several of the assistant's, by their places in the request."""
        calls: list[ToolCall] = []
        extra: dict[str, JSONValue] = {}
        for place, message in messages.items():
            if message.tool_calls and message.content and not self.content_beside_calls:
                raise InvalidAssistantMessageException(
                    "before v7 a message has either content or calls", ("messages", place)
                )
            calls += message.tool_calls or ()
            for name, value in message.extra.items():
                if extra.setdefault(name, value) != value:
                    raise InvalidAssistantMessageException(
                        "the message before, which it is joined to, has another value here",
                        ("messages", place, name),
                    )
        first, *others = messages.values()
        # Their weights are the same, but only one kind of message can hold it.
        with_weight = [each for each in others if isinstance(each, FinetuningAssistantMessage)]
        return dataclasses.replace(
            with_weight[0] if with_weight else first,
            content=_joined([message.content for message in messages.values()]),
            tool_calls=[_call(call, index) for index, call in enumerate(calls)] or None,
            prefix=any(message.prefix for message in messages.values()),
            extra=extra,
        )


class InstructRequestNormalizerV7(InstructRequestNormalizer):
    """The normalizer of the tokenizer v7 (mistral_common's name).

    System messages stay where they are, and calls may have content beside them.

    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(messages=[{"role": "system", "content": "Be brief."}])
    >>> InstructRequestNormalizerV7.normalizer().from_chat_completion_request(request).messages
    [SystemMessage(role='system', content='Be brief.')]
    """

    system_messages_stay = True
    content_beside_calls = True


class InstructRequestNormalizerV13(InstructRequestNormalizerV7):
    """The normalizer of the tokenizers v11 and v13 (mistral_common's name).

    What v7's does; and the results of tools come in the order of the calls, those
    that answer none of them last.

    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(messages=[
    ...     {"role": "assistant", "tool_calls": [
    ...         {"id": "a", "function": {"name": "now", "arguments": {}}},
    ...         {"id": "b", "function": {"name": "now", "arguments": {}}},
    ...     ]},
    ...     {"role": "tool", "tool_call_id": "b", "content": "12:01"},
    ...     {"role": "tool", "tool_call_id": "a", "content": "12:00"},
    ... ])
    >>> normalizer = InstructRequestNormalizerV13.normalizer()
    >>> messages = normalizer.from_chat_completion_request(request).messages
    >>> [message.tool_call_id for message in messages[1:]]
    ['a', 'b']
    """

    results_in_order = True


class InstructRequestNormalizerV15(InstructRequestNormalizerV13):
    """The normalizer of the tokenizer v15 (mistral_common's name).

    What v13's does; and it sets the model's settings, for which it needs a builder.

    >>> from mistral_proto import ChatCompletionRequest
    >>> from mistral_proto.conversions.model_settings import ModelSettingsBuilder
    >>> normalizer = InstructRequestNormalizerV15.normalizer(ModelSettingsBuilder.none())
    >>> request = ChatCompletionRequest(messages=[{"role": "user", "content": "Hi"}])
    >>> normalizer.from_chat_completion_request(request).settings
    ModelSettings()
    """

    has_settings = True


_NORMALIZERS: dict[TokenizerVersion, type[InstructRequestNormalizer]] = {
    TokenizerVersion.v1: InstructRequestNormalizer,
    TokenizerVersion.v2: InstructRequestNormalizer,
    TokenizerVersion.v3: InstructRequestNormalizer,
    TokenizerVersion.v7: InstructRequestNormalizerV7,
    TokenizerVersion.v11: InstructRequestNormalizerV13,
    TokenizerVersion.v13: InstructRequestNormalizerV13,
    TokenizerVersion.v15: InstructRequestNormalizerV15,
}


def get_normalizer(
    version: TokenizerVersion | str, model_settings_builder: ModelSettingsBuilder | None = None
) -> InstructRequestNormalizer:
    """The normalizer of a tokenizer's version (mistral_common's name).

    Raises:
        ValueError: there is no such version, or a builder is given to one that
            has no settings.

    >>> get_normalizer("v3")
    InstructRequestNormalizer(model_settings_builder=None)
    """
    return _NORMALIZERS[TokenizerVersion(version)].normalizer(model_settings_builder)


def _role_and_weight(item: tuple[int, ChatMessage]) -> tuple[str, float | None]:
    """What neighbours must share to be one message."""
    _, message = item
    return message.role, getattr(message, "weight", None)


# -- contents


def _joined(contents: Iterable[Sequence[C] | str | None]) -> list[C | TextChunk] | str | None:
    """The chunks of contents one after the other, as one content; None where there are none.

    Neighbouring texts become one, and a text alone is a string.  A text chunk with
    more to it than its text remains as it is.
    """
    pieces = [
        chunk.text if isinstance(chunk, TextChunk) and not chunk.extra else chunk
        for content in contents
        for chunk in ([content] if isinstance(content, str) else content or ())
    ]
    joined: list[C | TextChunk] = []
    text = ""
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_text:
            text = _BETWEEN_TEXTS.join(map(str, run))
            joined.append(TextChunk(text=text))
        else:
            joined += [piece for piece in run if not isinstance(piece, str)]
    if len(joined) == 1 and isinstance(pieces[0], str):
        return text
    return joined or None


def _canonical_json(text: str) -> str:
    """A JSON text as Python writes it; what is not JSON, as it is.

    Nothing counts as ``{}``.  A text that would not stay JSON stays as it is, too:
    one with NaN or a number beyond a float, or with half a surrogate pair, which
    has no UTF-8.
    """
    if not text:
        return "{}"
    if text.startswith("\ufeff"):  # which `json_text` passes over, and mistral_common does not
        return text
    try:
        canonical = json.dumps(json_text.loads(text), ensure_ascii=False)
        canonical.encode()
    except (ValueError, RecursionError):
        return text
    return canonical


# -- messages


def _system_prompt(messages: Iterable[ChatMessage]) -> str | None:
    """The system messages as one text; None where there are none."""
    prompts: list[str] = []
    for place, message in enumerate(messages):
        if isinstance(message, SystemMessage) and message.content:
            content = _joined([message.content])
            if not isinstance(content, str):
                raise InvalidSystemPromptException(
                    "before v7 a system prompt is nothing but text", ("messages", place, "content")
                )
            prompts.append(content)
    return _BETWEEN_TEXTS.join(prompts) if prompts else None


def _system_message(message: SystemMessage) -> SystemMessage:
    content = _joined([message.content])
    return dataclasses.replace(message, content=[] if content is None else content)


def _user_message(messages: Iterable[UserMessage]) -> UserMessage:
    content = _joined([message.content for message in messages]) or ""
    if isinstance(content, list) and content[-1] == TextChunk(text=""):
        content.pop()  # as mistral_common does, and there alone
    return UserMessage(content=content)


def _call(call: ToolCall, index: int) -> ToolCall:
    """The call with its arguments as canonical JSON, at a place among the calls."""
    arguments = _canonical_json(call.function.arguments)
    return dataclasses.replace(
        call,
        function=dataclasses.replace(call.function, arguments=arguments),
        index=None if call.index is None else index,
    )


def _result(message: ToolMessage) -> ToolMessage:
    """The result as canonical JSON, where it is text alone."""
    content = _joined([message.content]) or ""
    if isinstance(content, str):
        content = _canonical_json(content)
    return dataclasses.replace(message, content=content)


def _in_order(results: Sequence[ToolMessage], call_ids: Sequence[str]) -> list[ToolMessage]:
    """The results in the order of the calls; those of one call, and of none, at their last."""
    called = {call_id: place for place, call_id in enumerate(call_ids)}
    came = {result.tool_call_id: place for place, result in enumerate(results)}

    def place(result: ToolMessage) -> tuple[int, int]:
        call = called.get(result.tool_call_id or NO_ID, len(call_ids))
        return call, came[result.tool_call_id]

    return sorted(results, key=place)


def _functions(tools: Iterable[RequestTool]) -> list[Tool]:
    """The tools, all of them functions."""
    functions: list[Tool] = []
    for place, tool in enumerate(tools):
        if not isinstance(tool, Tool):
            raise InvalidToolException(
                f"a tokenizer writes functions alone, not a tool {tool.type!r}", ("tools", place)
            )
        functions.append(tool)
    return functions
