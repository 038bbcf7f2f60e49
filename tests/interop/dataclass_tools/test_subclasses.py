"""Wire types of a user's own, made by `dataclasses.dataclass` and nothing else."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    UsageInfo,
    UserMessage,
    ValidationError,
)
from mistral_proto.wire import OpenWireType, WireType

OFTEN = 400
"""So often a thing is done, in case that something changes with use."""


@dataclass(frozen=True, kw_only=True)
class Plain(UserMessage):
    trace: str
    tries: int = 1
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slotted(UserMessage):
    trace: str
    tries: int = 1
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Checked(UserMessage):
    trace: str
    tries: int = 1
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.trace:
            raise ValueError("a trace has letters")


@dataclass(frozen=True, kw_only=True, init=False)
class WithInit(UserMessage):
    trace: str
    tries: int = 1
    tags: list[str] = field(default_factory=list)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"trace": "t", **values})


class Registered(UserMessage):
    kinds: ClassVar[list[str]] = []

    def __init_subclass__(cls, kind: str = "none", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kinds.append(kind)


@dataclass(frozen=True, kw_only=True)
class Traced(Registered, kind="traced"):
    trace: str
    tries: int = 1
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Twice(Plain):
    note: str | None = None


SUBCLASSES: list[Any] = [Plain, Slotted, Checked, WithInit, Traced, Twice]
DOCUMENT: dict[str, Any] = {
    "role": "user",
    "content": "Hi",
    "trace": "t",
    "tries": 2,
    "tags": ["a", "b"],
}


@pytest.mark.parametrize("cls", SUBCLASSES)
def test_reads_and_writes(cls: Any) -> None:
    for _ in range(OFTEN):
        value = cls.from_dict(DOCUMENT)
        assert type(value) is cls
        assert (value.content, value.trace, value.tries, value.tags) == ("Hi", "t", 2, ["a", "b"])
        assert value.to_dict() == DOCUMENT
        assert cls.from_json(value.to_json()) == value == cls(**DOCUMENT)
        assert replace(value, tries=3).to_dict() == {**DOCUMENT, "tries": 3}


@pytest.mark.parametrize("cls", SUBCLASSES)
def test_fields_and_defaults(cls: Any) -> None:
    value = cls(content="Hi", trace="t")
    assert (value.role, value.tries, value.tags) == ("user", 1, [])
    assert value.tags is not cls(content="Hi", trace="t").tags
    names = [each.name for each in fields(cls)]
    assert names[:5] == ["role", "content", "trace", "tries", "tags"]
    assert "trace='t', tries=1, tags=[]" in repr(value)
    with pytest.raises(FrozenInstanceError):
        value.trace = "u"
    if cls is not WithInit:
        assert [*inspect.signature(cls).parameters] == names


WRONG = {
    "a field of ours": ({"content": 3}, "content: expected a string or a list, got the number 3"),
    "a new field": ({"tries": "2"}, "tries: expected an integer, got the string '2'"),
    "in a list": ({"tags": ["a", 3]}, "tags[1]: expected a string, got the number 3"),
    "an unknown field": ({"tires": 3}, "tires: expected no such field (did you mean 'tries'?)"),
}


@pytest.mark.parametrize("wrong, told", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("cls", SUBCLASSES)
def test_every_way_in_checks(cls: Any, wrong: dict[str, Any], told: str) -> None:
    document = {**DOCUMENT, **wrong}
    value = cls.from_dict(DOCUMENT)
    ways: list[Callable[[], Any]] = [lambda: cls.from_dict(document)]
    if "tires" not in wrong:  # which the constructor of a stdlib dataclass refuses by itself
        ways += [lambda: cls(**document), lambda: replace(value, **wrong)]
    for way in ways:
        for _ in range(OFTEN):
            with pytest.raises(ValidationError) as caught:
                way()
            assert told in str(caught.value)


def test_what_is_left_out() -> None:
    with pytest.raises(ValidationError, match="trace: expected this field, got nothing"):
        Plain.from_dict({"content": "Hi"})
    with pytest.raises(TypeError, match="trace"):
        Plain(content="Hi")  # type: ignore[call-arg]


def test_a_check_of_the_users() -> None:
    with pytest.raises(ValueError, match="a trace has letters"):
        Checked(content="Hi", trace="")
    with pytest.raises(ValueError, match="a trace has letters"):
        Checked.from_dict({**DOCUMENT, "trace": ""})
    with pytest.raises(ValueError, match="a trace has letters"):
        replace(Checked.from_dict(DOCUMENT), trace="")


def test_a_keyword_of_the_class() -> None:
    assert Registered.kinds == ["traced"]


@pytest.mark.parametrize("cls", SUBCLASSES)
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_copies(copied: Callable[[Any], Any], cls: Any) -> None:
    value = cls.from_dict(DOCUMENT)
    assert copied(value) == value
    assert copied(value).to_dict() == DOCUMENT


@dataclass(frozen=True, kw_only=True)
class Billed(UsageInfo):
    cents: int | None = None
    currency: Literal["EUR", "USD"] = "EUR"


def test_a_type_of_the_server_keeps_what_it_does_not_know() -> None:
    document = {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "cents": 4,
        "joules": 5,
    }
    usage = Billed.from_dict(document)
    assert (usage.cents, usage.currency, usage.extra) == (4, "EUR", {"joules": 5})
    assert usage.to_dict().items() >= document.items()


@dataclass(frozen=True, kw_only=True)
class Line(WireType):
    text: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Poem(OpenWireType):
    lines: list[Line]
    mood: Literal["gay", "sad"] | None = None
    notes: dict[str, int] = field(default_factory=dict)


def test_of_the_base_types() -> None:
    document = {"lines": [{"text": "O", "weight": 2.5}], "mood": "sad", "notes": {"a": 1}, "x": 1}
    poem = Poem.from_dict(document)
    assert poem.lines == [Line(text="O", weight=2.5)]
    assert (poem.mood, poem.notes, poem.extra) == ("sad", {"a": 1}, {"x": 1})
    assert poem.to_dict() == document
    assert Poem.from_json(poem.to_json()) == poem
    with pytest.raises(
        ValidationError, match=r"lines\[1\].text: expected a string, got the number 3"
    ):
        Poem(lines=[Line.from_dict({"text": "O"}), {"text": 3}])  # type: ignore[list-item]


def test_among_types_of_ours() -> None:
    message = Plain(content="Hi", trace="t")
    request = ChatCompletionRequest(model="m", messages=[message, AssistantMessage(content="Ho")])
    assert request.messages[0] is message
    assert request.to_dict()["messages"][0]["trace"] == "t"  # type: ignore[index, call-overload]
    assert message != UserMessage(content="Hi")
