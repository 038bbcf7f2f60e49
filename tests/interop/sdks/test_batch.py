"""Batch files, as the mistralai SDK writes and reads them."""

from __future__ import annotations

from typing import Any

from mistralai.client import models
from mistralai.extra.batch import BatchInput, BatchOutput

from mistral_proto import (
    BatchRequest,
    BatchRequestOutput,
    ResponseValidationError,
    batch_request_lines,
    read_batch_requests,
    read_batch_results,
)
from tests.batch.lines import QUESTION, file_of, result
from tests.batch.test_results import FAILURES


def test_the_sdk_reads_what_we_write() -> None:
    requests = [
        BatchRequest.from_dict({"custom_id": custom_id, "body": {**QUESTION, "max_tokens": 5}})
        for custom_id in ("b", "a", "é\u2028")
    ]
    data = b"".join(batch_request_lines(requests))
    theirs = BatchInput[Any].from_jsonl_bytes(data).to_requests()
    assert [(one.custom_id, one.body) for one in theirs] == [
        (one.custom_id, one.body.to_dict()) for one in requests
    ]
    assert list(read_batch_requests(data)) == requests


def test_both_find_the_same_failures() -> None:
    for document, *_ in FAILURES.values():
        if not document:
            continue
        data = file_of(document, result("2"))
        theirs = BatchOutput.from_jsonl_bytes(data, models.ChatCompletionResponse)
        failed, answered = read_batch_results(data)
        assert isinstance(failed, BatchRequestOutput) and isinstance(answered, BatchRequestOutput)
        assert list(theirs.responses) == [answered.custom_id]
        assert answered.result().choices[0].message.text == "Ça va !"
        unread = isinstance(failed.exception(), ResponseValidationError)
        assert [one.custom_id for one in theirs.request_errors] == ([] if unread else ["1"])
        assert [one.custom_id for one in theirs.response_errors] == (["1"] if unread else [])
