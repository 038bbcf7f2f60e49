"""Reading is bounded for any document: in problems, depth, objects and time."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest, ChatCompletionResponse, ValidationError
from mistral_proto.checks import MAX_DEPTH, MAX_NUMBERED
from mistral_proto.errors import MAX_PROBLEMS


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def with_content(content: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}]}


# Documents in which every item is wrong.
WRONG: dict[str, dict[str, Any]] = {
    "choices": {"choices": [1] * MAX_NUMBERED},
    "content": with_content([1] * 100_000),
    "nested lists as choices": {"choices": [nested(190)] * 1_000},
    "nested lists as content": with_content([nested(190)] * 1_000),
    "chunks": with_content([{"type": "text", "text": 1}] * 100_000),
    "calls": {"choices": [{"message": {"tool_calls": [{"function": {"name": 1}}] * 1_000}}]},
    "messages of every choice": {"choices": [{"message": {"content": [1] * 90}}] * 1_000},
}


def test_at_most_a_hundred_problems_are_reported() -> None:
    for document in WRONG.values():
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponse.from_dict(document)
        assert len(caught.value.problems) == MAX_PROBLEMS
        assert caught.value.problems[0].path[0] == "choices"
        assert "at least 100 problems" in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({f"x{number}": 1 for number in range(100_000)})
    assert len(caught.value.problems) == MAX_PROBLEMS


def test_the_number_of_choices_is_bounded() -> None:
    items: tuple[object, ...] = ({}, 1)
    for item in items:
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponse.from_dict({"choices": [item] * (MAX_NUMBERED + 1)})
        assert [(p.path, p.type) for p in caught.value.problems] == [(("choices",), "too_long")]


def test_the_depth_of_what_is_kept_is_bounded() -> None:
    for name in ("x", "usage", "logprobs"):
        deepest = {name: nested(MAX_DEPTH)}
        assert ChatCompletionResponse.from_dict(deepest).extra == deepest
        with pytest.raises(ValidationError) as caught:
            ChatCompletionResponse.from_dict({name: nested(MAX_DEPTH + 1)})
        [problem] = caught.value.problems
        assert (problem.path[0], problem.type) == (name, "recursion_loop")


class Counted(dict[str, Any]):
    """A dict that counts the calls of `items`."""

    looks = 0

    def items(self) -> Any:
        Counted.looks += 1
        return super().items()


def test_extras_are_read_once() -> None:
    for size in (100, 400):
        items = [Counted(a=Counted(b=1)) for _ in range(size)]
        for document in (
            {"x": items},
            {"usage": items},
            with_content([{"type": "hologram", "parts": items}]),
            {"choices": [{"logprobs": items}]},
        ):
            Counted.looks = 0
            ChatCompletionResponse.from_dict(document)
            assert Counted.looks == 2 * size
