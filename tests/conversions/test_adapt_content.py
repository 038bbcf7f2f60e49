"""`adapt_request`: what becomes of the parts of a content."""

from __future__ import annotations

from typing import Any

from mistral_proto import AudioChunk, RawAudio, UserMessage
from mistral_proto.openai import adapt_request
from tests.conversions.adapting import HI, adapt_messages, refusals

UUID = "00edaf84-95b0-45db-8f83-f71138491f23"
URL = {"url": "https://x"}
AUDIO = {"data": "UklGRg==", "format": "wav"}


def file(**given: Any) -> dict[str, Any]:
    """A file as OpenAI has it."""
    return {"type": "file", "file": given}


def document(media_type: str, **others: str) -> dict[str, Any]:
    url = f"data:{media_type};base64,JVBERi0="
    return {"type": "document_url", "document_url": url, **others}


def image(**given: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {**URL, **given}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


KEPT: list[dict[str, Any]] = [
    text("Hi"),
    {"type": "image_url", "image_url": "https://example.com/cat.png"},
    image(detail="low"),
    {"type": "input_audio", "input_audio": "UklGRg=="},
    {"type": "document_url", "document_url": "https://example.com/a.pdf", "document_name": "A"},
    {"type": "reference", "reference_ids": [1, "b"]},
    {"type": "file", "file_id": UUID},
    {
        "type": "thinking",
        "thinking": [
            text("Hm."),
            {"type": "reference", "reference_ids": []},
            {"type": "tool_reference", "tool": "web_search", "title": "News"},
        ],
        "signature": "s",
        "closed": False,
    },
]

# A part, what it becomes, and where it was changed.
CHANGED: list[tuple[dict[str, Any], dict[str, Any] | None, list[str]]] = [
    (
        {**text("Hi"), "id": "lc_1", "cache_control": {}, "annotations": None},
        text("Hi"),
        [".id dropped", ".cache_control dropped", ".annotations dropped"],
    ),
    (
        image(detail=None, format="png"),
        image(),
        [".image_url.format dropped"],
    ),
    (image(detail="original"), image(detail="high"), [".image_url.detail changed"]),
    (
        {"type": "input_audio", "input_audio": {**AUDIO, "id": 1}},
        {"type": "input_audio", "input_audio": "UklGRg=="},
        [".input_audio sent", ".input_audio.id dropped"],
    ),
    (file(file_id=UUID), {"type": "file", "file_id": UUID}, [".file unpacked"]),
    (
        {**file(file_id=UUID, filename="a.pdf", size=3), "id": 1},
        {"type": "file", "file_id": UUID},
        [".file unpacked", ".file.filename dropped", ".file.size dropped", ".id dropped"],
    ),
    (
        file(file_data="data:application/pdf;base64,JVBERi0=", filename="a.pdf"),
        document("application/pdf", document_name="a.pdf"),
        [".file unpacked", ".file.file_data renamed", ".file.filename renamed"],
    ),
    (
        file(file_data="JVBERi0=", filename="A.PDF"),
        document("application/pdf", document_name="A.PDF"),
        [".file unpacked", ".file.file_data renamed", ".file.filename renamed"],
    ),
    (
        file(file_data="JVBERi0=", filename="a", file_id="file-1"),
        document("application/octet-stream", document_name="a"),
        [".file unpacked", ".file.file_data renamed", ".file.file_id dropped"]
        + [".file.filename renamed"],
    ),
    (
        file(file_data="JVBERi0=", filename=None),
        document("application/octet-stream"),
        [".file unpacked", ".file.file_data renamed", ".file.filename dropped"],
    ),
    (
        {"type": "refusal", "refusal": "No.", "id": 1},
        text("No."),
        [".id dropped", ".refusal renamed"],
    ),
    (
        {
            "type": "thinking",
            "thinking": [{**text("Hm."), "id": 1}, {"text": "So."}],
            "closed": None,
            "id": 1,
        },
        {"type": "thinking", "thinking": [text("Hm."), text("So.")]},
        [".closed dropped", ".id dropped", ".thinking[0].id dropped"],
    ),
    (
        {"type": "thinking", "thinking": "Hm."},
        {"type": "thinking", "thinking": [text("Hm.")]},
        [],
    ),
    (
        {"type": "tool_reference", "tool": "web_search", "title": "News"},
        None,
        [" dropped"],
    ),
    # mistral_common's
    (
        {"type": "image", "image": "iVBORw0KGgo="},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0KGgo="},
        [" changed"],
    ),
    (
        {"type": "audio_url", "audio_url": {**URL, "id": 1}},
        {"type": "input_audio", "input_audio": "https://x"},
        [" changed", ".audio_url.id dropped"],
    ),
]


def test_a_part_stays_or_is_changed() -> None:
    kept: list[Any] = [(part, part, []) for part in KEPT]
    for given, written, changes in [*kept, *CHANGED]:
        messages, told = adapt_messages({"role": "user", "content": [text("Look:"), given]})
        content = [text("Look:"), written] if written else [text("Look:")]
        assert messages == [{"role": "user", "content": content}]
        assert sorted(told) == sorted(f"[0].content[1]{change}" for change in changes)


def test_the_format_of_audio_stays_with_the_request() -> None:
    """It is not sent, and still there for whoever converts the request once more."""
    content = [{"type": "input_audio", "input_audio": AUDIO}]
    body = {**HI, "messages": [{"role": "user", "content": content}]}
    for others in ({}, {"temperature": 0, "top_p": 0.5}):
        request = adapt_request({**body, **others}).request
        chunk = AudioChunk(input_audio=RawAudio(data="UklGRg==", format="wav"))
        assert request.messages == [UserMessage(content=[chunk])]


BAD_IDS = ["file-abc", "", UUID.replace("-", ""), UUID.replace("f", "g"), UUID + "-"]
REFUSED: list[tuple[Any, list[str]]] = [
    ("Hi", [" dict_type"]),
    ({"text": "Hi"}, [".type missing"]),
    ({"type": None, "text": "Hi"}, [".type missing"]),
    ({"type": "video"}, [".type union_tag_invalid"]),
    ({"type": {}}, [".type union_tag_invalid"]),
    ({"type": "text"}, [".text missing"]),
    ({"type": "text", "text": 3}, [".text string_type"]),
    ({"type": "image_url", "image_url": 3}, [".image_url union_type"]),
    (
        {"type": "image_url", "image_url": {"detail": "huge"}},
        [".image_url.detail enum", ".image_url.url missing"],
    ),
    ({"type": "input_audio", "input_audio": 3}, [".input_audio union_type"]),
    ({"type": "input_audio", "input_audio": {"data": ""}}, [".input_audio.format missing"]),
    ({"type": "file", "file": "f"}, [".file dict_type"]),
    ({"type": "file", "file": None}, [".file dict_type"]),
    ({"type": "file"}, [".file_id missing"]),
    (file(filename="a"), [".file.file_id missing"]),
    (file(file_id=1), [".file.file_id string_type"]),
    (
        file(file_data=2, filename=3),
        [".file.file_data string_type", ".file.filename string_type"],
    ),
    *[(file(file_id=each), [".file.file_id value_error"]) for each in BAD_IDS],
    ({"type": "file", "file_id": "file-abc"}, [".file_id value_error"]),
    ({"type": "refusal", "refusal": 3}, [".refusal string_type"]),
    ({"type": "refusal"}, [".text missing"]),
    ({"type": "thinking", "thinking": 3}, [".thinking union_type"]),
    (
        {"type": "thinking", "thinking": [3, {"type": "image_url"}]},
        [".thinking[0] dict_type", ".thinking[1].type union_tag_invalid"],
    ),
    ({"type": "thinking", "thinking": [{"type": "text"}]}, [".thinking[0].text missing"]),
]


def test_a_part_is_refused() -> None:
    for given, problems in REFUSED:
        message = {"role": "user", "content": [text("Look:"), given]}
        assert refusals({**HI, "messages": [message]}) == [
            f"messages[0].content[1]{problem}" for problem in problems
        ]
