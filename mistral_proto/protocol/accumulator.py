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
from .tool_calls import MISSING_IDS, FunctionCall, ToolCall

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
            given = chunk._given()
            self._values = {name: value or given.get(name) for name, value in self._values.items()}
        self._usage = chunk.usage or self._usage
        if chunk.extra:
            _join(self._extra, chunk.extra, repeats=True)
        is_one = self._n == 1 and len(chunk.choices) == 1
        for piece in chunk.choices:
            choice = self._choices.get(piece.index)
            if choice is None and is_one and len(self._choices) == 1:
                (choice,) = self._choices.values()
            if choice is None:
                choice = self._choices[piece.index] = _Choice()
            choice.add_piece(piece)

    @property
    def finished(self) -> bool:
        """True if there is a choice, and every choice has its finish reason."""
        choices = self._choices.values()
        return bool(choices) and all("finish_reason" in one.values for one in choices)

    def response(self) -> ChatCompletionResponse | None:
        """Return the chunks so far as one response; None before the first.

        A choice that is not complete has no `finish_reason`.
        """
        if not self._begun:
            return None
        values = {**self._values, "object": "chat.completion", "usage": self._usage}
        values["choices"] = [choice.built(at) for at, choice in sorted(self._choices.items())]
        return _build(ChatCompletionResponse, values, self._extra)


class _Object:
    """An object that comes in pieces: the last value of each field, and the joined `extra`."""

    def __init__(self, *fields: str) -> None:
        self._fields = fields
        self.values: dict[str, Any] = {}
        self.extra: dict[str, JSONValue] = {}

    def add(self, piece: WireType, extra: Mapping[str, JSONValue]) -> None:
        given = vars(piece)
        for name in self._fields:
            if given.get(name) is not None:
                self.values[name] = given[name]
        if extra:
            _join(self.extra, extra)

    def build(self, cls: type[W], **values: Any) -> W:
        return _build(cls, {**self.values, **values}, self.extra)


class _Choice(_Object):
    def __init__(self) -> None:
        super().__init__("finish_reason")
        self._message = _Object("tool_call_id", "index", "metadata")
        self._role: str | None = None
        self._content: _Content | None = None
        self._calls: list[_Call] = []
        self._calls_by: dict[str | int, _Call] = {}  # the id or the index
        self._logprobs: dict[str, dict[str, Any]] = {"logprobs": {}, "prompt_logprobs": {}}
        self._texts: dict[str, list[str]] = {}  # such as the `reasoning_content` of other servers

    def add_piece(self, piece: ChatCompletionResponseStreamChoice) -> None:
        delta = piece.delta
        self.add(piece, piece.extra)
        self._message.add(delta, {})
        self._role = self._role or delta.role or None
        if delta.content is not None:
            self._content = self._content or _Content()
            self._content.add(delta.content)
        for call in delta.tool_calls or ():
            self._call_of(call).add_piece(call)
        for name, joined in self._logprobs.items():
            logprobs = getattr(piece, name)
            if logprobs is not None:
                _join(joined, logprobs.to_dict())
        for name, value in delta.extra.items():
            if isinstance(value, str) and self._message.extra.get(name) is None:
                self._texts.setdefault(name, []).append(value)
            else:
                _join(self._message.extra, {name: value})

    def _call_of(self, piece: ToolCall) -> _Call:
        has_id, index, name = piece.id not in MISSING_IDS, piece.index, piece.function.name
        text = piece.extra.get("index")
        if index is None and isinstance(text, str) and text.isdecimal() and len(text) < 10:
            index = int(text)
        keys: list[str | int] = [
            *([piece.id] if has_id else []),
            *([] if index is None else [index]),
        ]
        known = [self._calls_by[key] for key in keys if key in self._calls_by]
        call = known[0] if known else None
        if call is None and not has_id and self._calls and (index is None or not name):
            call = self._calls[-1]
        # Some servers give every call the same number, and some every piece its own id; but none
        # names the function in every piece of a call that has neither id nor index.
        if call is not None and name and call.name:
            has_other_id = has_id and call.id not in (None, piece.id)
            if name != call.name or has_other_id or not keys:
                call = None
        if call is None:
            call = _Call()
            self._calls.append(call)
        self._calls_by.update(dict.fromkeys(keys, call))
        return call

    def built(self, index: int) -> ChatCompletionResponseChoice:
        cls: type[WireType] = (
            AssistantMessage if self._role in (None, "assistant") else DeltaMessage
        )
        content = self._content and self._content.built()
        calls = [call.built() for call in self._calls] or None
        extra = {name: "".join(texts) for name, texts in self._texts.items()}
        _join(extra, self._message.extra)
        values = {
            **self._message.values,
            "role": self._role,
            "tool_calls": calls,
            "content": content,
        }
        message = None  # without any piece, the choice's `extra` may have a whole one
        if extra or any(value is not None for value in values.values()):
            message = _build(cls, values, extra)
        logprobs = {name: joined or None for name, joined in self._logprobs.items()}
        return self.build(ChatCompletionResponseChoice, index=index, message=message, **logprobs)


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
                last.add_piece(chunk)
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


class _Thinking(_Object):
    def __init__(self) -> None:
        super().__init__("signature", "closed")
        self._content = _Content()

    def add_piece(self, chunk: ThinkChunk) -> None:
        self.add(chunk, chunk.extra)
        self._content.add(chunk.thinking)

    def built(self) -> ThinkChunk:
        return self.build(ThinkChunk, type="thinking", thinking=self._content.built())


class _Call(_Object):
    def __init__(self) -> None:
        super().__init__("type", "index")
        self.id: str | None = None
        self.name = ""
        self._arguments: list[str] | None = None
        self._function_extra: dict[str, JSONValue] = {}

    def add_piece(self, piece: ToolCall) -> None:
        self.add(piece, piece.extra)
        if self.id is None and piece.id not in MISSING_IDS:
            self.id = piece.id
        if "function" not in piece._given():
            return
        self.name = self.name or str(piece.function.name)
        if "arguments" in piece.function._given():
            self._arguments = self._arguments or []
            self._arguments.append(piece.function.arguments)
        _join(self._function_extra, piece.function.extra)

    def built(self) -> ToolCall:
        arguments = None if self._arguments is None else "".join(self._arguments)
        values = {"name": self.name or None, "arguments": arguments}
        function = _build(FunctionCall, values, self._function_extra)
        return self.build(ToolCall, id=self.id, function=function)


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
    kept.absent = built._absent()
    vars(built)["extra"] = kept
    return built
