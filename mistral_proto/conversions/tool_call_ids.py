"""Ids of tool calls that Mistral takes, in place of those that it refuses.

Mistral's API refuses an id that is not nine letters and digits (error 3280).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from ..errors import format_path
from ..protocol.tool_calls import is_call_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import Path

__all__ = ["ToolCallIds"]

_LENGTH = 9


class ToolCallIds:
    """The ids of one conversation's calls, the same in a call and in its answer.

    `messages` is read only for the ids that are good, which nothing else may
    then be called; it may be any value.

    >>> ids = ToolCallIds([])
    >>> ids.of("a1b2c3d4e")
    'a1b2c3d4e'
    >>> ids.of("call_abc") == ids.of("call_abc") != ids.of("call_def")
    True
    """

    def __init__(self, messages: object) -> None:
        self._taken = {each for each in _ids_in(messages) if is_call_id(each)}
        self._made: dict[str, str] = {}
        self._unanswered: deque[str] = deque()

    def of(self, given: str) -> str:
        """The id for one that a call or an answer has."""
        if is_call_id(given):
            return given
        if given not in self._made:
            self._made[given] = self._make(given)
        return self._made[given]

    def of_call_without(self, place: Path) -> str:
        """The id for a call that has none, which stands at `place`."""
        made = self._make(format_path(place))
        self._unanswered.append(made)
        return made

    def of_answer_without(self) -> str | None:
        """The id for an answer that has none: that of the first call that waits for one."""
        return self._unanswered.popleft() if self._unanswered else None

    def forget_unanswered(self) -> None:
        """What is answered from now on comes after this."""
        self._unanswered.clear()

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


def _ids_in(messages: object) -> Iterator[str]:
    for message in messages if isinstance(messages, (list, tuple)) else ():
        if not isinstance(message, Mapping):
            continue
        calls = message.get("tool_calls")
        for holder, name in [
            (message, "tool_call_id"),
            *[(call, "id") for call in (calls if isinstance(calls, (list, tuple)) else ())],
        ]:
            given = holder.get(name) if isinstance(holder, Mapping) else None
            if isinstance(given, str):
                yield given
