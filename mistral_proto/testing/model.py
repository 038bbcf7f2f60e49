"""The model behind a `MockServer`: it answers by rules, so a test can tell what comes."""

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

__all__ = ["answer_by_rules", "models", "pieces", "response"]


def answer_by_rules(request: ChatCompletionRequest) -> AssistantMessage:
    """Return the message that answers a request: what a `MockServer` says without replies.

    It says what the user said; it calls the first tool that a request offers, with sample
    arguments, and tells what the tool answered; it thinks first where it is asked to; and it
    answers in JSON where the response format asks for that, with a sample of its schema.

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
    said = last.text if isinstance(last, UserMessage) else "nothing"
    text = f"You said: {said}"
    form = request.response_format
    if form is not None and form.type != "text":
        schema = form.json_schema
        text = json_text.dumps({"said": said} if schema is None else _sample({**schema.schema}))
    if request.max_tokens is not None:
        text = "".join(_tokens(text)[: request.max_tokens])
    if _thinks(request):
        thought = ThinkChunk(thinking=[TextChunk(text=f"The user said {said!r}. I repeat it.")])
        return AssistantMessage(content=[thought, TextChunk(text=text)])
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
    """Return a value that fits a schema as far as names, types and choices go."""
    if not isinstance(schema, dict):
        return None
    definitions = schema.get("$defs", definitions)
    reference = schema.get("$ref")
    if isinstance(reference, str) and isinstance(definitions, dict):
        name = reference.rpartition("/")[2]
        rest = {key: value for key, value in definitions.items() if key != name}  # so it ends
        return _sample(definitions.get(name), rest)
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
    samples_of: dict[JSONValue, JSONValue] = {
        "string": "example",
        "integer": 1,
        "number": 1.5,
        "boolean": True,
        "array": [],
        "object": {},
    }
    kind = schema.get("type")
    return samples_of.get(kind) if isinstance(kind, str) else None


def _thinks(request: ChatCompletionRequest) -> bool:
    effort = request.reasoning_effort
    return (
        (request.model or "").startswith("magistral")
        or request.prompt_mode == MistralPromptMode.reasoning
        or effort not in (None, ReasoningEffort.none)
    )


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def response(request: ChatCompletionRequest, message: AssistantMessage) -> ChatCompletionResponse:
    """The whole response with a message, in as many choices as were asked for."""
    prompt = sum(len(_tokens(one.text)) for one in request.messages)
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
    """The same response as a stream, cut as the API cuts it."""
    for choice in whole.choices:
        opening = DeltaMessage(role="assistant", content="")
        yield _piece(whole, choice.index, opening)
        message = choice.message
        content = message.content
        if isinstance(content, str):
            for token in _tokens(content):
                yield _piece(whole, choice.index, DeltaMessage(content=token))
        else:
            for chunk in content or ():
                if isinstance(chunk, ThinkChunk):
                    for thought in _thoughts(chunk):
                        yield _piece(whole, choice.index, DeltaMessage(content=[thought]))
                elif isinstance(chunk, TextChunk):
                    for token in _tokens(chunk.text):
                        yield _piece(whole, choice.index, DeltaMessage(content=token))
                else:
                    yield _piece(whole, choice.index, DeltaMessage(content=[chunk]))
        closing = DeltaMessage(content="")
        if message.tool_calls:
            closing = DeltaMessage(content="", tool_calls=message.tool_calls)
        is_last = choice is whole.choices[-1]
        yield _piece(
            whole,
            choice.index,
            closing,
            finish_reason=choice.finish_reason,
            usage=whole.usage if is_last else None,
        )


def models() -> RawReply:
    """Return the list of the models that there are; any other name will do as well."""
    rest: dict[str, JSONValue] = {
        "object": "model",
        "created": 0,
        "owned_by": "mistralai",
        "type": "base",
        "capabilities": {"completion_chat": True, "function_calling": True},
    }
    names = ["mistral-small-latest", "magistral-small-latest"]
    body = json_text.dumps({"object": "list", "data": [{"id": name, **rest} for name in names]})
    return RawReply([body.encode("ascii")], headers={"content-type": "application/json"})


def _thoughts(chunk: ThinkChunk) -> Iterator[ThinkChunk]:
    for token in _tokens(chunk.text):
        yield replace(chunk, thinking=[TextChunk(text=token)], signature=None)
    if chunk.signature is not None:
        yield replace(chunk, thinking=[])


def _piece(
    whole: ChatCompletionResponse,
    index: int,
    delta: DeltaMessage,
    *,
    finish_reason: FinishReason | str | None = None,
    usage: UsageInfo | None = None,
) -> ChatCompletionStreamResponse:
    choice = ChatCompletionResponseStreamChoice(
        index=index, delta=delta, finish_reason=finish_reason
    )
    return ChatCompletionStreamResponse(
        id=whole.id, created=whole.created, model=whole.model, choices=[choice], usage=usage
    )
