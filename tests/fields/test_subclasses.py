"""Subclasses of a user's own: their fields are read, checked and written as ours are."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, dataclass, field, fields, make_dataclass, replace
from typing import Any, ClassVar, Literal

import pytest

from mistral_proto import AudioURL, ChatCompletionRequest, ImageURL, UserMessage, ValidationError
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
class Checked(Plain):
    note: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.trace:
            raise ValueError("a trace has letters")


@dataclass(frozen=True, kw_only=True, init=False)
class WithInit(Plain):
    def __init__(self, **values: Any) -> None:
        super().__init__(**{"trace": "t", **values})


SUBCLASSES: list[Any] = [Plain, Slotted, Checked, WithInit]
DOCUMENT: dict[str, Any] = {
    "role": "user",
    "content": "Hi",
    "trace": "t",
    "uses": 2,
    "tags": ["a", "b"],
}
WRONG: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"content": 3}, ("content",), "union_type"),
    ({"uses": "2"}, ("uses",), "int_type"),
    ({"tags": ["a", 3]}, ("tags", 1), "string_type"),
    ({"usse": 3}, ("usse",), "extra_forbidden"),
]


def problems(make: Any, *arguments: Any, **named: Any) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **named)
    return [(problem.path, problem.type) for problem in caught.value.problems]


@pytest.mark.parametrize("cls", SUBCLASSES)
def test_fields_are_read_checked_and_written(cls: Any) -> None:
    for _ in range(OFTEN):
        value = cls.from_dict(DOCUMENT)
        assert type(value) is cls
        assert (value.content, value.trace, value.uses, value.tags) == ("Hi", "t", 2, ["a", "b"])
        assert value.to_dict() == DOCUMENT
        assert cls.from_json(value.to_json()) == value == cls(**DOCUMENT)
        assert replace(value, uses=3).to_dict() == {**DOCUMENT, "uses": 3}
        for wrong, path, kind in WRONG:
            assert problems(cls.from_dict, {**DOCUMENT, **wrong}) == [(path, kind)]
            if "usse" not in wrong:  # which the constructor of a stdlib dataclass refuses
                assert problems(cls, **{**DOCUMENT, **wrong}) == [(path, kind)]
                assert problems(replace, value, **wrong) == [(path, kind)]
    for how in COPIES.values():
        assert how(value) == value and how(value).to_dict() == DOCUMENT
    request: Any = ChatCompletionRequest(messages=[value])
    assert request.messages[0] is value
    assert request.to_dict()["messages"] == [DOCUMENT]

    for value in (cls(content="Hi", trace="t"), cls.from_dict({"content": "Hi", "trace": "t"})):
        assert value.to_dict() == {**DOCUMENT, "uses": 1, "tags": []}
        assert "trace='t', uses=1, tags=[]" in repr(value)
    assert value.tags is not cls(content="Hi", trace="t").tags
    with pytest.raises(FrozenInstanceError):
        value.trace = "u"
    assert problems(cls.from_dict, {"content": "Hi"}) == [(("trace",), "missing")]
    if cls is not WithInit:
        assert [*inspect.signature(cls).parameters] == [each.name for each in fields(cls)]
        with pytest.raises(TypeError, match="trace"):
            cls(content="Hi")


def test_the_rules_of_a_subclass_hold() -> None:
    makes: list[Any] = [Checked.from_dict, lambda values: Checked(**values)]
    for make in [*makes, lambda values: replace(Checked.from_dict(DOCUMENT), **values)]:
        with pytest.raises(ValueError, match="a trace has letters"):
            make({**DOCUMENT, "trace": ""})


class Positional(UserMessage):
    kinds: ClassVar[list[str]] = []

    def __init__(self, content: str) -> None:
        super().__init__(content=content)

    def __init_subclass__(cls, kind: str, **kwargs: Any) -> None:
        cls.kinds.append(kind)


class Derived(Positional, kind="derived"):
    pass


@dataclass(frozen=True, kw_only=True)
class Counted(UserMessage):
    """One with a field that it computes, and an attribute that is no field."""

    letters: int = field(init=False, default=0, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        vars(self).update(letters=len(self.text), seen=True)


def test_other_constructors_and_computed_attributes() -> None:
    value = Derived("a")
    assert value.to_dict() == {"role": "user", "content": "a"}
    assert Derived.from_dict(value.to_dict()) == value
    assert Derived.kinds == ["derived"]
    for counted in (Counted(content="abc"), Counted.from_dict({"content": "abc"})):
        assert (counted.letters, vars(counted)["seen"]) == (3, True)
        assert counted.to_dict() == {"role": "user", "content": "abc"}
    assert problems(Counted.from_dict, {"content": "a", "letters": 1}) == [
        (("letters",), "extra_forbidden")
    ]

    class Fresh(UserMessage):
        """Its first instance comes from elsewhere, as from a pickle."""

    fresh = object.__new__(Fresh)
    vars(fresh).update(role="user", content="a")
    assert fresh.to_dict() == {"role": "user", "content": "a"}


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
    document = {"lines": [{"text": "O", "weight": 2.5}], "mood": "sad", "notes": {"a": 1}, "x": 1}
    poem = Poem.from_dict(document)
    assert poem.lines == [Line(text="O", weight=2.5)]
    assert (poem.mood, poem.notes, poem.extra) == ("sad", {"a": 1}, {"x": 1})
    assert poem.to_dict() == document
    lines = [Line.from_dict({"text": "O"}), {"text": 3}]
    assert problems(Poem, lines=lines) == [(("lines", 1, "text"), "string_type")]


def test_pydantics_names_do_the_same() -> None:
    value = Plain.model_validate({"content": "a", "trace": "t"})
    assert value == Plain.model_validate_json(b'{"content": "a", "trace": "t"}')
    assert value.model_dump(exclude_none=True) == value.to_dict()
    assert value.model_dump_json(indent=2) == value.to_json()
    assert dict(value)["trace"] == "t"


def test_annotations_without_a_check_are_named() -> None:
    for annotation, words in [
        (ImageURL | AudioURL, "no field distinguishes ImageURL, AudioURL"),
        (complex, "no check is known for .*complex"),
    ]:
        declared: list[tuple[str, Any]] = [("it", annotation)]
        odd = make_dataclass("Odd", declared, bases=(UserMessage,), frozen=True, kw_only=True)
        with pytest.raises(TypeError, match=words):
            odd(content="a", it=1)
