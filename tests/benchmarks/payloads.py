"""The documents that everything is measured on, as the bytes that go over the wire."""

from __future__ import annotations

import json

MODEL = "mistral-small-latest"
TEXT = "Claude Monet is often considered the best French painter. "
MESSAGES = 50
LARGE = 1_000_000


def _bytes(document: object) -> bytes:
    """As the API writes it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def response(number: int = 0) -> bytes:
    """A whole answer; each number is a document of its own."""
    document = {
        "id": f"cmpl-e5cc70bb28c444948073e777{number:08x}",
        "object": "chat.completion",
        "created": 1_702_256_327 + number,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "tool_calls": None,
                    "content": f"{TEXT}{number}" if number else TEXT,
                },
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 14, "completion_tokens": 11, "total_tokens": 25},
    }
    return _bytes(document)


def chunk(number: int = 0, *, last: bool = False) -> bytes:
    """A piece of a streamed answer."""
    document = {
        "id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
        "object": "chat.completion.chunk",
        "created": 1_702_256_327,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "delta": {"content": TEXT[number % len(TEXT)]},
                "finish_reason": "stop" if last else None,
            }
        ],
    }
    return _bytes(document)


def request(messages: int = MESSAGES, size: int = 0) -> bytes:
    """A conversation with tools, of about `size` bytes if that is much."""
    said = "“Où est le café?” asked Zoë.\nThe answer:\t" + TEXT * 3
    # Three of four messages say it.
    said *= 1 + size * 4 // (3 * messages * len(_bytes(said)))
    turns: list[dict[str, object]] = [{"role": "system", "content": "Answer in one sentence."}]
    while len(turns) < messages:
        id = f"call{len(turns):05d}"
        function = {"name": "get_weather", "arguments": '{"city": "Paris", "unit": "C"}'}
        turns += [
            {"role": "user", "content": said},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": id, "type": "function", "function": function}],
            },
            {"role": "tool", "content": said, "tool_call_id": id, "name": "get_weather"},
            {"role": "assistant", "content": said},
        ]
    document = {
        "model": MODEL,
        "messages": turns[:messages],
        "temperature": 0.3,
        "max_tokens": 256,
    }
    return _bytes(document)


PAYLOADS = {
    "response": response(),
    "chunk": chunk(),
    "request": request(),
    "large request": request(size=LARGE),
}
