"""However a document is made, reading it is bounded: problems, depth, and objects."""

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


# Documents of which everything is wrong.
WRONG: dict[str, dict[str, Any]] = {
    "choices": {"choices": [1] * MAX_NUMBERED},
    "content": with_content([1] * 100_000),
    "nested lists as choices": {"choices": [nested(190)] * 1_000},
    "nested lists as content": with_content([nested(190)] * 1_000),
    "chunks": with_content([{"type": "text", "text": 1}] * 100_000),
    "calls": {"choices": [{"message": {"tool_calls": [{"function": {"name": 1}}] * 1_000}}]},
    "messages of every choice": {"choices": [{"message": {"content": [1] * 90}}] * 1_000},
}


@pytest.mark.parametrize("document", WRONG.values(), ids=WRONG)
def test_a_hundred_problems_are_told(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponse.from_dict(document)
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert caught.value.problems[0].path[0] == "choices"
    assert str(caught.value).startswith("ChatCompletionResponse has at least 100 problems:")


def test_unknown_fields_of_a_request_are_a_hundred_problems() -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({f"x{number}": 1 for number in range(100_000)})
    assert len(caught.value.problems) == MAX_PROBLEMS


@pytest.mark.parametrize("item", [{}, 1], ids=["empty", "wrong"])
def test_the_number_of_choices_is_bounded(item: object) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponse.from_dict({"choices": [item] * (MAX_NUMBERED + 1)})
    assert [(p.path, p.type) for p in caught.value.problems] == [(("choices",), "too_long")]


@pytest.mark.parametrize("name", ["x", "usage", "logprobs"])
def test_what_is_nested_too_deeply_to_be_kept_is_refused(name: str) -> None:
    assert ChatCompletionResponse.from_dict({name: nested(MAX_DEPTH)}).extra == {
        name: nested(MAX_DEPTH)
    }
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponse.from_dict({name: nested(MAX_DEPTH + 1)})
    [problem] = caught.value.problems
    assert (problem.path[0], problem.type) == (name, "recursion_loop")


class Counted(dict[str, Any]):
    """An object that counts how often it is looked through."""

    looks = 0

    def items(self) -> Any:
        Counted.looks += 1
        return super().items()


@pytest.mark.parametrize("size", [100, 200, 400])
@pytest.mark.parametrize(
    "place",
    [
        lambda items: {"x": items},
        lambda items: {"usage": items},
        lambda items: with_content([{"type": "hologram", "parts": items}]),
        lambda items: {"choices": [{"logprobs": items}]},
    ],
    ids=["unknown", "usage", "chunk", "logprobs"],
)
def test_what_is_kept_is_looked_through_once(place: Any, size: int) -> None:
    Counted.looks = 0
    items = [Counted(a=Counted(b=1)) for _ in range(size)]
    ChatCompletionResponse.from_dict(place(items))
    assert Counted.looks == 2 * size
