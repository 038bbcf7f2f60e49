"""The member of a union that a document is read as."""

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
    OneOf,
    Reading,
    StringEnum,
    TaggedUnion,
    check_of,
)
from mistral_proto.errors import Path, ValidationError
from mistral_proto.fields import field
from mistral_proto.protocol.tool_calls import RequestTool
from mistral_proto.wire import WireType, wire_type

READINGS = [KEEP, REFUSE, STRICT]


class Shapes(StringEnum):
    square = "square"
    oblong = "oblong"


@wire_type
class Rectangle(WireType):
    shape: Shapes | str = field(OneOf(Shapes), default=Shapes.square)
    width: str


@wire_type
class Circle(WireType):
    shape: Literal["circle"] = "circle"
    radius: str


message: Any = check_of(ChatMessage)
chunk: Any = check_of(ContentChunk)
tool: Any = check_of(RequestTool)
shape = TaggedUnion("shape", Rectangle, Circle)
shape_or_circle = TaggedUnion("shape", Rectangle, untagged=Circle)

FOUND: list[tuple[TaggedUnion, Any, type[WireType]]] = [
    # by the tag, wherever it is
    (message, {"role": "user", "content": "a"}, UserMessage),
    (message, {"role": Roles.system, "content": "a"}, SystemMessage),
    (chunk, {"text": "a", "type": "text"}, TextChunk),
    (tool, {"type": "connector", "connector_id": "c"}, CustomConnector),
    (tool, {"type": "web_search"}, WebSearchTool),
    (shape, {"shape": "square", "width": "1"}, Rectangle),
    (shape_or_circle, {"shape": "square", "width": "1"}, Rectangle),
    # by the names of the fields
    (chunk, {"text": "a"}, TextChunk),
    (chunk, {"image_url": {"url": "u"}}, ImageURLChunk),
    (message, {"prefix": True}, AssistantMessage),
    (message, {"content": "a", "name": "f"}, ToolMessage),
    (tool, {"function": {"name": "f", "parameters": {}}}, Tool),
    (tool, {"library_ids": ["l"]}, DocumentLibraryTool),
    (shape, {"width": "1"}, Rectangle),
    (shape_or_circle, {"radius": "1"}, Circle),
    # instances, also of a subclass
    (message, UserMessage(content="a"), UserMessage),
    (message, FinetuningAssistantMessage(content="a"), FinetuningAssistantMessage),
    (chunk, UnknownContentChunk(type="x"), UnknownContentChunk),
]

ROLE: Path = ("role",)
REFUSED: list[tuple[TaggedUnion, Any, Path, str]] = [
    (message, {"content": "a"}, ROLE, "missing"),  # fits three
    (message, {"contents": "a"}, ROLE, "missing"),  # fits none
    (message, {"prefix": True, "seed": 1}, ROLE, "missing"),
    (message, {"role": None, "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": "developer", "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": "User", "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": 1, "content": "a"}, ROLE, "union_tag_invalid"),
    (message, {"role": ["user"], "content": "a"}, ROLE, "union_tag_invalid"),
    (shape, {}, ("shape",), "missing"),
    (message, None, (), "dict_type"),
    (message, "user", (), "dict_type"),
    (message, [("role", "user")], (), "dict_type"),
    (message, TextChunk(text="a"), (), "dict_type"),
    (chunk, AudioURL(url="u"), (), "dict_type"),
    (tool, Function(name="f", parameters={}), (), "dict_type"),
    (shape_or_circle, {"radius": 1}, ("radius",), "string_type"),
    (chunk, {"text": 1}, ("text",), "string_type"),
]


def refused(check: TaggedUnion, value: Any, reading: Reading) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        check.read(value, reading)
    return [(problem.path, problem.type) for problem in caught.value.problems]


def test_the_member_is_found_by_its_tag_or_its_fields() -> None:
    for check, value, cls in FOUND:
        assert check.matches(value)
        for reading in READINGS:
            assert type(check.read(value, reading)) is cls, value


def test_a_document_of_no_member_is_refused() -> None:
    for check, value, path, kind in REFUSED:
        assert check.matches(value) == isinstance(value, dict)
        for reading in READINGS:
            assert refused(check, value, reading) == [(path, kind)]
    with pytest.raises(ValidationError, match="one of 'function', 'web_search'"):
        tool.read({"tool_configuration": {}}, REFUSE)  # a field of several


def test_a_server_s_tag_that_is_no_name_is_kept() -> None:
    tags: list[Any] = [1, False, "", []]
    for tag in tags:
        document = {"type": tag, "text": "a"}
        read = chunk.read(document, KEEP)
        assert (type(read), read.type, read.extra) == (TextChunk, "text", {"type": tag})
        for reading in (REFUSE, STRICT):
            assert refused(chunk, document, reading) == [(("type",), "union_tag_invalid")]


def test_a_tag_of_null_is_absent_but_in_strict_reading() -> None:
    document = {"type": None, "text": "a"}
    for reading in (KEEP, REFUSE):
        assert chunk.read(document, reading) == TextChunk(text="a")
    assert refused(chunk, document, STRICT) == [(("type",), "literal_error")]


def test_a_server_s_unknown_tag_is_read_as_the_type_for_it() -> None:
    document = {"type": "hologram", "url": "u"}
    kept = chunk.read(document, KEEP)
    assert (type(kept), kept.to_dict()) == (UnknownContentChunk, document)
    for reading in (REFUSE, STRICT):
        assert refused(chunk, document, reading) == [(("type",), "union_tag_invalid")]
