"""JSON lines: their sources, their ends, and invalid ones."""

from __future__ import annotations

import codecs
import io
import json
import pickle
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_proto import BatchRequestOutput, InvalidLine, read_batch_results
from tests.batch.lines import ANSWER, SOURCES, Raw, file_of, result


def read(source: Any, **options: Any) -> list[Any]:
    """Return the ids of the results in a file, and the numbers of its invalid lines."""
    return [
        item.number if isinstance(item, InvalidLine) else item.custom_id
        for item in read_batch_results(source, **options)
    ]


ONE = file_of(result("1"))
TWO = file_of(result("1"), result("2"))
SEPARATORS = file_of(result("1", body={"detail": "\u2028\u2029\x85"}), result("2\x85"))

# Files, and what `read` returns for them.
FILES: list[tuple[bytes, list[Any]]] = [
    (b"", []),
    (TWO, ["1", "2"]),
    (ONE + TWO.replace(b"\n", b"\r\n")[:-1], ["1", "1", "2"]),  # no line end after the last line
    (b"\n \n\t\r\n" + ONE + b"\n\n  " + TWO + b"\n \n", ["1", "1", "2"]),
    (codecs.BOM_UTF8 + TWO, ["1", "2"]),
    (ONE + codecs.BOM_UTF8 + ONE + ONE, ["1", "1", "1"]),
    (SEPARATORS, ["1", "2\x85"]),
    (b"\n[]\n\n{\n" + ONE + b"null", [2, 4, "1", 6]),
    (ONE[:-1] + ONE, [1]),  # two documents on a line
    (ONE.replace(b", ", b",\n", 1), [1, 2]),  # one document on two lines
]


def test_every_source_gives_the_same_lines() -> None:
    for kind, source in SOURCES.items():
        for data, expected in FILES:
            assert read(source(data)) == expected, (kind, data)
    data = codecs.BOM_UTF8 + TWO.replace(b"\n", b"\r\n")
    for at in range(len(data) + 1):
        assert read([data[:at], data[at:]]) == ["1", "2"]
    sources: list[Any] = [[1, 2], [b"{}\n", None], [["a"]]]
    for source in sources:
        with pytest.raises(TypeError, match="bytes or str"):
            read(source)


CHOICE = b'{"response": {"status_code": 200, "body": {"model": "m", "choices": ["0"]}}}'
# Invalid lines, with the path and the type of their problem.
INVALID: list[tuple[bytes, tuple[str | int, ...], str]] = [
    (b"{", (), "json_invalid"),
    (b"[]", (), "dict_type"),
    ("\ud800".encode("utf-8", "surrogatepass"), (), "json_invalid"),
    (b'{"a": NaN}', (), "json_invalid"),
    (CHOICE, ("response", "body", "choices", 0), "dict_type"),
]


def test_an_invalid_line_is_kept_and_reading_goes_on() -> None:
    for line, path, kind in INVALID:
        before, invalid, after = read_batch_results(ONE + line + b"\r\n" + ONE)
        assert isinstance(before, BatchRequestOutput) and before == after
        assert isinstance(invalid, InvalidLine)
        assert (invalid.number, invalid.text) == (2, line + b"\r")
        [problem] = invalid.error.problems
        assert (problem.path, problem.type) == (path, kind)
        assert str(invalid) == f"line 2: {invalid.error}"
        assert invalid.error.title == "BatchRequestOutput"
        assert invalid.error.__traceback__ is None and invalid.error.__context__ is None
        again = pickle.loads(pickle.dumps(invalid))
        assert (again.number, again.text, str(again)) == (2, invalid.text, str(invalid))
    assert read(["\ud800", *TWO.decode().splitlines()]) == [1, "1", "2"]


def test_a_line_has_a_maximum_size() -> None:
    long = file_of(result("2", body={"detail": "é" * 500}))
    data, size = ONE + long + ONE, len(ONE) - 1
    for source in SOURCES.values():
        assert read(source(data), max_line_size=len(long) - 1) == ["1", "2", "1"]
        items = list(read_batch_results(source(data), max_line_size=size))
        invalid = items.pop(1)
        assert isinstance(invalid, InvalidLine)
        assert (invalid.number, invalid.text) == (2, long[:size])
        assert [problem.type for problem in invalid.error.problems] == ["too_long"]
        assert len(items) == 2
        for item in read_batch_results(source(data[:-1]), max_line_size=size - 1):
            assert isinstance(item, InvalidLine)
            assert [problem.type for problem in item.error.problems] == ["too_long"]


def test_memory_does_not_grow_with_the_file() -> None:
    most = {}
    for count in (500, 2_000):
        source = Raw(*[ONE] * count)
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_batch_results(source)) == count
            most[count] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most[2_000] < most[500] * 1.2 + 50_000


def test_lines_are_read_when_they_are_needed() -> None:
    taken: list[int] = []

    def blocks() -> Iterator[bytes]:
        for number in range(5):
            taken.append(number)
            yield ONE

    items = read_batch_results(blocks())
    assert taken == []
    next(items)
    next(items)
    assert taken == [0, 1]
    # Like a pipe: a read returns what has come, without waiting for a full block.
    raw = Raw(ONE[:10], ONE[10:] + ONE[:5], ONE[5:])
    items = read_batch_results(io.BufferedReader(raw))
    assert isinstance(next(items), BatchRequestOutput)
    assert len(raw.blocks) == 1
    assert len(list(items)) == 1


def test_unknown_fields_are_kept_or_refused() -> None:
    document = result("1", body={**ANSWER, "new": [1]}, batch={"a": None})
    document["response"]["request_id"] = "r"
    [output] = read_batch_results(file_of(document))
    assert isinstance(output, BatchRequestOutput)
    assert output.extra == {"batch": {"a": None}}
    assert output.response is not None and output.response.extra == {"request_id": "r"}
    assert output.to_dict() == json.loads(output.to_json()) == document
    assert read(file_of(document, result("2")), strict=True) == [1, "2"]
