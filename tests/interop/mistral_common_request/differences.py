"""Where ours differs from mistral_common on purpose, each difference with its reason.

This is the only such list.  The tests let pass what an entry matches, and hold
every entry to its example: where the two do not disagree about it, the entry
has no place here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mistral_proto import ReasoningEffort
from tests.interop.mistral_common_request.disagreement import Disagreement
from tests.interop.mistral_common_request.documents import PIXEL
from tests.interop.mistral_common_request.matching import (
    REQUESTS,
    chunks_without_type,
    has_half_a_pair_in_a_key,
    has_key,
    has_no_tag,
    in_part,
    is_aside,
    is_beside_image_url,
    is_beyond_machine_size,
    is_in_chunk_of_ours,
    is_in_tool_of_ours,
    is_lax,
    is_of_ours_alone,
    is_optional,
    is_their_default,
    keeps_unknown,
    names_and_ids,
    ours_refuses,
    owner,
    parameters_of_ours_alone,
    texts_of_tools,
    theirs_refuses,
    would_not_stay_json,
)
from tests.interop.readings import NOTHING, at


@dataclass(frozen=True)
class Difference:
    """One thing that the two see differently.

    Attributes:
        reason: why ours is as it is.
        example: the comparison, the type (or version) and the document that show it.
        matches: whether a disagreement is this one.
    """

    reason: str
    example: tuple[str, str, Any]
    matches: Callable[[Disagreement], bool]


def explained(disagreement: Disagreement) -> bool:
    """Whether a disagreement is one of those listed."""
    it = in_part(disagreement)
    return any(difference.matches(it) for difference in DIFFERENCES)


def unexplained(disagreements: Iterable[Disagreement]) -> list[str]:
    """Those that are not listed, in words."""
    return [str(each) for each in disagreements if not explained(each)]


# Documents of the examples.
_REQUEST: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
_TEXT = {"type": "text", "text": "Hi"}


def _message(role: str, *chunks: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "content": list(chunks)}


_READING = (
    # -- types
    Difference(
        "a value is of its type: 1 is not true, nor '1' a number; the API sees it like that",
        ("reading", "Function", {"name": "f", "parameters": {}, "strict": 1}),
        is_lax,
    ),
    Difference(
        "a number may be as large as Python's",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "max_tokens": 1e308}),
        lambda it: (
            theirs_refuses(it, "int_parsing_size", "float_type")
            and is_beyond_machine_size(it.document["seed"] if "seed" in it.document else it.value)
        ),
    ),
    Difference(
        "a key may hold half a surrogate pair, as every text may",
        ("reading", "Function", {"name": "f", "parameters": {"a": {"\ud800": None}}}),
        lambda it: (
            (theirs_refuses(it, "UnicodeEncodeError") or "parameters" in it.place)
            and it.what in ("reading", "from_openai")
            and has_half_a_pair_in_a_key(it.document)
        ),
    ),
    Difference(
        "None means absent: null is as good as leaving out what may be left out",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "temperature": None}),
        lambda it: theirs_refuses(it) and it.value is None and is_optional(it),
    ),
    Difference(
        "the API takes null for the content of users and tools",
        ("reading", "UserMessage", {"role": "user", "content": None}),
        lambda it: (
            theirs_refuses(it)
            and it.value is None
            and it.field == "content"
            and owner(it) in ("UserMessage", "ToolMessage")
        ),
    ),
    Difference(
        "a message or chunk without its tag is read where its fields tell which it is",
        ("reading", "ChatCompletionRequest", {"messages": [{"tool_calls": []}]}),
        lambda it: theirs_refuses(it) and has_no_tag(it),
    ),
    Difference(
        "the API refuses an empty model, and empty messages and tools",
        ("reading", "ChatCompletionRequest", {"messages": []}),
        lambda it: ours_refuses(it, "too_short", "string_too_short"),
    ),
    # -- what the API has, and mistral_common has not
    Difference(
        "the API has more fields",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "stop": "."}),
        lambda it: theirs_refuses(it, "extra_forbidden") and is_of_ours_alone(it),
    ),
    Difference(
        "the API takes a temperature of up to 1.5",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "temperature": 1.5}),
        lambda it: (
            theirs_refuses(it, "less_than_equal")
            and it.field == "temperature"
            and 1 < it.value <= 1.5
        ),
    ),
    Difference(
        "the API takes a top_p above 0",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "top_p": 0}),
        lambda it: ours_refuses(it, "greater_than") and it.field == "top_p" and it.value == 0,
    ),
    Difference(
        "the API has more efforts",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "reasoning_effort": "low"}),
        lambda it: theirs_refuses(it, "enum") and it.value in [*ReasoningEffort],
    ),
    Difference(
        "the API has formats with a schema",
        ("reading", "ResponseFormat", {"type": "json_schema"}),
        lambda it: theirs_refuses(it, "enum") and it.value == "json_schema",
    ),
    Difference(
        "the API has tools of its own",
        ("reading", "ChatCompletionRequest", {**_REQUEST, "tools": [{"type": "web_search"}]}),
        lambda it: theirs_refuses(it) and is_in_tool_of_ours(it),
    ),
    Difference(
        "the API knows three details of an image",
        (
            "reading",
            "UserMessage",
            _message("user", {"type": "image_url", "image_url": {"url": "u", "detail": "huge"}}),
        ),
        lambda it: (
            ours_refuses(it, "enum")
            and it.field == "detail"
            and owner(it) == "ImageURL"
            and isinstance(it.value, str)
        ),
    ),
    Difference(
        "the API has more kinds of chunk, in the messages of every role but the system's",
        ("reading", "ToolMessage", _message("tool", {"type": "file", "file_id": "f"})),
        lambda it: theirs_refuses(it) and is_in_chunk_of_ours(it),
    ),
    Difference(
        "the API has thinking as a list of chunks",
        ("reading", "ThinkChunk", {"type": "thinking", "thinking": [_TEXT]}),
        lambda it: (
            theirs_refuses(it, "string_type")
            and it.field == "thinking"
            and isinstance(it.value, list)
            and it.what != "reading_ours"
        ),
    ),
    Difference(
        "the API has audio as a string",
        ("reading", "AudioChunk", {"type": "input_audio", "input_audio": "UklGRg=="}),
        lambda it: (
            theirs_refuses(it, "model_type")
            and it.field == "input_audio"
            and isinstance(it.value, str)
            and it.what != "reading_ours"
        ),
    ),
    # -- what a server may send
    Difference(
        "what a server's message holds beyond the known fields is kept, in `extra`",
        ("reading", "TextChunk", {"text": "Hi", "annotations": []}),
        lambda it: theirs_refuses(it, "extra_forbidden") and keeps_unknown(it.of),
    ),
    Difference(
        "a value that an enumeration of a server's does not know stays a string",
        ("reading", "ToolCall", {"type": "custom", "function": {"name": "f", "arguments": "{}"}}),
        lambda it: (
            theirs_refuses(it, "enum") and keeps_unknown(it.of) and isinstance(it.value, str)
        ),
    ),
    Difference(
        "a server may leave out parts of a call or a chunk, as in the pieces of a stream",
        ("reading", "ToolCall", {"id": "a", "function": {"arguments": "{}"}}),
        lambda it: (
            (theirs_refuses(it, "missing") or it.value is None and theirs_refuses(it))
            and keeps_unknown(it.of)
            and it.field in ("name", "arguments", "function", "text", "thinking")
        ),
    ),
    Difference(
        "what is not of its field's type in a server's message is kept as it came",
        ("reading", "AssistantMessage", {"role": "assistant", "prefix": "yes"}),
        is_aside,
    ),
    # -- what needs more than the standard library
    Difference(
        "images are not decoded: that is for the server",
        ("reading", "ImageChunk", {"type": "image", "image": "iVBORw0KGgo="}),
        lambda it: (
            theirs_refuses(it, "RuntimeError")
            and (it.of == "ImageChunk" or has_key(it.document, "image"))
        ),
    ),
    Difference(
        "the formats of audio, and what it holds, are for the server to know",
        ("reading", "RawAudio", {"data": "UklGRg==", "format": "wav"}),
        # pydantic's error can't be made as it is there, and so it is a TypeError.
        lambda it: theirs_refuses(it, "TypeError") and has_key(it.document, "format"),
    ),
    # -- defaults
    Difference(
        "a parameter that nobody set is not sent, so that the API's own default applies",
        ("reading", "ChatCompletionRequest", _REQUEST),
        is_their_default,
    ),
)

_JSON = (
    Difference(
        "what is only for tokenizers is never sent",
        ("reading_ours", "ChatCompletionRequest", {**_REQUEST, "continue_final_message": True}),
        lambda it: (
            it.what == "reading_ours"
            and it.of == "ChatCompletionRequest"
            and it.field in ("continue_final_message", "truncate_for_context_length")
        ),
    ),
    Difference(
        "thinking is sent to the API as a list of chunks",
        ("reading_ours", "SystemMessage", _message("system", {"type": "thinking", "thinking": ""})),
        lambda it: (
            it.what == "reading_ours"
            and theirs_refuses(it, "string_type")
            and it.field == "thinking"
            and [chunk["type"] for chunk in it.value] == ["text"]
        ),
    ),
    Difference(
        "audio is sent to the API as a string",
        (
            "reading_ours",
            "UserMessage",
            _message("user", {"type": "audio_url", "audio_url": "https://example.com/a.mp3"}),
        ),
        lambda it: (
            it.what == "reading_ours"
            and theirs_refuses(it, "model_type")
            and it.field == "input_audio"
            and isinstance(it.value, str)
        ),
    ),
    Difference(
        "an image's bytes are sent to the API as a data URL",
        ("reading_ours", "UserMessage", _message("user", {"type": "image", "image": PIXEL})),
        lambda it: (
            it.what == "reading_ours"
            and it.of in ("UserMessage", "ChatCompletionRequest")
            and has_key(it.document, "image")
            and at(it.document, it.place[:-1]).get("type") == "image"
        ),
    ),
)


_REASONING = {"reasoning", "reasoning_content"}
_PIXEL_URL = f"data:image/png;base64,{PIXEL}"

_OPENAI = (
    Difference(
        "OpenAI's format has more parameters by now",
        ("to_openai", "ChatCompletionRequest", (_REQUEST, {"prompt_cache_key": "k"})),
        lambda it: (
            it.what == "to_openai"
            and theirs_refuses(it, "ValueError")
            and bool(parameters_of_ours_alone(it))
        ),
    ),
    Difference(
        "the API's own parameters may be given",
        ("from_openai", "ChatCompletionRequest", {**_REQUEST, "stop": "."}),
        lambda it: (
            it.what == "from_openai"
            and it.of in REQUESTS
            and theirs_refuses(it, "ValueError")
            and bool(parameters_of_ours_alone(it))
        ),
    ),
    Difference(
        "a seed of 0 is a seed, and an empty text is none",
        ("from_openai", "ChatCompletionRequest", {**_REQUEST, "seed": 0}),
        lambda it: (
            it.what == "from_openai"
            and it.place in (("random_seed",), ("seed",))
            and not it.document.get("seed", True)
            and ((it.ours, it.theirs) == (0, NOTHING) or ours_refuses(it, "int_type"))
        ),
    ),
    Difference(
        "what is no list is refused, though nothing is in it",
        ("from_openai", "InstructRequest", {**_REQUEST, "tools": ""}),
        lambda it: (
            it.what in ("from_openai", "convert_openai_messages", "convert_openai_tools")
            and ours_refuses(it, "list_type", "union_type")
            and not it.value
        ),
    ),
    Difference(
        "settings may be given as what they are, too",
        ("from_openai", "InstructRequest", {"messages": [], "settings": {}}),
        lambda it: (
            it.what == "from_openai"
            and it.of == "InstructRequest"
            and theirs_refuses(it, "TypeError")
            and "settings" in it.document
        ),
    ),
    Difference(
        "a parameter that the settings have too is refused, not dropped",
        (
            "to_openai",
            "InstructRequest",
            (
                {"messages": [], "settings": {"reasoning_effort": "high"}},
                {"reasoning_effort": "none"},
            ),
        ),
        lambda it: (
            it.what == "to_openai"
            and it.of == "InstructRequest"
            and ours_refuses(it, "ValueError")
            and "reasoning_effort" in it.document[1]
            and bool(it.document[0]["settings"].get("reasoning_effort"))
        ),
    ),
    Difference(
        "a message without its role, or a chunk without its type, is read where that is clear",
        ("from_openai", "AssistantMessage", {"content": "Hi"}),
        lambda it: (
            it.what == "from_openai"
            and it.of not in REQUESTS
            and theirs_refuses(it, "KeyError", "ValueError", "AssertionError")
            and (
                it.document.get("role", it.document.get("type")) is None or chunks_without_type(it)
            )
        ),
    ),
    Difference(
        "the API takes null for the content of users, from OpenAI's format too",
        ("from_openai", "UserMessage", {"role": "user", "content": None}),
        lambda it: (
            it.what == "from_openai"
            and it.of == "UserMessage"
            and theirs_refuses(it, "TypeError")
            and it.document["content"] is None
        ),
    ),
    Difference(
        "what a user's message has no field for is refused, also beside a list, not dropped",
        (
            "from_openai",
            "UserMessage",
            {"role": "user", "content": [_TEXT], "name": "Ann"},
        ),
        lambda it: (
            it.what == "from_openai"
            and ours_refuses(it, "extra_forbidden")
            and len(it.place) == 1
            and isinstance(at(it.document, (*it.place[:-1], "content")), list)
        ),
    ),
    Difference(
        "what an assistant's message holds beyond the known fields is kept, not dropped",
        ("from_openai", "AssistantMessage", {"role": "assistant", "annotations": [1]}),
        lambda it: (
            it.what == "from_openai"
            and it.of == "AssistantMessage"
            and it.theirs == NOTHING
            and it.place[0] in it.document.keys() - _REASONING
        ),
    ),
    Difference(
        "an assistant's prefix is kept, not dropped",
        ("from_openai", "AssistantMessage", {"role": "assistant", "prefix": True}),
        lambda it: (
            it.what == "from_openai" and it.of == "AssistantMessage" and it.place == ("prefix",)
        ),
    ),
    Difference(
        "reasoning becomes a chunk of thinking, and is not dropped",
        ("from_openai", "AssistantMessage", {"role": "assistant", "reasoning_content": "Hm."}),
        lambda it: (
            it.what == "from_openai"
            and it.of == "AssistantMessage"
            and bool(it.document.keys() & _REASONING)
            and it.place[0] in {"content", *_REASONING}
            and not theirs_refuses(it)
        ),
    ),
    Difference(
        "an image keeps its data URL, which says what kind of image it is",
        (
            "from_openai",
            "ImageChunk",
            {"type": "image_url", "image_url": {"url": _PIXEL_URL}},
        ),
        lambda it: (
            it.what == "from_openai"
            and it.of == "ImageChunk"
            and it.ours == f"data:image/png;base64,{it.theirs}"
        ),
    ),
    Difference(
        "an image's URL may stand alone, as the API has it",
        ("from_openai", "ImageChunk", {"type": "image_url", "image_url": PIXEL}),
        lambda it: (
            it.what == "from_openai"
            and it.of == "ImageChunk"
            and theirs_refuses(it, "AssertionError")
            and isinstance(it.document["image_url"], str)
        ),
    ),
    Difference(
        "of an image nothing is dropped: what it has no field for is refused",
        (
            "from_openai",
            "ImageURLChunk",
            {"type": "image_url", "image_url": {"url": "https://example.com"}, "id": 1},
        ),
        lambda it: it.what == "from_openai" and ours_refuses(it) and is_beside_image_url(it),
    ),
)


def _result(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "tool", "tool_call_id": "a", "content": text}]}


_OF_NAMES = {
    "InvalidFunctionCallException",
    "InvalidToolException",
    "InvalidToolMessageException",
}

_CONVERSATIONS = (
    Difference(
        "a tokenizer reads whether the final message is continued: it is kept in every version",
        ("normalizing", "v13", {**_REQUEST, "continue_final_message": True}),
        lambda it: (
            it.what == "normalizing"
            and it.place == ("continue_final_message",)
            and it.document["continue_final_message"] is it.ours
            and it.of in ("v7", "v11", "v13", "v15")
        ),
    ),
    Difference(
        "a message keeps its weight",
        ("normalizing", "v3", {"messages": [{"role": "assistant", "content": "Hi", "weight": 1}]}),
        lambda it: it.what == "normalizing" and it.field == "weight" and it.theirs == NOTHING,
    ),
    Difference(
        "a text that would not stay JSON, with NaN or half a surrogate pair, stays as it is",
        ("normalizing", "v3", _result('{"a":NaN}')),
        lambda it: (
            it.what == "normalizing"
            and it.field in ("arguments", "content")
            and it.ours in texts_of_tools(it.document)
            and would_not_stay_json(it.theirs)
        ),
    ),
    Difference(
        "a text that Python's json can't read stays as it is, for all its digits or brackets",
        ("normalizing", "v3", _result("9" * 5000)),
        lambda it: (
            it.what == "normalizing"
            and theirs_refuses(it, "ValueError", "RecursionError")
            and any(len(text) > 4300 for text in texts_of_tools(it.document))
        ),
    ),
    Difference(
        "audio beside a system prompt has an exception of the same base as the others",
        (
            "validating",
            "v7 test",
            {
                "messages": [
                    {"role": "system", "content": "Hi"},
                    _message("user", {"type": "audio_url", "audio_url": "https://example.com/a"}),
                ]
            },
        ),
        lambda it: (
            it.what == "validating"
            and (it.ours, it.theirs) == ("InvalidSystemPromptException", "ValueError")
            and it.of.startswith("v7 ")
            and has_key(it.document, "audio_url")
        ),
    ),
    Difference(
        "a line break is no part of a name or an id, though a `$` lets it pass at the end",
        (
            "validating",
            "v3 test",
            {
                "messages": [{"role": "user", "content": "Hi"}],
                "tools": [{"function": {"name": "f\n", "parameters": {}}}],
            },
        ),
        lambda it: (
            it.what == "validating"
            and it.ours in _OF_NAMES
            and it.theirs not in _OF_NAMES
            and any(name.endswith("\n") for name in names_and_ids(it.document))
        ),
    ),
)

DIFFERENCES: tuple[Difference, ...] = (*_READING, *_JSON, *_OPENAI, *_CONVERSATIONS)
