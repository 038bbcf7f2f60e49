"""From a request in OpenAI's format to one that Mistral's API accepts at the first try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Problem, ValidationError, describe
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType, plain
from .adapt_parameters import PARAMETERS
from .adapt_tools import allowed_tools
from .adaptation import Adaptation, Draft
from .changes import Change
from .tool_call_ids import ToolCallIds

__all__ = ["AdaptedRequest", "adapt_request"]

_TITLE = "the request"
_REQUIRED = ("model", "messages")
_DEPTH = 5
"""How deep a parameter has objects: a message's content's part's thinking's part."""


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


def adapt_request(body: Mapping[str, object]) -> AdaptedRequest:
    """Adapt an OpenAI chat completion request for Mistral's API.

    `body` is what `openai`'s ``chat.completions.create`` sends, as plain JSON
    values or, for its objects, wire types: a message of an answer goes back into
    `messages` as it is.  It may hold Mistral's own parameters and content parts,
    and stays as it is.  What Mistral's API would refuse is renamed, changed or
    dropped, and each time told in `changes`: an adapted request, adapted again,
    has none.  The name of the model is not looked at.

    Messages that Mistral's API takes in another order only are brought into it:
    between a tool's message and a user's comes one of the assistant's, and a
    system's message that follows the assistant's or a tool's goes behind the
    user's after it, or becomes the user's.  What no conversation in OpenAI's
    format should have, such as a call without an answer, `check_conversation`
    finds in the adapted request.

    Raises:
        ValidationError: the body is no such request, or Mistral's API can't do
            what it asks for; with every problem, and its path in `body`.

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
    body = {name: _plain(value, _DEPTH) for name, value in body.items()}
    work = Adaptation(body, ToolCallIds(body.get("messages")), allowed_tools(body))
    written = Draft(body, (), work).fill(PARAMETERS, hints=True)
    for name in _REQUIRED:
        if body.get(name) is None:
            work.refuse_absent((name,), body)
    if work.problems:
        raise ValidationError(work.problems, _TITLE)
    return AdaptedRequest(
        ChatCompletionRequest.from_dict(written, strict=True), tuple(work.changes)
    )


def _plain(value: object, depth: int) -> object:
    """A value with plain ones for the wire types in it, so deep as they can stand."""
    if isinstance(value, WireType):
        document: dict[str, object] = plain(value, False)
        role = getattr(value, "role", None)  # which a server may have left out
        return document if role is None else {"role": role, **document}
    if depth and isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in value]
    if depth and isinstance(value, Mapping):
        return {key: _plain(item, depth - 1) for key, item in value.items()}
    return value
