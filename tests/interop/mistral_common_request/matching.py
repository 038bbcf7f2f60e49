"""What a disagreement is about, for the table of differences."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mistral_common.protocol.instruct.converters import _OPENAI_COMPLETION_FIELDS

from mistral_proto import json_text
from mistral_proto.wire import OpenWireType
from tests.interop.mistral_common_request.disagreement import Disagreement, Refused, near
from tests.interop.mistral_common_request.peers import PAIRS, errors_of, read
from tests.interop.readings import NOTHING, at, places_aside

REQUESTS = ("ChatCompletionRequest", "InstructRequest")


def theirs_refuses(it: Disagreement, *kinds: str) -> bool:
    return isinstance(it.theirs, Refused) and (not kinds or it.theirs.kind in kinds)


def ours_refuses(it: Disagreement, *kinds: str) -> bool:
    return isinstance(it.ours, Refused) and (not kinds or it.ours.kind in kinds)


# The type of what stands under a name, where the name tells it.
_TYPE_UNDER = {
    "tool_calls": "ToolCall",
    "tools": "Tool",
    "available_tools": "Tool",
    "image_url": "ImageURL",
    "input_audio": "RawAudio",
    "audio_url": "AudioURL",
    "response_format": "ResponseFormat",
    "settings": "ModelSettings",
}
_TYPE_OF_TAG = {
    **{
        str(each.ours._specs["role"].default): name
        for name, each in PAIRS.items()
        if "role" in each.ours._specs and name != "FinetuningAssistantMessage"
    },
    **{
        str(each.ours._specs["type"].default): name
        for name, each in PAIRS.items()
        if name.endswith("Chunk")
    },
}


def owner(it: Disagreement) -> str:
    """The name of the type whose field the place is; empty where it can't be told."""
    names = [step for step in it.place[:-1] if isinstance(step, str)]
    if not names:
        return it.of
    around = at(it.document, it.place[:-1])
    if names[-1] in ("messages", "content") and isinstance(around, dict):
        return _TYPE_OF_TAG.get(str(around.get("role", around.get("type"))), "")
    if names[-1] == "function":
        call = it.of in ("ToolCall", "AssistantMessage") or "tool_calls" in names
        return "FunctionCall" if call else "Function"
    return _TYPE_UNDER.get(names[-1], "")


def is_optional(it: Disagreement) -> bool:
    """Whether our type has the field, and null there is as good as leaving it out."""
    pair = PAIRS.get(owner(it))
    spec = pair.ours._specs.get(str(it.field)) if pair else None
    if spec is not None and (spec.check.reads_null or spec.has_default):
        return True
    return it.field in ("role", "type")


def is_of_ours_alone(it: Disagreement) -> bool:
    """Whether our type has the field, and mistral_common's has not."""
    pair = PAIRS.get(owner(it))
    return (
        pair is not None
        and it.field in pair.ours._specs
        and it.field not in pair.theirs.model_fields
    )


# The kinds of chunk that mistral_common has in the messages of a role.
_KINDS = {
    "system": {"text", "thinking"},
    "user": {"text", "image", "image_url", "input_audio", "audio_url"},
    "assistant": {"text", "thinking"},
    "tool": {"text"},
}


def chunk_around(it: Disagreement) -> tuple[dict[str, Any], str]:
    """The chunk that the place is in, and the role of its message; empty if in none."""
    if "content" not in it.place[:-1]:
        return {}, ""
    start = it.place.index("content")
    message, chunk = at(it.document, it.place[:start]), at(it.document, it.place[: start + 2])
    if not isinstance(chunk, dict):
        return {}, ""
    role = message.get("role") or it.of.removesuffix("Message").lower()
    return chunk, role if str(role) in _KINDS else "assistant"


def is_in_chunk_of_ours(it: Disagreement) -> bool:
    """Whether the place is in a chunk of a kind that mistral_common has not there."""
    chunk, role = chunk_around(it)
    kind = chunk.get("type")
    return isinstance(kind, str) and kind not in _KINDS[role]


def has_no_tag(it: Disagreement) -> bool:
    """Whether the place is the tag that is not there, or in a chunk without one."""
    chunk, _ = chunk_around(it)
    is_tag = theirs_refuses(it, "union_tag_not_found")
    return is_tag and it.value == NOTHING or bool(chunk) and chunk.get("type") is None


def is_in_tool_of_ours(it: Disagreement) -> bool:
    """Whether the place is in a tool that is no function."""
    tool = at(it.document, it.place[:2])
    kinds = {"web_search", "web_search_premium", "code_interpreter", "image_generation"}
    return it.place[:1] == ("tools",) and isinstance(tool, dict) and tool.get("type") in kinds


def is_beyond_machine_size(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) >= 2**63


def has_key(value: Any, key: str) -> bool:
    """Whether a key is anywhere in a document."""
    if isinstance(value, dict):
        return key in value or any(has_key(item, key) for item in value.values())
    return isinstance(value, list) and any(has_key(item, key) for item in value)


def has_half_a_pair_in_a_key(value: Any) -> bool:
    """Whether a key holds half a surrogate pair, which has no UTF-8."""
    if isinstance(value, dict):
        halves = any("\ud800" <= letter <= "\udfff" for key in value for letter in key)
        return halves or any(map(has_half_a_pair_in_a_key, value.values()))
    return isinstance(value, list) and any(map(has_half_a_pair_in_a_key, value))


def is_lax(it: Disagreement) -> bool:
    """Whether it is only pydantic's converting that lets mistral_common take it."""
    if it.what not in ("reading", "from_openai") or not ours_refuses(it):
        return False
    document, place = it.document, it.place
    if it.what == "from_openai" and it.of in REQUESTS:
        # Of the keyword arguments the one that mistral_common gives to its request.
        place = ("random_seed",) if place == ("seed",) else place
        document = {"messages": [{"role": "user", "content": ""}], place[-1]: it.value}
    theirs = PAIRS[it.of].theirs
    try:
        theirs.model_validate_json(json.dumps(document), strict=True)
    except ValueError as error:
        strict = errors_of(document, error)
        return place in {each.place for each in strict} - {
            each.place for each in read(theirs, document)
        }
    return False


_THEIR_DEFAULTS = {
    "temperature": 0.7,
    "top_p": 1.0,
    "response_format": {"type": "text"},
    "tool_choice": "auto",
}


def is_their_default(it: Disagreement) -> bool:
    default = _THEIR_DEFAULTS.get(str(it.field))
    return (
        it.what in ("reading", "reading_theirs", "from_openai")
        and it.of == "ChatCompletionRequest"
        and len(it.place) == 1
        and default is not None
        and [NOTHING, default] in ([it.ours, it.theirs], [it.theirs, it.ours])
    )


def parameters_of_ours_alone(it: Disagreement) -> set[str]:
    """The keyword arguments that only we know."""
    if it.what == "to_openai":
        return {name for name in it.document[1] if name not in _OPENAI_COMPLETION_FIELDS}
    pair = PAIRS[it.of]
    return {
        name
        for name in it.document
        if name in pair.ours._specs and name not in pair.theirs.model_fields
    }


def is_beside_image_url(it: Disagreement) -> bool:
    """Whether the place is in an image in OpenAI's format, of which theirs reads the URL."""
    if it.of == "ImageChunk":
        return it.place[-1:] != ("url",)
    around = at(it.document, it.place[:-1])
    return isinstance(around, dict) and "image_url" in around and it.field != "image_url"


def chunks_without_type(it: Disagreement) -> bool:
    content = it.document.get("content") if isinstance(it.document, dict) else None
    return isinstance(content, list) and any(
        isinstance(chunk, dict) and chunk.get("type") is None for chunk in content
    )


def in_part(it: Disagreement) -> Disagreement:
    """The same, seen from the message or tool in OpenAI's format that the place is in."""
    if it.what == "from_openai" and it.of in REQUESTS:
        depth = 2
    elif it.what in ("convert_openai_messages", "convert_openai_tools"):
        depth = 1
    else:
        return it
    part = at(it.document, it.place[:depth])
    if len(it.place) < depth or not isinstance(part, dict):
        return it
    of = "Tool" if "function" in part else _TYPE_OF_TAG.get(str(part.get("role")), "")
    return replace(it, what="from_openai", of=of, document=part, place=it.place[depth:])


def texts_of_tools(value: Any) -> list[str]:
    """Every text in the messages that may be JSON."""
    texts: list[str] = []
    for message in value["messages"]:
        texts += [call["function"]["arguments"] for call in message.get("tool_calls") or ()]
        texts += [message["content"]] if isinstance(message.get("content"), str) else []
    return texts


def would_not_stay_json(text: Any) -> bool:
    """Whether a text of theirs is no JSON that could be sent."""
    try:
        json_text.loads(text)
        text.encode()
    except ValueError:
        return True
    return False


def names_and_ids(value: Any) -> list[str]:
    """Every name, and every id of a call, in a document."""
    if isinstance(value, list):
        return sum(map(names_and_ids, value), [])
    if not isinstance(value, dict):
        return []
    found = [
        value[key] for key in ("name", "id", "tool_call_id") if isinstance(value.get(key), str)
    ]
    return found + names_and_ids(list(value.values()))


def is_aside(it: Disagreement) -> bool:
    """Whether ours keeps what stands at the place in `extra`, as it is not of the field's type."""
    if it.what not in ("reading", "from_openai") or it.of not in PAIRS:
        return False
    ours: Any = PAIRS[it.of].ours
    read_ours = ours.from_dict if it.what == "reading" else ours.from_openai
    try:
        value = read_ours(it.document)
    except (ValueError, TypeError):
        return False
    return any(near(it.place, place) for place in places_aside(value))


def keeps_unknown(of: str) -> bool:
    """Whether our type is one of a server's."""
    return of in PAIRS and issubclass(PAIRS[of].ours, OpenWireType)
