"""The pieces of a stream, gathered into the response that they make up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from io import StringIO
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
    """A gatherer of the pieces of one stream; linear in the stream, whatever its pieces.

    Texts and thinking that follow each other become one.  A piece of a tool
    call belongs to the call with its `id`, else to the one with its `index`,
    else to the last one; an `id` or a name of a function that is new begins a
    new call.  What the pieces have in `extra` is kept: lists are joined, and so
    are a message's texts; a list that each piece repeats, such as an answer's
    sources, is kept once.

    `n` is how many answers were asked for.  With 1, what comes is one answer, also
    from a server that counts its `index` up with every piece.

    >>> gathered = StreamAccumulator()
    >>> for text in ["Hel", "lo"]:
    ...     gathered.add(ChatCompletionStreamResponse(
    ...         id="1", model="m", choices=[{"index": 0, "delta": {"content": text}}]
    ...     ))
    >>> gathered.response().choices[0].message.text
    'Hello'
    """

    def __init__(self, n: int | None = None) -> None:
        self._n = n
        self._said: dict[str, Any] = {"id": None, "created": None, "model": None}
        self.begun = False
        """Whether anything has come."""
        self._choices: dict[int, _Choice] = {}
        self._usage: UsageInfo | None = None
        self._extra: dict[str, JSONValue] = {}

    def add(self, chunk: ChatCompletionStreamResponse) -> None:
        """Take the next piece of the stream."""
        self.begun = True
        if not all(self._said.values()):  # of each, the first piece that tells counts
            told = chunk._given()
            self._said = {name: said or told.get(name) for name, said in self._said.items()}
        if chunk.usage is not None:
            self._usage = chunk.usage
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
        """Whether every choice that was seen, and at least one, has its finish reason."""
        return bool(self._choices) and all(
            choice.finish_reason is not None for choice in self._choices.values()
        )

    def response(self) -> ChatCompletionResponse | None:
        """Return what has come so far as one response; None where nothing has.

        A choice that has not come to its end has no `finish_reason`.
        """
        if not self.begun:
            return None
        values = {**self._said, "object": "chat.completion"}
        values["choices"] = [choice.whole(at) for at, choice in sorted(self._choices.items())]
        return _built(ChatCompletionResponse, {**values, "usage": self._usage}, self._extra)


class _Choice:
    """One answer in the making."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._role: str | None = None
        self._said: dict[str, Any] = {}
        self._content: _Content | None = None
        self._calls: list[_Call] = []
        self._calls_by_id: dict[str, _Call] = {}
        self._calls_by_index: dict[int, _Call] = {}
        self._logprobs: dict[str, dict[str, Any]] = {"logprobs": {}, "prompt_logprobs": {}}
        self._extra: dict[str, JSONValue] = {}
        self._message_extra: dict[str, JSONValue] = {}
        self._texts: dict[str, StringIO] = {}

    def add(self, piece: ChatCompletionResponseStreamChoice) -> None:
        delta = piece.delta
        if delta.content is not None:
            if self._content is None:
                self._content = _Content()
            self._content.add(delta.content)
        for call in delta.tool_calls or ():
            self._call_of(call).add(call)
        self._role = self._role or delta.role or None
        _note(self._said, delta, ("tool_call_id", "index", "metadata"))
        self.finish_reason = piece.finish_reason or self.finish_reason
        for name, held in self._logprobs.items():
            logprobs = getattr(piece, name)
            if logprobs is not None:
                _join(held, logprobs.to_dict())
        _join(self._extra, piece.extra)
        for name, value in delta.extra.items():
            if isinstance(value, str) and self._message_extra.get(name) is None:
                # Such as the `reasoning_content` of other servers.
                self._texts.setdefault(name, StringIO(newline="")).write(value)
            else:
                _join(self._message_extra, {name: value})

    def _call_of(self, piece: ToolCall) -> _Call:
        named, index, name = piece.id not in MISSING_IDS, piece.index, piece.function.name
        told = piece.extra.get("index")
        if index is None and isinstance(told, str) and told.isdecimal() and len(told) < 10:
            index = int(told)
        call = self._calls_by_id.get(piece.id)
        if call is None and index is not None:
            call = self._calls_by_index.get(index)
        if call is None and not named and self._calls and (index is None or not name):
            call = self._calls[-1]
        # Some servers number every call alike, and some make up an id for every piece of one; but
        # none names the function in every piece that gives a call neither id nor index.
        if (
            call is not None
            and name
            and call.name
            and (
                name != call.name
                or (named and call.id not in (None, piece.id))
                or not (named or index is not None)
            )
        ):
            call = None
        if call is None:
            call = _Call()
            self._calls.append(call)
        if named:
            self._calls_by_id[piece.id] = call
        if index is not None:
            self._calls_by_index[index] = call
        return call

    def whole(self, index: int) -> ChatCompletionResponseChoice:
        message = {
            **self._said,
            "role": self._role,
            "content": None if self._content is None else self._content.whole(),
            "tool_calls": [call.whole() for call in self._calls] or None,
        }
        extra = dict(self._message_extra)
        for name, text in self._texts.items():
            extra[name] = text.getvalue() if extra.get(name) is None else extra[name]
        cls: type[WireType] = (
            AssistantMessage if self._role in (None, "assistant") else DeltaMessage
        )
        is_empty = not extra and all(value is None for value in message.values())
        values = {
            "index": index,
            # A server may have sent a whole message in the pieces' place.
            "message": None if is_empty else _built(cls, message, extra),
            "finish_reason": self.finish_reason,
            **{name: held or None for name, held in self._logprobs.items()},
        }
        return _built(ChatCompletionResponseChoice, values, self._extra)


class _Content:
    """A content in the making, or a thinking: both are a string or a list of chunks."""

    def __init__(self) -> None:
        self._parts: list[StringIO | _Thinking | ContentChunk] = []
        # Takes more text where the last part is of text, as it nearly always is.
        self._write: Callable[[str], object] | None = None
        self._is_string = True

    def add(self, content: Iterable[ContentChunk] | str) -> None:
        if isinstance(content, str):
            (self._write or self._begin_text)(content)
            return
        self._is_string = False
        for chunk in content:
            if isinstance(chunk, TextChunk) and not chunk.extra:
                (self._write or self._begin_text)(chunk.text)
                continue
            self._write = None
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
            self._write = part.write

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
        self._said: dict[str, Any] = {"type": "thinking"}
        self._extra: dict[str, JSONValue] = {}

    def add(self, chunk: ThinkChunk) -> None:
        self._content.add(chunk.thinking)
        _note(self._said, chunk, ("signature", "closed"))
        _join(self._extra, chunk.extra)

    def whole(self) -> ThinkChunk:
        return _built(ThinkChunk, {**self._said, "thinking": self._content.whole()}, self._extra)


class _Call:
    """A tool call in the making."""

    def __init__(self) -> None:
        self.id: str | None = None
        self._said: dict[str, Any] = {}
        self.name = ""
        self._arguments: StringIO | None = None
        self._extra: dict[str, JSONValue] = {}
        self._function_extra: dict[str, JSONValue] = {}

    def add(self, piece: ToolCall) -> None:
        if self.id is None and piece.id not in MISSING_IDS:
            self.id = piece.id
        _note(self._said, piece, ("type", "index"))
        _join(self._extra, piece.extra)
        if "function" not in piece._given():
            return
        self.name = self.name or str(piece.function.name)
        if "arguments" in piece.function._given():
            self._arguments = self._arguments or StringIO(newline="")
            self._arguments.write(piece.function.arguments)
        _join(self._function_extra, piece.function.extra)

    def whole(self) -> ToolCall:
        arguments = None if self._arguments is None else self._arguments.getvalue()
        function = {"name": self.name or None, "arguments": arguments}
        values = {
            "id": self.id,
            **self._said,
            "function": _built(FunctionCall, function, self._function_extra),
        }
        return _built(ToolCall, values, self._extra)


def _note(said: dict[str, Any], piece: WireType, names: Iterable[str]) -> None:
    """Take over the fields that a piece gives."""
    given = vars(piece)
    for name in names:
        if given.get(name) is not None:
            said[name] = given[name]


def _join(held: dict[str, Any], extra: Mapping[str, Any], repeats: bool = False) -> None:
    """Add what a piece has in `extra`: lists go on, of anything else the last value counts.

    With `repeats` a list that comes again as it is held says nothing new.
    """
    for name, value in extra.items():
        before = held.get(name)
        if isinstance(before, list) and isinstance(value, list):
            before += [] if repeats and before == value else value
        elif value is not None or before is None:
            held[name] = [*value] if isinstance(value, list) else value


def _built(cls: type[W], values: Mapping[str, Any], extra: Mapping[str, JSONValue]) -> W:
    """Return an instance as if a server had sent it: what is None was not said."""
    said = {name: value for name, value in values.items() if value is not None}
    try:
        return cls._read({**extra, **said}, KEEP)
    except ValidationError:  # what an extra is called matters to this type, but can't be read
        made = cls._read(said, KEEP)
    kept = Extra(extra)
    kept.absent = made._absent()
    vars(made)["extra"] = kept
    return made
