"""`adapt_request`: what becomes of the parts of a content."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import AudioChunk, RawAudio, UserMessage
from mistral_proto.openai import adapt_request
from tests.conversions.adapting import HI, adapt_messages, refusals

UUID = "00edaf84-95b0-45db-8f83-f71138491f23"
NULL = "dropped: null stands for what is not given"
NO_FIELD = "dropped: Mistral's API has no such field"
DOCUMENT = "changed to a document_url: Mistral's API takes documents by their URL"
UNPACKED = "unpacked: Mistral's API has a file's id in the part itself"

KEPT: list[dict[str, Any]] = [
    {"type": "text", "text": "Hi"},
    {"type": "image_url", "image_url": "https://example.com/cat.png"},
    {"type": "image_url", "image_url": {"url": "https://example.com/cat.png", "detail": "low"}},
    {"type": "input_audio", "input_audio": "UklGRg=="},
    {"type": "document_url", "document_url": "https://example.com/a.pdf", "document_name": "A"},
    {"type": "reference", "reference_ids": [1, "b"]},
    {"type": "file", "file_id": UUID},
    {
        "type": "thinking",
        "thinking": [
            {"type": "text", "text": "Hm."},
            {"type": "reference", "reference_ids": []},
            {"type": "tool_reference", "tool": "web_search", "title": "News"},
        ],
        "signature": "s",
        "closed": False,
    },
]


@pytest.mark.parametrize("part", KEPT, ids=str)
def test_a_part_that_mistral_takes_stays_as_it_is(part: dict[str, Any]) -> None:
    message = {"role": "user", "content": [part]}
    assert adapt_messages(message) == ([message], [])


def data_url(media_type: str) -> dict[str, Any]:
    return {"type": "document_url", "document_url": f"data:{media_type};base64,JVBERi0="}


CHANGED: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    (
        "ids, and what else nobody knows",
        {"type": "text", "text": "Hi", "id": "lc_1", "cache_control": {}, "annotations": None},
        {"type": "text", "text": "Hi"},
        [f".id: {NO_FIELD}", f".cache_control: {NO_FIELD}", f".annotations: {NULL}"],
    ),
    (
        "inside of an image",
        {"type": "image_url", "image_url": {"url": "https://x", "detail": None, "format": "png"}},
        {"type": "image_url", "image_url": {"url": "https://x"}},
        [f".image_url.detail: {NULL}", f".image_url.format: {NO_FIELD}"],
    ),
    (
        "the original size",
        {"type": "image_url", "image_url": {"url": "https://x", "detail": "original"}},
        {"type": "image_url", "image_url": {"url": "https://x", "detail": "high"}},
        [".image_url.detail: changed to 'high': Mistral's API has nothing finer"],
    ),
    (
        "audio with its format",
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav", "id": 1}},
        {"type": "input_audio", "input_audio": "UklGRg=="},
        [
            ".input_audio: sent without its format: Mistral's API takes the data alone",
            f".input_audio.id: {NO_FIELD}",
        ],
    ),
    (
        "a file by its id",
        {"type": "file", "file": {"file_id": UUID}},
        {"type": "file", "file_id": UUID},
        [f".file: {UNPACKED}"],
    ),
    (
        "a file by its id, and more",
        {"type": "file", "file": {"file_id": UUID, "filename": "a.pdf", "size": 3}, "id": 1},
        {"type": "file", "file_id": UUID},
        [
            f".id: {NO_FIELD}",
            f".file.size: {NO_FIELD}",
            ".file.filename: dropped: Mistral knows the file's name",
            f".file: {UNPACKED}",
        ],
    ),
    (
        "a file by a data URL",
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": "a.pdf"},
        },
        {**data_url("application/pdf"), "document_name": "a.pdf"},
        [f".file: {DOCUMENT}"],
    ),
    (
        "a file by its data",
        {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "A.PDF"}},
        {**data_url("application/pdf"), "document_name": "A.PDF"},
        [f".file: {DOCUMENT}"],
    ),
    (
        "a file of who knows what",
        {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.zip"}},
        {**data_url("application/octet-stream"), "document_name": "a.zip"},
        [f".file: {DOCUMENT}"],
    ),
    (
        "a file without a name",
        {"type": "file", "file": {"file_data": "JVBERi0=", "filename": None}},
        data_url("application/octet-stream"),
        [f".file.filename: {NULL}", f".file: {DOCUMENT}"],
    ),
    (
        "a file by both",
        {"type": "file", "file": {"file_id": "file-1", "file_data": "JVBERi0="}},
        data_url("application/octet-stream"),
        [
            ".file.file_id: dropped: file_data is given too, and wins",
            f".file: {DOCUMENT}",
        ],
    ),
    (
        "a refusal",
        {"type": "refusal", "refusal": "No.", "id": 1},
        {"type": "text", "text": "No."},
        [": changed to a text: Mistral's API has no refusals", f".id: {NO_FIELD}"],
    ),
    (
        "inside of thinking",
        {
            "type": "thinking",
            "thinking": [{"type": "text", "text": "Hm.", "id": 1}, {"text": "So."}],
            "closed": None,
            "id": 1,
        },
        {
            "type": "thinking",
            "thinking": [{"type": "text", "text": "Hm."}, {"type": "text", "text": "So."}],
        },
        [f".thinking[0].id: {NO_FIELD}", f".closed: {NULL}", f".id: {NO_FIELD}"],
    ),
    (
        "thinking in one piece",
        {"type": "thinking", "thinking": "Hm."},
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        [".thinking: sent as a list: Mistral's API takes thinking in pieces"],
    ),
    (
        "an image of mistral_common's",
        {"type": "image", "image": "iVBORw0KGgo="},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0KGgo="},
        [": sent as an image_url: Mistral's API has no chunk of this kind"],
    ),
    (
        "an audio_url of mistral_common's",
        {"type": "audio_url", "audio_url": {"url": "https://x", "id": 1}},
        {"type": "input_audio", "input_audio": "https://x"},
        [
            ": sent as an input_audio: Mistral's API has no chunk of this kind",
            f".audio_url.id: {NO_FIELD}",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"), [case[1:] for case in CHANGED], ids=[c[0] for c in CHANGED]
)
def test_a_part_is_changed(
    given: dict[str, Any], written: dict[str, Any], changes: list[str]
) -> None:
    first = {"type": "text", "text": "Look:"}
    messages, told = adapt_messages({"role": "user", "content": [first, given]})
    assert messages == [{"role": "user", "content": [first, written]}]
    assert told == [f"messages[0].content[1]{change}" for change in changes]


def test_a_tools_reference_outside_of_thinking_is_dropped() -> None:
    reference = {"type": "tool_reference", "tool": "web_search", "title": "News"}
    text = {"type": "text", "text": "Hi"}
    messages, told = adapt_messages({"role": "user", "content": [reference, text]})
    assert messages == [{"role": "user", "content": [text]}]
    assert told == [
        "messages[0].content[0]: dropped: "
        "Mistral's API takes a tool's references inside of thinking only"
    ]


def test_the_format_of_audio_stays_with_the_request() -> None:
    """It is not sent, and still there for whoever converts the request once more."""
    audio = {"data": "UklGRg==", "format": "wav"}
    part = {"type": "input_audio", "input_audio": audio}
    request = adapt_request({**HI, "messages": [{"role": "user", "content": [part]}]}).request
    chunk = AudioChunk(input_audio=RawAudio(data="UklGRg==", format="wav"))
    assert request.messages == [UserMessage(content=[chunk])]


KINDS = (
    "'text', 'image_url', 'input_audio', 'file', 'refusal', 'thinking', 'document_url', "
    "'reference', 'tool_reference', 'image' or 'audio_url'"
)
UPLOADED = "expected the UUID of a file that was uploaded to Mistral"
REFUSED: list[tuple[str, Any, list[str]]] = [
    ("no object", "Hi", [": expected an object, got the string 'Hi'"]),
    ("no type", {"text": "Hi"}, [".type: expected this field, got nothing"]),
    ("a null type", {"type": None, "text": "Hi"}, [".type: expected this field, got null"]),
    ("an unknown type", {"type": "video"}, [f".type: expected {KINDS}, got the string 'video'"]),
    ("a type that is none", {"type": {}}, [f".type: expected {KINDS}, got an empty object"]),
    ("no text", {"type": "text"}, [".text: expected this field, got nothing"]),
    ("text", {"type": "text", "text": 3}, [".text: expected a string, got the number 3"]),
    (
        "an image",
        {"type": "image_url", "image_url": 3},
        [".image_url: expected a string or an object, got the number 3"],
    ),
    (
        "an image of no URL, in no size",
        {"type": "image_url", "image_url": {"detail": "huge"}},
        [
            ".image_url.detail: expected 'low', 'auto' or 'high', got the string 'huge'",
            ".image_url.url: expected this field, got nothing",
        ],
    ),
    (
        "audio",
        {"type": "input_audio", "input_audio": 3},
        [".input_audio: expected a string or an object, got the number 3"],
    ),
    (
        "audio of no format",
        {"type": "input_audio", "input_audio": {"data": ""}},
        [".input_audio.format: expected this field, got nothing"],
    ),
    ("a file", {"type": "file", "file": "f"}, [".file: expected an object, got the string 'f'"]),
    ("a null file", {"type": "file", "file": None}, [".file: expected an object, got null"]),
    ("no file", {"type": "file"}, [".file_id: expected this field, got nothing"]),
    (
        "a file of nothing",
        {"type": "file", "file": {"filename": "a"}},
        [".file.file_id: expected this field, got nothing"],
    ),
    (
        "a file of numbers",
        {"type": "file", "file": {"file_id": 1, "file_data": 2, "filename": 3}},
        [
            ".file.file_id: expected a string, got the number 1",
            ".file.file_data: expected a string, got the number 2",
            ".file.filename: expected a string, got the number 3",
        ],
    ),
    *[
        (
            f"a file of OpenAI's, {file_id}",
            {"type": "file", "file": {"file_id": file_id}},
            [f".file.file_id: {UPLOADED}, got the string {file_id!r}"],
        )
        for file_id in ("file-abc", "", UUID.replace("-", ""), UUID.replace("f", "g"), UUID + "-")
    ],
    (
        "a file that is not Mistral's",
        {"type": "file", "file_id": "file-abc"},
        [f".file_id: {UPLOADED}, got the string 'file-abc'"],
    ),
    (
        "a file whose id is no text",
        {"type": "file", "file_id": 3},
        [".file_id: expected a string, got the number 3"],
    ),
    (
        "a refusal",
        {"type": "refusal", "refusal": 3},
        [".refusal: expected a string, got the number 3"],
    ),
    ("no refusal", {"type": "refusal"}, [".refusal: expected this field, got nothing"]),
    (
        "thinking",
        {"type": "thinking", "thinking": 3},
        [".thinking: expected a string or a list, got the number 3"],
    ),
    (
        "thoughts",
        {"type": "thinking", "thinking": [3, {"type": "image_url"}, {"type": "text"}]},
        [
            ".thinking[0]: expected an object with a type, got the number 3",
            ".thinking[1].type: expected 'text', 'reference' or 'tool_reference', "
            "got the string 'image_url'",
            ".thinking[2].text: expected this field, got nothing",
        ],
    ),
]


@pytest.mark.parametrize(
    ("given", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_part_is_refused(given: Any, problems: list[str]) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "Look:"}, given]}
    assert refusals({**HI, "messages": [message]}) == [
        f"messages[0].content[1]{problem}" for problem in problems
    ]
