"""What a wire type makes of null, of what it does not know, and of secrets."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from mistral_proto import (
    APIKeyAuth,
    ChatCompletionRequest,
    ChatCompletionResponseChoice,
    ChatCompletionResponseStreamChoice,
    CustomConnector,
    ImageURL,
    ModelSettings,
    ModerationLLMV1Config,
    ModerationLLMV2Config,
    NamedToolChoice,
    OAuth2TokenAuth,
    ParsedChatCompletionChoice,
    ResponseFormat,
    TextChunk,
    Tool,
    ToolCall,
    ToolMessage,
    ToolReferenceChunk,
    UserMessage,
    ValidationError,
)
from mistral_proto.checks import MAX_DEPTH, Check, Either, OneOf
from mistral_proto.conversions.model_settings import EnumBuilder
from mistral_proto.errors import Path
from mistral_proto.fields import no_such_field
from mistral_proto.wire import OpenWireType, WireType
from tests.fields.copies import COPIES
from tests.fields.openai_samples import OPENAI_ENUM_FIELDS
from tests.fields.wire_samples import DOCUMENTS

USER = {"role": "user", "content": "Hi"}


def problems(cls: type[WireType], document: Any, **how: bool) -> list[tuple[Path, str]]:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document, **how)
    return [(problem.path, problem.type) for problem in caught.value.problems]


@pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.__name__)
def test_null_is_absent_where_a_field_has_a_default(cls: type[WireType]) -> None:
    document = DOCUMENTS[cls]
    for name, parameter in inspect.signature(cls).parameters.items():
        made = repr(parameter.default) == "<factory>"
        if name not in document or made or parameter.default is parameter.empty:
            continue
        without = {key: item for key, item in document.items() if key != name}
        expected = cls.from_dict(without)

        read = cls.from_dict({**document, name: None})
        assert read == expected
        assert getattr(read, name) == getattr(expected, name)
        if issubclass(cls, OpenWireType):
            assert (read.to_dict()[name], name in expected.to_dict()) == (None, False)
            continue
        assert getattr(expected, name) == parameter.default
        assert cls(**{**document, name: None}) == expected
        written = parameter.default is not None and not cls._specs[name].implied
        assert (name in expected.to_dict()) is written


ENUM_FIELDS: list[tuple[type[WireType], str]] = [
    (ImageURL, "detail"),
    (ToolCall, "type"),
    (ChatCompletionResponseChoice, "finish_reason"),
    (ChatCompletionResponseStreamChoice, "finish_reason"),
    (ChatCompletionRequest, "tool_choice"),
    (ChatCompletionRequest, "reasoning_effort"),
    (ChatCompletionRequest, "prompt_mode"),
    (ChatCompletionRequest, "service_tier"),
    (EnumBuilder, "default"),
    (ModelSettings, "reasoning_effort"),
    (ModerationLLMV1Config, "action"),
    (ModerationLLMV2Config, "action"),
    (NamedToolChoice, "type"),
    (ResponseFormat, "type"),
    (Tool, "type"),
    (ParsedChatCompletionChoice, "finish_reason"),
    *OPENAI_ENUM_FIELDS,
]


@pytest.mark.parametrize(
    ("cls", "name"), ENUM_FIELDS, ids=[f"{cls.__name__}.{name}" for cls, name in ENUM_FIELDS]
)
def test_an_unknown_enum_value_is_kept_only_from_a_server(cls: type[WireType], name: str) -> None:
    document = {**DOCUMENTS[cls], name: "brand-new"}

    if issubclass(cls, OpenWireType):
        for value in (cls.from_dict(document), cls(**document)):
            assert type(getattr(value, name)) is str
            assert value.to_dict() == document
            for how in COPIES.values():
                assert how(value) == value
    else:
        assert problems(cls, document) == [((name,), "enum")]
        with pytest.raises(ValidationError, match=name):
            cls(**document)
    assert problems(cls, document, strict=True) == [((name,), "enum")]


def chooses(check: Check) -> bool:
    """Whether a string that it takes is one of some; unless it may be any."""
    if isinstance(check, Either):
        return any(chooses(one) for one in check.checks)
    return isinstance(check, OneOf) and not check.others


def test_the_table_holds_every_field_with_an_enum() -> None:
    found = {
        (cls, name) for cls in DOCUMENTS for name, spec in cls._specs.items() if chooses(spec.check)
    }
    assert found == set(ENUM_FIELDS)


def test_any_tool_may_be_referred_to() -> None:
    document = {**DOCUMENTS[ToolReferenceChunk], "tool": "brand-new"}
    assert ToolReferenceChunk.from_dict(document, strict=True).to_dict() == document


def test_strict_reading_goes_all_the_way_down() -> None:
    document = {
        "model": "m",
        "messages": [
            {"role": "user", "content": [{"type": "hologram"}]},
            {"role": "assistant", "tool_calls": [{"function": {"name": "f"}, "x": 1}]},
        ],
        "tools": [{"function": {"name": "f", "parameters": {}, "parameter": {}}}],
    }
    # A request is not read more loosely without `strict`: all of it is the user's.
    for strict in (False, True):
        assert problems(ChatCompletionRequest, document, strict=strict) == [
            (("messages", 0, "content", 0, "type"), "union_tag_invalid"),
            (("messages", 1, "tool_calls", 0, "function", "arguments"), "missing"),
            (("messages", 1, "tool_calls", 0, "x"), "extra_forbidden"),
            (("tools", 0, "function", "parameter"), "extra_forbidden"),
        ]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("max_completion_tokens", "max_tokens"),
        ("max_token", "max_tokens"),
        ("seed", "random_seed"),
        ("temprature", "temperature"),
        ("topp", "top_p"),
        ("tool", "tools"),
        ("tools_choice", "tool_choice"),
        ("response_fromat", "response_format"),
        ("message", "messages"),
        ("parallel_tools", "parallel_tool_calls"),
        ("top_logprob", "top_logprobs"),
        ("user", None),
        ("functions", None),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_known_name_is_suggested(given: str, meant: str | None) -> None:
    fields = inspect.signature(ChatCompletionRequest).parameters
    hint = f" (did you mean {meant!r}?)" if meant else ""

    assert no_such_field(given, fields) == f"no such field{hint}"
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict({"messages": [USER], given: 1})
    assert caught.value.problems[0].expected == f"no such field{hint}"


def test_a_field_that_is_never_sent_is_not_suggested_for_itself() -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionRequest.from_dict(
            {"model": "m", "messages": [USER], "continue_final_message": True}, strict=True
        )
    assert "did you mean 'continue_final_message'" not in str(caught.value)


@pytest.mark.parametrize("cls", [TextChunk, UserMessage], ids=["open", "closed"])
def test_a_key_with_more_digits_than_python_prints_is_refused_like_any(
    cls: type[WireType],
) -> None:
    [(_, kind)] = problems(cls, {**DOCUMENTS[cls], 10**5000: 1})
    assert kind == "string_type"


@pytest.mark.parametrize("how", COPIES)
def test_what_was_read_at_the_deepest_level_can_be_copied(how: str) -> None:
    deepest: Any = []
    for _ in range(MAX_DEPTH - 1):
        deepest = [deepest]
    value = TextChunk.from_dict({"text": "a", "new": deepest})

    assert COPIES[how](value).to_dict() == value.to_dict()


@pytest.mark.parametrize("cls", [APIKeyAuth, OAuth2TokenAuth], ids=lambda cls: cls.__name__)
def test_a_secret_is_not_shown(cls: type[Any]) -> None:
    auth = cls(value="s3cret")
    connector = CustomConnector(connector_id="c", authorization=auth)
    request = ChatCompletionRequest(messages=[UserMessage(content="a")], tools=[connector])

    for value in (auth, connector, request, [auth]):
        assert "s3cret" not in repr(value) + str(value) + f"{value}"
        assert "value=..." in repr(value)
    assert auth.to_dict()["value"] == auth.value == "s3cret"


def test_repr_leaves_out_what_is_absent() -> None:
    assert repr(ImageURL(url="u")) == "ImageURL(url='u')"
    assert repr(UserMessage(content=None)) == "UserMessage(role='user')"
    assert repr(TextChunk(text="a", extra={"b": 1})) == (
        "TextChunk(type='text', text='a', extra={'b': 1})"
    )
    request = ChatCompletionRequest(messages=[ToolMessage(content="1", name="f")])
    assert repr(request) == (
        "ChatCompletionRequest(messages=[ToolMessage(role='tool', content='1', name='f')],"
        " truncate_for_context_length=False, continue_final_message=False)"
    )


def test_a_nearest_name_is_looked_for_within_reason() -> None:
    # Neither the length of a key nor the number of keys makes a bad document dear.
    long = "m" * 1_000_000
    many = {f"messages{i}": 1 for i in range(30)}
    for document in ({long: 1}, many):
        with pytest.raises(ValidationError) as caught:
            ChatCompletionRequest.from_dict(document)
        *wrong, missing = caught.value.problems
        assert missing.path == ("messages",)
        assert len(wrong) == len(document)
        assert ["messages" in problem.expected for problem in wrong] == [
            document is many and i < 20 for i in range(len(wrong))
        ]
