"""The chunks of a message's content, a union by `type`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ..checks import Either, ObjectOf, OneOf, Reading, String, StringEnum
from ..fields import field
from ..json_text import JSONValue
from ..wire import OpenWireType, wire_type
from .mistral_common_methods import HasOpenAIFormat

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "AudioChunk", "AudioURL", "AudioURLChunk", "AudioURLType", "BaseContentChunk",
    "BuiltInConnectors", "ChunkTypes", "ContentChunk", "DocumentURLChunk", "FileChunk",
    "ImageChunk", "ImageDetail", "ImageURL", "ImageURLChunk", "RawAudio", "ReferenceChunk",
    "ResourceChunk", "ResourceLinkChunk", "TextChunk", "ThinkChunk", "ToolReferenceChunk",
    "UnknownContentChunk", "UserContentChunk",
]  # fmt: skip


class ChunkTypes(StringEnum):
    """The values of a chunk's `type`."""

    text = "text"
    image = "image"
    image_url = "image_url"
    document_url = "document_url"
    input_audio = "input_audio"
    audio_url = "audio_url"
    reference = "reference"
    tool_reference = "tool_reference"
    file = "file"
    resource = "resource"
    resource_link = "resource_link"
    thinking = "thinking"


class ImageDetail(StringEnum):
    """The resolution at which the model reads an image."""

    low = "low"
    auto = "auto"
    high = "high"


class BuiltInConnectors(StringEnum):
    """The tools that the API itself runs."""

    web_search = "web_search"
    web_search_premium = "web_search_premium"
    code_interpreter = "code_interpreter"
    image_generation = "image_generation"
    document_library = "document_library"


class AudioURLType(StringEnum):
    """The results of `AudioURLChunk.get_url_type` (mistral_common: same name)."""

    url = "url"
    base64 = "base64"
    file = "file"
    file_uri = "file_uri"


@wire_type
class BaseContentChunk(HasOpenAIFormat, OpenWireType):
    """The base of the chunks (mistral_common: same name)."""

    type: str

    @classmethod
    def from_openai(cls, openai_chunk: Mapping[str, object]) -> Self:
        """Read a content part in OpenAI's format; raise a `ValidationError` otherwise.

        >>> TextChunk.from_openai({"type": "text", "text": "Hi"}).text
        'Hi'
        """
        return super().from_openai(openai_chunk)


@wire_type
class TextChunk(BaseContentChunk):
    """A piece of text (API: `TextChunk`).

    >>> TextChunk(text="Hello").to_dict()
    {'type': 'text', 'text': 'Hello'}
    """

    type: Literal["text"] = "text"
    text: str = field(absent="", required=True, vital=True)


@wire_type
class ImageURL(OpenWireType):
    """The URL of an image (API: `ImageURL`)."""

    url: str = field(doc="An https URL, or a data URL with the image in base64.")
    detail: ImageDetail | str | None = field(default=None, doc="The resolution to read it at.")


@wire_type
class ImageURLChunk(BaseContentChunk):
    """An image by its URL (API: `ImageURLChunk`).

    `image_url` is a URL or an `ImageURL`, as it was given; `get_url` reads both.

    >>> ImageURLChunk(image_url={"url": "https://example.com/cat.png"}).get_url()
    'https://example.com/cat.png'
    """

    type: Literal["image_url"] = "image_url"
    image_url: ImageURL | str

    def get_url(self) -> str:
        """Return the URL."""
        return self.image_url if isinstance(self.image_url, str) else self.image_url.url


@wire_type
class ImageChunk(BaseContentChunk):
    """An image in base64, or as a data URL (mistral_common: `ImageChunk`).

    The API has no such chunk: in a request it is sent as an `ImageURLChunk`.

    >>> ImageChunk(image="iVBORw0KGgo=").to_dict()
    {'type': 'image', 'image': 'iVBORw0KGgo='}
    """

    type: Literal["image"] = "image"
    image: str = field(doc="The image in base64, or as a data URL.")

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        if not for_api:
            return OpenWireType._dump(self, False)
        url = self.image if ":" in self.image else f"data:image/png;base64,{self.image}"
        return {"type": "image_url", "image_url": url}


@wire_type
class DocumentURLChunk(BaseContentChunk):
    """A document by its URL (API: `DocumentURLChunk`).

    >>> DocumentURLChunk(document_url="https://example.com/a.pdf").to_dict()
    {'type': 'document_url', 'document_url': 'https://example.com/a.pdf'}
    """

    type: Literal["document_url"] = "document_url"
    document_url: str
    document_name: str | None = None


@wire_type
class ReferenceChunk(BaseContentChunk):
    """References to sources by their ids (API: `ReferenceChunk`).

    >>> ReferenceChunk(reference_ids=[1, "b"]).reference_ids
    [1, 'b']
    """

    type: Literal["reference"] = "reference"
    reference_ids: Sequence[int | str]


@wire_type
class ToolReferenceChunk(BaseContentChunk):
    """A reference to a result of a tool (API: `ToolReferenceChunk`).

    >>> ToolReferenceChunk(tool="web_search", title="News").tool
    <BuiltInConnectors.web_search: 'web_search'>
    """

    type: Literal["tool_reference"] = "tool_reference"
    tool: BuiltInConnectors | str = field(OneOf(BuiltInConnectors, others=True))
    title: str
    url: str | None = None
    favicon: str | None = None
    description: str | None = None


@wire_type
class FileChunk(BaseContentChunk):
    """An uploaded file by its id (API: `FileChunk`).

    >>> FileChunk(file_id="00edaf84-95b0-45db-8f83-f71138491f23").type
    'file'
    """

    type: Literal["file"] = "file"
    file_id: str = field(doc="The file's id, a UUID.")


class _Base64(String):
    """The check for a string; bytes are stored in base64."""

    def matches(self, value: object) -> bool:
        return isinstance(value, (str, bytes))

    def read(self, value: object, reading: Reading) -> str:
        if isinstance(value, bytes):
            from binascii import b2a_base64

            return b2a_base64(value, newline=False).decode()
        return super().read(value, reading)


@wire_type
class RawAudio(OpenWireType):
    """Audio and its format (mistral_common: `RawAudio`); bytes are stored in base64.

    >>> RawAudio(data=b"RIFF", format="wav").data
    'UklGRg=='
    """

    data: str = field(_Base64(), doc="The audio in base64.")
    format: str = field(doc="The audio's format, such as wav or mp3.")

    if TYPE_CHECKING:  # the constructor takes more types than the field has

        def __init__(
            self, *, data: str | bytes, format: str, extra: Mapping[str, JSONValue] = ...
        ) -> None: ...


@wire_type
class AudioChunk(BaseContentChunk):
    """Audio (API: `AudioChunk`).

    `input_audio` is base64, a URL, or mistral_common's `RawAudio`, as it was given;
    bytes are stored in base64.  A request has the API's form, a string.

    >>> AudioChunk(input_audio={"data": "UklGRg==", "format": "wav"}).get_audio()
    'UklGRg=='
    """

    type: Literal["input_audio"] = "input_audio"
    input_audio: RawAudio | str = field(
        Either(_Base64(), ObjectOf(RawAudio)), doc="The audio in base64, or its URL."
    )

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            type: Literal["input_audio"] = ...,
            input_audio: RawAudio | Mapping[str, object] | str | bytes,
            extra: Mapping[str, JSONValue] = ...,
        ) -> None: ...

    def get_audio(self) -> str:
        """Return the audio in base64, or its URL."""
        return self.input_audio if isinstance(self.input_audio, str) else self.input_audio.data

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        if not for_api:
            return OpenWireType._dump(self, False)
        return {"type": self.type, "input_audio": self.get_audio()}


@wire_type
class AudioURL(OpenWireType):
    """The URL of audio (mistral_common: `AudioURL`)."""

    url: str


@wire_type
class AudioURLChunk(BaseContentChunk):
    """Audio by its URL (mistral_common: `AudioURLChunk`).

    `audio_url` is a URL or an `AudioURL`, as it was given; `url` reads both.  The API
    has no such chunk: in a request it is sent as an `AudioChunk` with the URL.

    >>> AudioURLChunk(audio_url={"url": "https://example.com/a.mp3"}).url
    'https://example.com/a.mp3'
    """

    type: Literal["audio_url"] = "audio_url"
    audio_url: AudioURL | str

    @property
    def url(self) -> str:
        """The URL."""
        return self.audio_url if isinstance(self.audio_url, str) else self.audio_url.url

    def get_url_type(self) -> AudioURLType:
        """Return the kind of the URL: by its scheme, else a file that exists, else base64.

        >>> AudioURLChunk(audio_url="UklGRg==").get_url_type()
        <AudioURLType.base64: 'base64'>
        """
        import os

        scheme, colon, _ = self.url.lower().partition(":")
        if colon and scheme in ("http", "https"):
            return AudioURLType.url
        if colon and scheme in ("data", "file"):
            return AudioURLType.base64 if scheme == "data" else AudioURLType.file_uri
        exists = "\0" not in self.url and os.path.exists(self.url)
        return AudioURLType.file if exists else AudioURLType.base64

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        if not for_api:
            return OpenWireType._dump(self, False)
        return {"type": "input_audio", "input_audio": self.url}


@wire_type
class UnknownContentChunk(BaseContentChunk):
    """A chunk with a `type` that this version does not know; its fields are in `extra`.

    It goes back to the server unchanged.

    >>> UnknownContentChunk.from_dict({"type": "hologram", "size": 2}).extra
    {'size': 2}
    """

    type: str

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        return OpenWireType._dump(self, False)


@wire_type
class ResourceChunk(BaseContentChunk):
    """A resource with its content (API: `ResourceChunk`).

    >>> ResourceChunk(uri="file:///a.txt", content={"type": "text", "text": "Hi"}).content.text
    'Hi'
    """

    type: Literal["resource"] = "resource"
    uri: str
    content: TextChunk | ImageURLChunk | UnknownContentChunk


@wire_type
class ResourceLinkChunk(BaseContentChunk):
    """A resource by its URI (API: `ResourceLinkChunk`).

    >>> ResourceLinkChunk(uri="file:///a.txt", metadata={"size": 2}).metadata
    {'size': 2}
    """

    type: Literal["resource_link"] = "resource_link"
    uri: str
    metadata: Mapping[str, JSONValue] | None = None


@wire_type
class ThinkChunk(BaseContentChunk):
    """The thinking of a reasoning model (API: `ThinkChunk`).

    `thinking` is the API's list of chunks or mistral_common's string, as it was given;
    a request has the list.

    >>> ThinkChunk(thinking=[TextChunk(text="Let me "), TextChunk(text="see.")]).text
    'Let me see.'
    """

    type: Literal["thinking"] = "thinking"
    thinking: (
        Sequence[TextChunk | ReferenceChunk | ToolReferenceChunk | UnknownContentChunk] | str
    ) = field(absent=list, required=True, vital=True)
    signature: str | None = field(default=None, doc="The API's signature of its own thinking.")
    closed: bool = field(default=True, implied=True, doc="Whether the thinking is complete.")

    @property
    def text(self) -> str:
        """The text of the thinking, without its references."""
        return text_of(self.thinking)

    def _dump(self, for_api: bool) -> dict[str, JSONValue]:
        document = OpenWireType._dump(self, for_api)
        if for_api and isinstance(self.thinking, str):
            document["thinking"] = [TextChunk(text=self.thinking).to_dict()]
        return document


ContentChunk = (
    TextChunk
    | ImageURLChunk
    | ImageChunk
    | DocumentURLChunk
    | ReferenceChunk
    | ToolReferenceChunk
    | FileChunk
    | ThinkChunk
    | AudioChunk
    | AudioURLChunk
    | ResourceChunk
    | ResourceLinkChunk
    | UnknownContentChunk
)
"""Any chunk of a message's content."""

UserContentChunk = TextChunk | ImageChunk | ImageURLChunk | AudioChunk | AudioURLChunk
"""Any chunk of a user's message in mistral_common."""


def text_of(content: Iterable[object] | str | None) -> str:
    """Return the text of a content: the string, or its text chunks joined.

    >>> text_of([ThinkChunk(thinking="Hm."), TextChunk(text="It is "), TextChunk(text="4.")])
    'It is 4.'
    """
    if isinstance(content, str):
        return content
    return "".join([chunk.text for chunk in content or () if isinstance(chunk, TextChunk)])
