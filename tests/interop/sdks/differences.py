"""Where our types differ from those of the SDKs on purpose, each difference with its reason.

This is the only such list.  A disagreement of a kind that is not here fails the
tests, and so does an entry whose example the two sides do not disagree about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One thing that an SDK sees differently.

    Attributes:
        peer: the package.
        kind: what it is about, as the tests of the peer call it.
        reason: why ours is as it is.
        example: the name of a type, and a document that shows it.
    """

    peer: str
    kind: str
    reason: str
    example: tuple[str, Any]


def _completion(**choice: Any) -> dict[str, Any]:
    whole = {"finish_reason": "stop", "index": 0, "message": {"role": "assistant"}, **choice}
    head = {"id": "1", "created": 1, "model": "m", "object": "chat.completion"}
    return {**head, "choices": [whole]}


def _request(*contents: Any, **fields: Any) -> tuple[str, Any]:
    messages = [{"role": "user", "content": content} for content in contents]
    return "ChatCompletionRequest", {"model": "m", "messages": messages, **fields}


def _call(**fields: Any) -> tuple[str, Any]:
    return "ToolCall", {"function": {"name": "f", "arguments": "{}"}, **fields}


def _mistralai(kind: str, reason: str, example: tuple[str, Any]) -> Difference:
    return Difference("mistralai", kind, reason, example)


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "openai",
        "unknown field",
        "strict reading is for who wants to know of every field that is not known",
        ("ChatCompletion", _completion(brand_new=1)),
    ),
    Difference(
        "openai",
        "reasoning",
        "the fields that other servers add have a type, too",
        ("ChatCompletion", _completion(message={"role": "assistant", "reasoning": ["Hm"]})),
    ),
    Difference(
        "openai",
        "whole number",
        "1.0 is an integer in JSON Schema",
        ("ChatCompletion", _completion(index=1.0)),
    ),
    Difference(
        "openai",
        "half a surrogate pair",
        "a stream may come apart in the middle of a character",
        ("ChatCompletion", _completion(message={"role": "assistant", "content": "\ud83d"})),
    ),
    # -- what we refuse, and the SDK takes
    _mistralai(
        "unknown field refused",
        "an unknown field of a request is a misspelt one; the SDK drops it",
        _request(max_completion_tokens=1),
    ),
    _mistralai("conversion", "types are strict: no '1' and no true for 1", _request(n="1")),
    _mistralai("bound", "the API document's bounds are checked here", _request(temperature=2)),
    _mistralai("empty", "the API refuses an empty model, and empty messages and tools", _request()),
    _mistralai(
        "unknown value refused",
        "of an enumeration the user sends known members; a misspelt one is found here",
        _request(reasoning_effort="hihg"),
    ),
    _mistralai(
        "object for nothing",
        "the SDK takes any object for a field that is not set",
        ("AssistantMessage", {"content": {}}),
    ),
    _mistralai(
        "no tag",
        "without a tag, the names of its fields tell what an object is, or nothing does",
        _request(tools=[{"connector_id": "c", "library_ids": ["l"]}]),
    ),
    _mistralai(
        "broken chunk",
        "a chunk of a known kind that is wrong is said to be wrong",
        ("DeltaMessage", {"content": [{"type": "image_url"}]}),
    ),
    # -- what the SDK refuses, and we take
    _mistralai(
        "aside",
        "what is not of its field's type is kept as it came, unless reading is strict",
        _call(index="1"),
    ),
    _mistralai(
        "left out",
        "what a server leaves out is read as empty, unless reading is strict",
        ("ToolCall", {"id": "a"}),
    ),
    _mistralai(
        "null",
        "null is as good as left out, unless reading is strict",
        ("ToolCall", {"function": None}),
    ),
    _mistralai(
        "half a surrogate pair",
        "a stream may come apart in the middle of a character; the SDK can't write it",
        ("DeltaMessage", {"content": "\ud83d"}),
    ),
    _mistralai("huge number", "an integer may be as long as Python prints one", _call(index=1e308)),
    _mistralai(
        "tool of ours",
        "the API document's request has tools that the SDK's has not",
        _request(tools=[{"type": "web_search"}]),
    ),
    _mistralai(
        "no tag refused",
        "a message without a role is what its fields tell, if only one can be",
        ("ChatCompletionRequest", {"model": "m", "messages": [{"content": "Hi", "name": "f"}]}),
    ),
    _mistralai(
        "chunk of ours",
        "mistral_common's thinking is a string",
        (
            "ChatCompletionRequest",
            {
                "model": "m",
                "messages": [
                    {"role": "system", "content": [{"type": "thinking", "thinking": "Hm"}]}
                ],
            },
        ),
    ),
    # -- what both take, and write otherwise
    _mistralai(
        "unknown chunk",
        "a chunk of an unknown kind is written as it came",
        ("DeltaMessage", {"content": [{"type": "hologram"}]}),
    ),
    _mistralai(
        "unknown field dropped", "what a newer server sends is kept", ("DeltaMessage", {"x": 1})
    ),
    _mistralai("default", "what was left out is left out again", _call()),
    _mistralai(
        "arguments",
        "arguments are kept as the JSON string that a model writes",
        ("ToolCall", {"function": {"name": "f", "arguments": {}}}),
    ),
)


def known(peer: str) -> set[str]:
    """The kinds of difference from a peer that are listed."""
    return {each.kind for each in DIFFERENCES if each.peer == peer}
