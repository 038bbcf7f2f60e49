"""Subclasses of a user's own: their fields are read, checked and written as ours are."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioURL,
    ChatCompletionRequest,
    ImageURL,
    UsageInfo,
    UserMessage,
    ValidationError,
)
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES

OFTEN = 50
"""How many times each thing is done, as Python specializes code after some uses."""


@dataclass(frozen=True, kw_only=True)
class Plain(UserMessage):
    trace: str
    uses: int = 1
    tags: list[str] = field(default_factory=list)
    kind: ClassVar[str] = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slotted(UserMessage):
    trace: str
    uses: int = 1
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Checked(UserMessage):
    trace: str
    uses: int = 1
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.trace:
            raise ValueError("a trace has letters")


@dataclass(frozen=True, kw_only=True, init=False)
class WithInit(UserMessage):
    trace: str
    uses: int = 1
    tags: list[str] = field(default_factory=list)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"trace": "t", **values})


class Registered(UserMessage):
    kinds: ClassVar[list[str]] = []

    def __init_subclass__(cls, kind: str, **kwargs: Any) -> None:
        cls.kinds.append(kind)


@dataclass(frozen=True, kw_only=True)
class Traced(Registered, kind="traced"):
    trace: str
    uses: int = 1
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Twice(Plain):
    note: str | None = None


SUBCLASSES: list[Any] = [Plain, Slotted, Checked, WithInit, Traced, Twice]
DOCUMENT: dict[str, Any] = {
    "role": "user",
    "content": "Hi",
    "trace": "t",
    "uses": 2,
    "tags": ["a", "b"],
}
every_subclass = pytest.mark.parametrize("cls", SUBCLASSES)


@every_subclass
def test_fields_are_read_and_written(cls: Any) -> None:
    for _ in range(OFTEN):
        value = cls.from_dict(DOCUMENT)
        assert type(value) is cls
        assert (value.content, value.trace, value.uses, value.tags) == ("Hi", "t", 2, ["a", "b"])
        assert value.to_dict() == DOCUMENT
        assert cls.from_json(value.to_json()) == value == cls(**DOCUMENT)
        assert replace(value, uses=3).to_dict() == {**DOCUMENT, "uses": 3}
    for how in COPIES.values():
        assert how(value) == value and how(value).to_dict() == DOCUMENT
    request = ChatCompletionRequest(messages=[value, AssistantMessage(content="Ho")])
    assert request.messages[0] is value
    messages: Any = request.to_dict()["messages"]
    assert messages[0] == DOCUMENT


@every_subclass
def test_defaults_and_signatures_are_those_of_a_dataclass(cls: Any) -> None:
    for value in (cls(content="Hi", trace="t"), cls.from_dict({"content": "Hi", "trace": "t"})):
        assert (value.role, value.uses, value.tags) == ("user", 1, [])
        assert value.to_dict() == {**DOCUMENT, "uses": 1, "tags": []}
    assert value.tags is not cls(content="Hi", trace="t").tags
    names = [each.name for each in fields(cls)]
    assert names[:5] == [*DOCUMENT]
    assert "trace='t', uses=1, tags=[]" in repr(value)
    with pytest.raises(FrozenInstanceError):
        value.trace = "u"
    if cls is not WithInit:
        assert [*inspect.signature(cls).parameters] == names


WRONG: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"content": 3}, ("content",), "union_type"),
    ({"uses": "2"}, ("uses",), "int_type"),
    ({"tags": ["a", 3]}, ("tags", 1), "string_type"),
    ({"usse": 3}, ("usse",), "extra_forbidden"),
]


@every_subclass
def test_every_way_to_make_one_checks(cls: Any) -> None:
    value = cls.from_dict(DOCUMENT)
    for wrong, path, kind in WRONG:
        document = {**DOCUMENT, **wrong}
        makers: list[Callable[[], Any]] = [lambda: cls.from_dict(document)]
        if "usse" not in wrong:  # which the constructor of a stdlib dataclass refuses
            makers += [lambda: cls(**document), lambda: replace(value, **wrong)]
        for make in makers * 10:
            with pytest.raises(ValidationError) as caught:
                make()
            assert [(p.path, p.type) for p in caught.value.problems] == [(path, kind)]
            assert caught.value.title == cls.__name__


def test_required_fields_and_rules_of_a_subclass_hold() -> None:
    with pytest.raises(ValidationError) as caught:
        Plain.from_dict({"content": "Hi"})
    assert [(p.path, p.type) for p in caught.value.problems] == [(("trace",), "missing")]
    with pytest.raises(TypeError, match="trace"):
        Plain(content="Hi")  # type: ignore[call-arg]
    for make in (Checked.from_dict, lambda values: Checked(**values)):
        with pytest.raises(ValueError, match="a trace has letters"):
            make({**DOCUMENT, "trace": ""})
    with pytest.raises(ValueError, match="a trace has letters"):
        replace(Checked.from_dict(DOCUMENT), trace="")
    assert Registered.kinds == ["traced"]


class Positional(UserMessage):
    def __init__(self, content: str) -> None:
        super().__init__(content=content)


@dataclass(frozen=True, kw_only=True)
class Counted(UserMessage):
    """One with a field that it computes, and an attribute that is no field."""

    letters: int = field(init=False, default=0, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        vars(self).update(letters=len(self.text), seen=True)


def test_other_constructors_and_computed_attributes() -> None:
    value = Positional("a")
    assert value.to_dict() == {"role": "user", "content": "a"}
    assert Positional.from_dict(value.to_dict()) == value
    for counted in (Counted(content="abc"), Counted.from_dict({"content": "abc"})):
        assert (counted.letters, vars(counted)["seen"]) == (3, True)
        assert counted.to_dict() == {"role": "user", "content": "abc"}
    with pytest.raises(ValidationError):
        Counted.from_dict({"content": "a", "letters": 1})

    class Fresh(UserMessage):
        """Its first instance comes from elsewhere, as from a pickle."""

    fresh = object.__new__(Fresh)
    vars(fresh).update(role="user", content="a")
    assert fresh.to_dict() == {"role": "user", "content": "a"}


@dataclass(frozen=True, kw_only=True)
class Billed(UsageInfo):
    cents: int | None = None
    currency: Literal["EUR", "USD"] = "EUR"


@dataclass(frozen=True, kw_only=True)
class Line(WireType):
    text: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Poem(OpenWireType):
    lines: list[Line]
    mood: Literal["gay", "sad"] | None = None
    notes: dict[str, int] = field(default_factory=dict)


def test_types_of_a_server_keep_unknown_fields() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cents": 4, "joules": 5}
    billed = Billed.from_dict(usage)
    assert (billed.cents, billed.currency, billed.extra) == (4, "EUR", {"joules": 5})
    assert billed.to_dict().items() >= usage.items()

    document = {"lines": [{"text": "O", "weight": 2.5}], "mood": "sad", "notes": {"a": 1}, "x": 1}
    poem = Poem.from_dict(document)
    assert poem.lines == [Line(text="O", weight=2.5)]
    assert (poem.mood, poem.notes, poem.extra) == ("sad", {"a": 1}, {"x": 1})
    assert poem.to_dict() == document
    assert Poem.from_json(poem.to_json()) == poem
    with pytest.raises(ValidationError) as caught:
        Poem(lines=[Line.from_dict({"text": "O"}), {"text": 3}])  # type: ignore[list-item]
    assert [problem.path for problem in caught.value.problems] == [("lines", 1, "text")]


def test_pydantic_s_names_do_the_same() -> None:
    value = Plain.model_validate({"content": "a", "trace": "t"})
    assert value == Plain.model_validate_json(b'{"content": "a", "trace": "t"}')
    assert value.model_dump(exclude_none=True) == value.to_dict()
    assert value.model_dump_json(indent=2) == value.to_json()
    assert dict(value)["trace"] == "t"


def test_annotations_without_a_check_are_named() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Answered(UserMessage):
        to: ImageURL | AudioURL

    with pytest.raises(TypeError, match="no field distinguishes ImageURL, AudioURL"):
        Answered(content="a", to=AudioURL(url="u"))

    odd = dataclasses.make_dataclass(
        "Odd", [("when", complex, 0j)], bases=(UserMessage,), frozen=True, kw_only=True
    )
    with pytest.raises(TypeError, match=r"no check is known for .*complex"):
        odd(content="a")
