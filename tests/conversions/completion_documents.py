"""Helpers for the tests of conversions: documents with parts left out, and lists of changes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from mistral_proto import ValidationError
from mistral_proto.errors import Path, format_path
from mistral_proto.openai import Change, Converted
from mistral_proto.wire import WireType

# These distinguish objects, or are required on one of the sides.
_REQUIRED = {"id", "type", "role", "usage", "index", "delta"}
_OF_A_CHUNK = {"text", "thinking"}


def thinned(cls: type[WireType], document: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return a document of the type without some of its fields and items."""
    rng = random.Random(seed)
    for place in reversed([*_places(document)]):
        if rng.random() < 0.15:
            # Not a deep copy, which would keep shared parts.
            less = json.loads(json.dumps(document))
            parent: Any = less
            for step in place[:-1]:
                parent = parent[step]
            del parent[place[-1]]
            try:
                cls.from_dict(less)
            except ValidationError:
                continue
            document = less
    return document


def _places(value: Any, path: Path = ()) -> Iterator[Any]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in items:
        if isinstance(item, dict) and not _OF_A_CHUNK.isdisjoint(item):
            continue
        if step not in _REQUIRED:
            yield (*path, step)
        if isinstance(item, (dict, list)):
            yield from _places(item, (*path, step))


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Return the values in a document that are no objects or lists, by their paths."""
    if not isinstance(value, (dict, list)):
        return {path: value}
    found: dict[Path, Any] = {}
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found.update(leaves(item, (*path, key)))
    return found


def not_listed(document: Any, result: Any, changes: Iterable[Change]) -> list[Path]:
    """Return the paths of values that were lost without a change."""
    places = [change.path for change in changes]
    kept = leaves(result)
    return [
        path
        for path, value in leaves(document).items()
        if (path not in kept or kept[path] != value)
        and not any(path[: len(place)] == place for place in places)
    ]


def actions(converted: Converted[Any]) -> list[str]:
    """Return the paths and actions of changes, without the reasons."""
    return [f"{format_path(change.path)}: {change.action}" for change in converted.changes]
