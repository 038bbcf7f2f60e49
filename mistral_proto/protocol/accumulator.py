"""The accumulator of a stream's chunks into one response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..checks import KEEP
from ..errors import ValidationError
from ..json_text import JSONValue
from ..wire import Extra, WireType
from .chunk import ContentChunk, TextChunk, ThinkChunk
from .messages import AssistantMessage, DeltaMessage
from .response import (
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    UsageInfo,
)
from .tool_calls import NO_IDS, FunctionCall, ToolCall

W = TypeVar("W", bound=WireType)

__all__ = ["StreamAccumulator"]


class StreamAccumulator:
    """Accumulates the chunks of one stream into a response, in linear time.

    Consecutive texts, and consecutive thinking, are joined.  A part of a tool call belongs to
    the call with its `id`, else to the one with its `index`, else to the last one; a new `id` or
    function name begins a new call.  The `extra` of the chunks is kept: lists and a message's
    texts are joined; a list that each chunk repeats, such as an answer's sources, is kept once.

    `n` is the number of answers in the request.  With 1, all chunks belong to one answer, even
    if a server counts its `index` up with every chunk.

    >>> accumulator = StreamAccumulator()
    >>> for text in ["Hel", "lo"]:
    ...     accumulator.add(ChatCompletionStreamResponse(
    ...         id="1", model="m", choices=[{"index": 0, "delta": {"content": text}}]
    ...     ))
    >>> accumulator.response().choices[0].message.text
    'Hello'
    """

    def __init__(self, n: int | None = None) -> None:
        self._n = n
        self._values: dict[str, Any] = {"id": None, "created": None, "model": None}
        self._begun = False
        self._choices: dict[int, _Choice] = {}
        self._usage: UsageInfo | None = None
        self._extra: dict[str, JSONValue] = {}

    def add(self, chunk: ChatCompletionStreamResponse) -> None:
        """Add the next chunk of the stream."""
        self._begun = True
        if not all(self._values.values()):  # the first value of each counts
            given = chunk._said()
            self._values = {name: value or given.get(name) for name, value in self._values.items()}
        self._usage = chunk.usage or self._usage
        _join(self._extra, chunk.extra, repeats=True)
        is_one = self._n == 1 and len(chunk.choices) == 1
        for piece in chunk.choices:
            choice = self._choices.get(piece.index)
            if choice is None and is_one and len(self._choices) == 1:
                (choice,) = self._choices.values()
            if choice is None:
                choice = self._choices[piece.index] = _Choice()
            choice.add(piece)

    @property
    def finished(self) -> bool:
        """Whether there is a choice, and every choice has its finish reason."""
        reasons = [choice.finish_reason for choice in self._choices.values()]
        return bool(reasons) and None not in reasons

    def response(self) -> ChatCompletionResponse | None:
        """Return the chunks so far as one response; None before the first.

        A choice that is not complete has no `finish_reason`.
        """
        if not self._begun:
            return None
        values = {**self._values, "object": "chat.completion", "usage": self._usage}
        values["choices"] = [choice.built(at) for at, choice in sorted(self._choices.items())]
        return _build(ChatCompletionResponse, values, self._extra)


class _Choice:
    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._role: str | None = None
        self._values: dict[str, Any] = {}
        self._content: _Content | None = None
        self._calls: list[_Call] = []
        self._calls_by_id: dict[str, _Call] = {}
        self._calls_by_index: dict[int, _Call] = {}
        self._logprobs: dict[str, dict[str, Any]] = {"logprobs": {}, "prompt_logprobs": {}}
        self._extra: dict[str, JSONValue] = {}
        self._message_extra: dict[str, JSONValue] = {}
        self._texts: dict[str, list[str]] = {}  # of the message's extra

    def add(self, piece: ChatCompletionResponseStreamChoice) -> None:
        delta = piece.delta
        if delta.content is not None:
            self._content = self._content or _Content()
            self._content.add(delta.content)
        for call in delta.tool_calls or ():
            self._call_of(call).add(call)
        self._role = self._role or delta.role or None
        _update(self._values, delta, ("tool_call_id", "index", "metadata"))
        self.finish_reason = piece.finish_reason or self.finish_reason
        for name, joined in self._logprobs.items():
            logprobs = getattr(piece, name)
            if logprobs is not None:
                _join(joined, logprobs.to_dict())
        _join(self._extra, piece.extra)
        for name, value in delta.extra.items():
            if isinstance(value, str) and self._message_extra.get(name) is None:
                # Such as the `reasoning_content` of other servers.
                self._texts.setdefault(name, []).append(value)
            else:
                _join(self._message_extra, {name: value})

    def _call_of(self, piece: ToolCall) -> _Call:
        has_id, index, name = piece.id not in NO_IDS, piece.index, piece.function.name
        text = piece.extra.get("index")
        if index is None and isinstance(text, str) and text.isdecimal() and len(text) < 10:
            index = int(text)
        call = self._calls_by_id.get(piece.id)
        if call is None and index is not None:
            call = self._calls_by_index.get(index)
        if call is None and not has_id and self._calls and (index is None or not name):
            call = self._calls[-1]
        # Some servers give every call the same number, and some every piece its own id; but none
        # names the function in every piece of a call that has neither id nor index.
        if call is not None and name and call.name:
            has_other_id = has_id and call.id not in (None, piece.id)
            if name != call.name or has_other_id or not (has_id or index is not None):
                call = None
        if call is None:
            call = _Call()
            self._calls.append(call)
        if has_id:
            self._calls_by_id[piece.id] = call
        if index is not None:
            self._calls_by_index[index] = call
        return call

    def built(self, index: int) -> ChatCompletionResponseChoice:
        message = {
            **self._values,
            "role": self._role,
            "content": self._content and self._content.built(),
            "tool_calls": [call.built() for call in self._calls] or None,
        }
        extra = {name: "".join(texts) for name, texts in self._texts.items()}
        _join(extra, self._message_extra)
        cls: type[WireType] = (
            AssistantMessage if self._role in (None, "assistant") else DeltaMessage
        )
        # Without any piece of a message, `extra` may have a whole one.
        has_message = extra or any(value is not None for value in message.values())
        values = {
            "index": index,
            "message": _build(cls, message, extra) if has_message else None,
            "finish_reason": self.finish_reason,
            **{name: joined or None for name, joined in self._logprobs.items()},
        }
        return _build(ChatCompletionResponseChoice, values, self._extra)


class _Content:
    """A content or a thinking: a string, or a list of chunks."""

    def __init__(self) -> None:
        self._parts: list[list[str] | _Thinking | ContentChunk] = []
        self._is_string = True

    def add(self, content: Iterable[ContentChunk] | str) -> None:
        if isinstance(content, str):
            self._add_text(content)
            return
        self._is_string = False
        for chunk in content:
            if isinstance(chunk, TextChunk) and not chunk.extra:
                self._add_text(chunk.text)
            elif isinstance(chunk, ThinkChunk):
                last = self._parts[-1] if self._parts else None
                if not isinstance(last, _Thinking):
                    last = _Thinking()
                    self._parts.append(last)
                last.add(chunk)
            else:
                self._parts.append(chunk)

    def _add_text(self, text: str) -> None:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, list):
            last.append(text)
        elif text:
            self._parts.append([text])

    def built(self) -> list[ContentChunk] | str:
        if self._is_string:
            return "".join(
                [text for part in self._parts if isinstance(part, list) for text in part]
            )
        return [
            TextChunk(text="".join(part))
            if isinstance(part, list)
            else part.built()
            if isinstance(part, _Thinking)
            else part
            for part in self._parts
        ]


class _Thinking:
    def __init__(self) -> None:
        self._content = _Content()
        self._values: dict[str, Any] = {"type": "thinking"}
        self._extra: dict[str, JSONValue] = {}

    def add(self, chunk: ThinkChunk) -> None:
        self._content.add(chunk.thinking)
        _update(self._values, chunk, ("signature", "closed"))
        _join(self._extra, chunk.extra)

    def built(self) -> ThinkChunk:
        values = {**self._values, "thinking": self._content.built()}
        return _build(ThinkChunk, values, self._extra)


class _Call:
    def __init__(self) -> None:
        self.id: str | None = None
        self.name = ""
        self._values: dict[str, Any] = {}
        self._arguments: list[str] | None = None
        self._extra: dict[str, JSONValue] = {}
        self._function_extra: dict[str, JSONValue] = {}

    def add(self, piece: ToolCall) -> None:
        if self.id is None and piece.id not in NO_IDS:
            self.id = piece.id
        _update(self._values, piece, ("type", "index"))
        _join(self._extra, piece.extra)
        if "function" not in piece._said():
            return
        self.name = self.name or str(piece.function.name)
        if "arguments" in piece.function._said():
            self._arguments = self._arguments or []
            self._arguments.append(piece.function.arguments)
        _join(self._function_extra, piece.function.extra)

    def built(self) -> ToolCall:
        arguments = None if self._arguments is None else "".join(self._arguments)
        function = {"name": self.name or None, "arguments": arguments}
        values = {
            "id": self.id,
            **self._values,
            "function": _build(FunctionCall, function, self._function_extra),
        }
        return _build(ToolCall, values, self._extra)


def _update(values: dict[str, Any], piece: WireType, names: Iterable[str]) -> None:
    given = vars(piece)
    for name in names:
        if given.get(name) is not None:
            values[name] = given[name]


def _join(joined: dict[str, Any], extra: Mapping[str, Any], repeats: bool = False) -> None:
    """Add the `extra` of a piece: lists are extended, of other values the last counts.

    With `repeats`, a list that is equal to the one before is not added.
    """
    for name, value in extra.items():
        before = joined.get(name)
        if isinstance(before, list) and isinstance(value, list):
            before += [] if repeats and before == value else value
        elif value is not None or before is None:
            joined[name] = [*value] if isinstance(value, list) else value


def _build(cls: type[W], values: Mapping[str, Any], extra: Mapping[str, JSONValue]) -> W:
    """Return an instance as if read from a server's document, in which None is left out."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return cls._read({**extra, **given}, KEEP)
    except ValidationError:  # an extra has the name of a field that can't hold it
        built = cls._read(given, KEEP)
    kept = Extra(extra)
    kept.unsaid = built._unsaid()
    vars(built)["extra"] = kept
    return built
