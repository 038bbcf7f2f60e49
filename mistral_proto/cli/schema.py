"""``schema``: the JSON Schema of a wire type, or the names of all of them."""

from __future__ import annotations

import json
from importlib import import_module

from .. import openai
from ..fields import did_you_mean
from ..schema import json_schema, mistral_chat_completion
from ..wire import WireType
from . import report

__all__ = ["schema", "wire_types"]

_PUBLISHED = "mistral-chat-completion"


def schema(name: str | None, *, strict: bool) -> int:
    """Run the command; returns the exit code."""
    types = wire_types()
    if name is None:
        print("\n".join([*sorted(types), _PUBLISHED]))
        return 0
    if name == _PUBLISHED:
        found = mistral_chat_completion()
    elif name in types:
        found = json_schema(types[name], strict=strict)
    else:
        report(ValueError(f"no such type: {name!r}{did_you_mean(name, [*types, _PUBLISHED])}"))
        return 2
    print(json.dumps(found, indent=2))
    return 0


def wire_types() -> dict[str, type[WireType]]:
    """The public wire types by name; those of OpenAI's format as ``openai.ChatCompletion``."""
    package = import_module("..", __package__)
    named = {name: getattr(package, name) for name in package.__all__}
    named.update((f"openai.{name}", getattr(openai, name)) for name in openai.__all__)
    return {
        name: value
        for name, value in named.items()
        if isinstance(value, type) and issubclass(value, WireType) and _is_of_documents(value)
    }


def _is_of_documents(cls: type[WireType]) -> bool:
    """Whether a document is all that an instance needs; a function is in none."""
    return not any(spec.local and not spec.has_default for spec in cls._specs.values())
