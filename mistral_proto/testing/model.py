"""The model behind a `MockServer`, which answers by fixed rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import json_text
from ..protocol.chunk import TextChunk, ThinkChunk
from ..protocol.messages import AssistantMessage, DeltaMessage, ToolMessage, UserMessage
from ..protocol.request import ChatCompletionRequest, MistralPromptMode, ReasoningEffort
from ..protocol.response import (
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    FinishReason,
    UsageInfo,
)
from ..protocol.tool_calls import (
    Function,
    FunctionCall,
    NamedToolChoice,
    Tool,
    ToolCall,
    ToolChoiceEnum,
)
from .replies import RawReply

if TYPE_CHECKING:
    from typing import Any

    from ..json_text import JSONValue
    from ..protocol.chunk import ContentChunk

__all__ = ["answer_by_rules", "models", "pieces", "response"]


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
    tool = _tool_to_call(request)
    if tool is not None:
        arguments: Any = _sample({"type": "object", **tool.parameters})
        call = ToolCall(
            id=f"call{len(request.messages):05d}",
            function=FunctionCall(name=tool.name, arguments=arguments),
            index=0,
        )
        return AssistantMessage(content="", tool_calls=[call])
    question = last.text if isinstance(last, UserMessage) else "nothing"
    text = f"You said: {question}"
    form = request.response_format
    if form is not None and form.type != "text":
        schema = form.json_schema
        text = json_text.dumps({"said": question} if schema is None else _sample({**schema.schema}))
    if request.max_tokens is not None:
        text = "".join(_tokens(text)[: request.max_tokens])
    if _thinks(request):
        thought = TextChunk(text=f"The user said {question!r}. I repeat it.")
        return AssistantMessage(content=[ThinkChunk(thinking=[thought]), TextChunk(text=text)])
    return AssistantMessage(content=text)


def _tool_to_call(request: ChatCompletionRequest) -> Function | None:
    functions = [tool.function for tool in request.tools or () if isinstance(tool, Tool)]
    if isinstance(request.tool_choice, NamedToolChoice):
        name = request.tool_choice.function.name
        functions = [function for function in functions if function.name == name]
    if not functions or request.tool_choice == ToolChoiceEnum.none:
        return None
    return functions[0]


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
    samples_by_type: dict[JSONValue, JSONValue] = {
        "string": "example",
        "integer": 1,
        "number": 1.5,
        "boolean": True,
        "array": [],
        "object": {},
    }
    kind = schema.get("type")
    return samples_by_type.get(kind) if isinstance(kind, str) else None


def _thinks(request: ChatCompletionRequest) -> bool:
    return (
        (request.model or "").startswith("magistral")
        or request.prompt_mode == MistralPromptMode.reasoning
        or request.reasoning_effort not in (None, ReasoningEffort.none)
    )


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def response(request: ChatCompletionRequest, message: AssistantMessage) -> ChatCompletionResponse:
    """Return a response with the message, in as many choices as the request asks for."""
    prompt = sum(len(_tokens(each.text)) for each in request.messages)
    written = len(_tokens(message.thinking + message.text)) + len(message.tool_calls or ())
    finish_reason = FinishReason.tool_calls if message.tool_calls else FinishReason.stop
    if request.max_tokens is not None and written >= request.max_tokens:
        finish_reason = FinishReason.length
    count = request.n or 1
    return ChatCompletionResponse(
        model=request.model or "mock",
        choices=[
            ChatCompletionResponseChoice(index=index, message=message, finish_reason=finish_reason)
            for index in range(count)
        ],
        usage=UsageInfo(
            prompt_tokens=prompt,
            completion_tokens=written * count,
            total_tokens=prompt + written * count,
        ),
    )


def pieces(whole: ChatCompletionResponse) -> Iterator[ChatCompletionStreamResponse]:
    """Return a response as the chunks of a stream, cut as by the API."""
    for choice in whole.choices:
        message = choice.message
        parts = [message.content] if isinstance(message.content, str) else message.content or ()
        last = DeltaMessage(content="", tool_calls=message.tool_calls or None)
        deltas = [DeltaMessage(role="assistant", content="")]
        deltas += [delta for part in parts for delta in _deltas(part)]
        for delta in [*deltas, last]:
            is_end = delta is last
            yield ChatCompletionStreamResponse(
                id=whole.id,
                created=whole.created,
                model=whole.model,
                choices=[
                    ChatCompletionResponseStreamChoice(
                        index=choice.index,
                        delta=delta,
                        finish_reason=choice.finish_reason if is_end else None,
                    )
                ],
                usage=whole.usage if is_end and choice is whole.choices[-1] else None,
            )


def _deltas(part: str | ContentChunk) -> Iterator[DeltaMessage]:
    if isinstance(part, ThinkChunk):
        for token in _tokens(part.text):
            thought = replace(part, thinking=[TextChunk(text=token)], signature=None)
            yield DeltaMessage(content=[thought])
        if part.signature is not None:
            yield DeltaMessage(content=[replace(part, thinking=[])])
    elif isinstance(part, (str, TextChunk)):
        for token in _tokens(part if isinstance(part, str) else part.text):
            yield DeltaMessage(content=token)
    else:
        yield DeltaMessage(content=[part])


def models() -> RawReply:
    """Return the list of models. The server also accepts any other name."""
    fields: dict[str, JSONValue] = {
        "object": "model",
        "created": 0,
        "owned_by": "mistralai",
        "type": "base",
        "capabilities": {"completion_chat": True, "function_calling": True},
    }
    names = ["mistral-small-latest", "magistral-small-latest"]
    body = json_text.dumps({"object": "list", "data": [{"id": name, **fields} for name in names]})
    return RawReply([body.encode("ascii")], headers={"content-type": "application/json"})
