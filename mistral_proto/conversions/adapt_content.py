"""The parts of a message's content, adapted for Mistral's API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..checks import String, check_of
from ..protocol.chunk import (
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    ContentChunk,
    DocumentURLChunk,
    FileChunk,
    ImageChunk,
    ImageURL,
    ImageURLChunk,
    RawAudio,
    TextChunk,
    ThinkChunk,
)
from .rules import (
    by,
    checked,
    convert,
    dropped,
    each,
    kept,
    one,
    only_known,
    renamed,
    replaced,
    sent,
)

if TYPE_CHECKING:
    from .rules import Convert, Document, Place, Rule

__all__ = ["CONTENT", "TEXT"]


def _noted(what: str, why: str, convert: Convert) -> Convert:
    """Return a conversion that is noted as a change."""

    def convert_and_note(value: Any, place: Place) -> Any:
        place.changed(what, why)
        return convert(value, place)

    return convert_and_note


def _object(convert: Convert) -> Rule:
    """Return the rule of an object, or of a string in its place, which stays."""
    return lambda value, place, written: written.update(
        {place.name: convert(value, place) if isinstance(value, Mapping) else value}
    )


# -- files, which in OpenAI's form are objects of their own inside of the part

_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
}
"""What a data URL calls the files of each ending."""


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
    if data and ":" not in data:  # which is in every URL, and not in base64
        ending = str(written.get("document_name")).rpartition(".")[2].lower()
        media_type = _MEDIA_TYPES.get(ending, "application/octet-stream")
        written["document_url"] = f"data:{media_type};base64,{data}"


_BY_URL = "Mistral's API takes documents by their URL"
_UPLOADED = sent(FileChunk, file_id=_file_id, filename=dropped("Mistral knows the file's name"))
_DOCUMENT = sent(
    DocumentURLChunk,
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


_CHUNKS: Any = check_of(ContentChunk)
_KEPT = {tag: sent(one.cls) for tag, one in _CHUNKS.members.items()}
_THOUGHTS = {tag: _KEPT[tag] for tag in ("text", "reference", "tool_reference")}
_ORIGINAL = replaced("original", "high", "Mistral's API has nothing finer")
_NO_CHUNK = "Mistral's API has no chunk of this kind"
_NO_FORMAT = "Mistral's API takes the data alone"
_PARTS = {
    **_KEPT,
    # OpenAI's
    "image_url": sent(ImageURLChunk, image_url=_object(sent(ImageURL, detail=one(_ORIGINAL)))),
    "input_audio": sent(
        AudioChunk,
        input_audio=_object(_noted("sent without its format", _NO_FORMAT, sent(RawAudio))),
    ),
    "file": _file,
    "refusal": sent(
        TextChunk,
        type=lambda value, place, written: None,
        refusal=renamed("text", "Mistral's API has no refusals", checked(String())),
    ),
    # Mistral's
    "thinking": sent(ThinkChunk, thinking=_thinking),
    "tool_reference": lambda value, place: place.dropped("Mistral's API takes it in thinking only"),
    # mistral_common's
    "image": _noted("sent as an image_url", _NO_CHUNK, sent(ImageChunk)),
    "audio_url": _noted(
        "sent as an input_audio", _NO_CHUNK, sent(AudioURLChunk, audio_url=_object(sent(AudioURL)))
    ),
}

CONTENT = each(by("type", _PARTS))
"""The rule of a content."""
TEXT = each(by("type", {kind: _PARTS[kind] for kind in ("text", "thinking")}))
"""The rule of a content of the system's."""
