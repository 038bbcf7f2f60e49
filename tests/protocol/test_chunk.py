"""The chunks of a content: their wire forms, and what a request makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    BuiltInConnectors,
    ChunkTypes,
    DocumentURLChunk,
    FileChunk,
    ImageChunk,
    ImageDetail,
    ImageURL,
    ImageURLChunk,
    RawAudio,
    ReferenceChunk,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    ToolMessage,
    ToolReferenceChunk,
    UnknownContentChunk,
    UserMessage,
    ValidationError,
)
from mistral_proto.protocol.chunk import text_of
from tests.protocol.sending import sent

TEXT = {"type": "text", "text": "Hi"}

# A chunk as it is given, and as a request sends it.
SENT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("text", TEXT, TEXT),
    (
        "image_url, the URL alone",
        {"type": "image_url", "image_url": "u"},
        {"type": "image_url", "image_url": "u"},
    ),
    (
        "image_url, an object",
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "image_url", "image_url": {"url": "u"}},
    ),
    (
        "image, base64",
        {"type": "image", "image": "iVBORw0KGgo="},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ),
    (
        "image, a data URL",
        {"type": "image", "image": "data:image/gif;base64,R0lGODlh"},
        {"type": "image_url", "image_url": "data:image/gif;base64,R0lGODlh"},
    ),
    (
        "document_url",
        {"type": "document_url", "document_url": "u", "document_name": "n"},
        {"type": "document_url", "document_url": "u", "document_name": "n"},
    ),
    (
        "input_audio, a string",
        {"type": "input_audio", "input_audio": "UklGRg=="},
        {"type": "input_audio", "input_audio": "UklGRg=="},
    ),
    (
        "input_audio, an object",
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "input_audio", "input_audio": "UklGRg=="},
    ),
    (
        "audio_url, the URL alone",
        {"type": "audio_url", "audio_url": "u"},
        {"type": "input_audio", "input_audio": "u"},
    ),
    (
        "audio_url, an object",
        {"type": "audio_url", "audio_url": {"url": "u"}},
        {"type": "input_audio", "input_audio": "u"},
    ),
    (
        "thinking, a list",
        {"type": "thinking", "thinking": [TEXT], "closed": False},
        {"type": "thinking", "thinking": [TEXT], "closed": False},
    ),
    (
        "thinking, a string",
        {"type": "thinking", "thinking": "Hi", "signature": "s", "closed": True},
        {"type": "thinking", "thinking": [TEXT], "signature": "s", "closed": True},
    ),
    (
        "reference",
        {"type": "reference", "reference_ids": [1, "b"]},
        {"type": "reference", "reference_ids": [1, "b"]},
    ),
    (
        "tool_reference",
        {"type": "tool_reference", "tool": "web_search", "title": "t"},
        {"type": "tool_reference", "tool": "web_search", "title": "t"},
    ),
    *(
        (str(chunk["type"]), chunk, chunk)
        for chunk in (
            {"type": "file", "file_id": "f"},
            {"type": "resource", "uri": "u", "content": TEXT},
            {"type": "resource_link", "uri": "u", "metadata": {"a": 1.5, "b": True, "c": "x"}},
        )
    ),
]


@pytest.mark.parametrize(
    ("chunk", "form"), [case[1:] for case in SENT], ids=[case[0] for case in SENT]
)
def test_a_chunk_keeps_its_form_and_is_sent_in_the_apis(
    chunk: dict[str, Any], form: dict[str, Any]
) -> None:
    content: Any = [chunk]
    message: Any = UserMessage(content=content)
    [stored] = message.content

    assert stored.to_dict() == chunk
    assert type(stored).from_dict(chunk) == stored
    assert message.to_dict() == sent(message) == {"role": "user", "content": [form]}
    assert sent(AssistantMessage(content=content))["content"] == [form]
    # By itself, a message that the server sends is not sent anywhere.
    assert AssistantMessage(content=content).to_dict()["content"] == [chunk]


def test_the_table_above_holds_every_type_of_chunk() -> None:
    assert {case[1]["type"] for case in SENT} == set(ChunkTypes)


def test_what_a_server_added_to_a_chunk_is_not_sent_back() -> None:
    document = {
        "content": [
            {**TEXT, "id": "x"},
            {"type": "image_url", "image_url": {"url": "u", "size": 1}, "id": "x"},
            {"type": "thinking", "thinking": [{**TEXT, "id": "x"}], "closed": True, "id": "x"},
            {"type": "image", "image": "data:,a", "id": "x"},
            {"type": "input_audio", "input_audio": {"data": "d", "format": "f", "x": 1}, "x": 2},
            {"type": "audio_url", "audio_url": "u", "id": "x"},
        ],
    }
    message = AssistantMessage.from_dict(document)

    assert message.to_dict() == document
    assert sent(message)["content"] == [
        TEXT,
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "thinking", "thinking": [TEXT], "closed": True},
        {"type": "image_url", "image_url": "data:,a"},
        {"type": "input_audio", "input_audio": "d"},
        {"type": "input_audio", "input_audio": "u"},
    ]


def test_an_unknown_chunk_goes_back_whole() -> None:
    hologram = {"type": "hologram", "url": "u", "depth": {"z": [1]}}
    thinking = {"type": "thinking", "thinking": [hologram], "closed": True}
    message = AssistantMessage.from_dict({"content": [hologram, thinking]})
    first: Any = message.content[0] if message.content else None

    assert type(first) is UnknownContentChunk
    assert (first.type, first.extra) == ("hologram", {"url": "u", "depth": {"z": [1]}})
    assert sent(message)["content"] == [hologram, thinking]


def test_the_accessors_answer_for_both_forms() -> None:
    assert ImageURLChunk(image_url="u").get_url() == "u"
    assert ImageURLChunk(image_url=ImageURL(url="u")).get_url() == "u"
    assert AudioURLChunk(audio_url="u").url == "u"
    assert AudioURLChunk(audio_url=AudioURL(url="u")).url == "u"
    assert AudioChunk(input_audio="UklGRg==").get_audio() == "UklGRg=="
    audio = RawAudio(data="UklGRg==", format="wav")
    assert AudioChunk(input_audio=audio).get_audio() == "UklGRg=="


def test_the_text_of_thinking_leaves_out_its_references() -> None:
    chunk = ThinkChunk(
        thinking=[
            TextChunk(text="a"),
            ReferenceChunk(reference_ids=[1]),
            ToolReferenceChunk(tool="web_search", title="t"),
            UnknownContentChunk(type="x"),
            TextChunk(text="b"),
        ]
    )
    assert chunk.text == "ab"
    assert ThinkChunk(thinking="ab").text == "ab"
    assert ThinkChunk(thinking=[]).text == ""
    assert chunk.closed


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(None, "", id="none"),
        pytest.param("", "", id="empty"),
        pytest.param("a", "a", id="string"),
        pytest.param([], "", id="no chunks"),
        pytest.param([ThinkChunk(thinking="Hm"), FileChunk(file_id="f")], "", id="no text"),
        pytest.param([TextChunk(text="a"), TextChunk(text="b")], "ab", id="two texts"),
    ],
)
def test_the_text_of_a_content(content: Any, text: str) -> None:
    assert text_of(content) == text
    assert AssistantMessage(content=content).text == text


BAD: list[tuple[str, dict[str, Any], tuple[str | int, ...], str]] = [
    ("no text", {"type": "text"}, ("text",), "missing"),
    ("text null", {"type": "text", "text": None}, ("text",), "missing"),
    ("no URL", {"type": "image_url", "image_url": {}}, ("image_url", "url"), "missing"),
    ("URL a list", {"type": "image_url", "image_url": ["u"]}, ("image_url",), "union_type"),
    (
        "detail",
        {"type": "image_url", "image_url": {"url": "u", "detail": "best"}},
        ("image_url", "detail"),
        "enum",
    ),
    ("audio number", {"type": "input_audio", "input_audio": 1}, ("input_audio",), "union_type"),
    (
        "no format",
        {"type": "input_audio", "input_audio": {"data": "d"}},
        ("input_audio", "format"),
        "missing",
    ),
    (
        "true as id",
        {"type": "reference", "reference_ids": [True]},
        ("reference_ids", 0),
        "union_type",
    ),
    (
        "image in thinking",
        {"type": "thinking", "thinking": [TEXT, {"type": "image_url", "image_url": "u"}]},
        ("thinking", 1, "type"),
        "union_tag_invalid",
    ),
    ("closed", {"type": "thinking", "thinking": "a", "closed": 1}, ("closed",), "bool_type"),
    ("an id inside", {**TEXT, "id": "x"}, ("id",), "extra_forbidden"),
]


@pytest.mark.parametrize(
    ("chunk", "path", "kind"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_a_bad_chunk_of_a_request(
    chunk: dict[str, Any], path: tuple[str | int, ...], kind: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        UserMessage.from_dict({"role": "user", "content": [chunk]})
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (("content", 0, *path), kind)


def test_enumerations_are_their_strings() -> None:
    assert [f"{member}" for member in ImageDetail] == ["low", "auto", "high"]
    assert str(ChunkTypes.image_url) == "image_url"
    assert f"{ChunkTypes.text:>6}" == "  text"
    assert ToolReferenceChunk(tool="my_tool", title="t").tool == "my_tool"
    assert set(BuiltInConnectors) == {
        "web_search",
        "web_search_premium",
        "code_interpreter",
        "image_generation",
        "document_library",
    }


def test_a_system_message_takes_text_and_thinking_only() -> None:
    SystemMessage(content=[TextChunk(text="a"), ThinkChunk(thinking="b")])
    for chunk in ({"type": "image_url", "image_url": "u"}, DocumentURLChunk(document_url="u")):
        bad: Any = [chunk]
        with pytest.raises(ValidationError, match=r"content\[0\]"):
            SystemMessage(content=bad)


def test_an_image_goes_out_as_an_image_url_from_a_tool_too() -> None:
    message = ToolMessage(content=[ImageChunk(image="data:,a")], tool_call_id="1")
    assert message.to_dict()["content"] == [{"type": "image_url", "image_url": "data:,a"}]
