"""A request as a test server received it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .. import json_text
from ..client.redaction import Secret, header_secrets, redactor
from ..errors import ValidationError
from ..protocol.request import ChatCompletionRequest

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["ReceivedRequest"]

_KEYS = "key|token|secret|pass|auth|sig"


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that a `MockServer` received: as bytes and, where it is valid, as the type.

    Header names are in lower case; the repr is without what may have the key.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    request: ChatCompletionRequest | None

    @property
    def endpoint(self) -> str:
        """The path without the query, which may have a key."""
        return self.path.partition("?")[0]

    @cached_property
    def document(self) -> JSONValue:
        """The body as JSON; None where it is none."""
        try:
            return json_text.loads(self.body)
        except ValidationError:
            return None

    def redactor(self) -> Callable[[str], str]:
        """Return what takes the keys of the headers, the query and `api_key` out of a text."""
        query = parse_qsl(self.path.partition("?")[2])
        keys = [Secret(value) for name, value in query if re.search(_KEYS, name, re.IGNORECASE)]
        document = self.document
        if isinstance(document, dict) and isinstance(key := document.get("api_key"), str):
            keys.append(Secret(key))
        redact = redactor(*header_secrets(self.headers), *keys)
        return lambda text: "".join([redact(line) for line in text.splitlines(keepends=True)])
