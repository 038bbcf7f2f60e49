"""mistral_common's normalizers: from a request for the API to one for a tokenizer.

In every version, neighbouring messages of one role (and one weight) become one message, with
an empty line between their texts; tool and system messages stay apart.  Arguments of calls
become JSON as Python writes it.
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
_TEXT_UNTIL = {  # by role, the version up to which the content is text, and the exception
    "system": ("v7", e.InvalidSystemPromptException),
    "tool": ("v15", e.InvalidToolMessageException),
}


class InstructRequestNormalizer(Generic[U, A, T, S, R]):
    """The normalizer of the tokenizers v1 to v3 (mistral_common's name).

    System messages become one prompt, and results of tools become JSON as Python writes it.
    The arguments are the classes of the results; `normalizer` uses those of this package.

    >>> from mistral_proto import ChatCompletionRequest
    >>> request = ChatCompletionRequest(messages=[
    ...     {"role": "system", "content": "Answer in French."},
    ...     {"role": "user", "content": "Hi."},
    ...     {"role": "user", "content": "Who are you?"},
    ... ])
    >>> normalized = InstructRequestNormalizer.normalizer().from_chat_completion_request(request)
    >>> normalized.system_prompt, normalized.messages
    ('Answer in French.', [UserMessage(role='user', content='Hi.\\n\\nWho are you?')])
    """

    _version = TokenizerVersion.v1  # the first that it is for

    def __init__(
        self,
        user_message_class: type[U],
        assistant_message_class: type[A],
        tool_message_class: type[T],
        system_message_class: type[S],
        instruct_request_class: type[R],
        model_settings_builder: ModelSettingsBuilder | None,
    ) -> None:
        self._user: Any = user_message_class
        self._assistant: Any = assistant_message_class
        self._tool: Any = tool_message_class
        self._system: Any = system_message_class
        self._request: Any = instruct_request_class
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
        """Return the request for the tokenizer.

        Raises:
            MistralCommonException: it can't hold something; the exception has its `path`.
        """
        ChatCompletionRequest._check_instance(request)
        for error in self._unsupported(request):
            raise error
        settings = self.build_settings(request)
        messages = self._merged(request.messages)
        prompts: list[str] = []
        if self._version < "v7":
            systems = [message for message in request.messages if message.role == "system"]
            prompts = [self._joined(message) for message in systems if message.content]
            if not messages or messages[0].role != "user":
                messages.insert(0, self._user(content=""))
        result: R = self._request(
            messages=messages or [self._user(content="")],
            system_prompt=_EMPTY_LINE.join(prompts) if prompts else None,
            available_tools=request.tools,
            settings=settings,
        )
        return result

    def build_settings(self, request: ChatCompletionRequest[Any]) -> ModelSettings:
        """Return the model's settings that a request asks for; before v15 there are none.

        Raises:
            InvalidRequestException: a builder is missing or not supported, or refuses a setting.
        """
        builder = self._model_settings_builder
        if (builder is not None) is not self._version.supports_model_settings:
            needs = "takes no builder" if builder else "needs a builder"
            raise e.InvalidRequestException(f"{type(self).__name__} {needs} of settings")
        return builder.build_settings(request) if builder else ModelSettings.none()

    def _unsupported(
        self, request: ChatCompletionRequest[Any]
    ) -> Iterator[e.MistralCommonException]:
        for index, tool in enumerate(request.tools or ()):
            if not isinstance(tool, Tool):
                words = f"a tokenizer writes functions only, not a tool {tool.type!r}"
                yield e.InvalidToolException(words, ("tools", index))
        for index, message in enumerate(request.messages):
            until, exception = _TEXT_UNTIL.get(message.role, ("v1", e.MistralCommonException))
            if self._version < until and not isinstance(self._joined(message), str):
                yield exception(f"before {until} it is text", ("messages", index, "content"))
            has_calls = isinstance(message, AssistantMessage) and message.tool_calls
            if has_calls and message.content and self._version < "v7":
                words = "before v7 a message has either content or calls"
                yield e.InvalidAssistantMessageException(words, ("messages", index))

    def _merged(self, messages: Sequence[ChatMessage]) -> list[Any]:
        merged: list[Any] = []
        call_ids: list[str] = []  # of the calls after the last results
        by_role = groupby(messages, lambda it: (it.role, getattr(it, "weight", None)))
        for (role, weight), group in by_role:
            if role == "user":
                merged.append(self._user(content=self._joined(*group)))
            elif role == "assistant":
                merged.append(self._answer([*group], weight))
                call_ids += [call.id for call in merged[-1].tool_calls or ()]
            elif role == "tool":
                results = map(self._result, group)
                merged += results if self._version < "v11" else _in_order([*results], call_ids)
                call_ids = []
            elif self._version >= "v7":
                contents = map(self._joined, group)
                merged += [self._system(content=content) for content in contents]
        return merged

    def _joined(self, *messages: Any) -> Any:
        """Return the contents of messages as one: a string, if there is only text."""
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
        """Return one message for several assistant messages."""
        cls = self._assistant
        calls = [call for message in messages for call in message.tool_calls or ()]
        return cls(
            content=self._joined(*messages),
            tool_calls=[*map(_canonical_call, calls)] or None,
            prefix=any(message.prefix for message in messages),
            **({} if weight is None or "weight" not in cls._specs else {"weight": weight}),
        )

    def _result(self, message: Any) -> Any:
        content = self._joined(message)
        return self._tool(
            content=_canonical_json(content) if self._version < "v7" else content,
            tool_call_id=message.tool_call_id,
            name=message.name,
        )


class InstructRequestNormalizerV7(InstructRequestNormalizer[U, A, T, S, R]):
    """The normalizer of the tokenizer v7 (mistral_common's name).

    System messages and results of tools stay as they are, and calls may have content.
    """

    _version = TokenizerVersion.v7


class InstructRequestNormalizerV13(InstructRequestNormalizerV7[U, A, T, S, R]):
    """The normalizer of the tokenizers v11 and v13 (mistral_common's name).

    Beyond v7's, results of tools come in the order of the calls, others last.
    """

    _version = TokenizerVersion.v11


class InstructRequestNormalizerV15(InstructRequestNormalizerV13[U, A, T, S, R]):
    """The normalizer of the tokenizer v15 (mistral_common's name).

    Beyond v13's, results of tools may hold more than text, the text chunks of a message are
    joined without an empty line, and a builder makes the model's settings.

    """

    _version = TokenizerVersion.v15


def get_normalizer(
    version: TokenizerVersion | str, model_settings_builder: ModelSettingsBuilder | None = None
) -> InstructRequestNormalizer:
    """Return the normalizer of a tokenizer's version (mistral_common's name).

    Raises:
        ValueError: there is no such version, or it has no settings and a builder is given.

    >>> type(get_normalizer("v13")).__name__
    'InstructRequestNormalizerV13'
    """
    cls: type[InstructRequestNormalizer] = InstructRequestNormalizerV15
    while TokenizerVersion(version) < cls._version:
        cls = cls.__bases__[0]  # of the versions before
    return cls.normalizer(model_settings_builder)


normalizer_for_tokenizer_version = get_normalizer
"""The older name."""


def _text_chunk(texts: list[str]) -> list[TextChunk]:
    return [TextChunk(text="".join(texts))] if texts else []


def _canonical_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text or "{}"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _canonical_call(call: ToolCall) -> ToolCall:
    function = call.function
    arguments = _canonical_json(function.arguments)
    return ToolCall(id=call.id, function=FunctionCall(name=function.name, arguments=arguments))


def _in_order(results: list[Any], call_ids: Sequence[str]) -> list[Any]:
    """Return the results in the order of the calls; those of one id, at the last of them."""
    called = {call_id: index for index, call_id in enumerate(call_ids)}
    last = {result.tool_call_id: index for index, result in enumerate(results)}

    def position(result: Any) -> tuple[int, int]:
        id = result.tool_call_id
        return called.get(id or NO_ID, len(call_ids)), last[id]

    return sorted(results, key=position)
