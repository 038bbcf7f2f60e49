"""Requests to a batch file, and back."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import (
    BatchRequest,
    ChatCompletionRequest,
    InvalidLine,
    ValidationError,
    batch_request_lines,
    read_batch_requests,
)
from tests.batch.lines import QUESTION, SOURCES

REQUEST = ChatCompletionRequest.from_dict({**QUESTION, "max_tokens": 5})

FORMS: dict[str, Any] = {
    "our types": BatchRequest(custom_id="a", body=REQUEST),
    "a type and a mapping": BatchRequest(custom_id="a", body=REQUEST.to_dict()),  # type: ignore[arg-type]
    "a mapping and a type": {"custom_id": "a", "body": REQUEST},
    "mappings": {"custom_id": "a", "body": REQUEST.to_dict()},
}


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
def test_a_request(given: Any) -> None:
    [line] = batch_request_lines([given])
    assert line.endswith(b"}\n") and line.count(b"\n") == 1 and line.isascii()
    assert json.loads(line) == {"custom_id": "a", "body": {**QUESTION, "max_tokens": 5}}
    assert line.startswith(b'{"custom_id":"a","body":{"messages":')


def test_what_only_a_tokenizer_needs_is_not_written() -> None:
    request = ChatCompletionRequest(**QUESTION, continue_final_message=True)
    [line] = batch_request_lines([{"custom_id": "a", "body": request}])
    assert json.loads(line)["body"] == QUESTION


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_file_comes_back_in_order(source: Any) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "b": {},
        "a": {"model": "m"},
        "\u2028\n\r\x85": {"temperature": 0.5},
        "é🙂": {"stop": ["\n"]},
        "": {},
    }
    requests = [
        BatchRequest.from_dict({"custom_id": custom_id, "body": {**QUESTION, **more}})
        for custom_id, more in bodies.items()
    ]
    data = b"".join(batch_request_lines(requests))
    assert list(read_batch_requests(source(data))) == requests


REFUSED: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "no id": ({"body": QUESTION}, (1, "custom_id"), "missing"),
    "an id that is no string": (
        {"custom_id": 1, "body": QUESTION},
        (1, "custom_id"),
        "string_type",
    ),
    "an id that was there": ({"custom_id": "0", "body": QUESTION}, (1, "custom_id"), "unique"),
    "no body": ({"custom_id": "1"}, (1, "body"), "missing"),
    "a body that is wrong": (
        {"custom_id": "1", "body": {**QUESTION, "temperature": 9}},
        (1, "body", "temperature"),
        "less_than_equal",
    ),
    "a field too many": (
        {"custom_id": "1", "body": QUESTION, "url": "/v1/chat/completions"},
        (1, "url"),
        "extra_forbidden",
    ),
    "a weight, which the API does not know": (
        {"custom_id": "1", "body": {"messages": [{"role": "assistant", "weight": 0}]}},
        (1, "body", "messages", 0, "weight"),
        "extra_forbidden",
    ),
    "no object": ("1", (1,), "dict_type"),
}


@pytest.mark.parametrize(("given", "place", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given: Any, place: tuple[Any, ...], kind: str) -> None:
    good = {"custom_id": "0", "body": QUESTION}
    lines = batch_request_lines([good, given, good])
    assert next(lines)
    with pytest.raises(ValidationError) as caught:
        next(lines)
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (place, kind)
    assert str(caught.value).startswith("the batch has 1 problem:\n  [1]")


def test_each_request_is_asked_for_when_it_is_written() -> None:
    asked: list[int] = []

    def requests() -> Iterator[dict[str, Any]]:
        for number in range(3):
            asked.append(number)
            yield {"custom_id": str(number), "body": QUESTION}

    lines = batch_request_lines(requests())
    assert asked == []
    next(lines)
    assert asked == [0]
    file = io.BytesIO()
    file.writelines(lines)
    assert len(file.getvalue().splitlines()) == 2


def test_all_that_is_held_of_a_request_is_its_id() -> None:
    body = ChatCompletionRequest.from_dict({**QUESTION, "stop": "x" * 2000})
    most = {}
    for count in (1_000, 5_000):
        requests = (BatchRequest(custom_id=f"{number:06}", body=body) for number in range(count))
        tracemalloc.start()
        try:
            for _ in batch_request_lines(requests):
                pass
            most[count] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # A short string and its place in a set, and nothing of the 2,000 letters.
    assert (most[5_000] - most[1_000]) / 4_000 < 500


HI = b'"messages": [{"role": "user", "content": "Hi"}]'


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b'{"custom_id": "1"}', ("body",)),
        (b'{"custom_id": "1", "body": {"messages": 1}}', ("body", "messages")),
        (b'{"custom_id": "1", "body": {%b, "seed": 1}}' % HI, ("body", "seed")),
        (b'{"custom_id": "1", "body": {%b}, "method": "POST"}' % HI, ("method",)),
    ],
)
def test_a_bad_line(line: bytes, place: tuple[str, ...]) -> None:
    good = b'{"custom_id": "0", "body": {%b}}\n' % HI
    bad, after = read_batch_requests(line + b"\n" + good)
    assert isinstance(bad, InvalidLine) and isinstance(after, BatchRequest)
    assert [problem.path for problem in bad.error.problems] == [place]
    assert bad.error.title == "BatchRequest"


def test_the_model_may_stand_at_the_job() -> None:
    data = b"".join(batch_request_lines([{"custom_id": "1", "body": QUESTION}]))
    [request] = read_batch_requests(data)
    assert isinstance(request, BatchRequest) and request.body.model is None
    [bad] = read_batch_requests(data, strict=True)
    assert isinstance(bad, InvalidLine)
    assert "body.model: expected this field, got nothing" in str(bad)
    [bad] = read_batch_requests(data, max_line_size=10)
    assert isinstance(bad, InvalidLine)


def test_an_id_need_not_be_there_to_be_read() -> None:
    [request] = read_batch_requests(b'{"custom_id": null, "body": {%b}}' % HI)
    assert isinstance(request, BatchRequest) and request.custom_id is None
