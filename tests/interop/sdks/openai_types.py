"""OpenAI's types and ours, asked about the same document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from openai.types import chat

from mistral_proto import ValidationError, openai
from tests.recorded.shared_folder import shared_folder

Schema = dict[str, Any]
Place = tuple[str | int, ...]

PAIRS: dict[str, tuple[type[Any], type[Any]]] = {
    "ChatCompletion": (openai.ChatCompletion, chat.ChatCompletion),
    "ChatCompletionChunk": (openai.ChatCompletionChunk, chat.ChatCompletionChunk),
}

# -- the schemas to make documents from


def schemas(*, closed: bool) -> dict[str, Schema]:
    """The schema of each type without references; `closed`: no unknown fields.

    Raises:
        FileNotFoundError: there is no shared folder, and one is required.
    """
    folder = shared_folder()
    if folder is None:
        return {}
    file = folder / "wire" / "openai-3.51.0-chat-completion.schema.json"
    return {
        name: _inlined(schema, schema["$defs"], closed)
        for name, schema in json.loads(file.read_text("utf-8")).items()
    }


def _inlined(value: Any, definitions: dict[str, Schema], closed: bool) -> Any:
    if isinstance(value, list):
        return [_inlined(item, definitions, closed) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _inlined(definitions[value["$ref"].rpartition("/")[2]], definitions, closed)
    whole = {
        key: _inlined(item, definitions, closed) for key, item in value.items() if key != "$defs"
    }
    others = whole.get("additionalProperties")
    if isinstance(others, dict):
        # A map, whatever its keys: some will do.
        keys = ("", "violence", "self-harm/intent")
        return {
            "type": "object",
            "properties": dict.fromkeys(keys, others),
            "additionalProperties": False,
        }
    if closed and others is True:
        whole["additionalProperties"] = False
    return whole


def whole_characters(value: Any) -> Any:
    """The document without halves of surrogate pairs: see `differences`."""
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_characters(item) for item in value]
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def whole_numbers(value: Any) -> Any:
    """The document with whole numbers as integers: see `differences`."""
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# -- the two sides' verdicts


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a document: each place, with the kind of problem."""

    problems: frozenset[tuple[Place, str]]

    @property
    def places(self) -> set[Place]:
        return {place for place, _ in self.problems}


def our_verdict(name: str, document: Any) -> Verdict:
    try:
        PAIRS[name][0].from_dict(document, strict=True)
    except ValidationError as error:
        found = [(_outer(document, each.path), each.type) for each in error.problems]
        return Verdict(frozenset(found))
    return Verdict(frozenset())


def their_verdict(name: str, document: Any) -> Verdict:
    try:
        PAIRS[name][1].model_validate_json(json.dumps(document), strict=True)
    except ValueError as error:
        details: Any = error
        found = [_theirs(document, each) for each in details.errors()]
        return Verdict(frozenset(each for each in found if each is not None))
    return Verdict(frozenset())


# OpenAI's unions of types have a step in an error's place for each type that was tried.
_TAG_OF_BRANCH = {
    "ChatCompletionMessageFunctionToolCall": "function",
    "ChatCompletionMessageCustomToolCall": "custom",
    "ModerationInputModerationResults": "moderation_results",
    "ModerationInputError": "error",
    "ModerationOutputModerationResults": "moderation_results",
    "ModerationOutputError": "error",
}


def _theirs(document: Any, error: dict[str, Any]) -> tuple[Place, str] | None:
    """The place and kind of an error; None of one about a branch that was not meant."""
    value, place = document, []
    for step in error["loc"]:
        if step in _TAG_OF_BRANCH and not (isinstance(value, dict) and step in value):
            told = value.get("type") if isinstance(value, dict) else None
            if told in _TAG_OF_BRANCH.values() and told != _TAG_OF_BRANCH[step]:
                return None
            continue
        place.append(step)
        value = _at(value, step)
    return _outer(document, tuple(place)), error["type"]


def _at(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _outer(document: Any, place: Place) -> Place:
    """The place; or that of the tag, where a union's value does not tell what it is.

    What else is wrong with such a value depends on what one takes it for.
    """
    value = document
    for depth, step in enumerate(place):
        value = _at(value, step)
        if isinstance(value, dict) and _is_in_union(place[: depth + 1]):
            told = value.get("type")
            if told not in _tags_at(place[: depth + 1]):
                return (*place[: depth + 1], "type")
    return place


def _is_in_union(place: Place) -> bool:
    return bool(_tags_at(place))


def _tags_at(place: Place) -> tuple[str, ...]:
    if len(place) == 5 and place[2:4] == ("message", "tool_calls"):
        return ("function", "custom")
    if len(place) == 2 and place[0] == "moderation" and place[1] in ("input", "output"):
        return ("moderation_results", "error")
    return ()


# -- where they disagree


@dataclass(frozen=True)
class Disagreement:
    """A place that one side finds wrong, and the other does not.

    `value` is what stands there; `kind` is what the side calls it that does not
    like it, and `ours` whether that is ours.
    """

    place: Place
    value: Any
    kind: str
    ours: bool


def disagreements(name: str, document: Any) -> list[Disagreement]:
    ours, theirs = our_verdict(name, document), their_verdict(name, document)
    found = [
        *((*each, True) for each in ours.problems if each[0] not in theirs.places),
        *((*each, False) for each in theirs.problems if each[0] not in ours.places),
    ]
    return [
        Disagreement(place, _value(document, place), kind, is_ours)
        for place, kind, is_ours in sorted(found, key=repr)
    ]


def _value(document: Any, place: Place) -> Any:
    for step in place:
        document = _at(document, step)
    return document


def kind_of(it: Disagreement) -> str:
    """What a disagreement is about, in the words of `differences`; empty where that is new."""
    value = it.value
    if it.ours:
        if it.kind == "extra_forbidden":
            return "unknown field"
        if it.place[-1] in ("reasoning_content", "reasoning") and it.kind == "string_type":
            return "reasoning"
        return ""
    if it.kind == "int_type" and isinstance(value, float) and value.is_integer():
        return "whole number"
    if it.kind == "json_invalid" and whole_characters(value) != value:
        return "half a surrogate pair"
    return ""
