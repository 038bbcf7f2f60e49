"""Comparisons of a document's outcomes, ours and mistral_common's."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from enum import Enum
from typing import Any

from mistral_common.protocol.instruct import chunk, converters, messages, request, tool_calls
from mistral_common.protocol.instruct.normalize import get_normalizer as get_their_normalizer
from mistral_common.protocol.instruct.validator import (
    ValidationMode as TheirMode,
    get_validator as get_their_validator,
)
from mistral_common.tokens.tokenizers.base import TokenizerVersion as TheirVersion
from mistral_common.tokens.tokenizers.model_settings_builder import (
    EnumBuilder as TheirEnumBuilder,
    ModelSettingsBuilder as TheirBuilder,
)

import mistral_proto as m
from mistral_proto.wire import WireType
from tests.interop.readings import Disagreement, Outcome, between, disagreements
from tests.published.comparison import without_null

PAIRS: dict[str, tuple[type[WireType], Any]] = {
    ours.__name__: (ours, theirs)
    for ours, theirs in (
        # The types of messages are parameters of the two requests.
        (m.ChatCompletionRequest, request.ChatCompletionRequest[messages.ChatMessage]),
        (m.InstructRequest, request.InstructRequest[messages.ChatMessage, tool_calls.Tool]),
        (m.EnumBuilder, TheirEnumBuilder[request.ReasoningEffort]),
        (m.ModelSettingsBuilder, TheirBuilder),
        *((getattr(m, name), getattr(request, name)) for name in ("ModelSettings", "ResponseFormat")),
        *(
            (getattr(m, f"{name}Message"), getattr(messages, f"{name}Message"))
            for name in ("System", "User", "Assistant", "FinetuningAssistant", "Tool")
        ),
        *(
            (getattr(m, name), getattr(chunk, name))
            for name in (
                *("TextChunk", "ThinkChunk", "ImageChunk", "ImageURL", "ImageURLChunk"),
                *("RawAudio", "AudioChunk", "AudioURL", "AudioURLChunk"),
            )
        ),
        *(
            (getattr(m, name), getattr(tool_calls, name))
            for name in (*("FunctionName", "Function", "Tool", "NamedToolChoice", "FunctionCall"), "ToolCall")
        ),
    )
}  # fmt: skip
"""Every type of mistral_common's requests, by its name."""


def compare(what: str, document: Any) -> list[Disagreement]:
    """Return the disagreements; `what` is a type, or a step as in ``from_openai UserMessage``."""
    if what in PAIRS:
        return disagreements(what, *PAIRS[what], document, plain)
    step, of = what.split(" ", 1)
    ours, theirs = _COMPARISONS[step](of)
    # Its own copy, since mistral_common changes some of what it is given.
    own, other = _outcome(ours, document), _outcome(theirs, copy.deepcopy(document))
    return between(of, step, document, own, other)


def _outcome(made: Callable[[Any], Any], document: Any) -> Outcome:
    try:
        return Outcome(without_null(made(document)), "", [])
    except m.ValidationError as error:
        return Outcome(None, "", [(problem.path, problem.type) for problem in error.problems])
    except Exception as error:
        return Outcome(None, "", [((), type(error).__name__)])


def plain(value: Any) -> Any:
    """Return a value of ours as it was given, with the fields that are never sent."""
    if isinstance(value, WireType):
        fields = {name: plain(item) for name, item in value._values().items()}
        extra = fields.pop("extra", {})
        return {**fields, **extra}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _their_plain(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True)


_Made = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _to_openai(of: str) -> _Made:
    """Convert a document, with keyword arguments."""
    ours: Any = PAIRS[of][0]
    theirs = PAIRS[of][1]
    return (
        lambda case: ours.from_dict(case[0]).to_openai(**case[1]),
        # Some of what mistral_common writes are members of its enumerations.
        lambda case: json.loads(json.dumps(theirs.model_validate(case[0]).to_openai(**case[1]))),
    )


def _from_openai(of: str) -> _Made:
    ours: Any = PAIRS[of][0]
    theirs = PAIRS[of][1]
    if of == "ChatCompletionRequest":
        return (
            lambda document: plain(ours.from_openai(**document)),
            lambda document: _their_plain(theirs.from_openai(**document)),
        )
    return (
        lambda document: plain(ours.from_openai(document)),
        lambda document: _their_plain(theirs.from_openai(document)),
    )


def _convert(of: str) -> _Made:
    ours, theirs = getattr(m, f"convert_openai_{of}"), getattr(converters, f"convert_openai_{of}")
    return (
        lambda document: [plain(one) for one in ours(document)],
        lambda document: [_their_plain(one) for one in theirs(document)],
    )


_EFFORT = {"accepts_none": True, "default": "none", "values": ["none", "high"]}


def _normalizing(version: str) -> _Made:
    builder = their_builder = None
    if version == "v15":
        builder = m.ModelSettingsBuilder.from_dict({"reasoning_effort": _EFFORT})
        their_builder = TheirBuilder.model_validate(
            {"reasoning_effort": {"type": "enum", **_EFFORT}}
        )
    ours = m.get_normalizer(version, builder)
    theirs = get_their_normalizer(TheirVersion(version), their_builder)
    return (
        lambda document: plain(
            ours.from_chat_completion_request(m.ChatCompletionRequest.from_dict(document))
        ),
        lambda document: _their_plain(
            theirs.from_chat_completion_request(_their_request(document))
        ),
    )


def _validating(version_and_mode: str) -> _Made:
    version, mode = version_and_mode.split()
    ours = m.get_validator(version, mode)
    theirs = get_their_validator(TheirVersion(version), TheirMode(mode))
    return (
        lambda document: _verdict(ours, m.ChatCompletionRequest.from_dict(document)),
        lambda document: _verdict(theirs, _their_request(document)),
    )


def _verdict(validator: Any, read: Any) -> str:
    try:
        validator.validate_request(read)
    except Exception as error:
        return type(error).__name__
    return "accepted"


def _their_request(document: Any) -> Any:
    kind = messages.ChatMessage
    if any("weight" in message for message in document["messages"]):
        kind = messages.FinetuningMessage
    return request.ChatCompletionRequest[kind].model_validate(document)


_COMPARISONS: dict[str, Callable[[str], _Made]] = {
    "to_openai": _to_openai,
    "from_openai": _from_openai,
    "convert": _convert,
    "normalizing": _normalizing,
    "validating": _validating,
}


def reported(version_and_mode: str, document: Any) -> set[str]:
    """Return the names of all exceptions that ours reports for a request."""
    found = m.check_conversation(
        m.ChatCompletionRequest.from_dict(document), *version_and_mode.split()[:2]
    )
    return {type(error).__name__ for error in found}
