"""Our frozen dataclasses do what those of the standard library do, and load it on demand."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

from mistral_proto import records
from mistral_proto.records import MISSING, Frozen


class Body:
    a: int
    b: str = "b"
    c: list[int] = records.field(default_factory=list)
    d: str = records.field(default="d", repr=False)

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError("a is negative")

    @property
    def twice(self) -> int:
        return self.a * 2


class Theirs:
    a: int
    b: str = "b"
    c: list[int] = dataclasses.field(default_factory=list)
    d: str = dataclasses.field(default="d", repr=False)

    __post_init__ = Body.__post_init__
    twice = Body.twice


Ours: Any = records.dataclass(frozen=True)(Body)
Ours.__qualname__ = Ours.__name__ = "Ours"
Same: Any = dataclasses.dataclass(frozen=True)(Theirs)
Same.__qualname__ = Same.__name__ = "Ours"

GIVEN: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((), {"a": 1}),
    ((1, "x"), {"c": [1]}),
    ((1, "x", [1], "y"), {}),
    ((), {"d": "y", "c": [1], "b": "x", "a": 1}),
]
every_given = pytest.mark.parametrize(("args", "values"), GIVEN)


@every_given
def test_it_is_made_and_shown_alike(args: Any, values: Any) -> None:
    ours, theirs = Ours(*args, **values), Same(*args, **values)

    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert dataclasses.astuple(ours) == dataclasses.astuple(theirs)
    assert ours.twice == theirs.twice
    assert ours == Ours(*args, **values) != Ours(2)
    assert ours != theirs


@pytest.mark.parametrize(
    ("args", "values"),
    [
        ((), {}),
        ((), {"b": "x"}),
        ((1, 2, [], 4, 5), {}),
        ((1,), {"a": 1}),
        ((1,), {"e": 1}),
    ],
    ids=["nothing", "one of two", "too many", "twice", "unknown"],
)
def test_what_does_not_fit_is_refused_alike(args: Any, values: Any) -> None:
    for cls in (Ours, Same):
        with pytest.raises(TypeError, match="argument"):
            cls(*args, **values)


def test_its_own_checks_are_called_however_it_is_made() -> None:
    with pytest.raises(ValueError, match="negative"):
        Ours(-1)
    with pytest.raises(ValueError, match="negative"):
        dataclasses.replace(Ours(1), a=-1)


def test_to_dataclasses_it_is_one_of_theirs() -> None:
    for ours, theirs in zip(dataclasses.fields(Ours), dataclasses.fields(Same)):
        names = ("name", "type", "default", "repr", "init", "compare", "kw_only")
        assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
        assert (ours.default_factory is list) == (theirs.default_factory is list)
    assert Ours.__dataclass_params__.frozen
    assert Ours.__match_args__ == Same.__match_args__
    assert dataclasses.replace(Ours(1), b="x") == Ours(1, "x")
    assert Ours(1).__replace__(a=2) == Ours(2)
    parameters = [inspect.signature(cls).parameters for cls in (Ours, Same)]
    assert [*parameters[0]] == [*parameters[1]]
    assert {p.kind for p in parameters[0].values()} == {p.kind for p in parameters[1].values()}
    assert dataclasses.is_dataclass(Ours)


def test_a_dataclass_can_be_derived_from_it() -> None:
    @dataclasses.dataclass(frozen=True)
    class More(Ours):  # type: ignore[misc]
        e: int = 5

    more = More(1, e=6)
    assert [each.name for each in dataclasses.fields(more)] == ["a", "b", "c", "d", "e"]
    assert (more.a, more.b, more.e) == (1, "b", 6)


def test_it_can_not_be_changed() -> None:
    one = Ours(1)

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'a'"):
        one.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'a'"):
        del one.a
    assert not hasattr(one, "__dict__")


def test_it_hashes_and_copies_by_value() -> None:
    one = Ours(1, c=(1, 2))

    assert hash(one) == hash(Ours(1, c=(1, 2)))
    assert copy.copy(one) == copy.deepcopy(one) == one
    rebuild, state = one.__reduce__()
    assert rebuild(*state) == one
    assert one != 1


def test_a_wire_type_pickles_as_before() -> None:
    from mistral_proto import UserMessage

    message = UserMessage(content="Hi")
    assert pickle.loads(pickle.dumps(message)) == message


def test_the_base_has_no_fields() -> None:
    assert dataclasses.fields(Frozen) == ()  # type: ignore[arg-type]
    assert repr(MISSING) == "MISSING"


@pytest.mark.native
def test_dataclasses_is_not_loaded_by_the_types() -> None:
    code = """
import sys
import mistral_proto
mistral_proto.ChatCompletionRequest, mistral_proto.ChatCompletionResponse
print({"dataclasses", "inspect", "typing"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
