"""`adapt_request`: the parts of a content."""

from __future__ import annotations

from typing import Any

from mistral_proto import AudioChunk, RawAudio, UserMessage
from mistral_proto.openai import adapt_request
from tests.conversions.helpers import HI, adapt_messages, refusals

UUID = "00edaf84-95b0-45db-8f83-f71138491f23"
AUDIO = {"data": "UklGRg==", "format": "wav"}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def file(**given: Any) -> dict[str, Any]:
    return {"type": "file", "file": given}


def document(media_type: str, **others: str) -> dict[str, Any]:
    url = f"data:{media_type};base64,JVBERi0="
    return {"type": "document_url", "document_url": url, **others}


def image(**given: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": "https://x", **given}}


REFERENCE = {"type": "tool_reference", "tool": "web_search", "title": "News"}
THOUGHTS = [text("Hm."), {"type": "reference", "reference_ids": []}, REFERENCE]
KEPT: list[dict[str, Any]] = [
    {"type": "image_url", "image_url": "https://x"},
    {"type": "document_url", "document_url": "https://x", "document_name": "A"},
    {"type": "file", "file_id": UUID},
    {"type": "thinking", "thinking": THOUGHTS, "signature": "s", "closed": False},
]
UNPACKED = [".file unpacked", ".file.file_data renamed"]
# A part, its result, and the changes.
CHANGED: list[tuple[dict[str, Any], dict[str, Any] | None, list[str]]] = [
    ({**text("Hi"), "cache_control": {}, "annotations": None}, text("Hi"),
        [".annotations dropped", ".cache_control dropped"]),
    (image(detail="original", format="png"), image(detail="high"),
        [".image_url.detail changed", ".image_url.format dropped"]),
    ({"type": "input_audio", "input_audio": {**AUDIO, "id": 1}},
        {"type": "input_audio", "input_audio": "UklGRg=="},
        [".input_audio sent", ".input_audio.id dropped"]),
    ({**file(file_id=UUID, filename="a.pdf", size=3), "id": 1}, {"type": "file", "file_id": UUID},
        [".file unpacked", ".file.filename dropped", ".file.size dropped", ".id dropped"]),
    (file(file_data="data:application/pdf;base64,JVBERi0=", filename="a.txt"),
        document("application/pdf", document_name="a.txt"), [*UNPACKED, ".file.filename renamed"]),
    (file(file_data="JVBERi0=", filename="A.PDF", file_id="file-1"),
        document("application/pdf", document_name="A.PDF"),
        [*UNPACKED, ".file.file_id dropped", ".file.filename renamed"]),
    (file(file_data="JVBERi0=", filename=None), document("application/octet-stream"),
        [*UNPACKED, ".file.filename dropped"]),
    ({"type": "refusal", "refusal": "No."}, text("No."), [".refusal renamed"]),
    ({"type": "thinking", "thinking": [{**text("Hm."), "id": 1}, {"text": "So."}]},
        {"type": "thinking", "thinking": [text("Hm."), text("So.")]}, [".thinking[0].id dropped"]),
    ({"type": "thinking", "thinking": "H"}, {"type": "thinking", "thinking": [text("H")]}, []),
    (REFERENCE, None, [" dropped"]),
    # mistral_common's
    ({"type": "image", "image": "iVBORw0KGgo="},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0KGgo="}, [" changed"]),
    ({"type": "audio_url", "audio_url": {"url": "https://x", "id": 1}},
        {"type": "input_audio", "input_audio": "https://x"},
        [" changed", ".audio_url.id dropped"]),
]  # fmt: skip


def test_a_part_is_kept_or_changed() -> None:
    kept: list[Any] = [(part, part, []) for part in KEPT]
    for given, written, expected in [*kept, *CHANGED]:
        messages, changes = adapt_messages({"role": "user", "content": [text("Look:"), given]})
        content = [text("Look:"), written] if written else [text("Look:")]
        assert messages == [{"role": "user", "content": content}]
        assert sorted(changes) == sorted(f"[0].content[1]{change}" for change in expected)


def test_the_request_keeps_the_format_of_audio() -> None:
    content = [{"type": "input_audio", "input_audio": AUDIO}]
    body = {**HI, "messages": [{"role": "user", "content": content}]}
    for others in ({}, {"temperature": 0, "top_p": 0.5}):
        request = adapt_request({**body, **others}).request
        chunk = AudioChunk(input_audio=RawAudio(data="UklGRg==", format="wav"))
        assert request.messages == [UserMessage(content=[chunk])]


BAD_IDS = ["file-abc", "", UUID.replace("f", "g"), UUID + "-"]
REFUSED: list[tuple[Any, list[str]]] = [
    ("Hi", [" dict_type"]),
    ({"text": "Hi"}, [".type missing"]),
    ({"type": "video"}, [".type union_tag_invalid"]),
    ({"type": {}}, [".type union_tag_invalid"]),
    ({"type": "file", "file": "f"}, [".file dict_type"]),
    (file(filename="a"), [".file.file_id missing"]),
    (file(file_data=2, filename=3), [f".file.{it} string_type" for it in ("file_data", "filename")]),
    *[(file(file_id=each), [".file.file_id value_error"]) for each in BAD_IDS],
    ({"type": "file", "file_id": "file-abc"}, [".file_id value_error"]),
    ({"type": "refusal", "refusal": 3}, [".refusal string_type"]),
    ({"type": "thinking", "thinking": [3, image()]},
        [".thinking[0] dict_type", ".thinking[1].type union_tag_invalid"]),
]  # fmt: skip


def test_a_part_is_refused() -> None:
    for given, problems in REFUSED:
        # The first part is dropped, which moves the others.
        message = {"role": "user", "content": [REFERENCE, text("Look:"), given]}
        expected = [f"messages[0].content[2]{problem}" for problem in problems]
        assert refusals({**HI, "messages": [message]}) == expected
