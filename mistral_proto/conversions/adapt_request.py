"""From a request in OpenAI's format to one that Mistral's API accepts at the first try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, NamedTuple

from ..checks import REFUSE, ObjectOf
from ..conversation.rules import API, breaches
from ..errors import Problem, ValidationError, describe, step_to
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType, dump
from .adapt_rules import PARAMETERS, allowed_tools
from .rules import Change, Place, convert, only_known

if TYPE_CHECKING:
    from ..errors import Path

__all__ = ["AdaptedRequest", "adapt_request"]

_REQUEST = ObjectOf(ChatCompletionRequest)
_TITLE = "the request"
_DEPTH = 6
"""The levels that hold objects: body, messages, message, content, part, thinking."""
_NOT_GIVEN = ("NotGiven", "Omit", "Unset")
"""The types of what OpenAI's SDK, and Mistral's, take for what is not given."""


@dataclass(frozen=True)
class AdaptedRequest:
    """What `adapt_request` made of a request.

    Attributes:
        request: what Mistral's API accepts.
        changes: what is not in it as it was given, in the document's order.

    >>> adapted = adapt_request({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    >>> adapted.request.to_json(), adapted.changes
    ('{"model":"m","messages":[{"role":"user","content":"Hi"}]}', ())
    """

    request: ChatCompletionRequest
    changes: tuple[Change, ...] = ()


class _Context(NamedTuple):
    """State that the rules of one conversion share."""

    waiting: dict[str, None]
    """The ids of the calls that the message at hand may answer."""
    allowed: frozenset[str] | None
    """The names of the tools that may be offered; None where all may be."""
    places: dict[Path, Path]
    """Where each message, and the function of each tool, of the adapted request was."""


def adapt_request(body: Mapping[str, object]) -> AdaptedRequest:
    """Adapt an OpenAI chat completion request for Mistral's API.

    `body` is what `openai`'s ``chat.completions.create`` sends, as plain JSON
    values or, for its objects, wire types or others that have a `model_dump`, such
    as those of OpenAI's SDK: a message of an answer goes back into `messages` as it
    is.  The SDK's `NOT_GIVEN` and `omit` stand for what is not given.  The body may
    hold Mistral's own parameters and content parts, and they stay as they are.
    What Mistral's API would refuse is renamed, changed or dropped, and each time
    told in `changes`: an adapted request, adapted again, has none.  The name of the
    model is not looked at.

    Messages that Mistral's API takes in another order only are brought into it:
    between a tool's message and a user's comes one of the assistant's, and a
    system's message that follows the assistant's or a tool's goes behind the
    user's after it, or becomes the user's.  An assistant's message that says
    nothing is dropped.

    Raises:
        ValidationError: the body is no such request, a call is left without an
            answer or an answer without a call, or Mistral's API can't do what the
            request asks for; with every problem, and its path in `body`.

    >>> adapted = adapt_request({
    ...     "model": "mistral-small-latest",
    ...     "messages": [{"role": "developer", "content": "Be brief."}],
    ...     "max_completion_tokens": 100,
    ...     "store": False,
    ... })
    >>> print(adapted.request.to_json())
    {"model":"mistral-small-latest","messages":[{"role":"system","content":"Be brief."}],"max_tokens":100}
    >>> for change in adapted.changes:
    ...     print(change)
    messages[0].role: changed to 'system': Mistral's API has no role of that name
    max_completion_tokens: renamed to max_tokens: Mistral's API has it under that name
    store: dropped: Mistral's API has no such parameter
    """
    if not isinstance(body, Mapping):
        raise ValidationError([Problem((), "an object", describe(body), "dict_type")], _TITLE)
    given = _plain(body, ())
    place = Place(context=_Context({}, allowed_tools(given), {(): ()}))
    written = convert(given, place, PARAMETERS, only_known(PARAMETERS))
    for name in ("model", "messages"):
        if given.get(name) is None:
            place.refuse_absent(name, given)
    request = None if place.problems else place.read(_REQUEST, written, REFUSE)
    if request is not None:
        request = _by_the_rules(request, given, place)
    names: dict[str | int, int] = {step_to(name): position for position, name in enumerate(given)}

    def position(noted: Change | Problem) -> tuple[int, list[int]]:
        first, *second = noted.path[:2]
        return names.get(first, len(names)), [step for step in second if isinstance(step, int)]

    if request is None or place.problems:
        raise ValidationError(sorted(place.problems, key=position), _TITLE)
    return AdaptedRequest(request, tuple(sorted(place.changes, key=position)))


def _by_the_rules(
    request: ChatCompletionRequest, given: Mapping[str, object], place: Place
) -> ChatCompletionRequest:
    """Return the request without what breaks the API's rules, and note that, and what else does."""
    document = dump(request, False)
    noted = len(place.changes)
    for path, _, rule in breaches(request, API, "serving"):
        at, value = _place_of(path, given, place.context.places)
        if rule.droppable:
            del reduce(getitem, path[:-1], document)[path[-1]]
            place.changes.append(Change(at, "dropped", f"Mistral's API expects {rule.api}"))
        else:
            place.problems.append(Problem(at, str(rule.api), describe(value), "value_error"))
    if len(place.changes) == noted:
        return request
    adapted = ChatCompletionRequest.from_dict(document, strict=True)
    return replace(adapted, extra_body=request.extra_body)


def _place_of(path: Path, given: Any, places: dict[Path, Path]) -> tuple[Path, object]:
    """Return where a place of the adapted request was, and what is there.

    For a place that is not there it is the one around it.
    """
    known = next(path[:length] for length in (3, 2, 0) if path[:length] in places)
    path = (*places[known], *path[len(known) :])
    for depth, step in enumerate(path):
        try:
            given = given[step]
        except (LookupError, TypeError):
            return path[:depth], given
    return path, given


def _plain(value: Any, path: Path) -> Any:
    """Return a value with plain ones for the objects in it, as deep as they can stand."""
    if isinstance(value, WireType):
        document: dict[str, object] = dump(value, False)
        role = getattr(value, "role", None)  # which a server may have left out
        return document if role is None else {"role": role, **document}
    if hasattr(value, "model_dump"):
        try:
            # OpenAI's parsed messages hold what pydantic would warn of.
            return value.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
        except Exception as error:
            expected = "an object whose model_dump() gives JSON values"
            if isinstance(value, type):
                expected = "an object, such as response_format_from_pydantic_model makes"
            problem = Problem(path, expected, describe(value), "value_error")
            raise ValidationError([problem], _TITLE) from error
    if len(path) < _DEPTH and isinstance(value, (list, tuple)):
        return [_plain(item, (*path, index)) for index, item in enumerate(value)]
    if len(path) < _DEPTH and isinstance(value, Mapping):
        return {
            key: _plain(item, (*path, step_to(key)))
            for key, item in value.items()
            if type(item).__name__ not in _NOT_GIVEN
        }
    return value
