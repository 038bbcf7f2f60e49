"""One type, one contract: what holds of every wire type."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
from collections import deque
from copy import deepcopy
from typing import Any
from unittest import mock

import pytest

import mistral_proto
from mistral_proto import AssistantMessage, FinetuningAssistantMessage, ValidationError, openai
from mistral_proto.conversions import model_settings
from mistral_proto.errors import Path
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS


def required(cls: type[WireType]) -> list[str]:
    """The fields that the constructor must be given."""
    return [
        name
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is parameter.empty
    ]


def least(cls: type[WireType]) -> dict[str, Any]:
    return {name: DOCUMENTS[cls][name] for name in required(cls)}


CASES = [
    *[pytest.param(cls, document, id=cls.__name__) for cls, document in DOCUMENTS.items()],
    *[pytest.param(cls, least(cls), id=f"{cls.__name__}, least") for cls in DOCUMENTS],
]
every_case = pytest.mark.parametrize(("cls", "document"), CASES)
every_type = pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.__name__)
OPEN: list[type[OpenWireType]] = [cls for cls in DOCUMENTS if issubclass(cls, OpenWireType)]
every_open_type = pytest.mark.parametrize("cls", OPEN, ids=lambda cls: cls.__name__)
every_closed_type = pytest.mark.parametrize(
    "cls", [cls for cls in DOCUMENTS if cls not in OPEN], ids=lambda cls: cls.__name__
)


def wreck(value: Any) -> None:
    """Change a mutable value, and all of those within it."""
    if isinstance(value, dict):
        for item in list(value.values()):
            wreck(item)
        value["wrecked"] = True
    elif isinstance(value, list):
        for item in value:
            wreck(item)
        value.append("wrecked")


def is_plain(value: object) -> bool:
    """Whether it is of JSON's own types, not of subclasses of them."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return type(value) in (str, int, float, bool, type(None))


def holds_a_list(value: object) -> bool:
    """Whether a field of it, or of what is in one, is a list or a dict."""
    if isinstance(value, WireType):
        return any(holds_a_list(item) for name, item in value._given().items() if name != "extra")
    return isinstance(value, (list, dict))


def problems(cls: type[WireType], document: Any, **how: bool) -> list[tuple[Any, str]]:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, **how)
    assert caught.value.title == cls.__name__
    return [(problem.path, problem.type) for problem in caught.value.problems]


def test_the_table_holds_every_public_wire_type_with_every_field() -> None:
    modules: list[Any] = [mistral_proto, model_settings, openai]
    public = [getattr(module, name) for module in modules for name in module.__all__]
    public.append(openai.chat_completion_chunk.Choice)
    types = {value for value in public if isinstance(value, type) and issubclass(value, WireType)}

    # One holds a function, which no document can, and one has no fields.
    others = {mistral_proto.FunctionTool, mistral_proto.BaseCompletionRequest}
    assert types - others == set(DOCUMENTS)
    for cls, document in DOCUMENTS.items():
        names = {declared.name for declared in dataclasses.fields(cls)}
        local = {name for name, spec in cls._specs.items() if spec.local}
        assert names - {"extra"} - local == set(document), cls


@every_case
def test_it_is_a_frozen_dataclass(cls: type[WireType], document: dict[str, Any]) -> None:
    value = cls(**document)

    assert "__dataclass_fields__" in vars(cls)
    for name in [declared.name for declared in dataclasses.fields(value)] + ["brand_new"]:
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign .*'{name}'"):
            setattr(value, name, None)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete .*'{name}'"):
            delattr(value, name)
    assert value == cls(**value._values())


@every_type
def test_its_signature_shows_keywords_and_their_defaults(cls: type[WireType]) -> None:
    parameters = inspect.signature(cls).parameters
    fields = dataclasses.fields(cls)

    names = [declared.name for declared in fields]
    assert list(parameters) == sorted(names, key="extra".__eq__)
    for declared in fields:
        parameter = parameters[declared.name]
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.annotation == declared.type
        if declared.default is not dataclasses.MISSING:
            assert parameter.default == declared.default
        elif declared.default_factory is not dataclasses.MISSING:
            assert repr(parameter.default) == "<factory>"
        else:
            assert parameter.default is parameter.empty
    with pytest.raises(TypeError, match=f"{cls.__name__} takes keyword arguments only"):
        cls("a")


@every_case
def test_a_document_comes_back_out(cls: type[WireType], document: dict[str, Any]) -> None:
    value = cls.from_dict(document)

    assert value.to_dict().items() >= document.items()
    assert cls.from_dict(value.to_dict()) == value
    assert cls.from_json(value.to_json()) == value
    assert cls.from_json(value.to_json().encode()) == value
    assert json.loads(value.to_json()) == value.to_dict()
    # The constructor makes up what a server's document may come without.
    assert cls(**document).to_dict().keys() >= value.to_dict().keys()


@every_type
def test_a_whole_document_comes_back_as_it_was(cls: type[WireType]) -> None:
    assert cls(**DOCUMENTS[cls]).to_dict() == DOCUMENTS[cls]
    assert cls.from_dict(DOCUMENTS[cls], strict=True) == cls(**DOCUMENTS[cls])
    assert cls.from_json(json.dumps(DOCUMENTS[cls]), strict=True) == cls(**DOCUMENTS[cls])


ODD: list[Any] = [None, "", "a", 0, 1, -1.5, 7.0, True, [], [1], ["a"], [{}], {}, {"a": [None]}]


@every_type
def test_whatever_is_accepted_comes_back(cls: type[WireType]) -> None:
    whole = DOCUMENTS[cls]
    for name in whole:
        without = {key: item for key, item in whole.items() if key != name}
        for document in (without, *({**whole, name: item} for item in ODD)):
            try:
                value = cls.from_dict(document)
            except ValidationError:
                continue
            assert cls.from_dict(value.to_dict()) == value
            assert cls.from_json(value.to_json()) == value
            becomes_text = name == "arguments" and isinstance(document.get(name), dict)
            if issubclass(cls, OpenWireType) and not becomes_text:
                assert value.to_dict() == document


@every_case
def test_what_is_given_and_what_comes_out_are_nobody_elses(
    cls: type[WireType], document: dict[str, Any]
) -> None:
    given = deepcopy(document)
    extra = {"extra": {"a": {"b": [1]}}} if issubclass(cls, OpenWireType) else {}
    for value in (cls(**given, **deepcopy(extra)), cls.from_dict(given)):
        before = value.to_dict()
        assert is_plain(before)

        wreck(given)
        assert value.to_dict() == before
        given = deepcopy(document)

        wreck(value.to_dict())
        assert value.to_dict() == before


@every_type
def test_a_list_is_stored_as_a_list_of_its_own(cls: type[WireType]) -> None:
    document = DOCUMENTS[cls]
    lists = [name for name, item in document.items() if isinstance(item, list)]
    value = cls(**document)

    assert all(type(getattr(value, name)) is list for name in lists)
    for kind in (tuple, iter, deque):
        assert cls(**{**document, **{name: kind(document[name]) for name in lists}}) == value
    for name in lists:
        for bad in (b"a", {"a": 1}, AssistantMessage(content="a")):
            assert problems(cls, {**document, name: bad}, strict=True)[0][0][0] == name


@every_case
@pytest.mark.parametrize("how", COPIES)
def test_it_can_be_copied_and_pickled(
    cls: type[WireType], document: dict[str, Any], how: str
) -> None:
    value = cls.from_dict(document)
    again = COPIES[how](value)

    assert type(again) is cls
    assert again == value
    assert again.to_dict() == value.to_dict()


@every_case
def test_it_compares_and_hashes_by_value(cls: type[WireType], document: dict[str, Any]) -> None:
    value = cls.from_dict(document)
    again = cls(**value._values())

    assert value == again
    if holds_a_list(value):
        with pytest.raises(TypeError, match="unhashable"):
            hash(value)
    else:
        assert len({value, again}) == 1
    assert value != document
    assert value == mock.ANY  # the other side is asked too


@every_type
def test_replace_goes_through_the_same_checks(cls: type[WireType]) -> None:
    document = DOCUMENTS[cls]
    value: Any = cls(**document)
    replace: list[Any] = [dataclasses.replace]
    if hasattr(copy, "replace"):  # since Python 3.13
        replace.append(copy.replace)

    for change in replace:
        assert change(value) == value
        for name, item in document.items():
            assert change(value, **{name: item}) == value
            with pytest.raises(ValidationError) as caught:
                change(value, **{name: object()})
            assert [problem.path for problem in caught.value.problems] == [(name,)]
        with pytest.raises(ValidationError, match="brand_new: expected no such field"):
            change(value, brand_new=1)


@every_type
def test_the_constructor_reports_every_problem_at_once(cls: type[WireType]) -> None:
    names = list(DOCUMENTS[cls])
    bad: dict[str, Any] = {"brand_new": 1, **dict.fromkeys(names, object())}

    with pytest.raises(ValidationError) as caught:
        cls(**bad)

    assert caught.value.title == cls.__name__
    assert [problem.path for problem in caught.value.problems] == [(name,) for name in bad]
    assert str(caught.value).startswith(f"{cls.__name__} has {len(bad)} problem")


@pytest.mark.parametrize(
    "cls", [cls for cls in DOCUMENTS if required(cls)], ids=lambda cls: cls.__name__
)
def test_every_missing_field_is_named(cls: type[WireType]) -> None:
    with pytest.raises(ValidationError) as caught:
        cls()

    missing = [(problem.path, problem.type) for problem in caught.value.problems]
    assert missing == [((name,), "missing") for name in required(cls)]
    assert {problem.got for problem in caught.value.problems} == {"nothing"}


@every_type
@pytest.mark.parametrize("root", [None, [], "a", 1], ids=["null", "list", "string", "number"])
def test_a_document_is_an_object(cls: type[WireType], root: Any) -> None:
    assert problems(cls, root) == [((), "dict_type")]
    with pytest.raises(ValidationError, match="the document: expected an object") as caught:
        cls.from_json(json.dumps(root))
    assert caught.value.title == cls.__name__


@every_type
def test_text_that_is_no_json_is_refused_under_the_types_name(cls: type[WireType]) -> None:
    with pytest.raises(ValidationError) as caught:
        cls.from_json(b"{")
    assert caught.value.title == cls.__name__
    assert [problem.type for problem in caught.value.problems] == ["json_invalid"]


@every_type
def test_a_key_that_comes_twice_counts_last_or_is_refused(cls: type[WireType]) -> None:
    document = json.dumps(DOCUMENTS[cls])
    name = next(iter(DOCUMENTS[cls]))
    text = f'{{"{name}": 0, {document[1:]}'

    assert cls.from_json(text) == cls(**DOCUMENTS[cls])
    with pytest.raises(ValidationError, match=f"the key '{name}' twice"):
        cls.from_json(text, strict=True)


@every_closed_type
def test_what_the_user_sends_may_hold_no_other_field(cls: type[WireType]) -> None:
    document = DOCUMENTS[cls]
    for name in document:
        for strict in (False, True):
            with pytest.raises(ValidationError, match=f"did you mean '{name}'") as caught:
                cls.from_dict({**document, f"{name}_": 1}, strict=strict)
            [problem] = caught.value.problems
            assert (problem.path, problem.type) == ((f"{name}_",), "extra_forbidden")
    assert problems(cls, {**document, "extra": {}}) == [(("extra",), "extra_forbidden")]
    assert problems(cls, {**document, 1: 2}) == [(("1",), "string_type")]


@every_open_type
def test_what_the_server_sends_is_kept(cls: type[OpenWireType]) -> None:
    unknown: dict[str, Any] = {"x": {"y": [1, None]}, "extra": "a", "z\ud800": None}
    document = {**DOCUMENTS[cls], **unknown}
    value = cls.from_dict(document)

    assert value.extra == unknown
    assert value.to_dict() == document
    assert value == cls(**DOCUMENTS[cls], extra=unknown) != cls(**DOCUMENTS[cls])
    assert cls.from_json(value.to_json()) == value
    for how in COPIES.values():
        assert how(value).to_dict() == document

    assert problems(cls, document, strict=True) == [((key,), "extra_forbidden") for key in unknown]
    assert problems(cls, {**document, 1: 2}) == [(("1",), "string_type")]
    assert problems(cls, {**document, "w": [float("nan")]}) == [(("w", 0), "finite_number")]


@every_open_type
def test_the_constructor_takes_extra_only_where_it_belongs(cls: type[OpenWireType]) -> None:
    document = DOCUMENTS[cls]
    name = next(iter(document))
    cases: list[tuple[Any, Path, str]] = [
        (5, ("extra",), "dict_type"),
        ([["a", 1]], ("extra",), "dict_type"),
        ({name: 1}, ("extra",), "extra_forbidden"),
        ({1: 2}, ("extra", "1"), "string_type"),
        ({"a": [b"b"]}, ("extra", "a", 0), "json_type"),
    ]
    for extra, path, kind in cases:
        with pytest.raises(ValidationError) as caught:
            cls(**document, extra=extra)
        assert [(problem.path, problem.type) for problem in caught.value.problems] == [(path, kind)]

    nothing: Any = None
    assert cls(**document, extra=nothing).extra == {}
    assert "extra" not in repr(cls(**document))
    assert "extra={'a': 1}" in repr(cls(**document, extra={"a": 1}))


def test_a_subclass_is_another_type() -> None:
    assert AssistantMessage(content="a") != FinetuningAssistantMessage(content="a")
