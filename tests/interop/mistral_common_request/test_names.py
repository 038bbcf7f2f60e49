"""The public names of mistral_common's instruct protocol are ours, too."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import mistral_proto

MODULES = [
    *[
        f"mistral_common.protocol.instruct.{name}"
        for name in ("chunk converters messages normalize request tool_calls validator".split())
    ],
    "mistral_common.exceptions",
    "mistral_common.protocol.base",
]

# Names and attributes that are left out. Audio is decoded by their tokenizers' code; the fields
# of BaseCompletionRequest are those of ChatCompletionRequest.
LEFT_OUT = [
    *("AudioChunk.from_audio", "RawAudio.from_audio"),
    *(f"BaseCompletionRequest.{name}" for name in ("max_tokens", "random_seed", "temperature", "top_p")),
]  # fmt: skip


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names that a module defines itself."""
    for name, value in vars(module).items():
        if not name.startswith("_") and "[" not in name:
            if getattr(value, "__module__", "") == module.__name__:
                yield name, value


def attributes(cls: Any) -> set[str]:
    """Return the names of a type's own attributes and fields, without those for pydantic."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("mistral_common")]
    names = {name for base in bases for name in vars(base)} | {*getattr(cls, "model_fields", ())}
    names -= {"message"}  # ours have it on their instances
    return {name for name in names if not name.startswith(("_", "model_", "should_", "validate_"))}


def test_names() -> None:
    missing = []
    for module in map(importlib.import_module, MODULES):
        for name, theirs in public(module):
            ours = getattr(mistral_proto, name, None)
            if ours is None:
                missing.append(name)
            elif isinstance(theirs, type):
                has = {*dir(ours), *getattr(ours, "_specs", ())}
                missing += [f"{name}.{each}" for each in attributes(theirs) - has]
    assert sorted(missing) == sorted(LEFT_OUT)
