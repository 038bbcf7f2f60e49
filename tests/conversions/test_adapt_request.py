"""`adapt_request`: the request as a whole, and what becomes of each parameter."""

from __future__ import annotations

import copy
import dataclasses
import time
from typing import Any

import pytest

from mistral_proto import (
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
)
from mistral_proto.conversions.adapt_parameters import PARAMETERS
from mistral_proto.openai import (
    AdaptedRequest,
    Change,
    ChatCompletion,
    ChatCompletionMessage,
    adapt_request,
)
from tests.conversions.adapting import HI, TOOL, adapt, adapt_parameters, refusals

NO_SUCH = "dropped: Mistral's API has no such parameter"
NULL = "dropped: null stands for what is not given"
HERE_IT_IS = "Mistral's API has it under that name"
FORMAT = {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "strict": True}}
GUARDRAIL = {"block_on_error": True, "moderation_llm_v2": {"action": "block"}}

# Parameters that stay as they are.
KEPT: list[dict[str, Any]] = [
    {"stream": True},
    {"stream": False},
    {"max_tokens": 0},
    {"temperature": 0},
    {"temperature": 1.5},
    {"top_p": 1},
    {"top_p": 1e-9},
    {"n": 3},
    {"n": 1, "stream": True},
    {"n": 2, "stream": False},
    {"presence_penalty": -2, "frequency_penalty": 2},
    {"stop": "\n"},
    {"stop": ["a", "b"]},
    {"random_seed": 0},
    {"metadata": {"user": "u-1", "nested": {"by": ["Mistral"]}}},
    {"response_format": {"type": "text"}},
    {"response_format": {"type": "json_object"}},
    {"response_format": FORMAT},
    {"prediction": {"type": "content", "content": "def f():"}},
    {"reasoning_effort": "none"},
    {"reasoning_effort": "xhigh"},
    {"service_tier": "auto"},
    {"service_tier": "standard_only"},
    {"prompt_cache_key": "k"},
    {"prompt_mode": "reasoning"},
    {"safe_prompt": True},
    {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
]


@pytest.mark.parametrize("given", KEPT, ids=str)
def test_a_parameter_that_both_have_stays_as_it_is(given: dict[str, Any]) -> None:
    written, changes = adapt_parameters(**given)
    assert {name: written[name] for name in given} == given
    assert (set(written), changes) == (set(given), [])


def test_guardrails_stay_as_they_are() -> None:
    written, changes = adapt_parameters(guardrails=[GUARDRAIL])
    assert changes == []
    assert written["guardrails"][0]["moderation_llm_v2"]["action"] == "block"


CHANGED: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    (
        "max_completion_tokens",
        {"max_completion_tokens": 5},
        {"max_tokens": 5},
        [f"max_completion_tokens: renamed to max_tokens: {HERE_IT_IS}"],
    ),
    (
        "both limits",
        {"max_tokens": 4, "max_completion_tokens": 5},
        {"max_tokens": 5},
        [
            "max_tokens: dropped: max_completion_tokens is given too, and wins",
            f"max_completion_tokens: renamed to max_tokens: {HERE_IT_IS}",
        ],
    ),
    (
        "both limits, the other way round",
        {"max_completion_tokens": 5, "max_tokens": 4},
        {"max_tokens": 5},
        [
            f"max_completion_tokens: renamed to max_tokens: {HERE_IT_IS}",
            "max_tokens: dropped: max_completion_tokens is given too, and wins",
        ],
    ),
    (
        "one limit is null",
        {"max_completion_tokens": None, "max_tokens": 4},
        {"max_tokens": 4},
        [f"max_completion_tokens: {NULL}"],
    ),
    (
        "seed",
        {"seed": 0},
        {"random_seed": 0},
        [f"seed: renamed to random_seed: {HERE_IT_IS}"],
    ),
    (
        "the largest seed",
        {"seed": 2**63 - 1},
        {"random_seed": 2**63 - 1},
        [f"seed: renamed to random_seed: {HERE_IT_IS}"],
    ),
    (
        "a negative seed",
        {"seed": -2},
        {"random_seed": 2**63 - 2},
        [
            f"seed: renamed to random_seed and changed to {2**63 - 2}: {HERE_IT_IS}, "
            "from 0 on and in 63 bits"
        ],
    ),
    (
        "a seed that is too large",
        {"seed": 2**63 + 7},
        {"random_seed": 7},
        [f"seed: renamed to random_seed and changed to 7: {HERE_IT_IS}, from 0 on and in 63 bits"],
    ),
    (
        "both seeds",
        {"seed": 1, "random_seed": 0},
        {"random_seed": 0},
        ["seed: dropped: random_seed is given too, and wins"],
    ),
    (
        "too hot",
        {"temperature": 2},
        {"temperature": 1.5},
        ["temperature: changed to 1.5: Mistral's API goes no higher"],
    ),
    (
        "top_p 0",
        {"top_p": 0},
        {"top_p": 0.0001},
        ["top_p: changed to 0.0001: Mistral's API takes what is above 0 only"],
    ),
    ("no stop", {"stop": []}, {}, ["stop: dropped: it is empty, and so stops at nothing"]),
    ("an empty stop", {"stop": ""}, {}, ["stop: dropped: it is empty, and so stops at nothing"]),
    (
        "the greatest effort",
        {"reasoning_effort": "max"},
        {"reasoning_effort": "xhigh"},
        ["reasoning_effort: changed to 'xhigh': Mistral's API goes no higher"],
    ),
    (
        "the default tier",
        {"service_tier": "default"},
        {"service_tier": "standard_only"},
        [f"service_tier: changed to 'standard_only': {HERE_IT_IS}"],
    ),
    (
        "another tier",
        {"service_tier": "flex"},
        {},
        ["service_tier: dropped: Mistral's API has no such tier"],
    ),
    (
        "text",
        {"modalities": ["text"]},
        {},
        ["modalities: dropped: Mistral's API answers in text anyway"],
    ),
    (
        "a prediction in parts",
        {
            "prediction": {
                "type": "content",
                "content": [{"type": "text", "text": "a", "id": 1}, {"type": "text", "text": "b"}],
            }
        },
        {"prediction": {"type": "content", "content": "ab"}},
        [
            "prediction.content[0].id: dropped: Mistral's API has no such field",
            "prediction.content: joined to one text: Mistral's API takes no parts here",
        ],
    ),
    (
        "a schema with null, and more",
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"x": None}, "strict": None, "y": 1},
                "z": 1,
            }
        },
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"x": None}},
            }
        },
        [
            f"response_format.json_schema.strict: {NULL}",
            "response_format.json_schema.y: dropped: Mistral's API has no such field",
            "response_format.z: dropped: Mistral's API has no such field",
        ],
    ),
    (
        "a schema without a name or a schema",
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "response", "schema": {"type": "object"}},
            }
        },
        [
            "response_format.json_schema.name: set to 'response': Mistral's API requires one",
            "response_format.json_schema.schema: set to that of any object: "
            "Mistral's API requires one",
        ],
    ),
    *[
        (f"{name} is dropped", {name: value}, {}, [f"{name}: {NO_SUCH}"])
        for name, value in {
            "store": False,
            "user": "u-1",
            "safety_identifier": "u-1",
            "logit_bias": {"50256": -100},
            "verbosity": "low",
            "logprobs": True,
            "top_logprobs": 3,
            "min_tokens": 1,
            "repetition_penalty": 1.1,
            "top_k": 5,
            "prompt_logprobs": True,
            "top_prompt_logprobs": 3,
        }.items()
    ],
    *[
        (f"{name} is dropped", {name: {}}, {}, [f"{name}: dropped: {why}"])
        for name, why in {
            "prompt_cache_options": "Mistral's API caches by prompt_cache_key alone",
            "prompt_cache_retention": "Mistral's API caches by prompt_cache_key alone",
            "stream_options": "Mistral's API ends every stream with the usage anyway",
            "web_search_options": "Mistral's API searches by its own tool web_search",
            "moderation": "Mistral's API moderates by its own parameter guardrails",
            "extra_body": "it is an option of the client, and never sent",
            "truncate_for_context_length": "it is for tokenizers, and never sent",
            "continue_final_message": "Mistral's API has a message's prefix for it",
        }.items()
    ],
    (
        "null",
        {"stop": None, "stream": None, "tools": None, "audio": None, "brand_new": None},
        {},
        [f"{name}: {NULL}" for name in ("stop", "stream", "tools", "audio", "brand_new")],
    ),
    (
        "a slip of the pen",
        {"tempature": 1},
        {},
        ["tempature: dropped: Mistral's API has no such field (did you mean 'temperature'?)"],
    ),
    ("what nobody knows", {"zzz": 1}, {}, ["zzz: dropped: Mistral's API has no such field"]),
]


@pytest.mark.parametrize(
    ("given", "written", "changes"), [case[1:] for case in CHANGED], ids=[c[0] for c in CHANGED]
)
def test_a_parameter_is_changed_or_dropped(
    given: dict[str, Any], written: dict[str, Any], changes: list[str]
) -> None:
    assert adapt_parameters(**given) == (written, changes)


REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "several answers in a stream",
        {"n": 2, "stream": True},
        ["n: expected 1, as Mistral's API streams one answer only, got the number 2"],
    ),
    (
        "audio",
        {"modalities": ["text", "audio"], "audio": {"voice": "ash"}},
        [
            "modalities[1]: expected 'text', as Mistral's API answers in no other, "
            "got the string 'audio'",
            "audio: expected no audio, as Mistral's API answers in text only, "
            "got an object with 'voice'",
        ],
    ),
    ("modalities", {"modalities": "text"}, ["modalities: expected a list, got the string 'text'"]),
    (
        "temperature",
        {"temperature": "hot"},
        ["temperature: expected a number of at least 0, got the string 'hot'"],
    ),
    (
        "endless temperature",
        {"temperature": float("inf")},
        ["temperature: expected a finite number of at least 0, got an infinite number"],
    ),
    (
        "top_p",
        {"top_p": 1.1},
        ["top_p: expected a number of at least 0 and at most 1, got the number 1.1"],
    ),
    ("seed", {"seed": 0.5}, ["seed: expected an integer, got the number 0.5"]),
    ("n", {"n": 0}, ["n: expected an integer of at least 1, got the number 0"]),
    (
        "max_completion_tokens",
        {"max_completion_tokens": -1},
        ["max_completion_tokens: expected an integer of at least 0, got the number -1"],
    ),
    ("stop", {"stop": ["a", 1]}, ["stop[1]: expected a string, got the number 1"]),
    (
        "reasoning_effort",
        {"reasoning_effort": "much"},
        [
            "reasoning_effort: expected 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or "
            "'max', got the string 'much'"
        ],
    ),
    ("service_tier", {"service_tier": 1}, ["service_tier: expected a string, got the number 1"]),
    ("metadata", {"metadata": []}, ["metadata: expected an object, got an empty list"]),
    (
        "a format",
        {"response_format": []},
        ["response_format: expected an object, got an empty list"],
    ),
    (
        "a format of no kind",
        {"response_format": {"type": "xml"}},
        [
            "response_format.type: expected 'text', 'json_object' or 'json_schema', "
            "got the string 'xml'"
        ],
    ),
    (
        "no schema",
        {"response_format": {"type": "json_schema"}},
        ["response_format.json_schema: expected this field, got nothing"],
    ),
    (
        "a schema that is none",
        {"response_format": {"type": "json_schema", "json_schema": 3}},
        ["response_format.json_schema: expected an object, got the number 3"],
    ),
    (
        "a name that is none",
        {"response_format": {"type": "json_schema", "json_schema": {"name": 3, "schema": {}}}},
        ["response_format.json_schema.name: expected a string, got the number 3"],
    ),
    ("a prediction", {"prediction": "a"}, ["prediction: expected an object, got the string 'a'"]),
    (
        "a prediction of no text",
        {"prediction": {"type": "content", "content": 3}},
        ["prediction.content: expected a string or a list, got the number 3"],
    ),
    (
        "a prediction in images",
        {"prediction": {"content": [{"type": "image_url", "image_url": "https://x"}]}},
        [
            "prediction.content[0]: expected a text, as Mistral takes nothing else here, "
            "got an object with 'type', 'image_url'"
        ],
    ),
    (
        "guardrails",
        {"guardrails": [{"blokc": 1}]},
        ["guardrails[0].blokc: expected no such field, got the number 1"],
    ),
]


@pytest.mark.parametrize(
    ("given", "problems"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_parameter_is_refused(given: dict[str, Any], problems: list[str]) -> None:
    assert refusals({**HI, **given}) == problems


NO_REQUESTS: list[tuple[object, list[str]]] = [
    (None, ["the document: expected an object, got null"]),
    ([HI], ["the document: expected an object, got a list of 1"]),
    (
        {},
        [
            "model: expected this field, got nothing",
            "messages: expected this field, got nothing",
        ],
    ),
    (
        {"model": None, "messages": None},
        ["model: expected this field, got null", "messages: expected this field, got null"],
    ),
    (
        {"model": 1, "messages": {}},
        [
            "model: expected a string, got the number 1",
            "messages: expected a list, got an empty object",
        ],
    ),
    (
        {"model": "m", "messages": []},
        ["messages: expected a list of at least 1, got an empty list"],
    ),
]


@pytest.mark.parametrize(("body", "problems"), NO_REQUESTS, ids=str)
def test_what_is_no_request_is_refused(body: object, problems: list[str]) -> None:
    assert refusals(body) == problems


def test_every_problem_is_told_at_once_and_in_order() -> None:
    body = {
        "audio": {},
        "messages": [{"role": "robot"}, {"role": "user", "content": [{"type": "hologram"}]}],
        "temperature": -1,
        "store": True,
    }
    assert [problem.partition(":")[0] for problem in refusals(body)] == [
        "audio",
        "messages[0].role",
        "messages[1].content[0].type",
        "temperature",
        "model",
    ]


def test_changes_are_in_the_order_of_the_document() -> None:
    body = {"user": "u", "messages": [{"role": "developer", "content": "x"}, *HI["messages"]]}
    changes = adapt_request({**body, "model": "m", "store": False}).changes
    assert [change.path for change in changes] == [("user",), ("messages", 0, "role"), ("store",)]
    assert changes[-1] == Change(("store",), "dropped", "Mistral's API has no such parameter")


def test_the_body_stays_as_it_is_and_shares_nothing_with_the_request() -> None:
    body = {**HI, "metadata": {"a": [1]}, "store": True, "tools": [copy.deepcopy(TOOL)]}
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


# Bodies with wire types, and the same without.
WIRE_TYPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "messages": (
        messages(
            SystemMessage(content="x"),
            UserMessage(content=[TextChunk(text="Hi")]),
            AssistantMessage(content="Hello"),
            UserMessage(content="Hi"),
            ChatCompletionMessage.from_dict(CALLS),
            ToolMessage(content="12:00", tool_call_id="a1b2c3d4e"),
        ),
        messages(
            {"role": "system", "content": "x"},
            {"role": "user", "content": [TEXT]},
            {"role": "assistant", "content": "Hello"},
            *HI["messages"],
            CALLS,
            ANSWER,
        ),
    ),
    "one that no change was made for": (
        messages(*HI["messages"], ChatCompletionMessage.from_dict({"content": "", "zzz": 1})),
        messages(*HI["messages"], {"role": "assistant", "content": "", "zzz": 1}),
    ),
    "calls whose answers have no ids": (
        messages(
            {**CALLS, "tool_calls": (ToolCall.from_dict(CALL),)}, {**ANSWER, "tool_call_id": ""}
        ),
        messages(CALLS, {**ANSWER, "tool_call_id": ""}),
    ),
    "a call's function": (
        messages({**CALLS, "tool_calls": [{**CALL, "function": FunctionCall.from_dict(FUNCTION)}]}),
        messages(CALLS),
    ),
    "parts": (
        messages({"role": "user", "content": [TextChunk(text="Hi"), TEXT]}),
        messages({"role": "user", "content": [TEXT, TEXT]}),
    ),
    "thinking": (
        messages({"role": "user", "content": [ThinkChunk(thinking=[TextChunk(text="Hi")])]}),
        messages({"role": "user", "content": [{"type": "thinking", "thinking": [TEXT]}]}),
    ),
    "in thinking": (
        messages(
            {"role": "user", "content": [{"type": "thinking", "thinking": [TextChunk(text="Hi")]}]}
        ),
        messages({"role": "user", "content": [{"type": "thinking", "thinking": [TEXT]}]}),
    ),
    "tools": (
        {**HI, "tools": [Tool.from_dict(TOOL), WebSearchTool()]},
        {**HI, "tools": [TOOL, {"type": "web_search"}]},
    ),
    "a tool's function": (
        {**HI, "tools": [{"type": "function", "function": Function.from_dict(TOOL["function"])}]},
        {**HI, "tools": [TOOL]},
    ),
}


@pytest.mark.parametrize(("body", "plain"), WIRE_TYPES.values(), ids=WIRE_TYPES)
def test_wire_types_may_stand_for_objects(body: dict[str, Any], plain: dict[str, Any]) -> None:
    assert adapt_request(body) == adapt_request(plain)


def test_a_wire_type_in_the_wrong_place_is_refused() -> None:
    [role, kind] = refusals({**messages(TextChunk(text="Hi")), "tools": [UserMessage(content="")]})
    assert role == "messages[0].role: expected this field, got nothing"
    assert kind.startswith("tools[0].")


def test_an_answer_goes_back_into_the_messages() -> None:
    answer = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "4."},
    }
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


def test_a_key_that_is_no_string_is_dropped() -> None:
    assert adapt({**HI, 7: 1}).changes == [  # type: ignore[dict-item]
        "['7']: dropped: Mistral's API has no such field"
    ]


def test_every_field_of_the_type_has_its_line_in_the_table() -> None:
    assert ChatCompletionRequest._specs.keys() <= PARAMETERS.keys()


# Bodies of n things, each of which something is done about.
LARGE: dict[str, Any] = {
    "unknown parameters": lambda n: {**HI, **{f"parameter_{i}": i for i in range(n)}},
    "unknown fields": lambda n: {
        **HI,
        "messages": [{**HI["messages"][0], **{f"field_{i}": i for i in range(n)}}],
    },
    "calls and answers without ids": lambda n: {
        **HI,
        "messages": [
            {
                "role": "assistant",
                "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}] * n,
            },
            *[{"role": "tool", "content": ""}] * n,
        ],
    },
    "calls without ids, whose answers have some": lambda n: messages(
        {"role": "assistant", "tool_calls": [{"function": FUNCTION}] * n},
        *[{"role": "tool", "content": "", "tool_call_id": f"{i:09}"} for i in range(n)],
    ),
    "system messages that come late": lambda n: messages(
        {"role": "assistant", "content": "Hello"},
        *[{"role": "system", "content": "x"}] * n,
        *HI["messages"] * n,
    ),
    "allowed tools": lambda n: {
        **HI,
        "tools": [{"type": "function", "function": {"name": f"f{i}"}} for i in range(n)],
        "tool_choice": {
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "auto",
                "tools": [{"type": "function", "function": {"name": f"f{i}"}} for i in range(n)],
            },
        },
    },
    "parts": lambda n: {
        **HI,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "", "id": 1}] * n}],
    },
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
