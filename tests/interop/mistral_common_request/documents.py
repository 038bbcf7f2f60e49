"""Documents of each type that both sides take, and documents with one thing changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from mistral_common.audio import EXPECTED_FORMAT_VALUES

from tests.published.strategies import FINITE, UNKNOWN_KEYS, VALUES, places, removed, replaced

Documents = SearchStrategy[dict[str, Any]]

# A PNG of one black pixel, as mistral_common writes it.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)

TEXT = st.sampled_from(["", "Hi", "null", "é"]) | st.text(
    st.characters(exclude_categories=("Cs",)), max_size=8
)
# What is empty here the API refuses, and so do we.
MODEL = st.just("m")
NAME = st.sampled_from(["f", "get_weather", "", "a b"])
JSON_TEXT = st.sampled_from(["{}", "", '{"a": [1, null]}', "no JSON"])
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), FINITE, TEXT)
PARAMETERS: SearchStrategy[Any] = st.dictionaries(
    TEXT,
    st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=2), max_leaves=3),
    max_size=2,
)
EFFORT = st.sampled_from(["none", "high"])


def document(
    required: dict[str, SearchStrategy[Any]], **optional: SearchStrategy[Any]
) -> Documents:
    return st.fixed_dictionaries(required, optional=optional)


def just(tag: str) -> SearchStrategy[Any]:
    return st.just(tag)


def or_none(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


# -- chunks

text_chunk = document({"type": just("text"), "text": TEXT})
think_chunk = document({"type": just("thinking"), "thinking": TEXT}, closed=st.booleans())
image_chunk = document({"type": just("image"), "image": just(PIXEL)})
image_url = document({"url": TEXT}, detail=st.sampled_from([None, "low", "auto", "high"]))
image_url_chunk = document({"type": just("image_url"), "image_url": TEXT | image_url})
# Without its extras mistral_common knows one format of audio, and that is "none".
raw_audio = document(
    {"data": TEXT.map(lambda text: f"x{text}"), "format": st.sampled_from(EXPECTED_FORMAT_VALUES)}
)
audio_chunk = document({"type": just("input_audio"), "input_audio": raw_audio})
audio_url = document({"url": TEXT})
audio_url_chunk = document({"type": just("audio_url"), "audio_url": TEXT | audio_url})

user_content = TEXT | st.lists(
    st.one_of(text_chunk, image_chunk, image_url_chunk, audio_chunk, audio_url_chunk), max_size=3
)
said = TEXT | st.lists(text_chunk | think_chunk, max_size=3)

# -- tools and calls

function_name = document({"name": NAME})
function = document(
    {"name": NAME, "parameters": PARAMETERS}, description=TEXT, strict=st.booleans()
)
tool = document({"function": function}, type=just("function"))
function_call = document({"name": NAME, "arguments": JSON_TEXT | TEXT | PARAMETERS})
tool_call = document({"function": function_call}, id=NAME, type=just("function"))
named_tool_choice = document({"function": function_name}, type=just("function"))

# -- messages

system = document({"role": just("system"), "content": said})
user = document({"role": just("user"), "content": user_content})
assistant = document(
    {"role": just("assistant")},
    content=or_none(said),
    tool_calls=or_none(st.lists(tool_call, max_size=2)),
    prefix=st.booleans(),
)
finetuning_assistant = document(
    {"role": just("assistant"), "content": said},
    weight=or_none(st.sampled_from([0, 1, 0.5, -1.0])),
)
tool_message = document(
    {"role": just("tool"), "content": TEXT | st.lists(text_chunk, max_size=2)},
    tool_call_id=or_none(NAME),
    name=or_none(NAME),
)
messages = st.lists(st.one_of(system, user, assistant, tool_message), min_size=1, max_size=3)

# -- requests

model_settings = document({}, reasoning_effort=or_none(EFFORT))
response_format = document({}, type=st.sampled_from(["text", "json_object"]))
chat_completion_request = document(
    {"messages": messages},
    model=or_none(MODEL),
    temperature=st.floats(0, 1) | st.sampled_from([0, 1]),
    top_p=st.floats(0, 1, exclude_min=True) | st.just(1),
    max_tokens=or_none(st.integers(0)),
    random_seed=or_none(st.integers(0)),
    response_format=response_format,
    tools=or_none(st.lists(tool, min_size=1, max_size=2)),
    tool_choice=st.sampled_from(["auto", "none", "any", "required"]) | named_tool_choice,
    truncate_for_context_length=st.booleans(),
    continue_final_message=st.booleans(),
    reasoning_effort=or_none(EFFORT),
)
instruct_request = document(
    {"messages": messages},
    system_prompt=or_none(TEXT),
    available_tools=or_none(st.lists(tool, max_size=2)),
    truncate_at_max_tokens=or_none(st.integers()),
    continue_final_message=st.booleans(),
    settings=model_settings,
)
enum_builder = st.sampled_from(
    [
        {"accepts_none": accepts_none, "default": default, "values": values}
        for values in (["none", "high"], ["high"])
        for accepts_none, default in ((False, None), (True, None), (True, "high"))
    ]
    + [{"type": "enum", "accepts_none": True, "default": None, "values": []}]
)
model_settings_builder = document({}, reasoning_effort=or_none(enum_builder))

DOCUMENTS: dict[str, Documents] = {
    "ChatCompletionRequest": chat_completion_request,
    "InstructRequest": instruct_request,
    "ModelSettings": model_settings,
    "ResponseFormat": response_format,
    "SystemMessage": system,
    "UserMessage": user,
    "AssistantMessage": assistant,
    "FinetuningAssistantMessage": finetuning_assistant,
    "ToolMessage": tool_message,
    "TextChunk": text_chunk,
    "ThinkChunk": think_chunk,
    "ImageChunk": image_chunk,
    "ImageURL": image_url,
    "ImageURLChunk": image_url_chunk,
    "RawAudio": raw_audio,
    "AudioChunk": audio_chunk,
    "AudioURL": audio_url,
    "AudioURLChunk": audio_url_chunk,
    "FunctionName": function_name,
    "Function": function,
    "Tool": tool,
    "NamedToolChoice": named_tool_choice,
    "FunctionCall": function_call,
    "ToolCall": tool_call,
    "EnumBuilder": enum_builder,
    "ModelSettingsBuilder": model_settings_builder,
}
"""Documents of each type, by its name."""

# -- in OpenAI's format, with Mistral's own kinds of chunk, as mistral_common has it

openai_image = document({"type": just("image_url"), "image_url": image_url})
openai_call = document(
    {"id": NAME, "type": just("function"), "function": function_call}, index=st.integers(0, 3)
)
openai_user = document(
    {
        "role": just("user"),
        "content": TEXT | st.lists(st.one_of(text_chunk, openai_image, audio_chunk), max_size=3),
    }
)
openai_assistant = document(
    {"role": just("assistant")},
    content=or_none(said),
    tool_calls=or_none(st.lists(openai_call, max_size=2)),
    prefix=st.booleans(),
    reasoning_content=or_none(TEXT),
)
openai_answer = document(
    {
        "role": just("tool"),
        "content": TEXT | st.lists(text_chunk, max_size=2),
        "tool_call_id": NAME,
    }
)
openai_messages = st.lists(
    st.one_of(system, openai_user, openai_assistant, openai_answer), min_size=1, max_size=3
)
openai_tools = st.lists(tool, min_size=1, max_size=2)

AS_OPENAI: dict[str, Documents] = {
    "ChatCompletionRequest": document(
        {"messages": openai_messages},
        tools=or_none(openai_tools),
        continue_final_message=st.booleans(),
        model=MODEL,
        temperature=st.floats(0, 1),
        max_tokens=st.integers(0),
        seed=or_none(st.integers(1)),
        tool_choice=st.sampled_from(["auto", "none", "required"]) | named_tool_choice,
        response_format=response_format,
        reasoning_effort=EFFORT,
    ),
    "InstructRequest": document(
        {"messages": openai_messages},
        tools=or_none(openai_tools),
        continue_final_message=st.booleans(),
        system_prompt=TEXT,
        reasoning_effort=EFFORT,
    ),
    "ModelSettings": model_settings,
    "SystemMessage": system,
    "UserMessage": openai_user,
    "AssistantMessage": openai_assistant,
    "ToolMessage": openai_answer,
    "TextChunk": text_chunk,
    "ThinkChunk": think_chunk,
    "ImageChunk": document(
        {
            "type": just("image_url"),
            "image_url": document(
                {"url": st.sampled_from([PIXEL, f"data:image/png;base64,{PIXEL}"])}
            ),
        }
    ),
    "ImageURLChunk": openai_image,
    "AudioChunk": audio_chunk,
    "AudioURLChunk": audio_url_chunk,
    "Tool": tool,
    "ToolCall": openai_call,
}
"""Documents of each type in OpenAI's format; of a request, its keyword arguments."""

# -- conversations to normalize: few ids, and JSON that is not yet canonical

_ID = st.sampled_from(["a", "b", "null", "x"])
TEXTS_OF_TOOLS = (
    *("", "{}", '{"b":1,"a":[1.50,null]}', '"\\u00e9"', "12 °C", "[1,", " 1 ", "-0", "1E2"),
    *('{"a":1,"a":2}', '"\\ud800"', "[NaN]", "[-1e999]", "9" * 5000, "[" * 100_000 + "]" * 100_000),
)
_called = document(
    {
        "function": st.fixed_dictionaries(
            {"name": NAME, "arguments": st.sampled_from(TEXTS_OF_TOOLS)}
        )
    },
    id=_ID,
)
_answers = st.builds(
    lambda message, weight: {**message, **weight},
    document(
        {"role": just("assistant")},
        content=or_none(said),
        tool_calls=st.lists(_called, max_size=2),
        prefix=st.booleans(),
    ),
    st.sampled_from([{}, {}, {}, {"weight": None}, {"weight": 0}, {"weight": 1}]),
)
_results = document(
    {
        "role": just("tool"),
        "content": st.sampled_from(TEXTS_OF_TOOLS) | st.lists(text_chunk, max_size=2),
    },
    tool_call_id=_ID,
    name=NAME,
)
to_normalize = document(
    {
        "messages": st.lists(
            st.one_of(system, user, _answers, _answers, _results, _results),
            min_size=2,
            max_size=8,
        )
    },
    tools=or_none(openai_tools),
    continue_final_message=st.booleans(),
    truncate_for_context_length=st.booleans(),
    reasoning_effort=or_none(EFFORT),
)
"""Requests to be normalized."""


# -- everything once


def all_changes(document: Any, depth: int = 9) -> Iterator[Any]:
    """A document, and each change of it at each of its places, down to a depth."""
    yield document
    for place in places(document):
        if not 0 < len(place) <= depth:
            continue
        if isinstance(place[-1], str):
            yield removed(document, place).document
        for value in VALUES:
            yield replaced(document, place, value).document
    for key in UNKNOWN_KEYS:
        yield {**document, key: 1}
