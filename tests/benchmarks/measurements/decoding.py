"""From bytes to objects."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.figures import Table
from tests.benchmarks.payloads import PAYLOADS
from tests.benchmarks.setting import Setting
from tests.benchmarks.timing import Work, by_turns


def measure(setting: Setting) -> Iterator[Table]:
    for name, data in PAYLOADS.items():
        works = {
            codec.name: Work(codec.decode, codec.text(data))
            for subject in setting.subjects
            for codec in subject.codecs.get(name, ())
        }
        yield Table(f"decode {name}", "us", by_turns(works, setting))
