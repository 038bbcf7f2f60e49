"""The first bytes of a body say what it is: an event stream, or one document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_proto import (
    IncompleteStreamError,
    MistralError,
    ResponseValidationError,
    SDKError,
    StreamError,
)
from tests.client.doubles import Reply, double_for
from tests.client.support import (
    CALLS,
    DONE,
    WHOLE,
    client,
    failure,
    piece,
    text_of,
)

STREAM = piece("Bon") + piece("jour", "stop") + DONE
TYPES = ["application/json", "text/event-stream; charset=utf-8", "text/plain", "", None]
each_call = pytest.mark.parametrize("name", CALLS)


def reply(body: bytes, content_type: str | None, size: int = 0, status: int = 200) -> Reply:
    headers = {} if content_type is None else {"content-type": content_type}
    step = size or len(body) or 1
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    return Reply(*pieces, headers=headers, status=status)


@each_call
@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        b"\xef\xbb\xbf \r\n" + WHOLE,
        STREAM,
        b"\xef\xbb\xbf" + STREAM,
        b": hi\n\n" + STREAM,
        b"\n" * 2000 + STREAM,
        b"id: 1\n" + STREAM,
        b"event: message\r\n" + STREAM,
        b"retry: 1\n\n" + STREAM,
    ],
)
def test_an_answer_in_either_form(name: str, content_type: str | None, body: bytes) -> None:
    for size in (0, 1, 7):
        with client(double_for(name, reply(body, content_type, size))) as mistral:
            assert text_of(CALLS[name](mistral)) == "Bonjour", size


@each_call
@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 226, 299])
def test_any_status_of_success(name: str, status: int) -> None:
    with client(double_for(name, reply(WHOLE, None, status=status))) as mistral:
        assert text_of(CALLS[name](mistral)) == "Bonjour"


def test_a_whole_answer_as_a_stream_is_one_event() -> None:
    document = json.loads(WHOLE)
    document["choices"][0]["logprobs"] = None
    document["x"] = [1]
    body = json.dumps(document).encode()
    with client(double_for("stream", reply(body, None))) as mistral:
        with mistral.chat.stream(model="m", messages=[{"role": "user", "content": "Hi"}]) as events:
            [event] = events
            gathered = events.until_done()
    assert event.data.object == "chat.completion.chunk"
    assert event.data.choices[0].delta.content == "Bonjour"
    assert event.data.usage is not None and event.data.extra == {"x": [1]}
    assert gathered.choices[0].message.content == "Bonjour"
    assert gathered.choices[0].finish_reason == "stop"


OVERLOADED = b'{"error": {"message": "overloaded"}}'
# A body that is no answer, its content type, and the error of a whole and of a streamed call.
BAD: list[tuple[str, bytes, str, type[MistralError], type[MistralError]]] = [
    ("empty", b"", "application/json", ResponseValidationError, IncompleteStreamError),
    ("blanks", b" \n\n ", "text/plain", ResponseValidationError, IncompleteStreamError),
    ("a page", b"<h1>Hi</h1>", "text/html", ResponseValidationError, ResponseValidationError),
    ("a text", b"Hello", "text/plain", ResponseValidationError, ResponseValidationError),
    (
        "a text like a field",
        b"internal error",
        "",
        ResponseValidationError,
        ResponseValidationError,
    ),
    ("a list", b"[]", "application/json", ResponseValidationError, ResponseValidationError),
    ("cut", WHOLE[:-9], "application/json", ResponseValidationError, ResponseValidationError),
    ("no choices", b'{"id":"1"}', "", ResponseValidationError, ResponseValidationError),
    ("odd choices", b'{"choices":[1]}', "", ResponseValidationError, ResponseValidationError),
    ("an error", OVERLOADED, "application/json", SDKError, SDKError),
    ("an error event", b"data: " + OVERLOADED + b"\n\n", "", StreamError, StreamError),
    ("a cut stream", piece("Bon"), "", IncompleteStreamError, IncompleteStreamError),
    ("no event", b": hi\n\n", "", IncompleteStreamError, IncompleteStreamError),
]


@each_call
@pytest.mark.parametrize(
    ("body", "content_type", "of_whole", "of_stream"),
    [case[1:] for case in BAD],
    ids=[case[0] for case in BAD],
)
def test_neither(name: str, body: bytes, content_type: str, of_whole: Any, of_stream: Any) -> None:
    double = double_for(name, reply(body, content_type))
    with client(double, retry_config=0) as mistral:
        error = failure(CALLS[name], mistral)
    assert type(error) is (of_stream if name.startswith("stream") else of_whole)
    assert error.status_code == 200 and error.tries == 1
    if isinstance(error, IncompleteStreamError) and body == piece("Bon"):
        assert error.partial is not None and error.partial.choices[0].message.text == "Bon"
    if type(error) is ResponseValidationError:
        assert error.body == body.decode()
