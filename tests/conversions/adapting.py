"""How the tests adapt a request of which they care for one part only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from mistral_proto import ValidationError
from mistral_proto.errors import format_path
from mistral_proto.openai import adapt_request

HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "now", "parameters": {}}}


class Adapted(NamedTuple):
    """What came out of it: a document or a part of one, and what is told of it.

    A change is told by its path and the first word of what became of it: "store dropped".
    """

    document: Any
    changes: list[str]


def adapt(body: Mapping[str, object]) -> Adapted:
    """Adapt a body, and see that it is done once and for all."""
    adapted = adapt_request(body)
    document = adapted.request.to_dict()
    assert adapt_request(document).changes == ()
    told = [f"{format_path(each.path)} {each.action.split()[0]}" for each in adapted.changes]
    return Adapted(document, told)


def adapt_parameters(**given: object) -> Adapted:
    """Adapt parameters, beside a model and a message."""
    document, changes = adapt({**HI, **given})
    return Adapted({name: document[name] for name in document if name not in HI}, changes)


def adapt_messages(*messages: object) -> Adapted:
    """Adapt messages, in a request that goes on after them."""
    end = [{"role": "assistant", "content": "Hello"}, *HI["messages"]]
    document, changes = adapt({**HI, "messages": [*messages, *end]})
    return Adapted(document["messages"][:-2], [each.removeprefix("messages") for each in changes])


def refusals(body: object) -> list[str]:
    """Return why a body is refused: the path and the kind of each problem."""
    with pytest.raises(ValidationError) as caught:
        adapt_request(body)  # type: ignore[arg-type]
    assert caught.value.title == "the request"
    return [f"{format_path(each.path)} {each.type}" for each in caught.value.problems]
