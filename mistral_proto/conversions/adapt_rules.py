"""Tables from a request in OpenAI's format to one for Mistral's API, and their rules."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..checks import Integer, OneOf, String, check_of
from ..conversation.rules import says_nothing
from ..errors import format_path
from ..protocol import chunk, request, tool_calls
from ..protocol.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from .rules import (
    EMPTY,
    as_is,
    by,
    checked,
    convert,
    dropped,
    each,
    filled,
    kept,
    left_out,
    one,
    only_known,
    refused,
    renamed,
    replaced,
    sent,
    unless,
    unless_given,
)

if TYPE_CHECKING:
    from .rules import Convert, Document, Finish, Place, Rule

    Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage
    Numbered = tuple[int, Message]

__all__ = ["PARAMETERS", "allowed_tools"]


def _noted(what: str, why: str) -> Finish:
    """Return the end of a conversion that is noted as a change."""
    return lambda written, place: place.changed(what, why)


def _object(convert: Convert) -> Rule:
    """Return the rule of an object, or of a string in its place, which stays."""
    return lambda value, place, written: written.update(
        {place.name: convert(value, place) if isinstance(value, Mapping) else value}
    )


# -- files, which in OpenAI's form are objects of their own inside of the part

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {  # of each ending, the same on every machine
    "csv": "text/csv",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "pptx": f"{_OFFICE}presentationml.presentation",
}
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _file(value: Any, place: Place) -> Any:
    if "file" not in value:
        return _UPLOADED(value, place)
    outside = {"type": kept, "file": kept}
    file = convert(value, place, outside, only_known(outside)).get("file")
    inside = place.at("file")
    if not isinstance(file, Mapping):
        inside.refuse("an object", file, "dict_type")
        return None
    inside.changed("unpacked", "Mistral's API has a file's fields in the part itself")
    return (_UPLOADED if file.get("file_data") is None else _DOCUMENT)(file, inside)


def _file_id(value: Any, place: Place, written: Document) -> None:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        place.refuse("the UUID of a file that was uploaded to Mistral", value)
    written["file_id"] = value


def _with_data_url(written: Document, place: Place) -> None:
    data = written["document_url"]
    if data is not None and ":" not in data:  # which is in every URL, and not in base64
        ending = str(written.get("document_name")).rpartition(".")[2].lower()
        media_type = _MEDIA_TYPES.get(ending, "application/octet-stream")
        written["document_url"] = f"data:{media_type};base64,{data}"


_BY_URL = "Mistral's API takes documents by their URL"
_UPLOADED = sent(
    chunk.FileChunk, file_id=_file_id, filename=dropped("Mistral knows the file's name")
)
_DOCUMENT = sent(
    chunk.DocumentURLChunk,
    _with_data_url,
    file_data=renamed("document_url", _BY_URL, checked(String())),
    filename=renamed("document_name", _BY_URL, checked(String())),
    file_id=dropped("file_data is given too, and wins"),
)

# -- the parts of each type


def _thinking(value: Any, place: Place, written: Document) -> None:
    if isinstance(value, str):
        place.changed("sent as a list", "Mistral's API takes thinking in pieces")
    each(by("type", _THOUGHTS, other=lambda value, place: value))(value, place, written)


_CHUNKS: Any = check_of(chunk.ContentChunk)
_KEPT = {tag: sent(member.cls) for tag, member in _CHUNKS.members.items()}
_THOUGHTS = {tag: _KEPT[tag] for tag in ("text", "reference", "tool_reference")}
_ORIGINAL = replaced("original", "high", "Mistral's API has nothing finer")
_NO_CHUNK = "Mistral's API has no chunk of this kind"
_NO_FORMAT = "Mistral's API takes the data alone"
_PARTS = {
    **_KEPT,
    # OpenAI's
    "image_url": sent(
        chunk.ImageURLChunk, image_url=_object(sent(chunk.ImageURL, detail=one(_ORIGINAL)))
    ),
    "input_audio": sent(
        chunk.AudioChunk,
        input_audio=_object(sent(chunk.RawAudio, _noted("sent without its format", _NO_FORMAT))),
    ),
    "file": _file,
    "refusal": sent(
        chunk.TextChunk,
        type=left_out,
        refusal=renamed("text", "Mistral's API has no refusals", checked(String())),
    ),
    # Mistral's
    "thinking": sent(chunk.ThinkChunk, thinking=_thinking),
    "tool_reference": lambda value, place: place.dropped("Mistral's API takes it in thinking only"),
    # mistral_common's
    "image": sent(chunk.ImageChunk, _noted("sent as an image_url", _NO_CHUNK)),
    "audio_url": sent(
        chunk.AudioURLChunk,
        _noted("sent as an input_audio", _NO_CHUNK),
        audio_url=_object(sent(chunk.AudioURL)),
    ),
}

_CONTENT = each(by("type", _PARTS))
_SYSTEM_CONTENT = each(by("type", {kind: _PARTS[kind] for kind in ("text", "thinking")}))

# -- the messages, and their order

_NO_SYSTEM = "Mistral's API takes no system message right after an assistant's or a tool's"
_NO_ROLE = "Mistral's API has no role of that name"
_BETWEEN = AssistantMessage(content="Done.")


def _messages(value: Any, place: Place, written: Document) -> None:
    """Adapt the messages, and note in the context which one each of them was."""
    adapted: list[Numbered] = []
    for index, (at, given) in enumerate(place.items(value)):
        if not isinstance(given, Mapping) or given.get("role") not in ("tool", "function"):
            place.context.waiting.clear()
        message = _MESSAGE(given, at)
        if isinstance(message, AssistantMessage) and says_nothing(message):
            at.dropped("Mistral's API takes no message without content and calls")
        elif message is not None:
            adapted.append((index, message))
    if not (adapted or place.problems):
        place.refuse("a message that says something", value, "too_short")
    ordered = _in_order(adapted, place)
    places = {("messages", at): ("messages", index) for at, (index, _) in enumerate(ordered)}
    place.context.places.update(places)
    written["messages"] = [message for _, message in ordered]


def _in_order(messages: list[Numbered], place: Place) -> list[Numbered]:
    """Return the messages in an order that Mistral's API takes."""
    following = [""]  # from behind: the first role after each message, but the system's
    for _, message in reversed(messages[1:]):
        following.append(following[-1] if message.role == "system" else message.role)

    ordered: list[Numbered] = []
    late: list[Numbered] = []  # the system's, which go behind the user's
    for index, message in messages:
        inside = place.at(index)
        before = ordered[-1][1].role if ordered else ""
        after = following.pop()
        if message.role == "system" and before in ("assistant", "tool"):
            if after == "user":
                inside.changed("moved behind the user message after it", _NO_SYSTEM)
                late.append((index, message))
                continue
            inside.at("role").changed("changed to 'user'", _NO_SYSTEM)
            message = UserMessage(content=message.content)
        if message.role != "user":
            ordered += late
            late = []
        elif before == "tool":
            what = f"an assistant message {_BETWEEN.content!r} put before it"
            inside.changed(what, "Mistral's API takes no user message right after a tool's")
            ordered.append((index, _BETWEEN))
        if isinstance(message, AssistantMessage):
            is_last = message is messages[-1][1]
            prefix = is_last and (message.prefix or not message.tool_calls)
            if prefix != message.prefix:
                what = "set to true" if prefix else "dropped"
                why = "Mistral's API takes it of the last message only, and needs it there"
                inside.at("prefix").changed(what, why)
                message = dataclasses.replace(message, prefix=prefix)
        ordered.append((index, message))
    return ordered + late


# -- calls, and their answers

_PAIRED = "Mistral's API pairs a call and its answer by an id"


def _good_id(text: str) -> str:
    """Return an id that Mistral takes, the same for the same text.

    So it is also in the next request, or what the API caches of the conversation would be lost.
    """
    from hashlib import sha256  # only an id that is refused pays for it

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _id(value: Any, place: Place, written: Document) -> None:
    given = place.read(String(), value)
    if given is None or given in tool_calls.MISSING_IDS:
        return
    written[place.name] = made = given if tool_calls.is_call_id(given) else _good_id(given)
    if made != given:
        why = "Mistral's API takes ids of nine letters and digits only"
        place.changed(f"changed to {made!r}", why)


def _with_id(written: Document, place: Place) -> None:
    if written.get("id") is None:
        filled(_PAIRED, id=_good_id(format_path(place.path)))(written, place)
    place.context.waiting[written["id"]] = None


def _with_call_id(written: Document, place: Place) -> None:
    """Pair an answer that has no id with the first call that waits for one."""
    waiting = place.context.waiting
    if waiting:
        first = next(iter(waiting))
        filled(_PAIRED, tool_call_id=first)(written, place)
    waiting.pop(written.get("tool_call_id"), None)


def _function_call(value: Any, place: Place, written: Document) -> None:
    made = _good_id(format_path(place.path))
    why = "Mistral doesn't support the deprecated `function_call` of messages"
    place.changed(f"changed to a tool call with the id {made!r}", why)
    written["tool_calls"] = [{"id": made, "function": _FUNCTION_CALL(value, place)}]
    place.context.waiting[made] = None


_FUNCTION_CALL = sent(
    tool_calls.FunctionCall,
    filled("Mistral's API requires them", arguments="{}"),
    nulls=("arguments",),
)
_CALL = sent(tool_calls.ToolCall, _with_id, nulls=("id",), id=_id, function=one(_FUNCTION_CALL))

# -- what a response has, and a request has no place for


def _moved(name: str, what: str) -> Rule:
    """Return the rule of a text that becomes a part of the content."""

    def rule(value: Any, place: Place, written: Document) -> None:
        text = place.read(String(), value)
        if text and text.strip():
            written[name] = text
            place.changed(f"changed to {what}", "Mistral's API has no such field")
        elif text is not None:
            place.dropped("it is blank, and Mistral's API has no such field")

    return rule


def _with_parts(written: Document, place: Place) -> None:
    """Put reasoning and refusal into the content."""
    thought, refusal = written.pop("reasoning", None), written.pop("refusal", None)
    content = written.get("content")
    if content is None or isinstance(content, str):
        content = [chunk.TextChunk(text=content)] if content else []
    if isinstance(content, list) and (thought or refusal):
        written["content"] = [
            *([chunk.ThinkChunk(thinking=[chunk.TextChunk(text=thought)])] if thought else []),
            *content,
            *([chunk.TextChunk(text=refusal)] if refusal else []),
        ]


_REASONING = _moved("reasoning", "thinking at the head of the content")
_SYSTEM = sent(
    SystemMessage, content=_SYSTEM_CONTENT, role=one(replaced("developer", "system", _NO_ROLE))
)
_ASSISTANT = sent(
    AssistantMessage,
    _with_parts,
    nulls=("content",),
    content=_CONTENT,
    tool_calls=unless(EMPTY, each(_CALL), dropped("an empty list says nothing")),
    function_call=unless_given("tool_calls", _function_call),
    refusal=_moved("refusal", "text of the content"),
    reasoning_content=_REASONING,
    reasoning=unless_given("reasoning_content", _REASONING),
    audio=refused("no audio that was answered, which Mistral's API can't look up"),
)
_ANSWER = sent(
    ToolMessage,
    _with_call_id,
    nulls=("content", "tool_call_id"),
    content=_CONTENT,
    tool_call_id=_id,
    role=one(replaced("function", "tool", _NO_ROLE)),
)
_MESSAGE = by(
    "role",
    {
        "system": _SYSTEM,
        "developer": _SYSTEM,
        "user": sent(UserMessage, nulls=("content",), content=_CONTENT),
        "assistant": _ASSISTANT,
        "tool": _ANSWER,
        "function": _ANSWER,
    },
)

# -- the parameters: numbers, choices, objects, tools

_RENAMED = "Mistral's API has it under that name"
_SPECS = request.ChatCompletionRequest._specs


def _read(name: str, convert: Convert = as_is) -> Rule:
    """Return the rule of a parameter that its type reads, once it is converted."""
    return one(checked(_SPECS[name].check, convert))


def _fitted(fit: Callable[[Any], Any], why: str) -> Convert:
    """Return the conversion of a number to one that Mistral's API takes."""

    def convert(value: Any, place: Place) -> Any:
        if type(value) not in (int, float) or fit(value) == value:
            return value
        place.changed(f"changed to {fit(value)}", why)
        return fit(value)

    return convert


_COOL = _fitted(lambda value: min(value, 1.5), "Mistral's API goes no higher")
_ABOVE_0 = _fitted(lambda value: value or 0.0001, "Mistral's API takes only what is above 0")
_IN_63_BITS = _fitted(lambda value: value % 2**63, "Mistral's API takes seeds of 63 bits")
_STANDARD = replaced("default", "standard_only", _RENAMED)
_SEED = checked(Integer(), _IN_63_BITS)


def _service_tier(value: Any, place: Place, written: Document) -> None:
    tier = _STANDARD(place.read(String(), value), place)
    if tier in [*request.RequestedServiceTier]:
        written["service_tier"] = tier
    elif tier is not None:
        place.dropped("Mistral's API has no such tier")


_SCHEMA = sent(
    request.JsonSchema,
    filled("Mistral's API requires one", name="response", schema={"type": "object"}),
)


def _with_format(written: Document, place: Place) -> None:
    if written.get("type") == "json_schema" and "json_schema" not in written:
        place.refuse_absent("json_schema", written)


def _joined(value: Any, place: Place) -> Any:
    parts = value if isinstance(value, (list, tuple)) else [None]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        return value
    place.changed("joined to one text", "Mistral's API takes no parts here")
    return "".join(map(str, texts))


def allowed_tools(body: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the names that `tool_choice` allows; None where it allows all, or can't be read."""
    try:
        names = [tool["function"]["name"] for tool in body["tool_choice"]["allowed_tools"]["tools"]]
        return frozenset(names)
    except (LookupError, TypeError):
        return None


_FUNCTION = sent(
    tool_calls.Function,
    filled("Mistral's API requires them", parameters={"type": "object", "properties": {}}),
    nulls=("parameters",),
)
_REQUEST_TOOL: Any = check_of(tool_calls.RequestTool)
_TOOL = sent(tool_calls.Tool, function=one(_FUNCTION))
_OTHERS = {tag: sent(member.cls) for tag, member in _REQUEST_TOOL.members.items()}
_any_tool = by("type", {**_OTHERS, "function": _TOOL, None: _TOOL})


def _offered(convert: Convert, *inside: str) -> Rule:
    """Return the rule of a list of tools, of which those that may be offered are added.

    The context is told where the function of each was.
    """

    def rule(value: Any, place: Place, written: Document) -> None:
        allowed = place.context.allowed
        tools = written.setdefault("tools", [])
        for at, given in place.items(value):
            tool = convert(given, at)
            tool = tool_calls.Tool(function=tool) if isinstance(tool, tool_calls.Function) else tool
            name = tool.function.name if isinstance(tool, tool_calls.Tool) else None
            if allowed is not None and name not in allowed:
                at.dropped("it is not among the allowed_tools of tool_choice")
            else:
                place.context.places["tools", len(tools), "function"] = (*at.path, *inside)
                tools.append(tool)
        lists = place.around.keys() & {"tools", "functions"}  # of two, the other may have some
        if allowed is not None and not tools and len(lists) == 1:
            expected = "a tool that is among the allowed_tools of tool_choice"
            place.refuse(expected, value, "too_short")

    return rule


def _functions(value: Any, place: Place, written: Document) -> None:
    why = "Mistral doesn't support the deprecated `functions` parameter"
    place.changed("changed to tools", why)
    _offered(_FUNCTION)(value, place, written)


def _with_tools(rule: Rule) -> Rule:
    """Return the rule of what can only be said where there are tools."""
    no_tools = dropped("there are no tools that it could be about")
    return lambda value, place, written: (
        rule if place.around.get("tools") or place.around.get("functions") else no_tools
    )(value, place, written)


_CHOICES = OneOf(tool_calls.ToolChoiceEnum)
_NAME = sent(tool_calls.FunctionName)
_NAMED = sent(tool_calls.NamedToolChoice, function=one(_NAME))


def _choice(value: Any, place: Place) -> Any:
    if not isinstance(value, Mapping):
        return place.read(_CHOICES, value)
    if place.context.allowed is None:
        return _NAMED(value, place)
    place.changed("changed to its mode", "Mistral's API chooses among all tools that it is given")
    return place.at("allowed_tools").at("mode").read(_CHOICES, value["allowed_tools"].get("mode"))


def _function_choice(value: Any, place: Place, written: Document) -> None:
    why = "Mistral doesn't support the deprecated `function_call` parameter"
    place.changed("changed to tool_choice", why)
    if isinstance(value, Mapping):
        written["tool_choice"] = {"type": "function", "function": _NAME(value, place)}
    else:
        written["tool_choice"] = place.read(_CHOICES, value)


# -- the table

_NO_EMPTY = dropped("Mistral's API refuses an empty list here")
_NO_SUCH = "Mistral's API has no such parameter"
_BY_KEY = "Mistral's API caches by prompt_cache_key alone"
_WITHOUT = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], _NO_SUCH),
    "prompt_cache_options": _BY_KEY,
    "prompt_cache_retention": _BY_KEY,
    "stream_options": "Mistral's API ends every stream with the usage anyway",
    "web_search_options": "Mistral's API searches by its own tool web_search",
    "moderation": "Mistral's API moderates by its own parameter guardrails",
    **dict.fromkeys([name for name, spec in _SPECS.items() if spec.local], "it is never sent"),
    "extra_headers": "it is for the call: http_headers= has it there",
    "timeout": "it is for the call: timeout_ms= has it there, in milliseconds",
}
"""Parameters without which the answer is of the same kind, and the reason why they are dropped."""

PARAMETERS: dict[str, Rule] = {
    **{name: _read(name) for name, spec in _SPECS.items() if not spec.local},
    **{name: dropped(why) for name, why in _WITHOUT.items()},
    "extra_body": _read("extra_body"),
    "messages": _messages,
    "max_tokens": unless_given("max_completion_tokens", _read("max_tokens")),
    "max_completion_tokens": renamed("max_tokens", _RENAMED, checked(_SPECS["max_tokens"].check)),
    "temperature": _read("temperature", _COOL),
    "top_p": _read("top_p", _ABOVE_0),
    "seed": unless_given("random_seed", renamed("random_seed", _RENAMED, _SEED)),
    "stop": unless(EMPTY, _read("stop"), dropped("it is empty, and so stops at nothing")),
    "reasoning_effort": _read(
        "reasoning_effort", replaced("max", "xhigh", "Mistral's API goes no higher")
    ),
    "service_tier": _service_tier,
    "response_format": one(sent(request.ResponseFormat, _with_format, json_schema=one(_SCHEMA))),
    "prediction": one(sent(request.Prediction, content=one(_joined))),
    "tools": unless(EMPTY, _offered(_any_tool, "function"), _NO_EMPTY),
    "functions": unless(EMPTY, _functions, _NO_EMPTY),
    "tool_choice": _with_tools(one(_choice)),
    "function_call": _with_tools(unless_given("tool_choice", _function_choice)),
    "parallel_tool_calls": _with_tools(_read("parallel_tool_calls")),
    "modalities": unless(
        (["text"], ("text",)),
        refused("['text'], as Mistral's API answers in text only"),
        dropped("Mistral's API answers in text anyway"),
    ),
    "audio": refused("no audio, as Mistral's API answers in text only"),
}
"""The rule of each parameter of a request, by its name."""
