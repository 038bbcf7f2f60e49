"""From objects, none of which was written before, to JSON text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks.figures import Table
from tests.benchmarks.payloads import PAYLOADS
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import Codec
from tests.benchmarks.timing import Work, by_turns


def measure(setting: Setting) -> Iterator[Table]:
    for name, data in PAYLOADS.items():
        works = {
            codec.name: _work(codec, codec.encode, data)
            for subject in setting.subjects
            for codec in subject.codecs.get(name, ())
            if codec.encode
        }
        yield Table(f"encode {name}", "us", by_turns(works, setting))


def _work(codec: Codec, encode: Callable[[Any], object], data: bytes) -> Work:
    text = codec.text(data)
    return Work(encode, fresh=lambda: codec.decode(text))
