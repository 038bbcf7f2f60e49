"""Subclasses of the users' own: their fields are read, checked and written as ours are."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from mistral_proto import (
    AssistantMessage,
    AudioURL,
    ChatCompletionRequest,
    ImageURL,
    UserMessage,
    ValidationError,
)
from tests.fields.copies import COPIES


@dataclass(frozen=True, kw_only=True)
class Named(UserMessage):
    """A message with fields of the user's own."""

    author: str
    priority: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)
    kind: ClassVar[str] = "named"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slotted(AssistantMessage):
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Short(UserMessage):
    """One with a rule of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.text) > 5:
            raise ValueError("too long")


@dataclass(frozen=True, kw_only=True, slots=True)
class SlottedDefaults(UserMessage):
    priority: int = 3
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Counted(UserMessage):
    """One with a field that it fills in itself, and an attribute that is none."""

    letters: int = dataclasses.field(init=False, default=0, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        vars(self).update(letters=len(self.text), seen=True)


class Plain(UserMessage):
    """One that is not decorated."""


class Positional(UserMessage):
    def __init__(self, content: str) -> None:
        super().__init__(content=content)


class Registered(UserMessage):
    register: ClassVar[str]

    def __init_subclass__(cls, *, register: str) -> None:
        cls.register = register


class Critic(Registered, register="critic"):
    pass


MADE: list[tuple[str, Any, dict[str, Any]]] = [
    (
        "new fields",
        Named(content="a", author="Ann", tags=["x"]),
        {"role": "user", "content": "a", "author": "Ann", "priority": 0, "tags": ["x"]},
    ),
    ("slots", Slotted(content="a", score=0.5), {"role": "assistant", "content": "a", "score": 0.5}),
    ("slots, unset", Slotted(content="a"), {"role": "assistant", "content": "a"}),
    (
        "slots, with defaults",
        SlottedDefaults(content="a"),
        {"role": "user", "content": "a", "priority": 3, "tags": []},
    ),
    ("a field of its own making", Counted(content="a"), {"role": "user", "content": "a"}),
    ("a rule", Short(content="a"), {"role": "user", "content": "a"}),
    ("not decorated", Plain(content="a"), {"role": "user", "content": "a"}),
    ("a constructor", Positional("a"), {"role": "user", "content": "a"}),
    ("a keyword", Critic(content="a"), {"role": "user", "content": "a"}),
]


@pytest.mark.parametrize(
    ("value", "document"), [case[1:] for case in MADE], ids=[case[0] for case in MADE]
)
def test_it_is_a_wire_type_like_any(value: Any, document: dict[str, Any]) -> None:
    cls = type(value)
    for _ in range(400):
        assert value.to_dict() == document
        assert cls.from_dict(document) == value
        assert type(cls.from_dict(document)) is cls
    assert cls.from_json(value.to_json()).to_dict() == document
    assert ChatCompletionRequest(messages=[value]).messages == [value]
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.content = "b"
    for name, how in COPIES.items():
        if cls is Positional and "replace" in name:
            continue  # its constructor takes no keywords
        assert how(value) == value
        assert how(value).to_dict() == document


WRONG: list[tuple[str, Any, dict[str, Any], str]] = [
    ("of a new field", Named, {"content": "a", "author": 1}, "author"),
    ("with a default", Named, {"content": "a", "author": "A", "priority": "1"}, "priority"),
    ("an item", Named, {"content": "a", "author": "A", "tags": [1]}, "tags"),
    ("of an old field", Named, {"content": 1, "author": "A"}, "content"),
    ("with slots", Slotted, {"content": 1}, "content"),
]


@pytest.mark.parametrize(
    ("cls", "document", "name"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_its_fields_are_checked(cls: Any, document: dict[str, Any], name: str) -> None:
    for make in (cls.from_dict, lambda values: cls(**values)):
        with pytest.raises(ValidationError) as caught:
            make(document)
        assert [problem.path[0] for problem in caught.value.problems] == [name]
        assert caught.value.title == cls.__name__


def test_a_field_that_is_missing_or_unknown() -> None:
    with pytest.raises(ValidationError) as caught:
        Named.from_dict({"content": "a", "autor": "Ann"})
    assert [(p.path, p.type) for p in caught.value.problems] == [
        (("autor",), "extra_forbidden"),
        (("author",), "missing"),
    ]
    with pytest.raises(TypeError, match="author"):
        Named(content="a")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="UserMessage takes keyword arguments only"):
        UserMessage("a")  # type: ignore[call-arg, arg-type]


def test_a_rule_of_its_own_holds_in_every_way_in() -> None:
    long = {"role": "user", "content": "too long"}
    for make in (Short.from_dict, lambda values: Short(**values)):
        with pytest.raises(ValueError, match="too long"):
            make(long)
    with pytest.raises(ValueError, match="too long"):
        dataclasses.replace(Short(content="a"), content="too long")


def test_slots_hold_their_defaults() -> None:
    value = SlottedDefaults.from_dict({"content": "a"})
    assert (value.priority, value.role) == (3, "user")
    assert value == SlottedDefaults(content="a")


def test_what_a_class_fills_in_itself_is_kept() -> None:
    for value in (Counted(content="abc"), Counted.from_dict({"content": "abc"})):
        assert value.letters == 3
        assert vars(value)["seen"] is True
    with pytest.raises(ValidationError):
        Counted.from_dict({"content": "a", "letters": 1})


def test_content_of_dicts_is_read() -> None:
    named = Named(content=[{"type": "text", "text": "a"}], author="A")  # type: ignore[list-item]
    assert named.text == "a"
    assert named.to_dict()["content"] == [{"type": "text", "text": "a"}]


def test_one_that_was_never_made_here_is_written() -> None:
    class Fresh(UserMessage):
        """Its instances come from elsewhere, as from a pickle."""

    value = object.__new__(Fresh)
    vars(value).update(role="user", content="a")
    assert value.to_dict() == {"role": "user", "content": "a"}


def test_pydantics_names_are_there() -> None:
    value = Named.model_validate({"content": "a", "author": "A"})
    assert value == Named.model_validate_json(b'{"content": "a", "author": "A"}')
    assert value.model_dump(exclude_none=True) == value.to_dict()
    assert value.model_dump_json(indent=2) == value.to_json()
    assert dict(value)["author"] == "A"


def test_types_that_nothing_tells_apart() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Answered(UserMessage):
        to: ImageURL | AudioURL

    with pytest.raises(TypeError, match="no field distinguishes ImageURL, AudioURL"):
        Answered(content="a", to=AudioURL(url="u"))


def test_an_annotation_that_no_check_is_known_for() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Odd(UserMessage):
        when: complex = 0j

    with pytest.raises(TypeError, match=r"no check is known for .*complex"):
        Odd(content="a")
