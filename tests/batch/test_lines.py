"""JSON lines, whatever they come from and however they are cut."""

from __future__ import annotations

import codecs
import copy
import io
import json
import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mistral_proto import BatchRequestOutput, InvalidLine, ValidationError, read_batch_results
from tests.batch.lines import ANSWER, SOURCES, file_of, result

every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def read(source: Any, **options: Any) -> list[Any]:
    """What a file holds: the ids of its results, and of its bad lines the numbers."""
    return [
        item.number if isinstance(item, InvalidLine) else item.custom_id
        for item in read_batch_results(source, **options)
    ]


ONE = file_of(result("1"))
TWO = file_of(result("1"), result("2"))

FILES: dict[str, tuple[bytes, list[Any]]] = {
    "nothing": (b"", []),
    "a line": (ONE, ["1"]),
    "two lines": (TWO, ["1", "2"]),
    "no line end after the last": (TWO[:-1], ["1", "2"]),
    "CRLF": (TWO.replace(b"\n", b"\r\n"), ["1", "2"]),
    "CRLF and LF, and CR at the end": (ONE + TWO.replace(b"\n", b"\r\n")[:-1], ["1", "1", "2"]),
    "blank lines": (b"\n \n\t\r\n" + ONE + b"\n\n" + TWO + b"\n \n", ["1", "1", "2"]),
    "only blank lines": (b"\n\n  \n", []),
    "a byte order mark": (codecs.BOM_UTF8 + TWO, ["1", "2"]),
    "nothing but a byte order mark": (codecs.BOM_UTF8, []),
    "byte order marks of other lines": (ONE + codecs.BOM_UTF8 + ONE + ONE, ["1", "1", "1"]),
    "spaces around": (b"  " + ONE[:-1] + b" \t\n", ["1"]),
    "line separators of other kinds": (
        file_of(result("1", body={"detail": "\u2028\u2029\x85"}), result("2\x85")),
        ["1", "2\x85"],
    ),
    "a bad line in between": (ONE + b'{"custom_id": "9"\n' + ONE, ["1", 2, "1"]),
    "bad lines, and blank ones that count": (b"\n[]\n\n{\n" + ONE + b"null", [2, 4, "1", 6]),
    "two documents on a line": (ONE[:-1] + ONE, [1]),
    "one document on two lines": (ONE.replace(b", ", b",\n", 1), [1, 2]),
}


@every_source
@pytest.mark.parametrize(("data", "expected"), FILES.values(), ids=FILES)
def test_a_file(data: bytes, expected: list[Any], source: Callable[[bytes], Any]) -> None:
    assert read(source(data)) == expected


def test_a_file_that_is_cut_anywhere() -> None:
    data = codecs.BOM_UTF8 + TWO.replace(b"\n", b"\r\n")
    for at in range(len(data) + 1):
        assert read([data[:at], data[at:]]) == ["1", "2"]


@pytest.mark.parametrize(
    ("line", "place", "kind"),
    [
        (b"{", (), "json_invalid"),
        (b"[]", (), "dict_type"),
        (b"\xff", (), "json_invalid"),
        ("\ud800".encode("utf-8", "surrogatepass"), (), "json_invalid"),
        (b'{"a": NaN}', (), "json_invalid"),
        (b'{"response": []}', ("response",), "dict_type"),
        (
            b'{"response": {"status_code": 200, "body": {"model": "m", "choices": ["0"]}}}',
            ("response", "body", "choices", 0),
            "dict_type",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_line_is_kept(line: bytes, place: Any, kind: str) -> None:
    before, bad, after = read_batch_results(ONE + line + b"\r\n" + ONE)
    assert isinstance(bad, InvalidLine)
    assert isinstance(before, BatchRequestOutput) and before == after
    assert (bad.number, bad.text) == (2, line + b"\r")
    assert isinstance(bad.error, ValidationError)
    assert [(problem.path, problem.type) for problem in bad.error.problems] == [(place, kind)]
    assert str(bad) == f"line 2: {bad.error}"
    assert str(bad.error).startswith("BatchRequestOutput has 1 problem:\n  ")
    assert bad.error.__traceback__ is None and bad.error.__context__ is None


def test_text_that_is_no_unicode_is_a_bad_line() -> None:
    assert read(["\ud800", *TWO.decode().splitlines()]) == [1, "1", "2"]


def test_a_bad_line_is_a_value() -> None:
    [bad] = read_batch_results(b"{")
    assert isinstance(bad, InvalidLine)
    for again in (copy.copy(bad), copy.deepcopy(bad), pickle.loads(pickle.dumps(bad))):
        assert (again.number, again.text, str(again)) == (bad.number, bad.text, str(bad))
    with pytest.raises(AttributeError):
        bad.number = 2  # type: ignore[misc]


@every_source
def test_a_line_that_is_too_long(source: Callable[[bytes], Any]) -> None:
    long = file_of(result("2", body={"detail": "é" * 500}))
    data = ONE + long + ONE
    bound = len(ONE) - 1

    assert read(source(data), max_line_size=len(long) - 1) == ["1", "2", "1"]
    items = list(read_batch_results(source(data), max_line_size=bound))
    bad = items.pop(1)
    assert isinstance(bad, InvalidLine)
    assert (bad.number, bad.text) == (2, long[:bound])
    assert str(bad.error) == (
        "BatchRequestOutput has 1 problem:\n"
        f"  the document: expected a line of at most {bound} bytes, got a longer one"
    )
    assert len(items) == 2
    assert read(source(data[:-1]), max_line_size=bound - 1) == [1, 2, 3]


@pytest.mark.parametrize("source", [[1, 2], [None], [b"{}\n", 3], [["a"]]], ids=repr)
def test_what_is_no_text_is_refused(source: Any) -> None:
    with pytest.raises(TypeError, match="lines are read from bytes or str, not from"):
        list(read_batch_results(source))


class Endless(io.RawIOBase):
    """A file of as many lines as are asked for; it tells how much was read of it."""

    def __init__(self, line: bytes, count: int) -> None:
        self._block = line * (65536 // len(line) + 1)
        self._left = len(line) * count
        self.most = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self._left, len(self._block) // 2)
        # Whole lines, so that the next block begins with one.
        line = self._block.index(b"\n") + 1
        size -= size % line
        buffer[:size] = self._block[:size]
        self._left -= size
        self.most = max(self.most, size)
        return size


def test_the_memory_for_a_file_of_any_size() -> None:
    """What is held does not grow with the file."""
    most = {}
    for count in (500, 10_000):
        tracemalloc.start()
        try:
            found = sum(1 for _ in read_batch_results(Endless(ONE, count)))
            most[count] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found == count
    assert most[10_000] < most[500] * 1.2 + 50_000


def test_nothing_is_read_before_it_is_asked_for() -> None:
    taken: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(5):
            taken.append(number)
            yield ONE

    items = read_batch_results(pieces())
    assert taken == []
    next(items)
    next(items)
    assert taken == [0, 1]


def test_a_file_that_is_still_written_to_gives_what_is_there() -> None:
    class Slow(io.RawIOBase):
        """Like a pipe: a read gives what has come, and none waits for a whole block."""

        blocks = [ONE[:10], ONE[10:] + ONE[:5], ONE[5:]]

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            block = self.blocks.pop(0) if self.blocks else b""
            buffer[: len(block)] = block
            return len(block)

    slow = Slow()
    items = read_batch_results(io.BufferedReader(slow))
    assert isinstance(next(items), BatchRequestOutput)
    assert len(slow.blocks) == 1
    assert len(list(items)) == 1


def test_a_strict_reading_keeps_nothing_unknown() -> None:
    data = file_of(result("1"), result("2", batch="b"), result("3", body={**ANSWER, "new": 1}))
    assert read(data) == ["1", "2", "3"]
    assert read(data, strict=True) == ["1", 2, 3]


def test_unknown_fields_come_back_out() -> None:
    document = result("1", body={**ANSWER, "new": [1]}, batch={"a": None})
    document["response"]["request_id"] = "r"
    [output] = read_batch_results(file_of(document))
    assert isinstance(output, BatchRequestOutput)
    assert output.extra == {"batch": {"a": None}}
    assert output.response is not None and output.response.extra == {"request_id": "r"}
    assert output.to_dict() == document
    assert json.loads(output.to_json()) == document
