"""From a request to Mistral's API to one that OpenAI's accepts: the tables, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..openai.chat_completion import ChatCompletionMessage
from ..protocol.request import ChatCompletionRequest
from ..wire import WireType
from . import rules as r
from .answers import MESSAGE_TO_OPENAI, ONE_STRING, string_of
from .openai_format import outcome, short_content, with_defaults, write_chunk
from .rules import Converted, Document, Node, Report, Rule, Rules

if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["request_to_openai"]


def request_to_openai(request: ChatCompletionRequest) -> Converted[dict[str, JSONValue]]:
    """Return a request of Mistral's as a body for OpenAI's API, and the changes.

    Only the given parameters are written, as plain JSON values.  Thinking becomes
    `reasoning_content`, the field that OpenAI-like servers have for it.  The name of the
    model is not checked.

    Raises:
        ValidationError: a tool message has no `tool_call_id`, or audio is given by its URL
            or without its format; with every problem, and its path in the request.

    >>> from mistral_proto import ChatCompletionRequest, UserMessage
    >>> converted = request_to_openai(ChatCompletionRequest(
    ...     messages=[UserMessage(content="Hi")], random_seed=7, safe_prompt=True
    ... ))
    >>> converted.value
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'seed': 7}
    >>> print(*converted.changes, sep="\\n")
    random_seed: renamed to seed: OpenAI's API has it under that name
    safe_prompt: dropped: OpenAI's API has no such parameter
    """
    ChatCompletionRequest._check_instance(request)
    node = Node(Report())
    local = {name: getattr(request, name) for name, spec in request._specs.items() if spec.local}
    body = r.to(WireType, _REQUEST)({**with_defaults(request), **local}, node)
    return Converted(outcome(body, node, "the request"), tuple(node.report.changes))


_NAMED = "OpenAI's API has it under that name"
_NO_EMPTY = r.dropped("OpenAI's API refuses an empty list")


def _no_type(value: Document, node: Node) -> None:
    node.drop(f"OpenAI's API takes no {value['type']!r} here")


def _with_tools(rule: Rule) -> Rule:
    """Return the rule of a parameter that requires tools."""
    no_tools = r.dropped("there are no tools")
    return lambda value, node: (rule if "tools" in node.written else no_tools)(value, node)


def _part(value: Document, node: Node) -> Document:
    """Return a part in OpenAI's format, with the fields that a server added."""
    written: Document = write_chunk(value, node)
    gone = {value["type"], "file_id", *written}
    return {**{name: added for name, added in value.items() if name not in gone}, **written}


def _file(value: Document, node: Node) -> Document:
    node.at("file_id").change("moved into file", "OpenAI's API has it there")
    return _part(value, node)


def _document(value: Document, node: Node) -> Document | None:
    url, name = value.pop("document_url"), value.pop("document_name", None)
    if not url.startswith("data:"):
        node.drop("OpenAI's API takes the data of a document, not its URL")
        return None
    node.change("changed to a file", "OpenAI's API takes documents as files")
    named = {} if name is None else {"filename": name}
    return {**value, "type": "file", "file": {"file_data": url, **named}}


def _audio(value: Document, node: Node) -> Document:
    written = _part(value, node)
    url = written.pop("audio_url", {}).get("url", "")
    if url.startswith("data:audio/"):
        return _part({**written, "type": "input_audio", "input_audio": url}, node)
    if url:
        expected = "the audio in base64, as OpenAI's API takes no URL"
        node.at(value["type"]).refuse(expected, url)
    return written


_any_part = r.by(
    "type",
    {
        "text": r.kept,
        "image_url": _part,
        "image": _part,
        "file": _file,
        "document_url": _document,
        "input_audio": _audio,
        "audio_url": _audio,
    },
    _no_type,
)

_text_part = r.by("type", {"text": r.kept}, _no_type)
_TEXT: Rules = {"content": r.unless(([],), r.each(_text_part))}
_with_content = r.filled("OpenAI's API requires a text, or parts", content="")


def _with_call_id(written: Document, node: Node) -> None:
    if "tool_call_id" not in written:
        node.refuse_missing("tool_call_id", written)
    _with_content(written, node)


def _assistant_content(value: Any, node: Node) -> Any:
    """Return the content without thinking, which becomes `reasoning_content`."""
    thoughts: list[str] = []

    def part(value: Document, at: Node) -> Any:
        if value["type"] != "thinking":
            return _text_part(value, at)
        if at.path[-1] != 0:
            at.change("joined to reasoning_content", ONE_STRING)
        thoughts.append(string_of(value, "thinking", at))
        return None

    content = r.each(part)(value, node)
    if not thoughts:
        return content
    node.written["reasoning_content"] = "".join(thoughts)
    return short_content(content or [])


_NO_NAME = r.dropped("OpenAI's API knows it by the call's id")
_message = r.by(
    "role",
    {
        "system": r.objects(_TEXT, finish=_with_content),
        "user": r.objects({"content": r.unless(([],), r.each(_any_part))}, finish=_with_content),
        "assistant": r.to(
            ChatCompletionMessage,
            {
                **MESSAGE_TO_OPENAI,
                "content": r.unless(([],), _assistant_content, _NO_EMPTY),
                "tool_calls": r.unless(([],), MESSAGE_TO_OPENAI["tool_calls"], _NO_EMPTY),
            },
            lambda written, node: "tool_calls" in written or _with_content(written, node),
        ),
        "tool": r.objects({**_TEXT, "name": _NO_NAME}, finish=_with_call_id),
    },
)

_MISTRALS_OWN = (
    "min_tokens repetition_penalty top_k prompt_logprobs top_prompt_logprobs prompt_mode"
    " guardrails safe_prompt"
).split()
_NEVER_SENT = r.unless((False,), r.dropped("it is never sent"))
# Defaults of OpenAI's API are left out.
_STRICT: Rules = {"strict": r.unless((False,), r.kept)}
_FUNCTION = r.objects({"description": r.unless(("",), r.kept), **_STRICT})

_REQUEST: Rules = {
    **dict.fromkeys(_MISTRALS_OWN, r.dropped("OpenAI's API has no such parameter")),
    "messages": r.each(_message),
    "response_format": r.objects({"json_schema": r.objects(_STRICT)}),
    "random_seed": r.renamed("seed", _NAMED),
    "tools": r.each(r.by("type", {"function": r.objects({"function": _FUNCTION})}, _no_type)),
    "tool_choice": _with_tools(r.replaced("any", "required", _NAMED)),
    "parallel_tool_calls": _with_tools(r.kept),
    "service_tier": r.replaced("standard_only", "default", _NAMED),
    "extra_body": r.dropped("it is for the client that sends the request"),
    "truncate_for_context_length": _NEVER_SENT,
    "continue_final_message": _NEVER_SENT,
}
"""The rule of each parameter of a request that OpenAI's does not have as it is."""
