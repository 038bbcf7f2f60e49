"""Answers whose content was read as a type of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any, Generic, TypeVar

from .. import json_text
from ..checks import AnyPython, fail_at
from ..errors import ParsedContentError, Problem, ValidationError, describe
from ..fields import field
from ..protocol.messages import AssistantMessage, DeltaMessage
from ..protocol.request import JsonSchema, ResponseFormat, ResponseFormats
from ..protocol.response import ChatCompletionResponse, ChatCompletionResponseChoice, FinishReason
from ..schema.definitions import Definitions
from ..wire import WireType, wire_type
from .checks import read_document
from .models import Model
from .walk import record_of

W = TypeVar("W", bound=WireType)
T = TypeVar("T")

__all__ = [
    "ParsedAssistantMessage",
    "ParsedChatCompletionChoice",
    "ParsedChatCompletionResponse",
    "convert_to_parsed_chat_completion_response",
    "parsed_response",
    "read_json",
    "response_format_from_pydantic_model",
    "response_format_from_type",
]

_CUT_SHORT = (FinishReason.length, FinishReason.model_length)
_FENCE = "```"


@wire_type
class ParsedAssistantMessage(AssistantMessage, Generic[T]):
    """A message whose content was read as the caller's type (SDK: same name).

    `parsed` is None in a message that calls tools.  It is not on the wire: `to_dict`
    has the content.

    >>> message = ParsedAssistantMessage(content='{"n": 1}', parsed={"n": 1})
    >>> message.parsed, message.to_dict()
    ({'n': 1}, {'role': 'assistant', 'content': '{"n": 1}'})
    """

    parsed: T | None = field(
        AnyPython(), default=None, local=True, doc="The content, as the type that was asked for."
    )

    def __hash__(self) -> int:
        # What was parsed may have no hash, and says no more than the content.
        return hash((self.content, self.tool_calls))


@wire_type
class ParsedChatCompletionChoice(ChatCompletionResponseChoice, Generic[T]):
    """An answer whose message was read as the caller's type (SDK: same name).

    >>> ParsedChatCompletionChoice(index=0, message={"content": "{}"}).message.parsed
    """

    message: ParsedAssistantMessage[T] = field(absent=ParsedAssistantMessage, vital=True)


@wire_type
class ParsedChatCompletionResponse(ChatCompletionResponse, Generic[T]):
    """The answer of `chat.parse` (SDK: same name).

    >>> ParsedChatCompletionResponse(model="m", choices=[]).choices
    []
    """

    choices: Sequence[ParsedChatCompletionChoice[T]] = field(absent=list, required=True, vital=True)


def response_format_from_type(tp: type[T]) -> ResponseFormat:
    """Return the response format that asks for a dataclass, a TypedDict or a pydantic model.

    It is strict: no object in it takes a field that it does not know.  Of a model it is
    what the SDK makes of it.

    Raises:
        TypeError: it is none of them, or one of its fields has a type that JSON can't
            stand for; the message tells which.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Book:
    ...     title: str
    >>> response_format_from_type(Book).json_schema.schema
    {'type': 'object', 'properties': {'title': {'type': 'string'}}, 'required': ['title'], 'additionalProperties': False}
    """
    record = record_of(tp)
    # The schema is written anew, as nobody is to change that of another call.
    if isinstance(record, Model):
        schema = record.whole()
    else:
        schema = Definitions().whole(record, record.name, record.definition)
    json_schema = JsonSchema(name=record.name, schema=schema, strict=True)
    return ResponseFormat(type=ResponseFormats.json_schema, json_schema=json_schema)


response_format_from_pydantic_model = response_format_from_type
"""The name that the SDK has for it."""


def read_json(text: str | bytes, tp: type[T]) -> T:
    """Read JSON text as a dataclass, a TypedDict or a pydantic model.

    A string may have it inside a fence, as models write it in Markdown.

    Raises:
        ValidationError: with every problem and its path; pydantic's is its `__cause__`.
        TypeError: as for `response_format_from_type`.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Book:
    ...     title: str
    >>> read_json('{"title": "Emma"}', Book)
    Book(title='Emma')
    """
    record = record_of(tp)
    try:
        text = _unfenced(text) if isinstance(text, str) else text
        read: T = read_document(record, json_text.loads(text))
    except ValidationError as error:
        error.title = record.name
        raise
    return read


def _unfenced(text: str) -> str:
    """Return what is inside a fence, also one with words around it; else the text."""
    before, _, rest = text.partition(_FENCE)
    inside, end, _ = rest.rpartition(_FENCE)
    # Inside a string of JSON it is none.
    if not end or before.lstrip("\ufeff \t\r\n").startswith(("{", "[", '"')):
        return text
    return inside.lstrip(ascii_letters)  # such as: json


def parsed_response(
    response: ChatCompletionResponse, tp: type[T]
) -> ParsedChatCompletionResponse[T]:
    """Return the response with the content of each choice read as a type.

    All else in it is as in the response that came.

    Raises:
        ParsedContentError: there is no choice, or a content does not fit; it has the
            whole response.
    """
    record = record_of(tp)
    choices: list[ParsedChatCompletionChoice[T]] = []
    failure: ValidationError | None = None
    how = ""
    for number, choice in enumerate(response.choices):
        try:
            message = _parsed_message(choice.message, tp)
        except ValidationError as error:
            how = how or _how_it_ended(choice)
            place = error.under("message").under(number).under("choices", "the answer")
            failure = place.after(failure)
            continue
        choices.append(_made_from(ParsedChatCompletionChoice, choice, {"message": message}))
    if not choices and failure is None:
        how = "is empty and "
        failure = ValidationError([Problem(("choices",), "one", "an empty list", "too_short")])
    if failure is None:
        return _made_from(ParsedChatCompletionResponse, response, {"choices": choices})
    cause = failure.__cause__ if isinstance(record, Model) else None
    raise ParsedContentError(
        f"the answer {how}does not fit {record.name}: {failure.summary}", response=response
    ) from (cause or failure)


convert_to_parsed_chat_completion_response = parsed_response
"""The name that the SDK has for it."""


def _parsed_message(
    message: AssistantMessage | DeltaMessage, tp: type[T]
) -> ParsedAssistantMessage[T]:
    if not isinstance(message, AssistantMessage):
        fail_at("role", "'assistant'", describe(message.role), "literal_error")
    parsed: T | None = None
    # With calls of tools the model has not come to its answer: what it says is talk.
    if not message.tool_calls:
        if not message.text.strip():
            refusal = message.extra.get("refusal")
            got = f"a refusal, {describe(refusal)}" if refusal else "nothing"
            fail_at("content", "JSON", got, "missing")
        try:
            parsed = read_json(message.text, tp)
        except ValidationError as error:
            raise error.under("content")
    return _made_from(ParsedAssistantMessage, message, {"parsed": parsed})


def _how_it_ended(choice: ChatCompletionResponseChoice) -> str:
    """Return what is to be said of an answer that does not fit; no text of the server's."""
    reason = choice.finish_reason
    if reason in _CUT_SHORT:
        return f"was cut short (finish_reason {str(reason)!r}) and "
    if reason == "content_filter" or choice.message.extra.get("refusal"):
        return "was refused and "
    return "" if choice.message.text.strip() else "is empty and "


def _made_from(cls: type[W], instance: WireType, changed: dict[str, Any]) -> W:
    """Return an instance that holds what another one does, but for some of its fields."""
    made = object.__new__(cls)
    vars(made).update(vars(instance), **changed)
    return made
