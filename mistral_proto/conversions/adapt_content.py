"""The parts of a message's content, adapted for Mistral's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..checks import ObjectOf, String, one_of
from ..protocol.chunk import (
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    DocumentURLChunk,
    FileChunk,
    ImageChunk,
    ImageURL,
    ImageURLChunk,
    RawAudio,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolReferenceChunk,
)
from .adaptation import Draft, fields_of, kept, object_of, says

if TYPE_CHECKING:
    from ..errors import Path
    from ..wire import WireType
    from .adaptation import Adaptation, Rule, Table

    Part = Mapping[str, object]
    Adapter = Callable[[Part, Path, Adaptation], object]

__all__ = ["adapt_parts", "adapt_text"]


def adapt_parts(values: object, place: Path, work: Adaptation) -> list[object]:
    """The chunks for the parts of a content, without those that were dropped or refused."""
    if not isinstance(values, (list, tuple)):
        work.refuse(place, "a string or a list", values, "union_type")
        return []
    chunks = [_adapt_part(part, (*place, index), work) for index, part in enumerate(values)]
    return [chunk for chunk in chunks if chunk is not None]


def adapt_text(
    value: object, place: Path, work: Adaptation, *kinds: type[WireType]
) -> list[object] | str:
    """A content that is text, or parts of these kinds; others are refused."""
    if isinstance(value, str):
        return value
    if not isinstance(value, (list, tuple)):
        work.refuse(place, "a string or a list", value, "union_type")
        return []
    chunks: list[object] = []
    for index, part in enumerate(value):
        chunk = _adapt_part(part, (*place, index), work)
        if isinstance(chunk, kinds):
            chunks.append(chunk)
        elif chunk is not None:
            work.refuse((*place, index), "a text, as Mistral takes nothing else here", part)
    return chunks


def _adapt_part(part: object, place: Path, work: Adaptation) -> object:
    if not isinstance(part, Mapping):
        work.refuse(place, "an object", part, "dict_type")
        return None
    kind = part.get("type")
    if isinstance(kind, str) and kind in _PARTS:
        return _PARTS[kind](part, place, work)
    if kind is None:
        work.refuse_absent((*place, "type"), part)
    else:
        work.refuse((*place, "type"), one_of(_PARTS), kind, "union_tag_invalid")
    return None


def _chunk(cls: type[WireType], **rules: Rule) -> Adapter:
    """A part that Mistral's API takes; what it does not know of it is dropped."""
    table = fields_of(cls, **rules)
    check = ObjectOf(cls)

    def adapt(part: Part, place: Path, work: Adaptation) -> object:
        return work.read(check, Draft(part, place, work).fill(table), place)

    return adapt


def _sent_as(adapt: Adapter, what: str) -> Adapter:
    """A chunk of mistral_common's, which `to_dict` sends as another that the API has."""

    def adapt_and_say(part: Part, place: Path, work: Adaptation) -> object:
        work.change(place, f"sent as {what}", "Mistral's API has no chunk of this kind")
        return adapt(part, place, work)

    return adapt_and_say


# -- OpenAI's parts


def _detail(draft: Draft, name: str, value: object) -> None:
    if says(value, "original"):
        draft.work.change(draft.at(name), "changed to 'high'", "Mistral's API has nothing finer")
        value = "high"
    draft.written[name] = value


_RAW_AUDIO = fields_of(RawAudio)


def _audio(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        draft.work.change(
            draft.at(name), "sent without its format", "Mistral's API takes the data alone"
        )
        value = Draft(value, draft.at(name), draft.work).fill(_RAW_AUDIO)
    draft.written[name] = value


def _refusal(part: Part, place: Path, work: Adaptation) -> object:
    work.change(place, "changed to a text", "Mistral's API has no refusals")
    written = Draft(part, place, work).fill({"type": kept, "refusal": kept})
    if "refusal" not in written:
        work.refuse_absent((*place, "refusal"), part)
        return None
    text = work.read(String(), written["refusal"], (*place, "refusal"))
    return None if text is None else TextChunk(text=str(text))


# A file in OpenAI's form is an object of its own inside of the part.
_FILE_PART: Table = {"type": kept, "file": kept}
_FILE: Table = {"file_id": kept, "file_data": kept, "filename": kept}

_MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
}
"""What a data URL calls the files of each ending."""


def _file(part: Part, place: Path, work: Adaptation) -> object:
    if "file" not in part:
        return _native_file(part, place, work)
    inside = (*place, "file")
    file = Draft(part, place, work).fill(_FILE_PART).get("file")
    if not isinstance(file, Mapping):
        work.refuse(inside, "an object", file, "dict_type")
        return None
    fields = Draft(file, inside, work).fill(_FILE)
    given = {name: work.read(String(), value, (*inside, name)) for name, value in fields.items()}
    if None in given.values():
        return None
    texts = {name: str(text) for name, text in given.items()}
    if "file_data" in texts:
        if "file_id" in texts:
            work.drop((*inside, "file_id"), "file_data is given too, and wins")
        return _document(texts["file_data"], texts.get("filename"), inside, work)
    if "file_id" not in texts:
        work.refuse_absent((*inside, "file_id"), file)
        return None
    _check_file_id(texts["file_id"], (*inside, "file_id"), work)
    if "filename" in texts:
        work.drop((*inside, "filename"), "Mistral knows the file's name")
    work.change(inside, "unpacked", "Mistral's API has a file's id in the part itself")
    return FileChunk(file_id=texts["file_id"])


def _check_file_id(file_id: str, place: Path, work: Adaptation) -> None:
    if not _is_uuid(file_id):
        work.refuse(place, "the UUID of a file that was uploaded to Mistral", file_id)


def _file_id(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, str):
        _check_file_id(value, draft.at(name), draft.work)
    draft.written[name] = value


_native_file = _chunk(FileChunk, file_id=_file_id)


def _document(data: str, name: str | None, place: Path, work: Adaptation) -> object:
    work.change(place, "changed to a document_url", "Mistral's API takes documents by their URL")
    if ":" not in data:  # which is in every URL, and not in base64
        ending = (name or "").rpartition(".")[2].lower()
        media_type = _MEDIA_TYPES.get(ending, "application/octet-stream")
        data = f"data:{media_type};base64,{data}"
    return DocumentURLChunk(document_url=data, document_name=name)


def _is_uuid(text: str) -> bool:
    groups = text.split("-", 5)
    return [len(group) for group in groups] == [8, 4, 4, 4, 12] and all(
        digit in "0123456789abcdefABCDEF" for group in groups for digit in group
    )


# -- Mistral's own


_THOUGHTS: dict[str, Table] = {
    str(cls._specs["type"].default): fields_of(cls)
    for cls in (TextChunk, ReferenceChunk, ToolReferenceChunk)
}


def _thinking(draft: Draft, name: str, value: object) -> None:
    place = draft.at(name)
    if isinstance(value, str):
        draft.work.change(place, "sent as a list", "Mistral's API takes thinking in pieces")
    elif isinstance(value, (list, tuple)):
        value = [_thought(piece, (*place, index), draft) for index, piece in enumerate(value)]
    draft.written[name] = value


def _thought(piece: object, place: Path, draft: Draft) -> object:
    kind = piece.get("type") if isinstance(piece, Mapping) else None
    if isinstance(piece, Mapping) and isinstance(kind, str) and kind in _THOUGHTS:
        return Draft(piece, place, draft.work).fill(_THOUGHTS[kind])
    return piece  # which the check refuses


def _tool_reference(part: Part, place: Path, work: Adaptation) -> object:
    work.drop(place, "Mistral's API takes a tool's references inside of thinking only")
    return None


_PARTS: dict[str, Adapter] = {
    # OpenAI's
    "text": _chunk(TextChunk),
    "image_url": _chunk(ImageURLChunk, image_url=object_of(fields_of(ImageURL, detail=_detail))),
    "input_audio": _chunk(AudioChunk, input_audio=_audio),
    "file": _file,
    "refusal": _refusal,
    # Mistral's
    "thinking": _chunk(ThinkChunk, thinking=_thinking),
    "document_url": _chunk(DocumentURLChunk),
    "reference": _chunk(ReferenceChunk),
    "tool_reference": _tool_reference,
    # mistral_common's
    "image": _sent_as(_chunk(ImageChunk), "an image_url"),
    "audio_url": _sent_as(
        _chunk(AudioURLChunk, audio_url=object_of(fields_of(AudioURL))), "an input_audio"
    ),
}
"""What becomes of the part of each type."""
