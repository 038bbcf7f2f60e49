"""Documents that are made to be slow to read, at sizes that double: twice the size, twice the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mistral_proto import ChatCompletionRequest, ChatCompletionResponse, ValidationError
from tests.benchmarks.figures import Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.timing import Work, by_turns

SIZES = (2_000, 4_000, 8_000)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _of_content(content: object) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}]}


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "choices of numbers": lambda size: {"choices": [1] * size},
    "empty choices": lambda size: {"choices": [{}] * size},
    "a content of numbers": lambda size: _of_content([1] * size),
    "a content of nested lists": lambda size: _of_content([_nested(190)] * (size // 20)),
    "chunks of an unknown kind": lambda size: _of_content([{"type": "x", "a": [1, 2]}] * size),
    "nested lists that are kept": lambda size: {"x": [_nested(190)] * (size // 20)},
    "fields that are kept": lambda size: {f"x{number}": 1 for number in range(size)},
    "usage that is a list": lambda size: {"usage": [[1]] * size},
    "log probabilities that are none": lambda size: {"choices": [{"logprobs": [{}] * size}]},
    "a request with other fields": lambda size: {f"x{number}": 1 for number in range(size)},
}


def measure(setting: Setting) -> Iterator[Table]:
    for name, make in SHAPES.items():
        works = {f"{size} items": Work(_read(name), make(size)) for size in SIZES}
        yield Table(f"hostile: {name}", "ms", by_turns(works, setting, unit=1e3))


def _read(name: str) -> Callable[[dict[str, Any]], object]:
    cls = ChatCompletionRequest if "request" in name else ChatCompletionResponse

    def read(document: dict[str, Any]) -> object:
        try:
            return cls.from_dict(document)
        except ValidationError as error:
            return str(error)

    return read
