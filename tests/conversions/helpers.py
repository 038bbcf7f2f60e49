"""Helpers that adapt a part of a request, or list changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from mistral_proto import ValidationError
from mistral_proto.errors import format_path
from mistral_proto.openai import Converted, adapt_request

HI: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


class Adapted(NamedTuple):
    """A document, or a part of one, and each change as its path and the first word of its action."""

    document: Any
    changes: list[str]


def adapt(body: Mapping[str, object]) -> Adapted:
    """Adapt a body; the result needs no more changes."""
    adapted = adapt_request(body)
    document = adapted.request.to_dict()
    assert adapt_request(document).changes == ()
    changes = [f"{format_path(it.path)} {it.action.split()[0]}" for it in adapted.changes]
    return Adapted(document, changes)


def adapt_messages(*messages: object) -> Adapted:
    """Adapt messages, in a request with further messages after them."""
    end = [{"role": "assistant", "content": "Hello"}, *HI["messages"]]
    document, changes = adapt({**HI, "messages": [*messages, *end]})
    return Adapted(document["messages"][:-2], [it.removeprefix("messages") for it in changes])


def refusals(body: object) -> list[str]:
    """Return the path and the kind of each problem of a body."""
    with pytest.raises(ValidationError) as caught:
        adapt_request(body)  # type: ignore[arg-type]
    return [f"{format_path(it.path)} {it.type}" for it in caught.value.problems]


def actions(converted: Converted[Any]) -> list[str]:
    """Return the paths and actions of changes, without the reasons."""
    return [f"{format_path(change.path)}: {change.action}" for change in converted.changes]
