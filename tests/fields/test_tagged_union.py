"""Which of several types a document is read as."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioURL,
    ChatMessage,
    ContentChunk,
    CustomConnector,
    DocumentLibraryTool,
    FinetuningAssistantMessage,
    Function,
    ImageURLChunk,
    Roles,
    SystemMessage,
    TextChunk,
    Tool,
    ToolMessage,
    UnknownContentChunk,
    UserMessage,
    WebSearchTool,
)
from mistral_proto.checks import (
    KEEP,
    REFUSE,
    STRICT,
    Constant,
    OneOf,
    Reading,
    String,
    StringEnum,
    TaggedUnion,
    check_of,
)
from mistral_proto.errors import Path, ValidationError
from mistral_proto.fields import field
from mistral_proto.protocol.tool_calls import RequestTool
from mistral_proto.wire import WireType, wire_type

READINGS = {"keep": KEEP, "refuse": REFUSE, "strict": STRICT}


class Shapes(StringEnum):
    square = "square"
    oblong = "oblong"


@wire_type
class Rectangle(WireType):
    shape: Shapes | str = field(OneOf(Shapes), default=Shapes.square)
    width: str = field(String())


@wire_type
class Circle(WireType):
    shape: Literal["circle"] = field(Constant("circle"), default="circle")
    radius: str = field(String())


chat_message: Any = check_of(ChatMessage)
content_chunk: Any = check_of(ContentChunk)
request_tool: Any = check_of(RequestTool)
shape = TaggedUnion("shape", Rectangle, Circle)
shape_or_circle = TaggedUnion("shape", Rectangle, untagged=Circle)

FUNCTION = {"name": "f", "parameters": {}}

FOUND: list[tuple[str, TaggedUnion, Any, type[WireType]]] = [
    ("tag", chat_message, {"role": "user", "content": "a"}, UserMessage),
    ("tag of an enum", chat_message, {"role": Roles.system, "content": "a"}, SystemMessage),
    ("tag comes last", content_chunk, {"text": "a", "type": "text"}, TextChunk),
    ("tag with a dash", request_tool, {"type": "connector", "connector_id": "c"}, CustomConnector),
    ("tag of a member", shape, {"shape": "square", "width": "1"}, Rectangle),
    ("no tag, one field tells", content_chunk, {"text": "a"}, TextChunk),
    ("no tag, either form", content_chunk, {"image_url": {"url": "u"}}, ImageURLChunk),
    ("no tag, an optional field tells", chat_message, {"prefix": True}, AssistantMessage),
    ("no tag, two fields tell", chat_message, {"content": "a", "name": "f"}, ToolMessage),
    ("no tag, tool", request_tool, {"function": FUNCTION}, Tool),
    ("no tag, library", request_tool, {"library_ids": ["l"]}, DocumentLibraryTool),
    ("no tag, of an enum", shape, {"width": "1"}, Rectangle),
    ("no tag, which means one of them", shape_or_circle, {"radius": "1"}, Circle),
    ("a tag, and it counts", shape_or_circle, {"shape": "square", "width": "1"}, Rectangle),
    ("instance", chat_message, UserMessage(content="a"), UserMessage),
    (
        "instance of a subclass",
        chat_message,
        FinetuningAssistantMessage(content="a"),
        FinetuningAssistantMessage,
    ),
    ("unknown instance", content_chunk, UnknownContentChunk(type="x"), UnknownContentChunk),
]


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize(
    ("check", "value", "cls"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND]
)
def test_found(check: TaggedUnion, value: Any, cls: type[WireType], reading: Reading) -> None:
    assert check.matches(value)
    assert type(check.read(value, reading)) is cls


@pytest.mark.parametrize("tag", [1, False, "", []], ids=repr)
def test_a_tag_of_a_server_that_is_none_is_kept(tag: Any) -> None:
    read = content_chunk.read({"type": tag, "text": "a"}, KEEP)
    assert (type(read), read.type, read.extra) == (TextChunk, "text", {"type": tag})
    for reading in (REFUSE, STRICT):
        with pytest.raises(ValidationError):
            content_chunk.read({"type": tag, "text": "a"}, reading)


@pytest.mark.parametrize("reading", [KEEP, REFUSE], ids=["keep", "refuse"])
def test_a_tag_of_null_is_no_tag(reading: Reading) -> None:
    assert content_chunk.read({"type": None, "text": "a"}, reading) == TextChunk(text="a")


def test_a_tag_of_null_is_refused_by_strict_reading() -> None:
    with pytest.raises(ValidationError) as caught:
        content_chunk.read({"type": None, "text": "a"}, STRICT)
    assert [(p.path, p.type) for p in caught.value.problems] == [(("type",), "literal_error")]


def test_a_tag_that_nobody_has_is_kept_where_there_is_a_type_for_it() -> None:
    document = {"type": "hologram", "url": "u"}
    kept = content_chunk.read(document, KEEP)

    assert type(kept) is UnknownContentChunk
    assert kept.to_dict() == document


ROLES = "'system', 'user', 'assistant' or 'tool'"
AUTHORS = f"this field, one of {ROLES}"
TAG = (("role",), "union_tag_invalid", ROLES)
NO_TAG = (("role",), "missing", AUTHORS)

REFUSED: list[tuple[str, TaggedUnion, Any, tuple[Path, str, str]]] = [
    ("no tag, fits three", chat_message, {"content": "a"}, NO_TAG),
    ("no tag, fits none", chat_message, {"contents": "a"}, NO_TAG),
    ("no tag, one field too many", chat_message, {"prefix": True, "seed": 1}, NO_TAG),
    ("null, fits three", chat_message, {"role": None, "content": "a"}, TAG),
    ("unknown", chat_message, {"role": "developer", "content": "a"}, TAG),
    ("other case", chat_message, {"role": "User", "content": "a"}, TAG),
    ("number", chat_message, {"role": 1, "content": "a"}, TAG),
    ("list", chat_message, {"role": ["user"], "content": "a"}, TAG),
    ("no tag, fits all", shape, {}, (("shape",), "missing", "'square' or 'circle'")),
    ("null", chat_message, None, ((), "dict_type", "an object with a role")),
    ("string", chat_message, "user", ((), "dict_type", "an object with a role")),
    ("list of pairs", chat_message, [("role", "user")], ((), "dict_type", "an object with a role")),
    ("another type", chat_message, TextChunk(text="a"), ((), "dict_type", "an object with a role")),
    ("not a chunk", content_chunk, AudioURL(url="u"), ((), "dict_type", "an object with a type")),
    ("a part", request_tool, Function(name="f", parameters={}), ((), "dict_type", "an object")),
    ("no tag, and wrong", shape_or_circle, {"radius": 1}, (("radius",), "string_type", "a string")),
    ("found, and wrong", content_chunk, {"text": 1}, (("text",), "string_type", "a string")),
]  # fmt: skip


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize(
    ("check", "value", "problem"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused(
    check: TaggedUnion, value: Any, problem: tuple[Path, str, str], reading: Reading
) -> None:
    with pytest.raises(ValidationError) as caught:
        check.read(value, reading)

    [found] = caught.value.problems
    assert (found.path, found.type) == problem[:2]
    assert problem[2] in found.expected


@pytest.mark.parametrize("reading", [REFUSE, STRICT], ids=["refuse", "strict"])
def test_a_tag_that_nobody_has_is_refused_otherwise(reading: Reading) -> None:
    with pytest.raises(ValidationError, match="type: expected 'text', 'image_url'") as caught:
        content_chunk.read({"type": "hologram"}, reading)
    assert caught.value.problems[0].got == "the string 'hologram'"


def test_a_union_takes_what_could_be_one_of_its_types() -> None:
    assert not chat_message.matches("user")
    assert not chat_message.matches(TextChunk(text="a"))
    assert not request_tool.matches(UnknownContentChunk(type="x"))


def test_of_two_types_with_the_same_fields_no_tag_tells() -> None:
    assert type(request_tool.read({"type": "web_search"}, REFUSE)) is WebSearchTool
    with pytest.raises(ValidationError, match="type: expected this field, one of 'function'"):
        request_tool.read({"tool_configuration": {}}, REFUSE)
