"""The pieces of a stream, gathered into the response that they make up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any

from ..checks import Absent
from ..json_text import JSONValue
from .chunk import ContentChunk, TextChunk, ThinkChunk
from .messages import AssistantMessage, DeltaMessage
from .response import (
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    ChatCompletionTokenLogprobs,
    FinishReason,
    UsageInfo,
)
from .tool_calls import NO_ID, NO_IDS, FunctionCall, ToolCall, ToolTypes

__all__ = ["StreamAccumulator"]


class StreamAccumulator:
    """Gathers the pieces of one stream; linear in the stream, whatever its pieces.

    Texts and thinking that follow each other become one.  A piece of a tool
    call belongs to the call with its `index`, else to the one with its `id`,
    else to the last one; an `id` that is new begins a new call.

    >>> gathered = StreamAccumulator()
    >>> for text in ["Hel", "lo"]:
    ...     gathered.add(ChatCompletionStreamResponse(
    ...         id="1", model="m", choices=[{"index": 0, "delta": {"content": text}}]
    ...     ))
    >>> gathered.response().choices[0].message.text
    'Hello'
    """

    def __init__(self) -> None:
        self._first: ChatCompletionStreamResponse | None = None
        self._choices: dict[int, _Choice] = {}
        self._usage: UsageInfo | None = None

    def add(self, chunk: ChatCompletionStreamResponse) -> None:
        """Take the next piece of the stream."""
        if self._first is None:
            self._first = chunk
        if chunk.usage is not None:
            self._usage = chunk.usage
        for piece in chunk.choices:
            choice = self._choices.get(piece.index)
            if choice is None:
                choice = self._choices[piece.index] = _Choice()
            choice.add(piece)

    @property
    def begun(self) -> bool:
        """Whether anything has come."""
        return self._first is not None

    @property
    def finished(self) -> bool:
        """Whether every choice that was seen, and at least one, has its finish reason."""
        return bool(self._choices) and all(
            choice.finish_reason is not None for choice in self._choices.values()
        )

    def response(self) -> ChatCompletionResponse | None:
        """What has come so far as one response; None where nothing has.

        A choice that has not come to its end has no `finish_reason`.
        """
        if self._first is None:
            return None
        return ChatCompletionResponse(
            id=self._first.id,
            created=self._first.created,
            model=self._first.model,
            choices=[choice.whole(index) for index, choice in sorted(self._choices.items())],
            usage=self._usage or UsageInfo(),
        )


class _Choice:
    """One answer in the making."""

    def __init__(self) -> None:
        self.finish_reason: FinishReason | str | None = None
        self._role: str | None = None
        self._content: _Content | None = None
        self._calls: list[_Call] = []
        self._calls_by_id: dict[str, _Call] = {}
        self._calls_by_index: dict[int, _Call] = {}
        self._logprobs: list[ChatCompletionTokenLogprobs] = []
        self._prompt_logprobs: list[ChatCompletionTokenLogprobs] = []
        self._extra: dict[str, list[JSONValue]] = {}

    def add(self, piece: ChatCompletionResponseStreamChoice) -> None:
        delta = piece.delta
        content = delta.content
        if content is not None:
            held = self._content
            if held is None:
                held = self._content = _Content()
            held.add(content)
        if delta.tool_calls is not None:
            for call in delta.tool_calls:
                self._call_of(call).add(call)
        if not self._role:
            self._role = delta.role
        if piece.finish_reason is not None:
            self.finish_reason = piece.finish_reason or self.finish_reason
        if piece.logprobs is not None:
            self._logprobs.extend(piece.logprobs.content)
        if piece.prompt_logprobs is not None:
            self._prompt_logprobs.extend(piece.prompt_logprobs.content)
        if delta.extra:
            for name, value in delta.extra.items():
                self._extra.setdefault(name, []).append(value)

    def _call_of(self, piece: ToolCall) -> _Call:
        call: _Call | None
        named = piece.id not in NO_IDS
        if named:
            call = self._calls_by_id.get(piece.id)
            if call is None and piece.index is not None:
                # A server that numbers every call alike does tell their ids apart.
                call = self._calls_by_index.get(piece.index)
                if call is not None and call.id not in NO_IDS:
                    call = None
        elif piece.index is not None:
            call = self._calls_by_index.get(piece.index)
        else:
            call = self._calls[-1] if self._calls and not piece.function.name else None
        if call is None:
            call = _Call()
            self._calls.append(call)
        if named:
            self._calls_by_id[piece.id] = call
        if piece.index is not None:
            self._calls_by_index[piece.index] = call
        return call

    def whole(self, index: int) -> ChatCompletionResponseChoice:
        content = None if self._content is None else self._content.whole()
        calls = [call.whole() for call in self._calls] or None
        extra = {name: _joined(values) for name, values in self._extra.items()}
        message: AssistantMessage | DeltaMessage
        if self._role in (None, "", "assistant"):
            message = AssistantMessage(content=content, tool_calls=calls, extra=extra)
        else:
            message = DeltaMessage(role=self._role, content=content, tool_calls=calls, extra=extra)
        return ChatCompletionResponseChoice(
            index=index,
            message=message,
            finish_reason=self.finish_reason,
            logprobs=_logprobs(self._logprobs),
            prompt_logprobs=_logprobs(self._prompt_logprobs),
        )


def _logprobs(
    content: list[ChatCompletionTokenLogprobs],
) -> ChatCompletionResponseChoiceLogprobs | None:
    return ChatCompletionResponseChoiceLogprobs(content=content) if content else None


class _Content:
    """A content in the making, or a thinking: both are a string or a list of chunks."""

    def __init__(self) -> None:
        self._parts: list[StringIO | _Thinking | ContentChunk] = []
        # Takes more text where the last part is of text, as it nearly always is.
        self.write: Callable[[str], object] | None = None
        self._is_string = True

    def add(self, content: Iterable[ContentChunk] | str) -> None:
        if isinstance(content, str):
            (self.write or self._begin_text)(content)
            return
        self._is_string = False
        for chunk in content:
            if isinstance(chunk, TextChunk) and not chunk.extra:
                (self.write or self._begin_text)(chunk.text)
                continue
            self.write = None
            if isinstance(chunk, ThinkChunk):
                if not (self._parts and isinstance(self._parts[-1], _Thinking)):
                    self._parts.append(_Thinking())
                thinking = self._parts[-1]
                assert isinstance(thinking, _Thinking)
                thinking.add(chunk)
            else:
                self._parts.append(chunk)

    def _begin_text(self, text: str) -> None:
        if text:
            # Grows without holding on to the pieces, and is joined once.
            part = StringIO(newline="")
            part.write(text)
            self._parts.append(part)
            self.write = part.write

    def whole(self) -> list[ContentChunk] | str:
        if self._is_string:
            return "".join([part.getvalue() for part in self._parts if isinstance(part, StringIO)])
        return [
            TextChunk(text=part.getvalue())
            if isinstance(part, StringIO)
            else part.whole()
            if isinstance(part, _Thinking)
            else part
            for part in self._parts
        ]


class _Thinking:
    """A chunk of thinking in the making."""

    def __init__(self) -> None:
        self._content = _Content()
        self._signature: str | None = None
        self._closed = True
        self._extra: dict[str, JSONValue] = {}

    def add(self, chunk: ThinkChunk) -> None:
        self._content.add(chunk.thinking)
        self._signature = chunk.signature or self._signature
        self._closed = chunk.closed
        self._extra.update(chunk.extra)

    def whole(self) -> ThinkChunk:
        thinking: Any = self._content.whole()  # of the kinds that came, which are allowed
        return ThinkChunk(
            thinking=thinking, signature=self._signature, closed=self._closed, extra=self._extra
        )


class _Call:
    """A tool call in the making."""

    def __init__(self) -> None:
        self.id = NO_ID
        self._type: ToolTypes | str = ToolTypes.function
        self._index: int | None = None
        self._name = ""
        self._arguments = StringIO(newline="")
        self._extra: dict[str, JSONValue] = {}

    def add(self, piece: ToolCall) -> None:
        if piece.id not in NO_IDS:
            self.id = piece.id
        if piece.index is not None:
            self._index = piece.index
        self._type = piece.type
        self._name = self._name or str(piece.function.name)
        if not isinstance(piece.function.arguments, Absent):
            self._arguments.write(piece.function.arguments)
        self._extra.update(piece.extra)

    def whole(self) -> ToolCall:
        function = FunctionCall(name=self._name, arguments=self._arguments.getvalue())
        return ToolCall(
            id=self.id, type=self._type, function=function, index=self._index, extra=self._extra
        )


def _joined(values: list[JSONValue]) -> JSONValue:
    """Pieces of text as one, such as the `reasoning_content` of other servers; else the last."""
    told = [value for value in values if value is not None]
    texts = [value for value in told if isinstance(value, str)]
    if len(texts) == len(told):
        return "".join(texts) if texts else None
    return told[-1]
