"""The file of a batch's requests, written and read."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import mistral_proto as mp
from tests.batch.lines import QUESTION, SOURCES

REQUEST = mp.ChatCompletionRequest.from_dict({**QUESTION, "max_tokens": 5})
LOCAL = mp.ChatCompletionRequest(**QUESTION, continue_final_message=True)


def test_a_request_is_one_line_of_ascii() -> None:
    forms: list[Any] = [
        mp.BatchRequest(custom_id="a", body=REQUEST),
        mp.BatchRequest(custom_id="a", body=REQUEST.to_dict()),  # type: ignore[arg-type]
        {"custom_id": "a", "body": REQUEST},
        {"custom_id": "a", "body": REQUEST.to_dict()},
    ]
    for given in forms:
        [line] = mp.batch_request_lines([given])
        assert line.endswith(b"}\n") and line.count(b"\n") == 1 and line.isascii()
        assert json.loads(line) == {"custom_id": "a", "body": {**QUESTION, "max_tokens": 5}}
        assert line.startswith(b'{"custom_id":"a","body":{"messages":')
    [line] = mp.batch_request_lines([{"custom_id": "a", "body": LOCAL}])
    assert json.loads(line)["body"] == QUESTION


def test_a_file_is_read_in_order() -> None:
    requests = [
        mp.BatchRequest.from_dict({"custom_id": custom_id, "body": {**QUESTION, "stop": custom_id}})
        for custom_id in ("b", "a", "\u2028\n\r\x85", "é🙂", "")
    ]
    data = b"".join(mp.batch_request_lines(requests))
    for source in SOURCES.values():
        assert list(mp.read_batch_requests(source(data))) == requests


WEIGHT = {"messages": [{"role": "assistant", "weight": 0}]}
# Requests that can't be written, with the path and type of their problem.
REFUSED: list[tuple[Any, tuple[Any, ...], str]] = [
    ({"body": QUESTION}, ("custom_id",), "missing"),
    ({"custom_id": 1, "body": QUESTION}, ("custom_id",), "string_type"),
    ({"custom_id": "0", "body": QUESTION}, ("custom_id",), "unique"),
    ({"custom_id": "1", "body": {**QUESTION, "temperature": 9}}, ("body", "temperature"),
        "less_than_equal"),
    ({"custom_id": "1", "body": QUESTION, "url": "/v1"}, ("url",), "extra_forbidden"),
    ({"custom_id": "1", "body": WEIGHT}, ("body", "messages", 0, "weight"), "extra_forbidden"),
    ("1", (), "dict_type"),
]  # fmt: skip


def test_a_request_that_is_not_valid_is_refused() -> None:
    good = {"custom_id": "0", "body": QUESTION}
    for given, path, kind in REFUSED:
        lines = mp.batch_request_lines([good, given, good])
        assert next(lines)
        with pytest.raises(mp.ValidationError) as caught:
            next(lines)
        [problem] = caught.value.problems
        assert (problem.path, problem.type) == ((1, *path), kind)


def test_requests_are_taken_when_they_are_written_and_not_kept() -> None:
    taken: list[weakref.ref[object]] = []

    def requests() -> Iterator[mp.BatchRequest]:
        for number in range(3):
            taken.append(weakref.ref(body := mp.ChatCompletionRequest.from_dict(QUESTION)))
            yield mp.BatchRequest(custom_id=str(number), body=body)

    lines = mp.batch_request_lines(requests())
    assert taken == []
    next(lines)
    assert len(taken) == 1
    next(lines)
    gc.collect()
    assert taken[0]() is None
    assert len([*lines]) == 1


HI = b'"messages": [{"role": "user", "content": "Hi"}]'


def test_an_invalid_line_is_kept() -> None:
    lines: list[tuple[bytes, tuple[str, ...]]] = [
        (b'{"custom_id": "1"}', ("body",)),
        (b'{"custom_id": "1", "body": {"messages": 1}}', ("body", "messages")),
        (b'{"custom_id": "1", "body": {%b, "seed": 1}}' % HI, ("body", "seed")),
        (b'{"custom_id": "1", "body": {%b}, "method": "POST"}' % HI, ("method",)),
    ]
    for line, path in lines:
        good = b'{"custom_id": null, "body": {%b}}\n' % HI
        invalid, after = mp.read_batch_requests(line + b"\n" + good)
        assert isinstance(invalid, mp.InvalidLine) and isinstance(after, mp.BatchRequest)
        assert after.custom_id is None
        assert [problem.path for problem in invalid.error.problems] == [path]
        assert invalid.error.title == "BatchRequest"


def test_strict_reading_and_a_maximum_size() -> None:
    data = b"".join(mp.batch_request_lines([{"custom_id": "1", "body": QUESTION}]))
    [request] = mp.read_batch_requests(data)
    assert isinstance(request, mp.BatchRequest) and request.body.model is None
    for options, path in [({"strict": True}, ("body", "model")), ({"max_line_size": 10}, ())]:
        [invalid] = mp.read_batch_requests(data, **options)  # type: ignore[arg-type]
        assert isinstance(invalid, mp.InvalidLine)
        assert [problem.path for problem in invalid.error.problems] == [path]
