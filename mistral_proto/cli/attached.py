"""The files that ``chat`` sends with a question."""

from __future__ import annotations

import re
from binascii import b2a_base64
from pathlib import Path

from .. import json_text
from ..errors import ValidationError, describe
from ..protocol.chunk import ImageURLChunk
from ..protocol.request import JsonSchema, ResponseFormat, ResponseFormats

__all__ = ["read_image", "read_schema"]

_MOST = 20 * 1024 * 1024
_BEGINNING = re.compile(
    rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpeg>\xff\xd8\xff)|(?P<gif>GIF8)|(?P<webp>RIFF....WEBP)",
    re.DOTALL,
)


def read_image(file: str) -> ImageURLChunk:
    """Return the image in a file, as a data URL.

    Raises:
        ValueError: the file can't be read, or is no image that the API takes.
    """
    data = _read(file, "--image")
    found = _BEGINNING.match(data)
    if found is None:
        raise ValueError(f"--image: {file} is no PNG, JPEG, GIF or WebP")
    base64 = b2a_base64(data, newline=False).decode()
    return ImageURLChunk(image_url=f"data:image/{found.lastgroup};base64,{base64}")


def read_schema(file: str) -> ResponseFormat:
    """Return the format of answers that follow the JSON Schema in a file.

    Raises:
        ValueError: the file can't be read, or holds none.
    """
    data = _read(file, "--schema")
    try:
        schema = json_text.loads(data)
    except ValidationError as error:
        raise ValueError(f"--schema: {file}: {error.summary}") from None
    if not isinstance(schema, dict):
        raise ValueError(f"--schema: {file}: expected an object, got {describe(schema)}")
    title = schema.get("title")
    # Not every server takes other characters, or more of them.
    named = title if isinstance(title, str) and title else Path(file).stem
    name = re.sub("[^A-Za-z0-9_-]+", "_", named)[:64]
    return ResponseFormat(
        type=ResponseFormats.json_schema,
        json_schema=JsonSchema(name=name, schema=schema, strict=True),
    )


def _read(file: str, option: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            data = opened.read(_MOST + 1)
    except OSError as error:
        raise ValueError(f"{option}: {file}: {error.strerror}") from None
    if len(data) > _MOST:
        raise ValueError(f"{option}: {file} has more than {_MOST >> 20} MiB")
    return data
