"""``schema``: the JSON Schema of a wire type, or the names of all wire types."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

from .. import openai
from ..fields import did_you_mean
from ..schema import json_schema, mistral_chat_completion
from ..wire import WireType
from . import report

if TYPE_CHECKING:
    import argparse

__all__ = ["run", "wire_types"]

_PUBLISHED = "mistral-chat-completion"


def run(options: argparse.Namespace) -> int:
    """Run the command and return the exit code."""
    types, name = wire_types(), options.name
    if name is None:
        print("\n".join([*sorted(types), _PUBLISHED]))
        return 0
    if name in types:
        schema = json_schema(types[name], strict=options.strict)
    elif name == _PUBLISHED:
        schema = mistral_chat_completion()
    else:
        report(f"no such type: {name!r}{did_you_mean(name, [*types, _PUBLISHED])}")
        return 2
    print(json.dumps(schema, indent=2))
    return 0


def wire_types() -> dict[str, type[WireType]]:
    """Return the public wire types by name; OpenAI's are named ``openai.ChatCompletion``."""
    package = import_module("..", __package__)
    named = {name: getattr(package, name) for name in package.__all__}
    named.update((f"openai.{name}", getattr(openai, name)) for name in openai.__all__)
    return {
        name: value
        for name, value in named.items()
        if isinstance(value, type)
        and issubclass(value, WireType)
        # A type that needs a local value, such as a function, has no documents.
        and not any(spec.local and not spec.has_default for spec in value._specs.values())
    }
