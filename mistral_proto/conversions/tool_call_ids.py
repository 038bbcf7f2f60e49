"""Ids of tool calls that Mistral takes, in place of those that it refuses.

Mistral's API refuses an id that is not nine letters and digits (error 3280).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from ..errors import format_path
from ..protocol.tool_calls import NO_IDS, is_call_id
from .adaptation import says

if TYPE_CHECKING:
    from ..errors import Path

    # The places of calls or of answers, and the id that each has.
    Side = list[tuple[Path, str | None]]

__all__ = ["ToolCallIds"]

_LENGTH = 9


class ToolCallIds:
    """The ids of one conversation's calls, the same in a call and in its answer.

    `messages`, which may be any value, is read for the ids that are good, which
    nothing else may then be called, and for what pairs calls and answers.

    >>> ids = ToolCallIds([])
    >>> ids.of("a1b2c3d4e")
    'a1b2c3d4e'
    >>> ids.of("call_abc") == ids.of("call_abc") != ids.of("call_def")
    True
    """

    def __init__(self, messages: object) -> None:
        exchanges = list(_exchanges(messages))
        given = {given for side in chain.from_iterable(exchanges) for _, given in side}
        self._taken = {each for each in given if each is not None and is_call_id(each)}
        self._made: dict[str, str] = {}
        self._paired: dict[Path, str] = {}
        for calls, answers in exchanges:
            self._pair(calls, answers)

    def of(self, given: str) -> str:
        """The id for one that a call or an answer has."""
        if is_call_id(given):
            return given
        if given not in self._made:
            self._made[given] = self._make(given)
        return self._made[given]

    def of_one_without(self, place: Path) -> str | None:
        """The id for the call or the answer at `place`, which has none.

        For an answer there is one only if a call waits for it.
        """
        return self._paired.get(place)

    def _pair(self, calls: Side, answers: Side) -> None:
        """Pair, in their order, the calls and the answers of which one has no id."""
        called = {given for _, given in calls}
        answered = {given for _, given in answers if given is not None}
        waiting = OrderedDict(call for call in calls if call[1] not in answered)
        nameless = deque(place for place, given in waiting.items() if given is None)
        for place, given in answers:
            if given is None and waiting:
                call, told = waiting.popitem(last=False)
                if told is None:
                    self._paired[call] = told = self._make(format_path(nameless.popleft()))
                self._paired[place] = self.of(told)
            elif given and given not in called and nameless:
                called.add(given)
                del waiting[nameless[0]]
                self._paired[nameless.popleft()] = self.of(given)
        for place in nameless:
            self._paired[place] = self._make(format_path(place))

    def _make(self, text: str) -> str:
        import hashlib  # only an id that is refused pays for it

        # The same id for the same text, also in the next request of a conversation,
        # or what the API caches of it would be lost.
        attempt = 0
        while True:
            seed = f"{attempt}:{text}" if attempt else text
            digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()
            if digest[:_LENGTH] not in self._taken:
                self._taken.add(digest[:_LENGTH])
                return digest[:_LENGTH]
            attempt += 1


def _exchanges(messages: object) -> Iterator[tuple[Side, Side]]:
    """The calls of each assistant's message, and the answers right after it."""
    calls: Side = []
    answers: Side = []
    for index, message in enumerate(messages if isinstance(messages, (list, tuple)) else ()):
        if not isinstance(message, Mapping):
            continue
        place = ("messages", index)
        role = message.get("role")
        if says(role, "tool"):
            answers.append((place, _id_in(message, "tool_call_id")))
        elif says(role, "function"):
            answers.append((place, None))
        elif answers or says(role, "assistant"):
            yield calls, answers
            calls, answers = _calls(message, place) if says(role, "assistant") else [], []
    yield calls, answers


def _calls(message: Mapping[object, object], place: Path) -> Side:
    calls = message.get("tool_calls")
    if isinstance(calls, (list, tuple)) and calls:
        return [
            ((*place, "tool_calls", index), _id_in(call, "id")) for index, call in enumerate(calls)
        ]
    return [((*place, "function_call"), None)] if message.get("function_call") is not None else []


def _id_in(holder: object, name: str) -> str | None:
    given = holder.get(name) if isinstance(holder, Mapping) else None
    return given if isinstance(given, str) and given not in NO_IDS else None
