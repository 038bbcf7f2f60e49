"""The contract that every wire type obeys."""

from __future__ import annotations

import dataclasses
import inspect
import json
from copy import deepcopy
from typing import Any
from unittest import mock

import pytest

import mistral_proto
from mistral_proto import (
    APIKeyAuth,
    AssistantMessage,
    ChatCompletionRequest,
    CustomConnector,
    FinetuningAssistantMessage,
    OAuth2TokenAuth,
    ToolMessage,
    ToolReferenceChunk,
    UserMessage,
    ValidationError,
    openai,
)
from mistral_proto.checks import MAX_DEPTH, Check, Either, OneOf
from mistral_proto.conversions import model_settings
from mistral_proto.errors import Path
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES
from tests.fields.wire_samples import DOCUMENTS

USER = {"role": "user", "content": "Hi"}
OPEN: list[type[OpenWireType]] = [cls for cls in DOCUMENTS if issubclass(cls, OpenWireType)]
every_type = pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.__name__)


def required(cls: type[WireType]) -> list[str]:
    """Return the fields that the constructor must be given."""
    parameters = inspect.signature(cls).parameters.items()
    return [name for name, parameter in parameters if parameter.default is parameter.empty]


def documents(cls: type[WireType]) -> list[dict[str, Any]]:
    """Return a document with all fields, and one with as few as possible."""
    return [DOCUMENTS[cls], {name: DOCUMENTS[cls][name] for name in required(cls)}]


def problems(make: Any, *arguments: Any, **named: Any) -> list[tuple[Path, str]]:
    """Return the problems that a constructor, or another function, of a type raises."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **named)
    assert caught.value.title == getattr(make, "__self__", make).__name__
    return [(problem.path, problem.type) for problem in caught.value.problems]


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
    """Return whether a value is of JSON's own types, not of subclasses of them."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return type(value) in (str, int, float, bool, type(None))


def holds_a_list(value: object) -> bool:
    if isinstance(value, WireType):
        return any(holds_a_list(item) for name, item in value._given().items() if name != "extra")
    return isinstance(value, (list, dict))


def test_the_table_holds_every_public_wire_type_with_every_field() -> None:
    modules: list[Any] = [mistral_proto, model_settings, openai]
    public = [getattr(module, name) for module in modules for name in module.__all__]
    public.append(openai.chat_completion_chunk.Choice)
    types = {value for value in public if isinstance(value, type) and issubclass(value, WireType)}

    # One holds a function, which no document can, and one has no fields.
    others = {mistral_proto.FunctionTool, mistral_proto.BaseCompletionRequest}
    assert types - others == set(DOCUMENTS)
    for cls, document in DOCUMENTS.items():
        local = {name for name, spec in cls._specs.items() if spec.local}
        names = {declared.name for declared in dataclasses.fields(cls)}
        assert names - {"extra"} - local == set(document), cls


@every_type
def test_it_is_a_frozen_dataclass_with_keywords(cls: type[WireType]) -> None:
    assert "__dataclass_fields__" in vars(cls)
    fields = dataclasses.fields(cls)
    value = cls(**DOCUMENTS[cls])
    for name in [declared.name for declared in fields] + ["brand_new"]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(value, name)

    parameters = inspect.signature(cls).parameters
    assert [*parameters] == sorted([one.name for one in fields], key="extra".__eq__)
    for declared in fields:
        parameter = parameters[declared.name]
        assert (parameter.kind, parameter.annotation) == (parameter.KEYWORD_ONLY, declared.type)
        if declared.default_factory is not dataclasses.MISSING:
            assert repr(parameter.default) == "<factory>"
        else:
            empty = declared.default is dataclasses.MISSING
            assert parameter.default == (parameter.empty if empty else declared.default)
    with pytest.raises(TypeError, match=f"{cls.__name__} takes keyword arguments only"):
        cls("a")


ODD: list[Any] = [None, "", "a", 0, 1, -1.5, 7.0, True, [], [1], ["a"], [{}], {}, {"a": [None]}]


@every_type
def test_documents_are_read_and_written_back(cls: type[WireType]) -> None:
    whole, least = documents(cls)
    for document in (whole, least):
        value = cls.from_dict(document)
        assert value.to_dict().items() >= document.items()
        assert cls.from_json(value.to_json().encode()) == value
        assert json.loads(value.to_json()) == value.to_dict()
        # The constructor adds what a server's document may lack.
        assert cls(**document).to_dict().keys() >= value.to_dict().keys()
    made = cls(**whole)
    assert made.to_dict() == whole
    assert cls.from_json(json.dumps(whole), strict=True) == made == cls(**dict(made))

    for name in whole:  # whatever is accepted comes back
        without = {key: item for key, item in whole.items() if key != name}
        for document in (without, *({**whole, name: item} for item in ODD)):
            try:
                value = cls.from_dict(document)
            except ValidationError:
                continue
            assert cls.from_dict(value.to_dict()) == cls.from_json(value.to_json()) == value
            becomes_text = name == "arguments" and isinstance(document.get(name), dict)
            if cls in OPEN and not becomes_text:
                assert value.to_dict() == document


@every_type
def test_instances_share_no_data_and_can_be_copied(cls: type[WireType]) -> None:
    extra = {"extra": {"a": {"b": [1]}}} if cls in OPEN else {}
    for document in documents(cls):
        given = deepcopy(document)
        for value in (cls(**given, **deepcopy(extra)), cls.from_dict(given)):
            before = value.to_dict()
            assert is_plain(before)
            wreck(given)
            wreck(value.to_dict())
            assert value.to_dict() == before
            given = deepcopy(document)
        for how in COPIES.values():
            again = how(value)
            assert (type(again), again, again.to_dict()) == (cls, value, value.to_dict())
        assert value == mock.ANY and value != document
        if holds_a_list(value):
            with pytest.raises(TypeError, match="unhashable"):
                hash(value)
        else:
            assert len({value, cls(**dict(value))}) == 1


@every_type
def test_replace_and_the_constructor_check_every_field(cls: type[WireType]) -> None:
    document = DOCUMENTS[cls]
    value: Any = cls(**document)
    assert dataclasses.replace(value) == value
    for name, item in document.items():
        assert dataclasses.replace(value, **{name: item}) == value
        with pytest.raises(ValidationError) as caught:
            dataclasses.replace(value, **{name: object()})
        assert [problem.path for problem in caught.value.problems] == [(name,)]
    bad: dict[str, Any] = {"brand_new": 1, **dict.fromkeys(document, object())}
    assert [path for path, _ in problems(cls, **bad)] == [(name,) for name in bad]
    if required(cls):
        assert problems(cls) == [((name,), "missing") for name in required(cls)]


@every_type
def test_only_an_object_of_json_is_a_document(cls: type[WireType]) -> None:
    roots: list[Any] = [None, [], "a", 1]
    for root in roots:
        assert problems(cls.from_dict, root) == [((), "dict_type")]
    assert problems(cls.from_json, "[]") == [((), "dict_type")]
    assert problems(cls.from_json, b"{") == [((), "json_invalid")]
    whole = json.dumps(DOCUMENTS[cls])
    twice = f'{{"{next(iter(DOCUMENTS[cls]))}": 0, {whole[1:]}'
    assert cls.from_json(twice) == cls(**DOCUMENTS[cls])
    assert problems(cls.from_json, twice, strict=True) == [((), "json_invalid")]


# -- unknown fields


def test_a_users_document_has_no_unknown_fields() -> None:
    for cls in [cls for cls in DOCUMENTS if cls not in OPEN]:
        document = DOCUMENTS[cls]
        for name in document:
            for strict in (False, True):
                with pytest.raises(ValidationError, match=f"did you mean '{name}'") as caught:
                    cls.from_dict({**document, f"{name}_": 1}, strict=strict)
                [problem] = caught.value.problems
                assert (problem.path, problem.type) == ((f"{name}_",), "extra_forbidden")
        assert problems(cls.from_dict, {**document, "extra": {}}) == [
            (("extra",), "extra_forbidden")
        ]
        assert problems(cls.from_dict, {**document, 1: 2}) == [(("1",), "string_type")]


def test_unknown_fields_of_a_servers_document_are_kept() -> None:
    unknown: dict[str, Any] = {"x": {"y": [1, None]}, "extra": "a", "z\ud800": None}
    for cls in OPEN:
        whole = DOCUMENTS[cls]
        document = {**whole, **unknown}
        value = cls.from_dict(document)
        assert value.extra == unknown
        assert value == cls(**whole, extra=unknown) != cls(**whole)
        for again in (value, *(how(value) for how in COPIES.values())):
            assert again.to_dict() == document
        strictly = [((key,), "extra_forbidden") for key in unknown]
        assert problems(cls.from_dict, document, strict=True) == strictly
        for key, wrong, path, kind in [
            (1, 2, ("1",), "string_type"),
            (10**5000, 1, ("a number of 16610 bits",), "string_type"),
            ("w", [float("nan")], ("w", 0), "finite_number"),
        ]:
            assert problems(cls.from_dict, {**whole, key: wrong}) == [(path, kind)]
    deepest: Any = []
    for _ in range(MAX_DEPTH - 1):
        deepest = [deepest]
    value = cls.from_dict({**whole, "deep": deepest})
    assert all(how(value).to_dict() == value.to_dict() for how in COPIES.values())


def test_the_argument_extra_holds_other_fields_only() -> None:
    for cls in OPEN:
        document = DOCUMENTS[cls]
        cases: list[tuple[Any, Path, str]] = [
            (5, (), "dict_type"),
            ([["a", 1]], (), "dict_type"),
            ({next(iter(document)): 1}, (), "extra_forbidden"),
            ({1: 2}, ("1",), "string_type"),
            ({"a": [b"b"]}, ("a", 0), "json_type"),
        ]
        for extra, path, kind in cases:
            assert problems(cls, **document, extra=extra) == [(("extra", *path), kind)]
        nothing: Any = None
        assert cls(**document, extra=nothing).extra == {}
        assert "extra" not in repr(cls(**document))
        assert "extra={'a': 1}" in repr(cls(**document, extra={"a": 1}))


def test_the_nearest_known_name_is_suggested() -> None:
    cases = {
        "max_completion_tokens": "max_tokens",
        "seed": "random_seed",
        "temprature": "temperature",
        "topp": "top_p",
        "tool": "tools",
        "tools_choice": "tool_choice",
        "message": "messages",
        "parallel_tools": "parallel_tool_calls",
        **dict.fromkeys(("user", "functions", "zzz", "", "m" * 1_000_000)),
    }
    for name, meant in cases.items():
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict({"messages": [USER], name: 1})
        hint = f" (did you mean {meant!r}?)" if meant else ""
        assert caught.value.problems[0].expected == f"no such field{hint}"
    # A local field is not suggested, and of many wrong names only the first are compared.
    many = {"continue_final_message": 1, **{f"messages{i}": 1 for i in range(30)}}
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({**many, "messages": [USER]}, strict=True)
    expected = [problem.expected for problem in caught.value.problems]
    assert ["did you mean" in text for text in expected] == [False] + 20 * [True] + 11 * [False]


def test_all_of_a_request_is_the_users() -> None:
    document = {
        "model": "m",
        "messages": [
            {"role": "user", "content": [{"type": "hologram"}]},
            {"role": "assistant", "tool_calls": [{"function": {"name": "f"}, "x": 1}]},
        ],
        "tools": [{"function": {"name": "f", "parameters": {}, "parameter": {}}}],
    }
    for strict in (False, True):
        assert problems(ChatCompletionRequest.from_dict, document, strict=strict) == [
            (("messages", 0, "content", 0, "type"), "union_tag_invalid"),
            (("messages", 1, "tool_calls", 0, "function", "arguments"), "missing"),
            (("messages", 1, "tool_calls", 0, "x"), "extra_forbidden"),
            (("tools", 0, "function", "parameter"), "extra_forbidden"),
        ]


# -- null, enumerations, secrets


def test_null_counts_as_absent_where_a_field_has_a_default() -> None:
    for cls, document in DOCUMENTS.items():
        for name, parameter in inspect.signature(cls).parameters.items():
            is_made = repr(parameter.default) == "<factory>"
            if name not in document or is_made or parameter.default is parameter.empty:
                continue
            expected = cls.from_dict({key: v for key, v in document.items() if key != name})
            read = cls.from_dict({**document, name: None})
            assert (read, getattr(read, name)) == (expected, getattr(expected, name))
            if cls in OPEN:
                assert (read.to_dict()[name], name in expected.to_dict()) == (None, False)
                continue
            assert cls(**{**document, name: None}) == expected
            assert getattr(expected, name) == parameter.default
            is_written = parameter.default is not None and not cls._specs[name].implied
            assert (name in expected.to_dict()) is is_written


def has_members(check: Check) -> bool:
    """Return whether a check accepts certain strings only."""
    if isinstance(check, Either):
        return any(map(has_members, check.checks))
    return isinstance(check, OneOf) and not check.others


def test_an_unknown_enum_value_is_kept_from_a_server_only() -> None:
    count = 0
    for cls in DOCUMENTS:
        for name in [name for name, spec in cls._specs.items() if has_members(spec.check)]:
            count += 1
            document = {**DOCUMENTS[cls], name: "brand-new"}
            assert problems(cls.from_dict, document, strict=True) == [((name,), "enum")]
            if cls not in OPEN:
                assert problems(cls.from_dict, document) == [((name,), "enum")]
                assert problems(cls, **document) == [((name,), "enum")]
                continue
            for value in (cls.from_dict(document), cls(**document)):
                assert type(getattr(value, name)) is str
                assert value.to_dict() == document
                assert all(how(value) == value for how in COPIES.values())
    assert count == 25
    any_tool = {**DOCUMENTS[ToolReferenceChunk], "tool": "brand-new"}
    assert ToolReferenceChunk.from_dict(any_tool, strict=True).to_dict() == any_tool


def test_a_secret_is_not_shown() -> None:
    for cls in (APIKeyAuth, OAuth2TokenAuth):
        auth: Any = cls(value="s3cret")
        connector = CustomConnector(connector_id="c", authorization=auth)
        request = ChatCompletionRequest(messages=[UserMessage(content="a")], tools=[connector])
        for value in (auth, connector, request, [auth]):
            assert "s3cret" not in repr(value) + str(value) + f"{value}"
            assert "value=..." in repr(value)
        assert auth.to_dict()["value"] == auth.value == "s3cret"
        with pytest.raises(ValidationError) as caught:
            cls.from_dict({"value": "s3cret", "s3cret": "s3cret2"})
        assert "s3cret2" not in str(caught.value)


def test_repr_leaves_out_what_is_absent() -> None:
    assert repr(UserMessage(content=None)) == "UserMessage(role='user')"
    request = ChatCompletionRequest(messages=[ToolMessage(content="1", name="f")])
    assert repr(request) == (
        "ChatCompletionRequest(messages=[ToolMessage(role='tool', content='1', name='f')],"
        " truncate_for_context_length=False, continue_final_message=False)"
    )


def test_a_subclass_is_another_type() -> None:
    assert AssistantMessage(content="a") != FinetuningAssistantMessage(content="a")
