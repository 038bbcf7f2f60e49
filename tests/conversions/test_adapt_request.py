"""`adapt_request`: the request as a whole, and what becomes of each parameter."""

from __future__ import annotations

import copy
import dataclasses
import time
from typing import Any
from unittest.mock import Mock

import pytest

from mistral_proto import (
    UNSET,
    AssistantMessage,
    ChatCompletionRequest,
    Function,
    FunctionCall,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
    WebSearchTool,
    check_conversation,
)
from mistral_proto.openai import (
    AdaptedRequest,
    Change,
    ChatCompletion,
    ChatCompletionMessage,
    adapt_request,
)
from tests.conversions.adapting import HI, TOOL, adapt_parameters, refusals

SCHEMA = {"name": "a", "schema": {}, "strict": True}
GUARDRAIL = {"block_on_error": True, "moderation_llm_v2": {"action": "block"}}


def json_schema(given: Any, **others: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": given, **others}}


def prediction(content: Any) -> dict[str, Any]:
    return {"prediction": {"type": "content", "content": content}}


KEPT: list[dict[str, Any]] = [
    {"stream": True, "n": 1},
    {"stream": False, "n": 2},
    {"max_tokens": 0, "n": 3},
    {"temperature": 0, "top_p": 1},
    {"temperature": 1.5, "top_p": 1e-9},
    {"presence_penalty": -2, "frequency_penalty": 2},
    {"stop": "\n"},
    {"stop": ["a", "b"], "random_seed": 0},
    {"metadata": {"user": "u-1", "nested": {"by": ["Mistral"]}}},
    {"response_format": {"type": "text"}},
    {"response_format": {"type": "json_object"}},
    json_schema(SCHEMA),
    prediction("def f():"),
    {"reasoning_effort": "none", "service_tier": "auto"},
    {"reasoning_effort": "xhigh", "service_tier": "standard_only"},
    {"prompt_cache_key": "k", "prompt_mode": "reasoning", "safe_prompt": True},
    {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
    # What the SDK sends, and the published schema does not have.
    {"logprobs": True, "top_logprobs": 3, "prompt_logprobs": True, "top_prompt_logprobs": 3},
    {"min_tokens": 1, "repetition_penalty": 1.1, "top_k": 5},
]

NULLS = ("stop", "stream", "tools", "audio", "brand_new")
DROPPED = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], "x"),
    **dict.fromkeys(["prompt_cache_options", "prompt_cache_retention", "stream_options"], {}),
    **dict.fromkeys(["web_search_options", "moderation", "timeout", "zzz", "tempature"], 1),
    "extra_headers": {"a": "b"},
    "truncate_for_context_length": False,
    "modalities": ["text"],
    "stop": "",
}
# Parameters, what they become, and where they were changed.
CHANGED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    *[({name: value}, {}, [f"{name} dropped"]) for name, value in DROPPED.items()],
    ({"stop": [], "service_tier": "flex"}, {}, ["stop dropped", "service_tier dropped"]),
    (dict.fromkeys(NULLS), {}, [f"{name} dropped" for name in NULLS]),
    ({"max_completion_tokens": 5}, {"max_tokens": 5}, ["max_completion_tokens renamed"]),
    (
        {"max_tokens": 4, "max_completion_tokens": 5},
        {"max_tokens": 5},
        ["max_tokens dropped", "max_completion_tokens renamed"],
    ),
    (
        {"max_completion_tokens": 5, "max_tokens": 4},
        {"max_tokens": 5},
        ["max_completion_tokens renamed", "max_tokens dropped"],
    ),
    (
        {"max_completion_tokens": None, "max_tokens": 4},
        {"max_tokens": 4},
        ["max_completion_tokens dropped"],
    ),
    *[
        (
            {"seed": given},
            {"random_seed": seed},
            ["seed renamed", *["seed changed"][: given != seed]],
        )
        for given, seed in [(0, 0), (2**63 - 1, 2**63 - 1), (-2, 2**63 - 2), (2**63 + 7, 7)]
    ],
    ({"seed": 1, "random_seed": 0}, {"random_seed": 0}, ["seed dropped"]),
    ({"temperature": 2}, {"temperature": 1.5}, ["temperature changed"]),
    ({"top_p": 0}, {"top_p": 0.0001}, ["top_p changed"]),
    ({"top_p": 0.9, "temperature": 0.0}, {"temperature": 0.0}, ["top_p dropped"]),
    ({"reasoning_effort": "max"}, {"reasoning_effort": "xhigh"}, ["reasoning_effort changed"]),
    ({"service_tier": "default"}, {"service_tier": "standard_only"}, ["service_tier changed"]),
    (
        prediction([{"type": "text", "text": "a", "id": 1}, {"type": "text", "text": "b"}]),
        prediction("ab"),
        ["prediction.content joined"],
    ),
    (prediction([]), prediction(""), ["prediction.content joined"]),
    (
        json_schema({"name": "a", "schema": {"x": None}, "strict": None, "y": 1}, z=1),
        json_schema({"name": "a", "schema": {"x": None}}),
        [
            *(
                "response_format.json_schema.strict dropped",
                "response_format.json_schema.y dropped",
            ),
            "response_format.z dropped",
        ],
    ),
    (
        json_schema({}),
        json_schema({"name": "response", "schema": {"type": "object"}}),
        ["response_format.json_schema.name set", "response_format.json_schema.schema set"],
    ),
]


def test_a_parameter_stays_or_is_changed() -> None:
    kept: list[Any] = [(given, given, []) for given in KEPT]
    for given, written, changes in [*kept, *CHANGED]:
        assert adapt_parameters(**given) == (written, changes)
    written, changes = adapt_parameters(guardrails=[GUARDRAIL])
    assert (written["guardrails"][0]["moderation_llm_v2"]["action"], changes) == ("block", [])
    for others, count in (({}, 0), ({"temperature": 0, "top_p": 0.5}, 1)):
        adapted = adapt_request({**HI, **others, "extra_body": {"top_q": 1}})
        assert (adapted.request.extra_body, len(adapted.changes)) == ({"top_q": 1}, count)


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"n": 2, "stream": True}, ["n value_error"]),
    (
        {"modalities": ["text", "audio"], "audio": {"voice": "ash"}},
        ["modalities value_error", "audio value_error"],
    ),
    ({"modalities": 1}, ["modalities value_error"]),
    ({"temperature": "hot", "top_p": 1.1}, ["temperature float_type", "top_p less_than_equal"]),
    ({"temperature": True, "top_p": False}, ["temperature float_type", "top_p float_type"]),
    ({"temperature": float("nan")}, ["temperature finite_number"]),
    ({"seed": 0.5}, ["seed int_from_float"]),
    ({"n": 0}, ["n greater_than_equal"]),
    ({"max_completion_tokens": -1}, ["max_completion_tokens greater_than_equal"]),
    ({"stop": ["a", 1]}, ["stop[1] string_type"]),
    ({"reasoning_effort": "much"}, ["reasoning_effort enum"]),
    ({"service_tier": 1}, ["service_tier string_type"]),
    ({"metadata": [], "extra_body": 1}, ["metadata dict_type", "extra_body dict_type"]),
    ({"response_format": []}, ["response_format dict_type"]),
    ({"response_format": {"type": "xml"}}, ["response_format.type enum"]),
    (
        {"response_format": {"type": "json_schema"}},
        ["response_format.json_schema missing"],
    ),
    (json_schema(3), ["response_format.json_schema dict_type"]),
    (json_schema({"name": 3, "schema": {}}), ["response_format.json_schema.name string_type"]),
    ({"prediction": "a"}, ["prediction dict_type"]),
    *[
        (prediction(content), ["prediction.content string_type"])
        for content in (3, ["a"], [{"type": "text", "text": "a"}, {"type": "image_url"}])
    ],
    ({"guardrails": [{"blokc": 1}]}, ["guardrails[0].blokc extra_forbidden"]),
]

NO_REQUESTS: list[tuple[object, list[str]]] = [
    (None, ["the document dict_type"]),
    ([HI], ["the document dict_type"]),
    ({}, ["model missing", "messages missing"]),
    ({"model": None, "messages": None}, ["model missing", "messages missing"]),
    ({"model": 1, "messages": {}}, ["model string_type", "messages list_type"]),
    ({"model": "m", "messages": []}, ["messages too_short"]),
    (
        {
            "audio": {},
            "messages": [{"role": "robot"}, {"role": "user", "content": [{"type": "hologram"}]}],
            "temperature": -1,
            "store": True,
        },
        [
            *("audio value_error", "messages[0].role union_tag_invalid"),
            "messages[1].content[0].type union_tag_invalid",
            *("temperature greater_than_equal", "model missing"),
        ],
    ),
]


def test_a_request_is_refused() -> None:
    for given, problems in REFUSED:
        assert refusals({**HI, **given}) == problems
    for body, problems in NO_REQUESTS:
        assert refusals(body) == problems


def test_changes_are_in_the_order_of_the_document() -> None:
    body = {"user": "u", "messages": [{"role": "developer", "content": "x"}, *HI["messages"]]}
    changes = adapt_request({**body, "model": "m", "store": False, 7: 1}).changes  # type: ignore[dict-item]
    assert [change.path for change in changes] == [
        *(("user",), ("messages", 0, "role"), ("store",), ("7",))
    ]
    assert changes[2] == Change(("store",), "dropped", "Mistral's API has no such parameter")
    [slip] = adapt_request({**HI, "tempature": 1}).changes
    assert "did you mean 'temperature'?" in slip.reason


def test_what_the_api_refuses_is_told_of_a_request_that_is_not_adapted() -> None:
    empty = AssistantMessage.from_dict({"content": [{"type": "text"}]})
    user = UserMessage(content="Hi")
    tool = Tool(function=Function(name="a", parameters={"items": [{"$id": "x"}]}))
    call = ToolCall(id="call_1", function=FunctionCall(name="a", arguments="{}"))
    request = ChatCompletionRequest(
        model="m",
        messages=[
            *(user, empty, AssistantMessage(tool_calls=[call])),
            *(ToolMessage(content="", tool_call_id="call_1"), user),
        ],
        temperature=0,
        top_p=0.5,
        n=2,
        stream=True,
        tools=[tool, WebSearchTool()],
    )
    broken = {
        *(("top_p",), ("n",), ("messages", 1), ("messages", 2, "tool_calls", 0, "id")),
        *(("messages", 4, "role"), ("tools", 0, "function", "parameters", "items", 0, "$id")),
    }
    told = [error.path for error in check_conversation(request)]
    assert broken <= {*told} and len(told) == len({*told})
    # Only of one that is to be sent.
    assert ("top_p",) not in [error.path for error in check_conversation(request, mode="test")]


def test_the_body_stays_as_it_is_and_shares_nothing_with_the_request() -> None:
    schema = {"type": "object", "$schema": "x"}
    tool = {"type": "function", "function": {"name": "now", "parameters": schema}}
    body = {**HI, "metadata": {"a": [1]}, "store": True, "tools": [tool]}
    before = copy.deepcopy(body)
    request = adapt_request(body).request
    assert body == before
    body["metadata"]["a"].append(2)
    assert request.metadata == {"a": [1]}


TEXT = {"type": "text", "text": "Hi"}
FUNCTION = {"name": "now", "arguments": "{}"}
CALL = {"id": "a1b2c3d4e", "type": "function", "function": FUNCTION}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": "12:00"}


def messages(*each: object) -> dict[str, Any]:
    return {**HI, "messages": each}


def user(*content: object) -> dict[str, Any]:
    return messages({"role": "user", "content": content})


class Model:
    """Stands for an object of a library that has a `model_dump`, such as OpenAI's SDK."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def model_dump(self, *, mode: str, exclude_none: bool, **others: bool) -> dict[str, Any]:
        assert (mode, exclude_none, others) == ("json", True, {"by_alias": True, "warnings": False})
        return {name: value for name, value in self.fields.items() if value is not None}


class NotGiven:
    """Has the name of what OpenAI's SDK has for what is not given."""


class Omit(NotGiven):
    """Has the name of the newer one."""


# Bodies with objects, and the same without.
OBJECTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        messages(
            *(SystemMessage(content="x"), UserMessage(content=[TextChunk(text="Hi")])),
            *(AssistantMessage(content="Hello"), UserMessage(content="Hi")),
            *(ChatCompletionMessage.from_dict(CALLS), ToolMessage.from_dict(ANSWER)),
        ),
        messages(
            *({"role": "system", "content": "x"}, {"role": "user", "content": [TEXT]}),
            *({"role": "assistant", "content": "Hello"}, *HI["messages"], CALLS, ANSWER),
        ),
    ),
    (
        messages(*HI["messages"], ChatCompletionMessage.from_dict({"content": "", "zzz": 1})),
        messages(*HI["messages"], {"role": "assistant", "content": "", "zzz": 1}),
    ),
    (
        messages({**CALLS, "tool_calls": (ToolCall.from_dict(CALL),)}, ANSWER),
        messages(CALLS, ANSWER),
    ),
    (
        messages(
            {**CALLS, "tool_calls": [{**CALL, "function": FunctionCall.from_dict(FUNCTION)}]},
            ANSWER,
        ),
        messages(CALLS, ANSWER),
    ),
    (user(TextChunk(text="Hi"), TEXT), user(TEXT, TEXT)),
    (
        user(ThinkChunk(thinking=[TextChunk(text="Hi")])),
        user({"type": "thinking", "thinking": [TEXT]}),
    ),
    (
        user({"type": "thinking", "thinking": [TextChunk(text="Hi")]}),
        user({"type": "thinking", "thinking": [TEXT]}),
    ),
    (
        {**HI, "tools": [Tool.from_dict(TOOL), WebSearchTool()]},
        {**HI, "tools": [TOOL, {"type": "web_search"}]},
    ),
    (
        {**HI, "tools": [{"type": "function", "function": Function.from_dict(TOOL["function"])}]},
        {**HI, "tools": [TOOL]},
    ),
    # OpenAI's SDK's
    (
        messages(*HI["messages"], Model(refusal=None, **CALLS), ANSWER),
        messages(*HI["messages"], CALLS, ANSWER),
    ),
    (
        {**HI, "tools": [Model(**TOOL)], "response_format": Model(type="text")},
        {**HI, "tools": [TOOL], "response_format": {"type": "text"}},
    ),
    (
        {
            **messages({"role": "user", "content": "Hi", "name": Omit()}),
            "tools": NotGiven(),
            "stop": Omit(),
            "top_p": UNSET,
            "response_format": {"type": "text", "json_schema": NotGiven()},
        },
        {**HI, "response_format": {"type": "text"}},
    ),
]


def test_objects_may_stand_for_documents() -> None:
    for body, plain in OBJECTS:
        assert adapt_request(body) == adapt_request(plain)
    assert refusals({**HI, "messages": NotGiven()}) == ["messages missing"]
    assert refusals({**HI, "response_format": Model}) == ["response_format value_error"]
    for model in (Mock(model_dump=3), Mock(model_dump=Mock(side_effect=RuntimeError))):
        assert refusals(user(model)) == ["messages[0].content[0] value_error"]


def test_a_wire_type_in_the_wrong_place_is_refused() -> None:
    body = {**messages(TextChunk(text="Hi")), "tools": [UserMessage(content="")]}
    assert refusals(body) == ["messages[0].role missing", "tools[0].function missing"]


def test_an_answer_goes_back_into_the_messages() -> None:
    message = {"role": "assistant", "content": "4."}
    answer = {"index": 0, "finish_reason": "stop", "message": message}
    document = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    response = ChatCompletion.from_dict({**document, "choices": [answer]})
    adapted = adapt_request(messages(*HI["messages"], response.choices[0].message, *HI["messages"]))
    assert adapted.request.messages[1] == AssistantMessage(content="4.")
    assert adapted.changes == ()


def test_the_outcome_can_not_be_changed() -> None:
    adapted = adapt_request(HI)
    assert adapted == AdaptedRequest(ChatCompletionRequest.from_dict(HI), ())
    with pytest.raises(dataclasses.FrozenInstanceError):
        adapted.changes = ()  # type: ignore[misc]


def named_tools(n: int) -> list[Any]:
    return [{"type": "function", "function": {"name": f"f{i}"}} for i in range(n)]


# Bodies of n things, each of which something is done about.
LARGE: dict[str, Any] = {
    "unknown parameters": lambda n: {**HI, **{f"parameter_{i}": i for i in range(n)}},
    "unknown fields": lambda n: messages(
        {**HI["messages"][0], **{f"field_{i}": i for i in range(n)}}
    ),
    "calls and answers without ids": lambda n: messages(
        {"role": "assistant", "tool_calls": [{"function": FUNCTION}] * n},
        *[{"role": "tool", "content": ""}] * n,
    ),
    "system messages that come late": lambda n: messages(
        {"role": "assistant", "content": "Hello"},
        *[{"role": "system", "content": "x"}] * n,
        *HI["messages"] * n,
    ),
    "allowed tools": lambda n: {
        **HI,
        "tools": named_tools(n),
        "tool_choice": {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": named_tools(n)},
        },
    },
    "parts": lambda n: user(*[{"type": "text", "text": "", "id": 1}] * n),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_the_cost_grows_with_the_body_and_no_faster(make: Any) -> None:
    def seconds(n: int) -> float:
        body = make(n)
        times = []
        for _ in range(3):
            begun = time.process_time()
            adapt_request(body)
            times.append(time.process_time() - begun)
        return min(times)

    # Quadratic cost would take 64 times as long.
    assert seconds(3200) < 24 * max(seconds(400), 0.002)
