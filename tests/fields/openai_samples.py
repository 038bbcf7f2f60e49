"""A document of each of OpenAI's types, with every field; see `wire_samples`."""

from __future__ import annotations

from typing import Any

from mistral_proto import openai
from mistral_proto.wire import WireType

Documents = dict[type[WireType], dict[str, Any]]


def with_parts(documents: Documents) -> Documents:
    """Return the documents with those inside them; the longest one of each type."""
    found: Documents = {}

    def add(value: object, document: Any) -> None:
        if isinstance(value, WireType):
            if len(document) >= len(found.get(type(value), {})):
                found[type(value)] = document
            for name, item in document.items():
                add(getattr(value, name), item)
        elif isinstance(value, list):
            for pair in zip(value, document):
                add(*pair)

    for cls, document in documents.items():
        add(cls.from_dict(document), document)
    return found


FUNCTION = {"arguments": '{"a": 1}', "name": "f"}
CALL = {"id": "c1", "function": FUNCTION, "type": "function"}
CUSTOM_CALL = {"id": "c2", "custom": {"input": "SELECT 1", "name": "sql"}, "type": "custom"}
TOP = {"token": "Hi", "bytes": [72, 105], "logprob": -0.5}
TOKEN = {**TOP, "top_logprobs": [TOP]}
RESULT = {
    "categories": {"violence": True},
    "category_applied_input_types": {"violence": ["text", "image"]},
    "category_scores": {"violence": 0.9},
    "flagged": True,
    "model": "m",
    "type": "moderation_result",
}
RESULTS = {"model": "m", "results": [RESULT], "type": "moderation_results"}
ERROR = {"code": "c", "message": "no", "type": "error"}
MESSAGE = {
    "content": "Hi",
    "refusal": "No",
    "role": "assistant",
    "audio": {"id": "a", "data": "UklGRg==", "expires_at": 1_700_000_000, "transcript": "Hi"},
    "function_call": FUNCTION,
    "reasoning_content": "Hm",
    "reasoning": "Hm",
}
CITATION = {"end_index": 9, "start_index": 0, "title": "t", "url": "https://example.com"}
ANNOTATION = {"type": "url_citation", "url_citation": CITATION}
CHOICE = {
    "finish_reason": "stop",
    "index": 0,
    "logprobs": {"content": [TOKEN], "refusal": [TOKEN]},
}
HEAD = {
    "id": "r1",
    "created": 1_700_000_000,
    "model": "m",
    "moderation": {"input": RESULTS, "output": ERROR},
    "service_tier": "default",
    "system_fingerprint": "fp_1",
    "usage": {
        "completion_tokens": 1,
        "prompt_tokens": 2,
        "total_tokens": 3,
        "completion_tokens_details": {
            "accepted_prediction_tokens": 1,
            "audio_tokens": 2,
            "reasoning_tokens": 3,
            "rejected_prediction_tokens": 4,
            "text_tokens": 5,
        },
        "prompt_tokens_details": {
            "audio_tokens": 1,
            "cache_write_tokens": 2,
            "cached_tokens": 3,
            "image_tokens": 4,
            "text_tokens": 5,
        },
    },
}
ANSWER = {**MESSAGE, "annotations": [ANNOTATION], "tool_calls": [CALL, CUSTOM_CALL]}
DELTA = {**MESSAGE, "tool_calls": [{"index": 0, **CALL}]}

OPENAI_DOCUMENTS = with_parts(
    {
        openai.ChatCompletion: {
            **HEAD,
            "object": "chat.completion",
            "choices": [{**CHOICE, "message": ANSWER}],
            "metadata": {"a": "b"},
        },
        openai.ChatCompletionChunk: {
            **HEAD,
            "object": "chat.completion.chunk",
            "choices": [{**CHOICE, "delta": DELTA}],
            "obfuscation": "x7Jd",
        },
        openai.Moderation: {"input": ERROR, "output": RESULTS},
        openai.UnknownModeration: {"type": "skipped"},
        openai.UnknownToolCall: {"type": "telepathy"},
    }
)
