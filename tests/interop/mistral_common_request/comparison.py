"""The comparisons of ours with mistral_common: each is given a document, and finds disagreements."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from mistral_common.protocol.instruct import converters, messages, request
from mistral_common.protocol.instruct.normalize import get_normalizer as get_their_normalizer
from mistral_common.protocol.instruct.validator import (
    ValidationMode as TheirMode,
    get_validator as get_their_validator,
)
from mistral_common.tokens.tokenizers.base import TokenizerVersion as TheirVersion
from mistral_common.tokens.tokenizers.model_settings_builder import (
    ModelSettingsBuilder as TheirBuilder,
)

import mistral_proto as m
from mistral_proto.conversation.exceptions import MistralCommonException
from mistral_proto.conversation.validator import get_validator
from mistral_proto.conversions import openai_format
from mistral_proto.conversions.model_settings import ModelSettingsBuilder
from mistral_proto.conversions.normalize import get_normalizer
from mistral_proto.errors import ValidationError
from tests.interop.mistral_common_request.disagreement import (
    ACCEPTED,
    Disagreements,
    of_outcomes,
    of_refusals,
    of_values,
    our_errors,
    plain,
    their_plain,
)
from tests.interop.mistral_common_request.peers import PAIRS, Document, Error, errors_of, read

# -- reading, and writing to be read


def reading(of: str, document: Any) -> Disagreements:
    """Whether a document is accepted, and what is read; and where it is wrong."""
    ours, theirs = PAIRS[of].ours, PAIRS[of].theirs
    found: list[Error] = []
    try:
        value = ours.from_dict(document)
    except ValidationError as error:
        found = our_errors(error)
    their_errors = read(theirs, document)
    if found or their_errors:
        return of_refusals("reading", of, document, found, their_errors)
    their_value = theirs.model_validate(copy.deepcopy(document))
    return of_outcomes(
        "reading", of, document, lambda: plain(value), lambda: their_plain(their_value)
    )


def reading_ours(of: str, document: Any) -> Disagreements:
    """What mistral_common makes of the JSON that we write of a document."""
    ours, theirs = PAIRS[of].ours, PAIRS[of].theirs
    wanted = theirs.model_validate(copy.deepcopy(document))
    written = ours.from_dict(document).to_json()
    try:
        found = theirs.model_validate_json(written)
    except Exception as error:
        errors = errors_of(json.loads(written), error)
        return of_refusals("reading_ours", of, json.loads(written), [], errors)
    return of_values("reading_ours", of, document, their_plain(found), their_plain(wanted))


def reading_theirs(of: str, document: Any) -> Disagreements:
    """What we make of the JSON that mistral_common writes of a document."""
    ours, theirs = PAIRS[of].ours, PAIRS[of].theirs
    wanted = ours.from_dict(document)
    written = theirs.model_validate(copy.deepcopy(document)).model_dump_json()
    try:
        found = ours.from_json(written)
    except ValidationError as error:
        return of_refusals("reading_theirs", of, json.loads(written), our_errors(error), [])
    return of_values("reading_theirs", of, document, plain(found), plain(wanted))


def to_openai(of: str, case: Any) -> Disagreements:
    """A document of a type, and keyword arguments, as OpenAI's format."""
    document, kwargs = case
    ours: Any = PAIRS[of].ours.from_dict(document)
    theirs = PAIRS[of].theirs.model_validate(copy.deepcopy(document))
    return of_outcomes(
        "to_openai",
        of,
        case,
        lambda: ours.to_openai(**kwargs),
        lambda: _enums_as_strings(theirs.to_openai(**kwargs)),
    )


def _enums_as_strings(value: Any) -> Any:
    """mistral_common leaves some of its enumerations' members in what it writes."""
    return json.loads(json.dumps(value))


def from_openai(of: str, document: Any) -> Disagreements:
    """What is read of OpenAI's format; a request is its keyword arguments."""
    ours: Any = PAIRS[of].ours
    theirs = PAIRS[of].theirs
    by_name = issubclass(ours, (m.ChatCompletionRequest, m.InstructRequest, m.ModelSettings))
    # Its own copy, since mistral_common changes images in place.
    given = copy.deepcopy(document)
    return of_outcomes(
        "from_openai",
        of,
        document,
        lambda: plain(ours.from_openai(**document) if by_name else ours.from_openai(document)),
        lambda: their_plain(theirs.from_openai(**given) if by_name else theirs.from_openai(given)),
    )


def convert_openai_messages(of: str, document: Any) -> Disagreements:
    """Messages in OpenAI's format."""
    given = copy.deepcopy(document)
    return of_outcomes(
        "convert_openai_messages",
        of,
        document,
        lambda: [plain(each) for each in openai_format.convert_openai_messages(document)],
        lambda: [their_plain(each) for each in converters.convert_openai_messages(given)],
    )


def convert_openai_tools(of: str, document: Any) -> Disagreements:
    """Tools in OpenAI's format."""
    return of_outcomes(
        "convert_openai_tools",
        of,
        document,
        lambda: [plain(each) for each in openai_format.convert_openai_tools(document)],
        lambda: [their_plain(each) for each in converters.convert_openai_tools(document)],
    )


# -- conversations

BUILDER: Document = {
    "reasoning_effort": {"accepts_none": True, "default": "none", "values": ["none", "high"]}
}


def _their_request(document: Any) -> Any:
    """A request as mistral_common reads it; where there are weights, one to learn from."""
    kind = messages.ChatMessage
    if any("weight" in message for message in document["messages"]):
        kind = messages.FinetuningMessage
    return request.ChatCompletionRequest[kind].model_validate(copy.deepcopy(document))


def _our_request(document: Any) -> m.ChatCompletionRequest:
    read_messages = [
        m.FinetuningAssistantMessage.from_dict(message) if "weight" in message else message
        for message in document["messages"]
    ]
    return m.ChatCompletionRequest.from_dict({**document, "messages": read_messages})


def normalizing(version: str, document: Any) -> Disagreements:
    """The request that a tokenizer of a version reads."""
    builder = their_builder = None
    if version == "v15":
        builder = ModelSettingsBuilder.from_dict(BUILDER)
        their_builder = TheirBuilder.model_validate(
            {"reasoning_effort": {"type": "enum", **BUILDER["reasoning_effort"]}}
        )
    normalizer = get_normalizer(version, builder)
    their_normalizer = get_their_normalizer(TheirVersion(version), their_builder)
    ours, theirs = _our_request(document), _their_request(document)
    return of_outcomes(
        "normalizing",
        version,
        document,
        lambda: plain(normalizer.from_chat_completion_request(ours)),
        lambda: their_plain(their_normalizer.from_chat_completion_request(theirs)),
    )


def validating(version_and_mode: str, document: Any) -> Disagreements:
    """The exception that a validator raises, by its name."""
    version, mode = version_and_mode.split()
    ours, theirs = _our_request(document), _their_request(document)
    verdict = their_verdict = ACCEPTED
    try:
        get_validator(version, mode).validate_request(ours)
    except MistralCommonException as error:
        verdict = type(error).__name__
    try:
        get_their_validator(TheirVersion(version), TheirMode(mode)).validate_request(theirs)
    except Exception as error:
        their_verdict = type(error).__name__
    return of_values("validating", version_and_mode, document, verdict, their_verdict)


COMPARISONS: dict[str, Callable[[str, Any], Disagreements]] = {
    comparison.__name__: comparison
    for comparison in (
        reading,
        reading_ours,
        reading_theirs,
        to_openai,
        from_openai,
        convert_openai_messages,
        convert_openai_tools,
        normalizing,
        validating,
    )
}
