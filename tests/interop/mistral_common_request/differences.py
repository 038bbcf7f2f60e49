"""The differences from mistral_common 1.13.1 on purpose, each with its reason and an example.

The tests accept the disagreements that an entry covers, and require one about each example.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.interop.mistral_common_request.comparison import PAIRS, compare, reported
from tests.interop.readings import NOTHING, Difference, Disagreement, at, unexplained


def check(what: str, document: Any) -> None:
    found = unexplained(compare(what, document), DIFFERENCES)
    assert not found, "\n".join(found[:5])


# Documents of the examples.
_REQUEST: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
_TEXT = {"type": "text", "text": "Hi"}
_FUNCTION = {"name": "f", "parameters": {}}
_BUILDER = {"accepts_none": True, "default": None, "values": ["none"]}


def _message(role: str, *chunks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": list(chunks), **fields}


def _is_huge(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_huge, value.values()))
    return isinstance(value, (int, float)) and abs(value) >= 2**63


# The kinds of chunk that mistral_common has in the messages of a role.
_SEEN = {"text", "image", "image_url", "input_audio", "audio_url"}
_KINDS = {
    "system": {"text", "thinking", "input_audio"},
    "user": _SEEN,
    "assistant": {"text", "thinking"},
    "tool": _SEEN,
}


def _is_about_chunk_of_ours(it: Disagreement) -> bool:
    """Return whether the place is in or around a chunk that mistral_common lacks there."""
    start = it.place.index("content") if "content" in it.place else len(it.place)
    message = at(it.document, it.place[:start])
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return False
    of = it.of.removesuffix("Message").removeprefix("Finetuning").lower()
    role = of if of in _KINDS else str(message.get("role"))
    index = it.place[start + 1 : start + 2]
    chunks = [at(message["content"], index)] if index else message["content"]
    kinds = [str(chunk.get("type")) for chunk in chunks if isinstance(chunk, dict)]
    return any(kind not in _KINDS.get(role, _SEEN) for kind in kinds)


_CONVERTED = ("bool_type", "int_type", "float_type", "int_from_float", "string_type")
_TAGS = ("union_tag_not_found", "union_tag_invalid")
_DEFAULTS = ("temperature", "top_p", "response_format", "tool_choice", "parallel_tool_calls")

_CONVERSIONS = ("from_openai", "convert")
_PARAMETERS = {*PAIRS["ChatCompletionRequest"][1].model_fields, "seed"}


def _is_refused_in_reading(it: Disagreement) -> bool:
    """Return whether mistral_common refuses it in its own format, too, by a listed difference."""
    document = it.document if it.step == "from_openai" else it.document[0]
    role = str(at(document, ("role",))).capitalize()
    of = it.of if it.of in PAIRS else "Tool" if it.of == "tools" else f"{role}Message"
    return of in PAIRS and any(one.kind == "more" for one in compare(of, document))


def _is_parameter_of_ours(it: Disagreement) -> bool:
    is_of_request = it.of == "ChatCompletionRequest" and it.step == "from_openai"
    return is_of_request and it.place[0] not in _PARAMETERS


DIFFERENCES: tuple[Difference, ...] = (
    # -- types
    Difference("less", "a value is of its type: 1 is not true, nor '1' a number; the API sees it like that",
        ("Function", {**_FUNCTION, "strict": 1}),
        lambda it: it.ours in _CONVERTED and isinstance(it.value, (bool, int, float, str))),
    Difference("more", "a number may be as large as Python's",
        ("ChatCompletionRequest", {**_REQUEST, "max_tokens": 1e308}),
        lambda it: it.theirs in ("int_parsing_size", "float_type") and _is_huge(it.value)),
    Difference("more", "a text, and a key, may hold half a surrogate pair; pydantic can't write it",
        ("Function", {**_FUNCTION, "description": "\ud83d"}),
        lambda it: it.theirs in ("string_unicode", "PydanticSerializationError")),
    Difference("values", "a key keeps its half of a pair, which pydantic writes as something else",
        ("Function", {**_FUNCTION, "parameters": {"\ud83d": 1}}),
        lambda it: re.search("[\ud800-\udfff\ufffd]", "".join(map(str, it.place))) is not None),
    Difference("more", "null is as good as leaving out what may be left out, and the API takes it as content",
        ("UserMessage", {"role": "user", "content": None}), lambda it: it.value is None),
    Difference("more", "a message or chunk without its tag is read where its fields tell which it is",
        ("ChatCompletionRequest", {"messages": [{"tool_calls": []}]}),
        lambda it: it.theirs in _TAGS and at(it.value, ("role",)) in (None, NOTHING) and at(it.value, ("type",)) in (None, NOTHING)),
    Difference("less", "the API refuses an empty model, and empty messages and tools",
        ("ChatCompletionRequest", {"messages": []}), lambda it: it.ours in ("too_short", "string_too_short")),
    Difference("less", "mistral_common looks at the kinds of chunk when all else is right",
        ("SystemMessage", {"role": 1, "content": [{"type": "image_url", "image_url": "u"}]}),
        lambda it: it.ours == "union_tag_invalid" and _is_about_chunk_of_ours(it)),
    Difference("less", "a tool that has neither type nor function is of no known type",
        ("ChatCompletionRequest", {**_REQUEST, "tools": [{}]}),
        lambda it: it.ours == "missing" and it.place[:1] == ("tools",) and it.field == "type"),
    Difference("less", "the type of a builder says what it builds",
        ("EnumBuilder", {"type": "json_schema", **_BUILDER}), lambda it: it.of.endswith("Builder") and it.field == "type"),
    Difference("less", "a builder without accepts_none is one that accepts None, and is looked at like any other",
        ("EnumBuilder", {"default": "high", "values": ["none"]}),
        lambda it: it.of == "EnumBuilder" and "accepts_none" not in it.document),
    Difference("more", "a builder of efforts need not know a default: then none is set",
        ("ModelSettingsBuilder", {"reasoning_effort": _BUILDER}),
        lambda it: it.theirs == "value_error" and it.place == ("reasoning_effort",)),
    # -- what the API has, and mistral_common has not
    Difference("more", "the API has more fields, and a server's message keeps any, in `extra`",
        ("ChatCompletionRequest", {**_REQUEST, "stop": "."}), lambda it: it.theirs == "extra_forbidden"),
    Difference("more", "the API takes a temperature of up to 1.5",
        ("ChatCompletionRequest", {**_REQUEST, "temperature": 1.5}),
        lambda it: it.theirs == "less_than_equal" and it.field == "temperature"),
    Difference("less", "the API takes a top_p above 0",
        ("ChatCompletionRequest", {**_REQUEST, "top_p": 0}), lambda it: it.ours == "greater_than" and it.field == "top_p"),
    Difference("more", "whether the schema of an answer is one, and is there, is for the API to say",
        ("ResponseFormat", {"type": "json_schema"}),
        lambda it: it.theirs == "value_error" and at(it.value, ("type",)) == "json_schema"),
    Difference("less", "the API knows three details of an image",
        ("UserMessage", _message("user", {"type": "image_url", "image_url": {"url": "u", "detail": "huge"}})),
        lambda it: it.ours == "enum" and it.field == "detail"),
    Difference("more", "the API has more kinds of chunk, in the messages of every role but the system's",
        ("ToolMessage", _message("tool", {"type": "file", "file_id": "f"})), _is_about_chunk_of_ours),
    Difference("more", "the API has thinking as a list of chunks, and is sent it so",
        ("ThinkChunk", {"type": "thinking", "thinking": [_TEXT]}),
        lambda it: it.theirs == "string_type" and it.field == "thinking"),
    # -- what a server may send
    Difference("more", "the API has tools of its own, and what a server's enumeration does not know stays a string",
        ("ToolCall", {"type": "custom", "function": {"name": "f", "arguments": "{}"}}),
        lambda it: it.theirs == "enum" and isinstance(it.value, str)),
    Difference("more", "a server may leave out parts of a call or a chunk, as in the pieces of a stream",
        ("ToolCall", {"id": "a", "function": {"arguments": "{}"}}), lambda it: it.theirs == "missing"),
    Difference("more", "what is not of its field's type in a server's message is kept as it came",
        ("AssistantMessage", {"role": "assistant", "prefix": []}), lambda it: it.aside),
    Difference("values", "what pydantic converts is not of its field's type, either",
        ("AssistantMessage", {"role": "assistant", "prefix": "yes"}), lambda it: it.aside),
    # -- what needs more than the standard library
    Difference("more", "images are not decoded: that is for the server",
        ("ImageChunk", {"type": "image", "image": "iVBORw0KGgo="}),
        lambda it: it.theirs in ("RuntimeError", "ImageDecodeException")),
    Difference("more", "the formats of audio, and what it holds, are for the server to know",
        ("RawAudio", {"data": "UklGRg==", "format": ""}),
        lambda it: it.theirs == "value_error" and it.field in ("format", "data", "input_audio")),
    # -- values
    Difference("values", "a parameter that nobody set is not sent, so that the API's own default applies",
        ("ChatCompletionRequest", _REQUEST), lambda it: it.field in _DEFAULTS and NOTHING in (it.ours, it.theirs)),
    Difference("values", "the older name of `prefix` stays",
        ("InstructRequest", _REQUEST),
        lambda it: it.field == "continue_final_message" and NOTHING in (it.ours, it.theirs)),
    Difference("values", "what is only for tokenizers is never sent",
        ("ChatCompletionRequest", {**_REQUEST, "truncate_for_context_length": True}),
        lambda it: it.field == "truncate_for_context_length" and it.step == "our JSON"),
    Difference("values", "audio and images keep the form in which they were given, and are sent in the API's",
        ("UserMessage", _message("user", {"type": "audio_url", "audio_url": "https://a.org/a"})),
        lambda it: it.field in (*_SEEN, "type") and it.step != "their JSON"),
    Difference("values", "arguments that a server left out are not made up",
        ("FunctionCall", {"name": "f", "arguments": None}), lambda it: it.field == "arguments" and it.ours == NOTHING),
    # -- OpenAI's format
    Difference("more", "what ours takes beyond mistral_common in reading is taken in OpenAI's format, too",
        ("from_openai AssistantMessage", {"content": "Hi"}),
        lambda it: it.step in _CONVERSIONS and (it.theirs in ("KeyError", "AttributeError") or _is_huge(it.document) or _is_refused_in_reading(it))),
    Difference("values", "an assistant's prefix is kept, not dropped",
        ("from_openai AssistantMessage", {"role": "assistant", "prefix": True}),
        lambda it: it.step in _CONVERSIONS and it.field == "prefix"),
    Difference("less", "what mistral_common passes over is looked at: the tag, a prefix, the format of audio",
        ("from_openai AssistantMessage", {"role": "assistant", "prefix": []}),
        lambda it: it.step in _CONVERSIONS and it.field in ("type", "prefix", "format")),
    Difference("less", "an answer has the id of its call",
        ("from_openai ToolMessage", {"role": "tool", "content": "Hi", "tool_call_id": None}),
        lambda it: it.step in _CONVERSIONS and it.field == "tool_call_id"),
    Difference("less", "what is no list is refused, though nothing is in it",
        ("from_openai ChatCompletionRequest", {**_REQUEST, "tools": ""}),
        lambda it: it.step in _CONVERSIONS and it.ours == "list_type" and not it.value),
    Difference("less", "a parameter that nobody knows is refused, and the API's own are read",
        ("from_openai ChatCompletionRequest", {**_REQUEST, "zzz": 1}), _is_parameter_of_ours),
    Difference("values", "the API's own parameters are not dropped",
        ("from_openai ChatCompletionRequest", {**_REQUEST, "n": 1}), _is_parameter_of_ours),
    Difference("values", "a detail of an image that is empty is not written",
        ("to_openai ImageURLChunk", ({"image_url": {"url": "u", "detail": ""}}, {})),
        lambda it: it.step == "to_openai" and it.field == "detail" and it.ours == NOTHING),
    # -- normalizing
    Difference("more", "a text that Python's json can't read stays as it is, for all its digits or brackets",
        ("normalizing v3", {"messages": [_message("tool", {**_TEXT, "text": "9" * 5000})]}),
        lambda it: it.step == "normalizing" and it.theirs in ("ValueError", "RecursionError")),
    # -- validating
    Difference("values", "audio beside a system prompt has an exception of the same base as the others",
        ("validating v7 test", {"messages": [{"role": "system", "content": "Hi"}, _message("user", {"type": "audio_url", "audio_url": "https://example.com/a"})]}),
        lambda it: (it.ours, it.theirs) == ("InvalidSystemPromptException", "ValueError")),
    Difference("values", "a line break is no part of a name or an id, though a `$` lets it pass at the end",
        ("validating v3 test", {**_REQUEST, "tools": [{"function": {**_FUNCTION, "name": "f\n"}}]}),
        lambda it: it.step == "validating" and '\\n"' in json.dumps(it.document)),
    Difference("values", "the calls of a last message to learn from have no turn before the order of the messages",
        ("validating v3 finetuning", {"messages": [{"role": "system", "content": "Hi"}, {"role": "tool", "content": "Hi", "tool_call_id": "a1b2c3d4e"}, {"role": "assistant", "tool_calls": [{"id": "", "function": {"name": "f", "arguments": ""}}]}]}),
        lambda it: it.of.endswith("finetuning") and it.theirs in reported(it.of, it.document)),
    Difference("more", "what a conversation can't have is for the rules to refuse, not for the types",
        ("validating v3 test", {"messages": [_message("user", {"type": "thinking", "thinking": ""})]}),
        lambda it: it.theirs in ("ValidationError", "InvalidMessageStructureException") and it.step in ("normalizing", "validating") and bool(reported(f"{it.of} test", it.document))),
)  # fmt: skip
