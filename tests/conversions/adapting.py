"""How the tests adapt a request of which they care for one part only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from mistral_proto import ValidationError
from mistral_proto.openai import adapt_request

HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "now", "parameters": {}}}


class Adapted(NamedTuple):
    """What came out of it: a document or a part of one, and what is told of it."""

    document: Any
    changes: list[str]


def adapt(body: Mapping[str, object]) -> Adapted:
    """What a body becomes, and what is told of it."""
    adapted = adapt_request(body)
    document = adapted.request.to_dict()
    assert adapt_request(document).changes == (), "it is adapted once and for all"
    return Adapted(document, [str(change) for change in adapted.changes])


def adapt_parameters(**given: object) -> Adapted:
    """What parameters become, beside a model and a message."""
    document, changes = adapt({**HI, **given})
    return Adapted({name: document[name] for name in document if name not in HI}, changes)


def adapt_messages(*messages: object) -> Adapted:
    """What messages become, in a request that goes on after them."""
    end = [{"role": "assistant", "content": "Hello"}, *HI["messages"]]
    document, changes = adapt({**HI, "messages": [*messages, *end]})
    return Adapted(document["messages"][:-2], changes)


def refusals(body: object) -> list[str]:
    """Why a body is refused, problem by problem."""
    with pytest.raises(ValidationError) as caught:
        adapt_request(body)  # type: ignore[arg-type]
    assert caught.value.title == "the request"
    return [str(problem) for problem in caught.value.problems]
