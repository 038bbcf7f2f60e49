"""The exchanges of the comparison: requests, and the answers of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mistral_proto import (
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionStreamResponse,
)
from mistral_proto.testing import RawReply, StreamReply, model


@dataclass(frozen=True)
class Case:
    """A request, and an answer: `message`, or by the server's rules, with a `change`."""

    request: dict[str, Any]
    message: dict[str, Any] | None = None
    change: Callable[[dict[str, Any]], object] = lambda document: None

    @property
    def reply(self) -> ChatCompletionResponse:
        """The answer, the same one each time."""
        request = ChatCompletionRequest.from_dict(self.request)
        message = model.answer_by_rules(request)
        if self.message is not None:
            message = AssistantMessage.from_dict({"role": "assistant", **self.message})
        document = model.response(request, message).to_dict()
        document.update(id="cmpl-e5cc70bb28c444948073e77776eb30ef", created=1_702_256_327)
        self.change(document)
        return ChatCompletionResponse.from_dict(document)


def ask(*messages: dict[str, Any] | str, **parameters: Any) -> dict[str, Any]:
    given = messages or ("How is the weather in Paris?",)
    asked = [{"role": "user", "content": m} if isinstance(m, str) else m for m in given]
    return {"model": "mistral-small-latest", "messages": asked, **parameters}


def call(index: int, id: str, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": id, "type": "function", "function": function, "index": index}


PROPERTIES = {"city": {"type": "string"}, "days": {"type": "integer"}}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {"type": "object", "properties": PROPERTIES, "required": ["city"]},
    },
}
CALLS = [
    call(0, "a1b2c3d4e", "get_weather", '{"city": "Paris"}'),
    call(1, "f5g6h7i8j", "now", "{}"),
]
RESULT = {"role": "tool", "content": "12 °C", "tool_call_id": "a1b2c3d4e", "name": "get_weather"}
TEXTS = [{"type": "text", "text": "Paris lies in France. "}, {"type": "text", "text": "So."}]
THOUGHT = {"type": "thinking", "thinking": TEXTS}
IMAGE = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
]
SAID = {"type": "object", "properties": {"said": {"type": "string"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "said", "strict": True, "schema": SAID}}
REFERENCE = [
    {"type": "text", "text": "As said in "},
    {"type": "reference", "reference_ids": [1, 2]},
]

CASES: dict[str, Case] = {
    "text beyond ASCII": Case(ask('Ça va, 東京? 🙂 \u2028 \x00 \\ " </script>')),
    "conversation": Case(
        ask(
            {"role": "system", "content": "Be brief."},
            "Hi",
            {"role": "assistant", "content": "Hello."},
            "And now?",
        )
    ),
    "chunks": Case(ask({"role": "user", "content": IMAGE})),
    "every number": Case(
        ask(
            temperature=0.3,
            top_p=0.9,
            max_tokens=100,
            presence_penalty=0.5,
            frequency_penalty=-0.5,
            random_seed=7,
            safe_prompt=True,
            stop=["END", "STOP"],
            metadata={"who": "me"},
        )
    ),
    "two choices": Case(ask(n=2)),
    "JSON schema": Case(ask(response_format=SCHEMA)),
    "two calls": Case(
        ask(tools=[WEATHER], parallel_tool_calls=True), {"content": "", "tool_calls": CALLS}
    ),
    "tool's answer": Case(
        ask(
            "How warm is it?",
            {"role": "assistant", "content": "", "tool_calls": [CALLS[0]]},
            RESULT,
            tools=[WEATHER],
        )
    ),
    "several thoughts": Case(
        ask(), {"content": [THOUGHT, {"type": "text", "text": "Mild."}, THOUGHT]}
    ),
    "reference": Case(ask(), {"content": REFERENCE}),
    "details of the usage": Case(
        ask(),
        change=lambda document: document["usage"].update(
            prompt_tokens_details={"cached_tokens": 3}, prompt_audio_seconds=5
        ),
    ),
    "unknown finish reason": Case(
        ask(), change=lambda document: document["choices"][0].update(finish_reason="vacation")
    ),
}


def _stream(*deltas: dict[str, Any], finish_reason: str = "stop") -> StreamReply:
    """Return a stream of these deltas, of which the last one has the finish reason."""
    pieces = []
    for delta in deltas:
        reason = finish_reason if delta is deltas[-1] else None
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        pieces.append(ChatCompletionStreamResponse.from_dict({**head, "choices": [choice]}))
    return StreamReply(pieces)


def _fragment(index: int, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"name": "", "arguments": arguments}}]}


def _raw(text: str, size: int = 10**9) -> RawReply:
    """Return a stream as bytes, in blocks of a size."""
    data = text.encode()
    return RawReply([data[at : at + size] for at in range(0, len(data), size)])


_EVENT = (
    'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":'
    '0,"delta":{"role":"assistant","content":"Ça 🙂"},"finish_reason":null}]}\n\n'
)
_LAST = _EVENT.replace("null", '"stop"')
_DONE = "data: [DONE]\n\n"
_START = {"role": "assistant", "content": ""}
_END = {"content": ""}
_CITY = call(0, "a1b2c3d4e", "get_weather", '{"city": ')

STREAMS: dict[str, StreamReply | RawReply] = {
    "two calls in fragments": _stream(
        _START,
        {"tool_calls": [_CITY]},
        {"tool_calls": [call(1, "f5g6h7i8j", "now", "{")]},
        _fragment(1, "}"),
        _fragment(0, '"Paris"}'),
        _END,
        finish_reason="tool_calls",
    ),
    "single bytes": _raw(_EVENT + _LAST + _DONE, size=1),
    "CR LF": _raw((_EVENT + _LAST + _DONE).replace("\n", "\r\n"), size=7),
    "comments, ids and times": _raw(f": hello\n\nid: 1\nretry: 5\n{_EVENT}:\n\n{_LAST}{_DONE}"),
    "no space after the colon": _raw((_EVENT + _LAST + _DONE).replace("data: ", "data:")),
    "one block": _raw(_EVENT * 50 + _LAST + _DONE),
}

# The cases, streams and faults in which a peer differs, and why; all others must be the same.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("mistralai", "conversation"): "it sends `prefix: false` with each answer",
    ("mistralai", "tool's answer"): "it sends `prefix: false` with each answer",
    ("openai", "comments, ids and times"): "after an id, it takes a comment for an event",
    ("mistralai", "no_done"): "a stream may end without a finish reason and [DONE]",
    ("openai", "no_done"): "a stream may end without a finish reason and [DONE]",
    ("openai", "error_event"): "it finds an error by its field `error`, which the API's lacks",
    ("openai", "not_json"): "a page of HTML is an answer, or a stream without events",
}
