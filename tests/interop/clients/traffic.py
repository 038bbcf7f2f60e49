"""What the clients ask, and what the server answers: a table of cases."""

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

Reply = ChatCompletionResponse | RawReply | StreamReply


@dataclass(frozen=True)
class Case:
    """One exchange.

    Attributes:
        request: the parameters of the call; every client takes them by these names.
        message: what is answered; None: what the server's own model answers.
        change: what is done to the answer before it is sent.
    """

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
    said = [
        {"role": "user", "content": message} if isinstance(message, str) else message
        for message in messages or ("How is the weather in Paris?",)
    ]
    return {"model": "mistral-small-latest", "messages": said, **parameters}


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}


def call(index: int, id: str, name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
        "index": index,
    }


CALLS = [
    call(0, "a1b2c3d4e", "get_weather", '{"city": "Paris"}'),
    call(1, "f5g6h7i8j", "now", "{}"),
]

THOUGHT = {
    "type": "thinking",
    "thinking": [
        {"type": "text", "text": "Paris lies in France. "},
        {"type": "text", "text": "So."},
    ],
}

CASES: dict[str, Case] = {
    "text": Case(ask("Hello there")),
    "text beyond ASCII": Case(ask('Ça va, 東京? 🙂 \u2028 \x00 \\ " </script>')),
    "an empty answer": Case(ask(), {"content": ""}),
    "a system message, an answer and another question": Case(
        ask(
            {"role": "system", "content": "Be brief."},
            "Hi",
            {"role": "assistant", "content": "Hello."},
            "And now?",
        )
    ),
    "content in chunks": Case(
        ask(
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                ],
            }
        )
    ),
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
    "cut off": Case(ask(max_tokens=2)),
    "two choices": Case(ask(n=2)),
    "JSON mode": Case(ask(response_format={"type": "json_object"})),
    "a JSON schema": Case(
        ask(
            response_format={
                "type": "json_schema",
                "json_schema": {
                    "name": "said",
                    "strict": True,
                    "schema": {"type": "object", "properties": {"said": {"type": "string"}}},
                },
            }
        )
    ),
    "a tool is offered": Case(ask(tools=[WEATHER], tool_choice="required")),
    "a tool by its name": Case(
        ask(tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "get_weather"}})
    ),
    "two calls": Case(
        ask(tools=[WEATHER], parallel_tool_calls=True), {"content": "", "tool_calls": CALLS}
    ),
    "what a tool answered": Case(
        ask(
            "How warm is it?",
            {"role": "assistant", "content": "", "tool_calls": [CALLS[0]]},
            {
                "role": "tool",
                "content": "12 °C",
                "tool_call_id": "a1b2c3d4e",
                "name": "get_weather",
            },
            tools=[WEATHER],
        )
    ),
    "thinking": Case(ask(prompt_mode="reasoning")),
    "thinking by effort": Case(ask(reasoning_effort="high")),
    "several thoughts": Case(
        ask(), {"content": [THOUGHT, {"type": "text", "text": "Mild."}, THOUGHT]}
    ),
    "a reference": Case(
        ask(),
        {
            "content": [
                {"type": "text", "text": "As said in "},
                {"type": "reference", "reference_ids": [1, 2]},
            ]
        },
    ),
    "details of the usage": Case(
        ask(),
        change=lambda document: document["usage"].update(
            prompt_tokens_details={"cached_tokens": 3}, prompt_audio_seconds=5
        ),
    ),
    "a finish reason from the future": Case(
        ask(), change=lambda document: document["choices"][0].update(finish_reason="vacation")
    ),
}


def _pieces(*deltas: dict[str, Any], finish_reason: str = "stop") -> list[dict[str, Any]]:
    """The documents of a stream; the last delta ends it."""
    return [
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1_702_256_327,
            "model": "mistral-small-latest",
            "choices": [
                {
                    "index": 0,
                    "delta": delta,
                    "finish_reason": finish_reason if delta is deltas[-1] else None,
                }
            ],
        }
        for delta in deltas
    ]


def _stream(*deltas: dict[str, Any], finish_reason: str = "stop") -> StreamReply:
    documents = _pieces(*deltas, finish_reason=finish_reason)
    return StreamReply([ChatCompletionStreamResponse.from_dict(each) for each in documents])


def _fragment(index: int, **function: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": function}]}


def _raw(text: str, cut: int = 10**9) -> RawReply:
    """A stream as bytes, in blocks of a size."""
    data = text.encode()
    return RawReply([data[at : at + cut] for at in range(0, len(data), cut)])


_EVENT = (
    'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":'
    '0,"delta":{"role":"assistant","content":"Ça 🙂"},"finish_reason":null}]}\n\n'
)
_LAST = _EVENT.replace("null", '"stop"')
_DONE = "data: [DONE]\n\n"

STREAMS: dict[str, StreamReply | RawReply] = {
    "a call in fragments": _stream(
        {"role": "assistant", "content": ""},
        {"tool_calls": [call(0, "a1b2c3d4e", "get_weather", "")]},
        _fragment(0, name="", arguments='{"city"'),
        _fragment(0, name="", arguments=': "Par'),
        _fragment(0, name="", arguments='is"}'),
        {"content": ""},
        finish_reason="tool_calls",
    ),
    "two calls in fragments": _stream(
        {"role": "assistant", "content": ""},
        {"tool_calls": [call(0, "a1b2c3d4e", "get_weather", '{"city": ')]},
        {"tool_calls": [call(1, "f5g6h7i8j", "now", "{")]},
        _fragment(1, name="", arguments="}"),
        _fragment(0, name="", arguments='"Paris"}'),
        {"content": ""},
        finish_reason="tool_calls",
    ),
    "one event": _stream({"role": "assistant", "content": "Hi"}),
    "a byte at a time": _raw(_EVENT + _LAST + _DONE, cut=1),
    "lines end in CR LF": _raw((_EVENT + _LAST + _DONE).replace("\n", "\r\n"), cut=7),
    "comments, ids and times": _raw(f": hello\n\nid: 1\nretry: 5\n{_EVENT}:\n\n{_LAST}{_DONE}"),
    "no space after the colon": _raw((_EVENT + _LAST + _DONE).replace("data: ", "data:")),
    "all in one block": _raw(_EVENT * 50 + _LAST + _DONE),
}
"""What is answered to a call that asks for a stream."""
