"""mistral_common's normalizers: a request for the API becomes one for a tokenizer.

What is done to the messages, in every version:

- Neighbours of one role (and, of the assistant's, one weight) become one
  message, their texts apart by an empty line.  Results of tools, and system
  messages, stay as many as they are.
- The arguments of calls become JSON as Python writes it; what is not JSON stays
  as it is.
- A conversation without a message gets an empty user message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic

from ..conversation import exceptions as e
from ..protocol.chunk import TextChunk
from ..protocol.instruct import InstructRequest, ModelSettings, TokenizerVersion
from ..protocol.messages import (
    AssistantMessage,
    AssistantMessageType as A,
    SystemMessage,
    SystemMessageType as S,
    ToolMessage,
    ToolMessageType as T,
    UserMessage,
    UserMessageType as U,
)
from ..protocol.mistral_common_methods import TypeVar
from ..protocol.request import ChatCompletionRequest
from ..protocol.tool_calls import NO_ID, FunctionCall, Tool, ToolCall

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..protocol.messages import ChatMessage
    from .model_settings import ModelSettingsBuilder

__all__ = [
    "InstructRequestNormalizer",
    "InstructRequestNormalizerV7",
    "InstructRequestNormalizerV13",
    "InstructRequestNormalizerV15",
    "get_normalizer",
    "normalizer_for_tokenizer_version",
]

R = TypeVar("R", bound=InstructRequest, default=InstructRequest)

_EMPTY_LINE = "\n\n"

# The contents that are nothing but text before a version, by role, and what is raised of others.
_TEXT_ALONE: dict[str, tuple[str, type[e.MistralCommonException]]] = {
    "system": ("v7", e.InvalidSystemPromptException),
    "tool": ("v15", e.InvalidToolMessageException),
}


class InstructRequestNormalizer(Generic[U, A, T, S, R]):
    """The normalizer of the tokenizers v1 to v3 (mistral_common's name).

    System messages become one prompt, results of tools become JSON as Python writes
    it, and a message of the assistant has either content or calls.

    It makes messages and the request of the classes that it is given; `normalizer`
    gives it ours.

    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(messages=[
    ...     {"role": "system", "content": "Answer in French."},
    ...     {"role": "user", "content": "Hi."},
    ...     {"role": "user", "content": "Who are you?"},
    ... ])
    >>> found = InstructRequestNormalizer.normalizer().from_chat_completion_request(request)
    >>> found.system_prompt, found.messages
    ('Answer in French.', [UserMessage(role='user', content='Hi.\\n\\nWho are you?')])
    """

    _version = TokenizerVersion.v1
    """The first version that it is for."""

    def __init__(
        self,
        user_message_class: type[U],
        assistant_message_class: type[A],
        tool_message_class: type[T],
        system_message_class: type[S],
        instruct_request_class: type[R],
        model_settings_builder: ModelSettingsBuilder | None,
    ) -> None:
        self._user_message_class: Any = user_message_class
        self._assistant_message_class: Any = assistant_message_class
        self._tool_message_class: Any = tool_message_class
        self._system_message_class: Any = system_message_class
        self._instruct_request_class = instruct_request_class
        self._model_settings_builder = model_settings_builder

    @classmethod
    def normalizer(cls, model_settings_builder: ModelSettingsBuilder | None = None) -> Self:
        """Return a normalizer of this version.

        Raises:
            ValueError: a builder is given, and the version has no settings.
        """
        if model_settings_builder is not None and not cls._version.supports_model_settings:
            raise ValueError(f"{cls.__name__} has no settings, and takes no builder of them")
        classes = UserMessage, AssistantMessage, ToolMessage, SystemMessage, InstructRequest
        make: Any = cls
        return make(*classes, model_settings_builder)  # type: ignore[no-any-return]

    def from_chat_completion_request(self, request: ChatCompletionRequest[Any]) -> R:
        """Return the request as the tokenizer reads it.

        Raises:
            MistralCommonException: what the request holds has no place in the
                other; the `path` of the exception says where it is.
        """
        ChatCompletionRequest._check_instance(request)
        for error in self._misplaced(request):
            raise error
        settings = self.build_settings(request)
        messages = self._merged(request.messages)
        prompts: list[str] = []
        if self._version < "v7":
            systems = [message for message in request.messages if message.role == "system"]
            prompts = [self._joined(message) for message in systems if message.content]
            if not messages or messages[0].role != "user":
                messages.insert(0, self._user_message_class(content=""))
        return self._instruct_request_class(
            messages=messages or [self._user_message_class(content="")],
            system_prompt=_EMPTY_LINE.join(prompts) if prompts else None,
            available_tools=request.tools,  # type: ignore[arg-type]
            settings=settings,
        )

    def build_settings(self, request: ChatCompletionRequest[Any]) -> ModelSettings:
        """Return the model's settings that a request asks for; before v15 there are none.

        Raises:
            InvalidRequestException: there is no builder where one is needed, or
                one where none is, or it refuses a setting.
        """
        builder = self._model_settings_builder
        if (builder is not None) is not self._version.supports_model_settings:
            needs = "takes no builder" if builder else "needs a builder"
            raise e.InvalidRequestException(f"{type(self).__name__} {needs} of settings")
        return builder.build_settings(request) if builder else ModelSettings.none()

    def _misplaced(self, request: ChatCompletionRequest[Any]) -> Iterator[e.MistralCommonException]:
        """Yield what has no place in the request for a tokenizer."""
        for place, tool in enumerate(request.tools or ()):
            if not isinstance(tool, Tool):
                what = f"a tokenizer writes functions alone, not a tool {tool.type!r}"
                yield e.InvalidToolException(what, ("tools", place))
        for place, message in enumerate(request.messages):
            until, wrong = _TEXT_ALONE.get(message.role, ("v1", e.MistralCommonException))
            if self._version < until and not isinstance(self._joined(message), str):
                what = f"before {until} it is nothing but text"
                yield wrong(what, ("messages", place, "content"))
            has_calls = isinstance(message, AssistantMessage) and message.tool_calls
            if has_calls and message.content and self._version < "v7":
                what = "before v7 a message has either content or calls"
                yield e.InvalidAssistantMessageException(what, ("messages", place))

    def _merged(self, messages: Sequence[ChatMessage]) -> list[Any]:
        merged: list[Any] = []
        call_ids: list[str] = []  # of the calls since the last results
        for (role, weight), group in groupby(messages, _role_and_weight):
            if role == "user":
                merged.append(self._user_message_class(content=self._joined(*group)))
            elif role == "assistant":
                merged.append(self._answer([*group], weight))
                call_ids += [call.id for call in merged[-1].tool_calls or ()]
            elif role == "tool":
                results = map(self._result, group)
                merged += results if self._version < "v11" else _in_order([*results], call_ids)
                call_ids = []
            elif self._version >= "v7":
                contents = map(self._joined, group)
                merged += [self._system_message_class(content=content) for content in contents]
        return merged

    def _joined(self, *messages: Any) -> Any:
        """Return the contents of messages as one: a string where there is nothing but text."""
        joined: list[Any] = []
        texts: list[str] = []
        for message in messages:
            between = _EMPTY_LINE
            content = message.content or []
            for chunk in [TextChunk(text=content)] if isinstance(content, str) else content:
                if not isinstance(chunk, TextChunk):
                    joined += [*_text_chunk(texts), chunk]
                    texts = []
                elif chunk.text:
                    texts += [between, chunk.text] if texts else [chunk.text]
                    between = _EMPTY_LINE if self._version < "v15" else ""
        return [*joined, *_text_chunk(texts)] if joined else "".join(texts)

    def _answer(self, messages: list[Any], weight: float | None) -> Any:
        """Return one message for several of the assistant's."""
        cls = self._assistant_message_class
        calls = [_call(call) for message in messages for call in message.tool_calls or ()]
        return cls(
            content=self._joined(*messages),
            tool_calls=calls or None,
            prefix=any(message.prefix for message in messages),
            **({} if weight is None or "weight" not in cls._specs else {"weight": weight}),
        )

    def _result(self, message: Any) -> Any:
        content = self._joined(message)
        return self._tool_message_class(
            content=_canonical_json(content) if self._version < "v7" else content,
            tool_call_id=message.tool_call_id,
            name=message.name,
        )


class InstructRequestNormalizerV7(InstructRequestNormalizer[U, A, T, S, R]):
    """The normalizer of the tokenizer v7 (mistral_common's name).

    System messages stay where they are, calls may have content beside them, and the
    results of tools stay as they are.
    """

    _version = TokenizerVersion.v7


class InstructRequestNormalizerV13(InstructRequestNormalizerV7[U, A, T, S, R]):
    """The normalizer of the tokenizers v11 and v13 (mistral_common's name).

    Beyond v7's, the results of tools come in the order of the calls, those that
    answer none of them last.
    """

    _version = TokenizerVersion.v11


class InstructRequestNormalizerV15(InstructRequestNormalizerV13[U, A, T, S, R]):
    """The normalizer of the tokenizer v15 (mistral_common's name).

    Beyond v13's, results of tools may hold more than text, nothing comes between the
    text chunks of one message, and it sets the model's settings, for which it needs
    a builder.

    >>> from mistral_proto import ChatCompletionRequest, ModelSettingsBuilder
    >>> normalizer = InstructRequestNormalizerV15.normalizer(ModelSettingsBuilder.none())
    >>> request = ChatCompletionRequest(messages=[{"role": "user", "content": "Hi"}])
    >>> normalizer.from_chat_completion_request(request).settings
    ModelSettings()
    """

    _version = TokenizerVersion.v15


def get_normalizer(
    version: TokenizerVersion | str, model_settings_builder: ModelSettingsBuilder | None = None
) -> InstructRequestNormalizer:
    """Return the normalizer of a tokenizer's version (mistral_common's name).

    Raises:
        ValueError: there is no such version, or a builder is given to one that
            has no settings.

    >>> type(get_normalizer("v13")).__name__
    'InstructRequestNormalizerV13'
    """
    cls: type[InstructRequestNormalizer] = InstructRequestNormalizerV15
    while TokenizerVersion(version) < cls._version:
        cls = cls.__bases__[0]  # which is for the versions before
    return cls.normalizer(model_settings_builder)


normalizer_for_tokenizer_version = get_normalizer
"""The older name."""


def _role_and_weight(message: ChatMessage) -> tuple[str, float | None]:
    return message.role, getattr(message, "weight", None)


def _text_chunk(texts: list[str]) -> list[TextChunk]:
    """Return the texts as one chunk, if there are any."""
    return [TextChunk(text="".join(texts))] if texts else []


def _canonical_json(text: str) -> str:
    """Return a JSON text as Python writes it; what is not JSON, as it is."""
    try:
        return json.dumps(json.loads(text or "{}"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _call(call: ToolCall) -> ToolCall:
    arguments = _canonical_json(call.function.arguments)
    function = FunctionCall(name=call.function.name, arguments=arguments)
    return ToolCall(id=call.id, function=function)


def _in_order(results: list[Any], call_ids: Sequence[str]) -> list[Any]:
    """Return the results in the order of the calls; those of one id, at the last of them."""
    called = {call_id: place for place, call_id in enumerate(call_ids)}
    came = {result.tool_call_id: place for place, result in enumerate(results)}
    return sorted(
        results,
        key=lambda result: (
            called.get(result.tool_call_id or NO_ID, len(call_ids)),
            came[result.tool_call_id],
        ),
    )
