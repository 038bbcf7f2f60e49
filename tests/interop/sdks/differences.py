"""Where our types differ from those of the SDKs on purpose, each difference with its reason.

This is the only such list.  A disagreement of a kind that is not here fails the
tests, and so does an entry with an example that the two sides do not disagree about.
"""

from __future__ import annotations

from typing import Any

Example = tuple[str, Any]


def _completion(**choice: Any) -> Example:
    whole = {"finish_reason": "stop", "index": 0, "message": {"role": "assistant"}, **choice}
    head = {"id": "1", "created": 1, "model": "m", "object": "chat.completion"}
    return "ChatCompletion", {**head, "choices": [whole]}


def _request(*messages: Any, **fields: Any) -> Example:
    return "ChatCompletionRequest", {"model": "m", "messages": [*messages], **fields}


def _call(**fields: Any) -> Example:
    return "ToolCall", {"function": {"name": "f", "arguments": "{}"}, **fields}


_HI = {"role": "user", "content": "Hi"}
_HALF = "\ud83d"
_THOUGHT = {"role": "system", "content": [{"type": "thinking", "thinking": "Hm"}]}

DIFFERENCES: dict[str, dict[str, tuple[str, list[Example]]]] = {
    "openai": {
        "unknown field": (
            "strict reading is for who wants to know of every field that is not known",
            [("ChatCompletion", {**_completion()[1], "brand_new": 1})],
        ),
        "reasoning": (
            "the fields that other servers add have a type, too",
            [_completion(message={"role": "assistant", "reasoning": ["Hm"]})],
        ),
        "whole number": ("1.0 is an integer in JSON Schema", [_completion(index=1.0)]),
        "half a surrogate pair": (
            "a stream may come apart in the middle of a character",
            [_completion(message={"role": "assistant", "content": _HALF})],
        ),
    },
    "mistralai": {
        # We refuse what the SDK takes.
        "unknown field refused": (
            "an unknown field of a request is a misspelt one; the SDK drops it",
            [_request(_HI, max_completion_tokens=1)],
        ),
        "conversion": ("types are strict: no '1' and no true for 1", [_request(_HI, n="1")]),
        "what the API refuses": (
            "its document's bounds, values and lists that are not empty are checked here",
            [_request(_HI, temperature=2), _request(), _request(_HI, reasoning_effort="hihg")],
        ),
        "object for nothing": (
            "the SDK takes any object for a field that is not set",
            [("AssistantMessage", {"content": {}})],
        ),
        "broken chunk": (
            "a chunk of a known kind that is wrong is said to be wrong",
            [("DeltaMessage", {"content": [{"type": "image_url"}]})],
        ),
        # The SDK refuses what we take.
        "lenient": (
            "what servers leave out, have as null or of another type fails in strict reading alone",
            [_call(index="1"), ("ToolCall", {"id": "a"}), ("ToolCall", {"function": None})],
        ),
        "half a surrogate pair": (
            "a stream may come apart in the middle of a character; the SDK can't write it",
            [("DeltaMessage", {"content": _HALF})],
        ),
        "huge number": ("an integer may be as long as Python prints one", [_call(index=1e308)]),
        "of other documents": (
            "the API document has tools, and mistral_common a thinking, that the SDK has not",
            [_request(_HI, tools=[{"type": "web_search"}]), _request(_THOUGHT)],
        ),
        # Either, or what both take and write otherwise.
        "no tag": (
            "what an object without its tag is, its fields tell, if they tell one kind alone",
            [
                _request(_HI, tools=[{"connector_id": "c", "library_ids": ["l"]}]),
                _request({"content": "Hi", "name": "f"}),
            ],
        ),
        "kept": (
            "what a newer server sends is written as it came",
            [("DeltaMessage", {"content": [{"type": "hologram"}]}), ("DeltaMessage", {"x": 1})],
        ),
        "default": ("what was left out is left out again", [_call()]),
        "arguments": (
            "arguments are kept as the JSON string that a model writes",
            [("ToolCall", {"function": {"name": "f", "arguments": {}}})],
        ),
    },
}
"""By the package and the kind, as its tests call it: the reason, and examples."""
