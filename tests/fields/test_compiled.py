"""The fast way of reading and writing gives what the plain way gives, or leaves it to that."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from random import Random
from typing import Any

import pytest

from mistral_proto import ChatCompletionResponse, UserMessage, ValidationError, wire
from mistral_proto.checks import (
    KEEP,
    REFUSE,
    STRICT,
    AbsentString,
    Boolean,
    Check,
    Either,
    ListOf,
    Number,
    Reading,
    String,
    Unusual,
)
from mistral_proto.conversions.model_settings import EnumBuilder
from mistral_proto.fields import field
from mistral_proto.wire import OpenWireType, WireType, wire_type
from tests.fields.wire_samples import DOCUMENTS

every_type = pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.__name__)

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, -0.5, 2**53 + 1, -(2**70), 1e300, float("nan"),
    float("inf"), "", "x", "stop", "function", "assistant", [], ["x"], [None], [1], [[]], [{}],
    {}, {"x": 1}, {"type": "text", "text": "x"}, {"type": ["x"]}, {"role": "user"},
    [{"type": "text", "text": "x"}, {"type": "new", "x": [1]}], (), ("x",), object(),
    UserMessage(content="x"), type("Text", (str,), {})("x"), type("Whole", (int,), {})(3),
    type("Object", (dict,), {})(x=1), type("Array", (list,), {})("x"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every type, also inside of others, has its fast way from the first use on."""

    def types(cls: type[WireType] = WireType) -> list[type[WireType]]:
        return [cls, *[each for sub in cls.__subclasses__() for each in types(sub)]]

    before = {cls: cls._compiled for cls in types()}
    for name in ("_MANY", "_SOME"):
        monkeypatch.setattr(wire, name, 0)
    for cls in before:
        cls._compiled = {}
        for spec in getattr(cls, "_specs", {}).values():
            if inspect.isfunction(spec.default_factory):  # a new id: it is to be the same one
                monkeypatch.setattr(spec, "default_factory", partial(str, spec.default_factory()))
    yield
    for cls, held in before.items():
        cls._compiled = held


def variants(value: Any) -> Iterator[Any]:
    """A document with one thing about it changed, wherever that may be."""
    yield from ODD
    if isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
            for item in variants(value[key]):
                yield {**value, key: item}
        for key in ("brand_new", 1, "extra"):
            for item in (None, 1, {"a": [1.5]}, object()):
                yield {**value, key: item}
    elif isinstance(value, list):
        yield [*value, *value]
        yield tuple(value)
        for index, each in enumerate(value):
            for item in variants(each):
                yield [*value[:index], item, *value[index + 1 :]]


def some_variants(cls: type[WireType]) -> list[dict[Any, Any]]:
    """The document of a type, and up to two hundred others that are nearly it."""
    document = DOCUMENTS[cls]
    every = [each for each in variants(document) if isinstance(each, dict)]
    return [document, *Random(cls.__name__).sample(every, min(len(every), 200))]


def shape(value: Any) -> Any:
    """All that can be told of a value: of which class everything in it is."""
    if isinstance(value, WireType):
        return type(value), {name: shape(item) for name, item in value._values().items()}
    if isinstance(value, dict):
        return type(value), [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, (tuple, list)):
        return type(value), [shape(item) for item in value]
    return type(value), repr(value)


def written_plainly(value: WireType, sending: bool) -> Any:
    def plain(each: WireType, *, sending: bool) -> Any:
        return each._write_plainly(sending)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WireType, "_plain", plain)
        return value._plain(sending=sending)


def outcome(read: Any, *args: Any) -> Any:
    try:
        return shape(read(*args))
    except ValidationError as error:
        return error.problems


@every_type
@pytest.mark.parametrize("reading", [KEEP, REFUSE, STRICT], ids=["keep", "refuse", "strict"])
def test_what_is_read_is_the_same(cls: type[WireType], reading: Reading) -> None:
    fast = cls._used(reading)
    done = 0

    for given in some_variants(cls):
        wanted = outcome(cls._read_plainly, deepcopy(given), reading)
        assert outcome(cls._read, given, reading) == wanted, given
        if fast is not None:
            try:
                found = shape(fast(given))
            except (Unusual, ValidationError):
                continue
            assert found == wanted
            done += 1
    assert (fast is None) == (reading is STRICT or cls is EnumBuilder)
    assert fast is None or done > 1


@every_type
@pytest.mark.parametrize("sending", [False, True], ids=["keeping", "sending"])
def test_what_is_written_is_the_same(cls: type[WireType], sending: bool) -> None:
    fast = cls._used(sending)
    assert (fast is None) == (cls is EnumBuilder)
    for given in some_variants(cls):
        try:
            value = cls._read_plainly(given, cls._lenient)
        except ValidationError:
            continue
        assert shape(value._plain(sending=sending)) == shape(written_plainly(value, sending))


@pytest.mark.parametrize(
    "text",
    [
        '{"role": "user", "content": "Hi"}',
        ' {"role": "user", "content": "Hi"}\n',
        b'{"role": "user", "content": "H\xc3\xa9"}',
        bytearray(b'{"role": "user", "content": "Hi"}'),
        type("Text", (str,), {})('{"content": "Hi"}'),
        b"\xef\xbb\xbf{}",
        b'{"role": "user", "content": "\xff"}',
        "",
        "{",
        "[]",
        "1 2",
        '{"content": "Hi"} {}',
        '{"content": NaN}',
        "[" * 100_000,
        '{"content": ' + "1" * 5000 + "}",
        '{"role": "system", "content": "Hi"}',
    ],
)
def test_what_is_read_of_a_text_is_the_same(text: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    UserMessage.from_dict({"content": "Hi"})
    assert UserMessage.fast_reader(REFUSE) is not None
    fast = outcome(UserMessage.from_json, text)
    monkeypatch.setattr(UserMessage, "_compiled", {REFUSE: None})
    assert outcome(UserMessage.from_json, text) == fast


def test_a_type_that_is_rarely_used_stays_on_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MANY", 2)
    message = {"role": "user", "content": "Hi"}

    for uses in (1, 2):
        UserMessage.from_dict(message).to_dict()
        assert UserMessage._compiled == {REFUSE: uses, True: uses}
    for _ in range(2):
        assert UserMessage.from_dict(message).to_dict() == message
        assert all(callable(each) for each in UserMessage._compiled.values())


def test_a_type_in_a_type_has_its_own_way_once_it_is_used_half_as_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "_MANY", 4)
    monkeypatch.setattr(wire, "_SOME", 2)
    document = DOCUMENTS[ChatCompletionResponse]

    for _ in range(6):
        response = ChatCompletionResponse.from_dict(document)
        assert json.loads(response.to_json()) == response.to_dict() == document
    assert callable(type(response.choices[0])._compiled[KEEP])


def test_a_class_of_ones_own_makes_its_own_objects() -> None:
    class Mine(UserMessage):
        pass

    for _ in range(3):
        for cls in (UserMessage, Mine):
            assert type(cls.from_dict({"role": "user", "content": "Hi"})) is cls


def test_what_is_read_the_fast_way_is_frozen() -> None:
    message = UserMessage.from_dict({"role": "user", "content": "Hi"})
    with pytest.raises(AttributeError, match="cannot assign to field 'content'"):
        message.content = "Ho"  # type: ignore[misc]


class Loud(Check):
    """Takes anything, null too, and is none of the checks that are known."""

    reads_null = True

    def read(self, value: object, reading: Reading) -> str:
        return AbsentString("") if value is None else repr(value)


@wire_type
class Made(OpenWireType):
    """Has what no type of the protocol has."""

    one: str | None = field(String(), nullable=True)
    other: str | None = field(String(), nullable=True, local=True)
    name: str = field(String(), absent=AbsentString(), required=True)
    items: list[Any] = field(
        ListOf(Either(String(), ListOf(Either(Boolean(), Number(above=0, maximum=2))))),
        default_factory=list,
    )
    loud: str = field(Loud(), default="", absent=AbsentString())


@wire_type
class MadeLoud(WireType):
    loud: str = field(Loud(), default="", absent=AbsentString())
    same: float | None = field(Number(), default=None)


@wire_type
class MadeAlone(WireType):
    made: list[str] = field(ListOf(String(), minimum_items=1), default_factory=lambda: ("x",))


MADE: dict[type[WireType], dict[str, Any]] = {
    Made: {
        "one": "a", "other": "b", "name": "c", "items": ["d", [True, 1, 0.5], []], "loud": "e",
    },
    MadeLoud: {"loud": "b", "same": 0.5},
    MadeAlone: {"made": ["a"]},
}  # fmt: skip


@pytest.mark.parametrize("reading", [KEEP, REFUSE], ids=["keep", "refuse"])
@pytest.mark.parametrize("cls", MADE, ids=lambda cls: cls.__name__)
def test_types_with_what_no_type_of_the_protocol_has(cls: type[WireType], reading: Reading) -> None:
    for given in [MADE[cls], *[each for each in variants(MADE[cls]) if isinstance(each, dict)]]:
        wanted = outcome(cls._read_plainly, given, reading)
        assert outcome(cls._read, given, reading) == wanted, given
        if isinstance(wanted, tuple) and wanted and isinstance(wanted[0], type):
            value = cls._read_plainly(given, reading)
            for sending in (False, True):
                found = shape(value._plain(sending=sending))
                assert found == shape(written_plainly(value, sending)), given


def checks(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often something in a response is read the plain way."""
    count = 0
    check = WireType._check.__func__  # type: ignore[attr-defined]

    def counted(cls: type[WireType], *args: Any, **how: Any) -> Any:
        nonlocal count
        count += 1
        return check(cls, *args, **how)

    with monkeypatch.context() as patch:
        patch.setattr(WireType, "_check", classmethod(counted))
        patch.setattr(WireType, "_is_ours", lambda name: True)
        with pytest.raises(ValidationError):
            ChatCompletionResponse.from_dict(document)
    return count


def test_what_is_wrong_deep_inside_is_not_read_over_and_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thinking = [{"type": "text", "text": "x"}] * 20 + [{"type": "text", "text": 1}]
    content = [{"type": "thinking", "thinking": thinking}]
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    document = {**DOCUMENTS[ChatCompletionResponse], "choices": [choice]}

    fast = checks(document, monkeypatch)
    monkeypatch.setattr(wire, "_MANY", 10**9)
    monkeypatch.setattr(wire, "_SOME", 10**9)
    for cls in WireType.__subclasses__()[0].__subclasses__():
        monkeypatch.setattr(cls, "_compiled", {})
    assert 0 < fast <= checks(document, monkeypatch)
