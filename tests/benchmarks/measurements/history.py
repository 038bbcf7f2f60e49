"""A conversation of 50 messages that is sent again and again, as each turn does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tests.benchmarks import payloads
from tests.benchmarks.calls import calls
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import Codec
from tests.benchmarks.subjects.names import JSON, OURS
from tests.benchmarks.timing import Work, by_turns

TYPED, DICTS = "from typed messages", "from dicts"


def measure(setting: Setting) -> Iterator[Table]:
    codecs = {
        codec.name: codec
        for subject in setting.subjects
        for codec in subject.codecs.get("request", ())
        if codec.build
    }
    works = {}
    for name, codec in codecs.items():
        if name != JSON:
            works[f"{name}, {TYPED}"] = Work(_build(codec), _typed(codec, payloads.MESSAGES))
            works[f"{name}, {DICTS}"] = Work(_build(codec), _dicts(payloads.MESSAGES))
    yield Table("history build", "us", by_turns(works, setting))

    works = {
        f"{name}, {DICTS if name == JSON else TYPED}": Work(
            partial(_send, codec),
            (_dicts if name == JSON else partial(_typed, codec))(payloads.MESSAGES),
        )
        for name, codec in codecs.items()
    }
    yield Table("history build and encode", "us", by_turns(works, setting))

    yield Table(
        "history calls",
        "calls a message",
        [
            Figure.of(f"{kind} of {chunks} chunks", [_calls(codecs[OURS], kind, chunks)])
            for kind in (TYPED, DICTS)
            for chunks in (2, 40)
        ],
    )


def _build(codec: Codec) -> Callable[[Sequence[Any]], Any]:
    assert codec.build is not None
    return codec.build


def _send(codec: Codec, messages: Sequence[Any]) -> object:
    assert codec.encode is not None
    return codec.encode(_build(codec)(messages))


def _typed(codec: Codec, count: int) -> Sequence[Any]:
    request = codec.decode(codec.text(payloads.request(count)))
    return list(request.messages)


def _dicts(count: int) -> Sequence[Any]:
    messages: Sequence[Any] = json.loads(payloads.request(count))["messages"]
    return messages


def _calls(codec: Codec, kind: str, chunks: int) -> float:
    """What each message of so many chunks adds to the building of a request."""
    message = {"role": "user", "content": [{"type": "text", "text": payloads.TEXT}] * chunks}
    build = _build(codec)
    one = build([message]).messages[0] if kind == TYPED else message
    few, many = ([one] * count for count in (10, 110))
    build(few)  # which may have something to load
    return (calls(partial(build, many)) - calls(partial(build, few))) / 100
