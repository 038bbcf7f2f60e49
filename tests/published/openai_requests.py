"""Requests in OpenAI's format, by the types of its parameters."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.published.strategies import ANY_JSON, TEXT

Made = SearchStrategy[Any]

NAMES = st.sampled_from(["now", "get_weather", "search", "Rechnen"])
IDS = st.sampled_from(["call_1", "call_2", "a1b2c3d4e", "", "null", "é" * 9]) | TEXT
MODEL = TEXT.filter(bool)
BREAKPOINT = st.just({"mode": "explicit"})


def an_object(optional: dict[str, Made] | None = None, /, **required: Made) -> Made:
    return st.fixed_dictionaries(required, optional=optional or {})


def a_list(item: Made, least: int = 0, most: int = 3) -> Made:
    return st.lists(item, min_size=least, max_size=most)


# -- content


def part(kind: str, **required: Made) -> Made:
    return an_object({"prompt_cache_breakpoint": BREAKPOINT}, type=st.just(kind), **required)


text_part = part("text", text=TEXT)
refusal_part = an_object(type=st.just("refusal"), refusal=TEXT)
image_part = part(
    "image_url",
    image_url=an_object({"detail": st.sampled_from(["auto", "low", "high", "original"])}, url=TEXT),
)
audio_part = part(
    "input_audio", input_audio=an_object(data=TEXT, format=st.sampled_from(["wav", "mp3"]))
)
file_part = part(
    "file",
    file=an_object({"filename": TEXT}, file_data=TEXT)
    | an_object({"filename": TEXT}, file_id=st.just("00edaf84-95b0-45db-8f83-f71138491f23")),
)

text_content = TEXT | a_list(text_part)

# -- tools

function = an_object(
    {
        "description": TEXT,
        "parameters": st.dictionaries(TEXT, ANY_JSON, max_size=3),
        "strict": st.none() | st.booleans(),
    },
    name=NAMES,
)
tool = an_object(type=st.just("function"), function=function)
named_function = an_object(name=NAMES)

# -- messages

call = an_object(id=IDS, type=st.just("function"), function=an_object(name=NAMES, arguments=TEXT))


def message(role: str, optional: dict[str, Made] | None = None, /, **required: Made) -> Made:
    return an_object(optional, role=st.just(role), **required)


reasoning = {"reasoning_content": st.none() | TEXT, "reasoning": st.none() | TEXT}
assistant_message = message(
    "assistant",
    {
        "content": st.none() | TEXT | a_list(text_part | refusal_part),
        "refusal": st.none() | TEXT,
        "name": TEXT,
        "tool_calls": st.just([]),
        "audio": st.none(),
        "function_call": st.none(),
        # Of other servers, and of responses.
        **reasoning,
        "annotations": st.just([]),
    },
)
prompts: list[Made] = [
    message("developer", {"name": TEXT}, content=text_content),
    message("system", {"name": TEXT}, content=text_content),
    message(
        "user",
        {"name": TEXT},
        content=TEXT | a_list(text_part | image_part | audio_part | file_part),
    ),
]


def answered(message: dict[str, Any], calls: list[Any], answers: list[Any]) -> list[Any]:
    """Return calls, and the answers right after them."""
    by_id = {call["id"]: call for call in calls}
    paired = [{**answer, "tool_call_id": each} for each, answer in zip(by_id, answers)]
    return [{**message, "tool_calls": [*by_id.values()]}, *paired]


exchange = st.builds(
    answered,
    message("assistant", {"content": st.none() | TEXT, **reasoning}),
    a_list(call, least=1),
    st.lists(message("tool", content=text_content), min_size=3),
)
conversations = st.builds(
    lambda first, others: [first, *(one for some in others for one in some)],
    st.one_of(prompts),
    st.lists(a_list(st.one_of(*prompts, assistant_message), 1, 1) | exchange, max_size=3),
)

# -- parameters

parameters: dict[str, Made] = {
    "frequency_penalty": st.none() | st.floats(-2, 2),
    "function_call": st.sampled_from(["none", "auto"]) | named_function,
    "functions": a_list(function),
    "logit_bias": st.none() | st.dictionaries(TEXT, st.integers(-100, 100), max_size=2),
    "logprobs": st.none() | st.booleans(),
    "max_completion_tokens": st.none() | st.integers(0, 2**31),
    "max_tokens": st.none() | st.integers(0, 2**31),
    "metadata": st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    "modalities": st.none() | st.just(["text"]),
    "moderation": st.none() | an_object(model=TEXT),
    "n": st.none() | st.integers(1, 128),
    "parallel_tool_calls": st.booleans(),
    "prediction": st.none() | an_object(type=st.just("content"), content=text_content),
    "presence_penalty": st.none() | st.floats(-2, 2),
    "prompt_cache_key": st.none() | TEXT,
    "prompt_cache_options": an_object({"mode": st.just("implicit"), "ttl": st.just("30m")}),
    "prompt_cache_retention": st.sampled_from([None, "in_memory", "24h"]),
    "reasoning_effort": st.sampled_from(
        [None, "none", "minimal", "low", "medium", "high", "xhigh", "max"]
    ),
    "response_format": st.sampled_from([{"type": "text"}, {"type": "json_object"}])
    | an_object(
        type=st.just("json_schema"),
        json_schema=an_object(
            {
                "description": TEXT,
                "schema": st.dictionaries(TEXT, ANY_JSON, max_size=3),
                "strict": st.none() | st.booleans(),
            },
            name=TEXT,
        ),
    ),
    "safety_identifier": st.none() | TEXT,
    "seed": st.none() | st.integers(-(2**63), 2**63 - 1),
    "service_tier": st.sampled_from([None, "auto", "default", "flex", "scale", "priority", "fast"]),
    "stop": st.none() | TEXT | a_list(TEXT, most=4),
    "store": st.none() | st.booleans(),
    "stream_options": st.none() | an_object({"include_usage": st.booleans()}),
    "temperature": st.none() | st.floats(0, 2) | st.integers(0, 2),
    "tool_choice": st.sampled_from(["none", "auto", "required"])
    | an_object(type=st.just("function"), function=named_function),
    "tools": a_list(tool, least=1),
    "top_logprobs": st.none() | st.integers(0, 20),
    "top_p": st.none() | st.floats(0, 1) | st.integers(0, 1),
    "user": TEXT,
    "verbosity": st.sampled_from([None, "low", "medium", "high"]),
    "web_search_options": an_object({"search_context_size": st.just("low")}),
}
STREAM = {"stream": st.none() | st.booleans()}

requests: Made = an_object({**parameters, **STREAM}, model=MODEL, messages=conversations).filter(
    lambda body: not (body.get("stream") and (body.get("n") or 1) > 1)
)
"""Requests that Mistral's API can serve, once adapted."""
