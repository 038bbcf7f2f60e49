# Just what the tests use, for machines without the package.
from typing import Any

AudioChunk: Any
AudioURL: Any
AudioURLChunk: Any
ImageChunk: Any
ImageURL: Any
ImageURLChunk: Any
RawAudio: Any
TextChunk: Any
ThinkChunk: Any
