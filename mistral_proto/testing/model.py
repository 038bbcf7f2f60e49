"""The model behind a `MockServer`, which answers by fixed rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import json_text
from ..protocol.chunk import TextChunk, ThinkChunk
from ..protocol.messages import AssistantMessage, DeltaMessage, ToolMessage, UserMessage
from ..protocol.request import ChatCompletionRequest
from ..protocol.response import ChatCompletionResponse, ChatCompletionStreamResponse
from ..protocol.tool_calls import Function, FunctionCall, NamedToolChoice, Tool, ToolCall
from .replies import RawReply

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue
    from ..protocol.chunk import ContentChunk

__all__ = ["answer_by_rules", "models", "pieces", "response"]

_SAMPLES: dict[JSONValue, JSONValue] = {
    "string": "example",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}
_CARD: dict[str, JSONValue] = {
    "object": "model",
    "created": 0,
    "owned_by": "mistralai",
    "type": "base",
    "capabilities": {"completion_chat": True, "function_calling": True},
}


def answer_by_rules(request: ChatCompletionRequest) -> AssistantMessage:
    """Return the message with which a `MockServer` without replies answers a request.

    It repeats the user's text. It calls the first tool of the request with sample arguments,
    and repeats the result of a tool. It thinks if the request asks for reasoning, and answers
    in JSON, with a sample of the schema, if the response format asks for JSON.

    >>> from mistral_proto.testing import MockServer
    >>> server = MockServer(["Bonjour"], default=answer_by_rules)
    """
    last = request.messages[-1] if request.messages else None
    if isinstance(last, ToolMessage):
        return AssistantMessage(content=f"The tool says: {last.text}")
    function = _function_to_call(request)
    if function is not None:
        arguments: Any = _sample({"type": "object", **function.parameters})
        called = FunctionCall(name=function.name, arguments=arguments)
        call = ToolCall(id=f"call{len(request.messages):05d}", function=called, index=0)
        return AssistantMessage(content="", tool_calls=[call])
    question = last.text if isinstance(last, UserMessage) else "nothing"
    text = f"You said: {question}"
    form = request.response_format
    if form is not None and form.type != "text":
        schema = form.json_schema
        text = json_text.dumps({"said": question} if schema is None else _sample({**schema.schema}))
    if request.max_tokens is not None:
        text = "".join(_tokens(text)[: request.max_tokens])
    is_reasoning = (
        (request.model or "").startswith("magistral")
        or request.prompt_mode == "reasoning"
        or request.reasoning_effort not in (None, "none")
    )
    if is_reasoning:
        thought = TextChunk(text=f"The user said {question!r}. I repeat it.")
        return AssistantMessage(content=[ThinkChunk(thinking=[thought]), TextChunk(text=text)])
    return AssistantMessage(content=text)


def _function_to_call(request: ChatCompletionRequest) -> Function | None:
    functions = [tool.function for tool in request.tools or () if isinstance(tool, Tool)]
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        functions = [each for each in functions if each.name == choice.function.name]
    return functions[0] if functions and choice != "none" else None


def _sample(schema: JSONValue, definitions: JSONValue = None) -> JSONValue:
    """Return a value that fits a schema's names, types and choices; its bounds are ignored."""
    if not isinstance(schema, dict):
        return None
    definitions = schema.get("$defs", definitions)
    reference = schema.get("$ref")
    if isinstance(reference, str) and isinstance(definitions, dict):
        name = reference.rpartition("/")[2]
        others = {key: value for key, value in definitions.items() if key != name}  # so it ends
        return _sample(definitions.get(name), others)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "anyOf", "prefixItems"):
        members = schema.get(key)
        if isinstance(members, list) and members:
            if key == "enum":
                return members[0]
            samples = [_sample(member, definitions) for member in members]
            return samples if key == "prefixItems" else None if None in samples else samples[0]
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return {name: _sample(value, definitions) for name, value in properties.items()}
    kind = schema.get("type")
    return _SAMPLES.get(kind) if isinstance(kind, str) else None


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def response(request: ChatCompletionRequest, message: AssistantMessage) -> ChatCompletionResponse:
    """Return a response with the message, in as many choices as the request asks for."""
    prompt = sum(len(_tokens(each.text)) for each in request.messages)
    written = len(_tokens(message.thinking + message.text)) + len(message.tool_calls or ())
    reason = "tool_calls" if message.tool_calls else "stop"
    if request.max_tokens is not None and written >= request.max_tokens:
        reason = "length"
    count = request.n or 1
    choices: Any = [
        {"index": index, "message": message, "finish_reason": reason} for index in range(count)
    ]
    usage: Any = {
        "prompt_tokens": prompt,
        "completion_tokens": written * count,
        "total_tokens": prompt + written * count,
    }
    return ChatCompletionResponse(model=request.model or "mock", choices=choices, usage=usage)


def pieces(whole: ChatCompletionResponse) -> Iterator[ChatCompletionStreamResponse]:
    """Return a response as the chunks of a stream, cut as by the API."""
    for choice in whole.choices:
        message = choice.message
        parts = [message.content] if isinstance(message.content, str) else message.content or ()
        last = DeltaMessage(content="", tool_calls=message.tool_calls or None)
        deltas = [DeltaMessage(role="assistant", content="")]
        deltas += [DeltaMessage(content=piece) for part in parts for piece in _cut(part)]
        for delta in [*deltas, last]:
            reason = choice.finish_reason if delta is last else None
            cut: Any = {"index": choice.index, "delta": delta, "finish_reason": reason}
            yield ChatCompletionStreamResponse(
                id=whole.id,
                created=whole.created,
                model=whole.model,
                choices=[cut],
                usage=whole.usage if delta is last and choice is whole.choices[-1] else None,
            )


def _cut(part: str | ContentChunk) -> list[Any]:
    if isinstance(part, ThinkChunk):
        unsigned = replace(part, signature=None)
        thoughts = [
            [replace(unsigned, thinking=[TextChunk(text=token)])] for token in _tokens(part.text)
        ]
        return [*thoughts, *[[replace(part, thinking=[])]] * (part.signature is not None)]
    if isinstance(part, TextChunk):
        part = part.text
    return _tokens(part) if isinstance(part, str) else [[part]]


def models() -> RawReply:
    """Return the list of models. The server also accepts any other name."""
    names = ["mistral-small-latest", "magistral-small-latest"]
    body = json_text.dumps({"object": "list", "data": [{"id": name, **_CARD} for name in names]})
    return RawReply([body.encode("ascii")], headers={"content-type": "application/json"})
