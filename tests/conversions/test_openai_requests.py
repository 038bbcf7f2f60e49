"""Whole requests to OpenAI's format and back, as mistral_common converts them."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    InstructRequest,
    JsonSchema,
    ModelSettings,
    NamedToolChoice,
    ReasoningEffort,
    ResponseFormat,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolMessage,
    UserMessage,
    ValidationError,
    WebSearchTool,
)
OPENAI_PARAMETERS = {"n"}

HI: Any = {"role": "user", "content": "Hi"}
TOOL: Any = {
    "type": "function",
    "function": {"name": "f", "description": "", "parameters": {}, "strict": False},
}
# What is written of a request that has only messages.
PLAIN: dict[str, Any] = {
    "temperature": 0.7,
    "top_p": 1.0,
    "response_format": {"type": "text"},
    "continue_final_message": False,
    "messages": [HI],
    "tool_choice": "auto",
}

# -- to_openai

# A field of the request, and what it adds or changes.
WRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"temperature": 0}, {"temperature": 0}),
    ({"top_p": 0.5}, {"top_p": 0.5}),
    ({"max_tokens": 5}, {"max_tokens": 5}),
    ({"model": "m"}, {"model": "m"}),
    ({"random_seed": 0}, {"seed": 0}),
    ({"random_seed": 7}, {"seed": 7}),
    ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
    (
        {
            "response_format": ResponseFormat(
                type="json_schema", json_schema=JsonSchema(name="s", schema={})
            )
        },
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "s", "schema": {}, "strict": False},
            }
        },
    ),
    ({"continue_final_message": True}, {"continue_final_message": True}),
    ({"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
    ({"tools": [TOOL]}, {"tools": [TOOL]}),
    ({"tools": [WebSearchTool()]}, {"tools": [{"type": "web_search"}]}),
    ({"tool_choice": "auto"}, {"tool_choice": "auto"}),
    ({"tool_choice": "none"}, {"tool_choice": "none"}),
    ({"tool_choice": "required"}, {"tool_choice": "required"}),
    ({"tool_choice": "any"}, {"tool_choice": "required"}),
    (
        {"tool_choice": NamedToolChoice.from_dict({"function": {"name": "f"}})},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    ),
    # What mistral_common's request has not.
    ({"stream": True, "stop": ["a"], "n": 2}, {"stream": True, "stop": ["a"], "n": 2}),
    ({"safe_prompt": True}, {"safe_prompt": True}),
    ({"metadata": {"a": None}}, {"metadata": {"a": None}}),
    ({"extra_body": {"min_p": 0.1}}, {"extra_body": {"min_p": 0.1}}),
]


@pytest.mark.parametrize(("fields", "changed"), WRITTEN)
def test_to_openai(fields: dict[str, Any], changed: dict[str, Any]) -> None:
    assert ChatCompletionRequest(messages=[HI], **fields).to_openai() == {**PLAIN, **changed}


def test_mistral_commons_defaults_are_not_sent() -> None:
    request = ChatCompletionRequest(messages=[HI])
    request.to_openai().clear()
    request.to_openai()["response_format"].clear()  # type: ignore[attr-defined]

    assert request.to_dict() == {"messages": [HI]}
    assert request.to_openai() == PLAIN


def test_the_order_is_mistral_commons() -> None:
    request = ChatCompletionRequest(
        messages=[HI],
        tools=[TOOL],
        model="m",
        max_tokens=1,
        random_seed=2,
        reasoning_effort=ReasoningEffort.none,
    )
    assert list(request.to_openai(user="me")) == [
        "temperature",
        "top_p",
        "max_tokens",
        "model",
        "response_format",
        "continue_final_message",
        "reasoning_effort",
        "seed",
        "messages",
        "tools",
        "tool_choice",
        "user",
    ]


FULL = {"messages": [HI], "model": "m", "random_seed": 1, "stream": False}

# Parameters that can't be added, and why not.
NOT_ADDED: list[tuple[str, str]] = [
    ("temperature", "temperature is in the request already"),
    ("response_format", "response_format is in the request already"),
    ("continue_final_message", "continue_final_message is in the request already"),
    ("model", "model is in the request already"),
    ("seed", "seed is in the request already"),
    ("stream", "stream is in the request already"),
    ("messages", "messages is a field of the request: set it there"),
    ("tools", "tools is a field of the request: set it there"),
    ("tool_choice", "tool_choice is a field of the request: set it there"),
    ("random_seed", "random_seed is a field of the request: set it there"),
    ("max_tokens", "max_tokens is a field of the request: set it there"),
    ("reasoning_effort", "reasoning_effort is a field of the request: set it there"),
    ("truncate_for_context_length", "truncate_for_context_length is a field of the request"),
    ("safe_prompt", "safe_prompt is no parameter of OpenAI's$"),
    ("stopp", "stopp is no parameter of OpenAI's .did you mean 'stop'?"),
]


@pytest.mark.parametrize(("name", "words"), NOT_ADDED)
def test_to_openai_refuses_a_parameter(name: str, words: str) -> None:
    parameter: dict[str, Any] = {name: 1}
    with pytest.raises(ValueError, match=words):
        ChatCompletionRequest.from_dict(FULL).to_openai(**parameter)


@pytest.mark.parametrize("name", sorted(OPENAI_PARAMETERS - set(PLAIN)))
def test_to_openai_adds_what_is_openais(name: str) -> None:
    request = ChatCompletionRequest(messages=[HI])
    parameter: dict[str, Any] = {name: 1}
    own = {"tools", "max_tokens", "model", "reasoning_effort"}
    if name in own:
        with pytest.raises(ValueError, match="is a field of the request"):
            request.to_openai(**parameter)
    else:
        assert request.to_openai(**parameter) == {**PLAIN, name: 1}


def test_truncation_is_not_openais() -> None:
    with pytest.raises(NotImplementedError, match="truncate_for_context_length"):
        ChatCompletionRequest(messages=[HI], truncate_for_context_length=True).to_openai()
    with pytest.raises(NotImplementedError, match="truncate_at_max_tokens"):
        InstructRequest(messages=[HI], truncate_at_max_tokens=9).to_openai()


@pytest.mark.parametrize("cls", [ChatCompletionRequest, InstructRequest])
def test_where_thinking_goes(cls: type[ChatCompletionRequest] | type[InstructRequest]) -> None:
    answer = AssistantMessage(content=[ThinkChunk(thinking="Hm."), TextChunk(text="Hi")])
    request = cls(messages=[answer, HI])

    assert request.to_openai()["messages"] == [answer.to_openai(), HI]
    assert request.to_openai(reasoning_field_format="reasoning")["messages"] == [
        {"role": "assistant", "reasoning": "Hm.", "content": "Hi"},
        HI,
    ]


@pytest.mark.parametrize("cls", [ChatCompletionRequest, InstructRequest])
def test_what_is_not_written_is_named(
    cls: type[ChatCompletionRequest] | type[InstructRequest],
) -> None:
    late = AssistantMessage(content=[TextChunk(text="Hi"), ThinkChunk(thinking="Hm.")])
    request = cls(messages=[HI, ToolMessage(content="12"), late])

    with pytest.raises(ValidationError, match="the request has 2 problems") as info:
        request.to_openai(reasoning_field_format="reasoning")
    assert [problem.path for problem in info.value.problems] == [
        ("messages", 1, "tool_call_id"),
        ("messages", 2, "content", 1),
    ]
    with pytest.raises(ValueError, match="'thoughts' is not a valid ReasoningFieldFormat"):
        cls(messages=[HI]).to_openai(reasoning_field_format="thoughts")


# -- from_openai

READ: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"temperature": 0.2, "top_p": 0.5}, {"temperature": 0.2, "top_p": 0.5}),
    ({"seed": 7}, {"random_seed": 7}),
    ({"seed": 0}, {"random_seed": 0}),
    ({"seed": None}, {}),
    ({"random_seed": 7}, {"random_seed": 7}),
    ({"tools": None}, {}),
    ({"tools": [TOOL]}, {"tools": [Tool.from_dict(TOOL)]}),
    ({"extra_body": {"min_p": 0.1}}, {"extra_body": {"min_p": 0.1}}),
    ({"continue_final_message": True}, {"continue_final_message": True}),
    ({"truncate_for_context_length": True}, {"truncate_for_context_length": True}),
    ({"tool_choice": "required"}, {"tool_choice": "required"}),
    ({"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
    ({"stream": True, "stop": "a", "n": 1}, {"stream": True, "stop": "a", "n": 1}),
]


@pytest.mark.parametrize(("kwargs", "fields"), READ)
def test_from_openai(kwargs: dict[str, Any], fields: dict[str, Any]) -> None:
    assert ChatCompletionRequest.from_openai([HI], **kwargs) == ChatCompletionRequest(
        messages=[UserMessage(content="Hi")], **fields
    )


def test_one_seed_is_enough() -> None:
    with pytest.raises(ValueError, match="seed and random_seed are the same"):
        ChatCompletionRequest.from_openai([HI], seed=1, random_seed=1)


def test_every_problem_is_told_at_its_place_in_the_arguments() -> None:
    with pytest.raises(ValidationError) as info:
        ChatCompletionRequest.from_openai(
            [{"role": "user", "content": [{"type": "video"}]}],
            tools=[{"function": {"name": "f"}}],
            temperature=7,
            store=True,
            max_completion_tokens=5,
        )
    assert info.value.title == "ChatCompletionRequest"
    assert [problem.path for problem in info.value.problems] == [
        ("messages", 0, "content", 0, "type"),
        ("tools", 0, "function", "parameters"),
        ("temperature",),
        ("store",),
        ("max_completion_tokens",),
    ]


def test_there_and_back() -> None:
    request = ChatCompletionRequest(
        model="m",
        messages=[
            SystemMessage(content="Be kind."),
            UserMessage(content=[TextChunk(text="Hi")]),
            AssistantMessage.from_openai(
                {"tool_calls": [{"id": "a1b2c3d4e", "function": {"name": "f", "arguments": "{}"}}]}
            ),
            ToolMessage(content="12", tool_call_id="a1b2c3d4e"),
        ],
        tools=[TOOL],
        temperature=0.2,
        random_seed=3,
    )
    document: Any = request.to_openai()
    again = ChatCompletionRequest.from_openai(document.pop("messages"), **document)

    assert again.to_openai() == request.to_openai()
    assert again.messages == request.messages
    assert again.tools == request.tools


# -- InstructRequest

PLAIN_INSTRUCT: dict[str, Any] = {"continue_final_message": False, "messages": [HI]}

INSTRUCT_WRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"continue_final_message": True}, {"continue_final_message": True}),
    (
        {"system_prompt": "Be kind."},
        {
            "system_prompt": "Be kind.",
            "messages": [{"role": "system", "content": "Be kind."}, HI],
        },
    ),
    ({"available_tools": []}, {"tools": []}),
    ({"available_tools": [TOOL]}, {"tools": [TOOL]}),
    ({"settings": {"reasoning_effort": "high"}}, {"reasoning_effort": "high"}),
]


@pytest.mark.parametrize(("fields", "changed"), INSTRUCT_WRITTEN)
def test_instruct_to_openai(fields: dict[str, Any], changed: dict[str, Any]) -> None:
    request = InstructRequest(messages=[HI], **fields)

    assert request.to_openai() == {**PLAIN_INSTRUCT, **changed}
    assert request.to_openai(temperature=0) == {**PLAIN_INSTRUCT, **changed, "temperature": 0}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("continue_final_message", "is in the request already"),
        ("messages", "is a field of the request"),
        ("available_tools", "is a field of the request"),
        ("settings", "is a field of the request"),
        ("truncate_at_max_tokens", "is a field of the request"),
        ("random_seed", "is no parameter of OpenAI's"),
    ],
)
def test_instruct_to_openai_refuses_a_parameter(name: str, words: str) -> None:
    parameter: dict[str, Any] = {name: 1}
    with pytest.raises(ValueError, match=f"^{name} {words}"):
        InstructRequest(messages=[HI]).to_openai(**parameter)


INSTRUCT_READ: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"tools": [TOOL]}, {"available_tools": [TOOL]}),
    ({"available_tools": [TOOL]}, {"available_tools": [TOOL]}),
    ({"available_tools": None}, {}),
    ({"system_prompt": "Be kind."}, {"system_prompt": "Be kind."}),
    ({"truncate_at_max_tokens": 5}, {"truncate_at_max_tokens": 5}),
    ({"continue_final_message": True}, {"continue_final_message": True}),
    ({"reasoning_effort": "high"}, {"settings": ModelSettings(reasoning_effort="high")}),
    ({"reasoning_effort": None}, {}),
    ({"settings": {"reasoning_effort": "high"}}, {"settings": {"reasoning_effort": "high"}}),
]


@pytest.mark.parametrize(("kwargs", "fields"), INSTRUCT_READ)
def test_instruct_from_openai(kwargs: dict[str, Any], fields: dict[str, Any]) -> None:
    assert InstructRequest.from_openai([HI], **kwargs) == InstructRequest(
        messages=[UserMessage(content="Hi")], **fields
    )


def test_tools_come_under_one_name() -> None:
    with pytest.raises(ValueError, match="tools and available_tools are the same"):
        InstructRequest.from_openai([HI], tools=[TOOL], available_tools=[TOOL])


def test_settings_come_in_one_way() -> None:
    with pytest.raises(ValueError, match="^reasoning_effort: give it here, or among the settings"):
        InstructRequest.from_openai([HI], settings=ModelSettings(), reasoning_effort="high")
    with pytest.raises(ValueError, match="^reasoning_effort is in the request already"):
        InstructRequest(messages=[HI], settings=ModelSettings(reasoning_effort="high")).to_openai(
            reasoning_effort="none"
        )


# Where a problem is, by the name of the argument that was given.
NAMED: list[tuple[Any, dict[str, Any], tuple[str | int, ...]]] = [
    (ChatCompletionRequest, {"seed": "x"}, ("seed",)),
    (ChatCompletionRequest, {"random_seed": "x"}, ("random_seed",)),
    (ChatCompletionRequest, {"tools": [{}]}, ("tools", 0, "function")),
    (ChatCompletionRequest, {"tools": 1}, ("tools",)),
    (InstructRequest, {"tools": [{}]}, ("tools", 0, "function")),
    (InstructRequest, {"available_tools": [{}]}, ("available_tools", 0, "function")),
    (InstructRequest, {"reasoning_effort": 1}, ("reasoning_effort",)),
    (InstructRequest, {"settings": {"reasoning_effort": 1}}, ("settings", "reasoning_effort")),
    (InstructRequest, {"system_prompt": 1}, ("system_prompt",)),
]


@pytest.mark.parametrize(("cls", "kwargs", "path"), NAMED)
def test_a_problem_is_named_after_the_argument(
    cls: Any, kwargs: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as info:
        cls.from_openai([HI], **kwargs)
    assert [problem.path for problem in info.value.problems] == [path]


def test_every_problem_of_an_instruct_request_is_told() -> None:
    with pytest.raises(ValidationError) as info:
        InstructRequest.from_openai(
            [{"role": "developer"}], tools=[{}], reasoning_effort="great", temperature=1
        )
    assert [problem.path for problem in info.value.problems] == [
        ("messages", 0, "role"),
        ("reasoning_effort",),
        ("tools", 0, "function"),
        ("temperature",),
    ]


def test_an_instruct_request_is_written_as_it_was_given() -> None:
    document = {
        "messages": [
            {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "Hm.", "closed": True}],
            },
            {"role": "user", "content": [{"type": "image", "image": "AAAA"}]},
        ],
        "continue_final_message": False,
        "settings": {"reasoning_effort": "high"},
    }
    assert InstructRequest.from_dict(document).to_dict() == document


# -- ModelSettings


def test_model_settings() -> None:
    assert ModelSettings.none().to_openai() == {}
    assert ModelSettings.from_openai(reasoning_effort="none").to_openai() == {
        "reasoning_effort": "none"
    }
    with pytest.raises(ValidationError, match="temperature: expected no such field"):
        ModelSettings.from_openai(temperature=1)
