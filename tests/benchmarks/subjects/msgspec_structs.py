"""The limit: structs of `msgspec`, whose compiled decoder does nothing but these fields."""

from __future__ import annotations

from typing import Any, Union

import msgspec

from tests.benchmarks.subjects import MODEL, Codec, Subject, names

NAME = names.MSGSPEC


class FunctionCall(msgspec.Struct):
    name: str
    arguments: str


class ToolCall(msgspec.Struct):
    id: str
    function: FunctionCall
    type: str = "function"


class ResponseMessage(msgspec.Struct):
    role: str = "assistant"
    content: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    index: int
    message: ResponseMessage
    finish_reason: str | None = None


class Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Response(msgspec.Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Delta(msgspec.Struct):
    role: str | None = None
    content: str | None = None
    tool_calls: list[ToolCall] | None = None


class ChunkChoice(msgspec.Struct):
    index: int
    delta: Delta
    finish_reason: str | None = None


class Chunk(msgspec.Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None


class SystemMessage(msgspec.Struct, tag_field="role", tag="system"):
    content: str


class UserMessage(msgspec.Struct, tag_field="role", tag="user"):
    content: str


class AssistantMessage(msgspec.Struct, tag_field="role", tag="assistant"):
    content: str
    tool_calls: list[ToolCall] | None = None


class ToolMessage(msgspec.Struct, tag_field="role", tag="tool"):
    content: str
    tool_call_id: str
    name: str | None = None


class Request(msgspec.Struct):
    model: str
    messages: list[Union[SystemMessage, UserMessage, AssistantMessage, ToolMessage]]
    temperature: float | None = None
    max_tokens: int | None = None
    stream: bool = False


def _codec(kind: type[msgspec.Struct], build: Any = None) -> Codec:
    return Codec(
        NAME, msgspec.json.Decoder(kind).decode, msgspec.json.Encoder().encode, build=build
    )


_REQUEST = _codec(
    # A struct's constructor checks nothing, so it is `convert` that builds one here.
    Request,
    build=lambda messages: msgspec.convert({"model": MODEL, "messages": messages}, Request),
)

SUBJECT = Subject(
    name=NAME,
    module="msgspec_structs",
    distribution="msgspec",
    codecs={
        "response": [_codec(Response)],
        "chunk": [_codec(Chunk)],
        "request": [_REQUEST],
        "large request": [_REQUEST],
    },
)
