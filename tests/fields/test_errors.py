"""The messages of errors, and response headers."""

from __future__ import annotations

import enum
import random
from types import MappingProxyType
from typing import Any

import pytest

from mistral_proto import errors
from mistral_proto.errors import (
    Headers,
    HTTPValidationError,
    MistralError,
    Path,
    Problem,
    ResponseValidationError,
    SDKError,
    StreamError,
    ValidationError,
    describe,
    format_path,
)
from mistral_proto.protocol.response import HTTPValidationErrorData
from tests.fields.copies import COPIES


class Size(enum.IntEnum):
    large = 3


class Disguised(str):
    """A string that prints as another one."""

    def __str__(self) -> str:
        return "disguise"

    __repr__ = __str__


PATHS: list[tuple[Path, str]] = [
    ((), "the document"),
    ((0,), "[0]"),
    (("messages", 2, "content", 0), "messages[2].content[0]"),
    ((1, 2, "a", "b"), "[1][2].a.b"),
    (("extra", "my key", "a"), "extra['my key'].a"),
    (("a", ""), "a['']"),
    (("a", "it's"), 'a["it\'s"]'),
    (("a", "\n\x1b[31m\ud800"), r"a['\n\x1b[31m\ud800']"),
    (("é",), "é"),
    (("a" * 10_000,), "['" + "a" * 48 + "'…]"),
]

DESCRIPTIONS: list[tuple[object, str]] = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    ("a\nb\ud83d", r"the string 'a\nb\ud83d'"),
    ("x" * 48, f"the string '{'x' * 48}'"),
    ("x" * 49, f"the string '{'x' * 48}'…"),
    (Disguised("Hi"), "the string 'Hi'"),
    (Size.large, "the number 3"),
    (2**128 - 1, f"the number {2**128 - 1}"),
    (-(2**128), "a number of 129 bits"),
    (0.5, "the number 0.5"),
    (float("nan"), "NaN"),
    (float("-inf"), "an infinite number"),
    ([], "an empty list"),
    ((1,), "a list of 1"),
    ({}, "an empty object"),
    (MappingProxyType({"a": 1}), "an object with 'a'"),
    (dict.fromkeys("abc"), "an object with 'a', 'b', 'c'"),
    (dict.fromkeys("abcd"), "an object with 'a', 'b', 'c', …"),
    ({1: 2, 10**5000: 2}, "an object with '1', 'a number of 16610 bits'"),
    (b"Hi", "a Python bytes"),
]

LINES = [
    ("two\nlines\t and\x1b[2J", "two lines and [2J"),
    ("a" * 500, "a" * 500),
    ("a" * 501, "a" * 500 + "…"),
    ("a" + " " * 600 + "b", "a…"),
]


def test_paths_and_values_are_written_in_a_line() -> None:
    for path, text in PATHS:
        assert format_path(path) == text
    for value, text in DESCRIPTIONS:
        assert describe(value) == text
    for text, line in LINES:
        assert errors.one_line(text) == line


def test_every_description_is_one_short_line() -> None:
    rng = random.Random(1)

    def value(depth: int) -> object:
        kind = rng.randrange(8 if depth else 6)
        if kind < 3:
            return "".join(chr(rng.randrange(0x11000)) for _ in range(rng.randrange(100)))
        if kind < 6:
            return rng.choice([None, True, 0.1, rng.getrandbits(2000), rng.random(), b"x"])
        items = [value(depth - 1) for _ in range(rng.randrange(5))]
        return items if kind == 6 else {str(item): item for item in map(describe, items)}

    for _ in range(1000):
        text = describe(value(3))
        assert len(text.splitlines()) == 1
        assert len(text) < 600  # an excerpt is 48 characters, each perhaps escaped
        text.encode()  # no half of a surrogate pair reaches the terminal


def some(count: int) -> ValidationError:
    return ValidationError(Problem(("p", i), "a", "b", "c") for i in range(count))


def test_a_message_lists_up_to_twenty_problems_and_a_summary_three() -> None:
    assert str(ValidationError(some(2).problems, "Thing")) == (
        "Thing has 2 problems:\n  p[0]: expected a, got b\n  p[1]: expected a, got b"
    )
    for count, first, shown, last in [
        (1, "the value has 1 problem:", 1, "  p[0]: expected a, got b"),
        (20, "the value has 20 problems:", 20, "  p[19]: expected a, got b"),
        (21, "the value has 21 problems:", 20, "  … and 1 more"),
        (100, "the value has at least 100 problems:", 20, "  … and at least 80 more"),
    ]:
        lines = str(some(count)).splitlines()
        assert (lines[0], sum("p[" in line for line in lines), lines[-1]) == (first, shown, last)
    three = "; ".join(f"p[{i}]: expected a, got b" for i in range(3))
    assert some(3).summary == three
    assert repr(some(5)) == f"ValidationError({f'{three}; and 2 more'!r})"


def test_a_path_grows_outwards_and_problems_are_joined() -> None:
    inner = Problem(("type",), "'text'", "null", "literal_error")
    error = ValidationError([inner], "TextChunk").under(0).under("content", "Message")
    assert error.title == "Message"
    assert error.problems == (Problem(("content", 0, "type"), "'text'", "null", "literal_error"),)
    assert not error.is_full
    joined = some(150).after(error)
    assert joined is error and joined.is_full and len(joined.problems) == 100
    assert joined.problems[1].path == ("p", 0)
    assert some(1).after(None).problems == some(1).problems


# -- errors of calls; tests/package/test_processes.py copies every exception


def test_an_error_has_what_is_known_of_the_call() -> None:
    headers = {"X-Request-ID": "1"}
    error = MistralError("no", status_code=500, headers=headers, body="{}")
    headers.clear()
    assert (error.message, str(error), error.status_code) == ("no", "no", 500)
    assert (error.headers["x-request-id"], error.body) == ("1", "{}")
    raw = error.raw_response
    assert (raw.status_code, raw.text, raw.content, raw.json()) == (500, "{}", b"{}", {})
    bare = MistralError("no")
    assert (bare.status_code, bare.headers, bare.body) == (0, {}, "")
    with pytest.raises(ValidationError, match="the response has 1 problem"):
        bare.raw_response.json()
    with pytest.raises(TypeError, match="SDKError has no attribute 'partial'"):
        SDKError("no", partial=None)


def test_kinds_of_errors() -> None:
    refused = HTTPValidationError("no", data=HTTPValidationErrorData())
    assert (refused.status_code, refused.data) == (422, HTTPValidationErrorData())
    bad = ResponseValidationError("no")
    assert bad.cause is None
    bad.__cause__ = some(1)
    assert bad.cause is bad.__cause__
    assert StreamError("no").partial is None
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, Exception) and name != "NotChatError":
            assert issubclass(kind, MistralError) is not issubclass(kind, ValueError)


def test_headers_are_looked_up_in_any_case() -> None:
    headers = Headers({"Content-Type": "a", "x-ID": "1", "X-Id": "2"})
    assert headers == {"content-type": "a", "x-id": "1, 2"}
    assert headers["X-ID"] == headers.get("x-iD") == "1, 2" and "X-Id" in headers
    assert (headers.get("X"), headers.get("X", "none"), "X" in headers) == (None, "none", False)
    with pytest.raises(KeyError):
        headers["X"]
    number: Any = 1
    assert number not in headers
    for how in COPIES.values():
        assert type(how(headers)) is Headers and how(headers) == headers
