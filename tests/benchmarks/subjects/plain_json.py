"""Dicts, unchecked: what the `json` module makes of a text, and writes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.benchmarks.payloads import PAYLOADS
from tests.benchmarks.subjects import MODEL, Codec, Subject, names

NAME = names.JSON
OF_BYTES = "json.loads of bytes"


def _build(messages: Sequence[object]) -> dict[str, object]:
    return {"model": MODEL, "messages": messages}


SUBJECT = Subject(
    name=NAME,
    module="plain_json",
    codecs={
        payload: [
            # A text costs it less to read than bytes do, so it is what others are held to.
            Codec(NAME, json.loads, json.dumps, text=bytes.decode, build=_build),
            Codec(OF_BYTES, json.loads, None),
        ]
        for payload in PAYLOADS
    },
)
