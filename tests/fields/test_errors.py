"""What an error says, and that it survives being copied and pickled."""

from __future__ import annotations

import copy
import dataclasses
import enum
import pickle
import random
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from mistral_proto import errors
from mistral_proto.checks import StringEnum
from mistral_proto.errors import (
    EventTooLargeError,
    Headers,
    HTTPValidationError,
    IncompleteStreamError,
    MissingAPIKeyError,
    MistralError,
    NoResponseConnectionError,
    NoResponseError,
    NoResponseTimeoutError,
    NotChatError,
    ParsedContentError,
    Path,
    Problem,
    RateLimitError,
    ResponseValidationError,
    SDKError,
    StreamError,
    ValidationError,
    describe,
    format_path,
)
from mistral_proto.protocol.response import ChatCompletionResponse, HTTPValidationErrorData
from tests.fields.copies import COPIES


class Color(StringEnum):
    red = "red"


class Size(enum.IntEnum):
    large = 3


class Disguised(str):
    """A string that prints as another one."""

    def __str__(self) -> str:
        return "disguise"

    def __repr__(self) -> str:
        return "disguise"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param((), "the document", id="root"),
        pytest.param(("model",), "model", id="field"),
        pytest.param((0,), "[0]", id="position"),
        pytest.param(("messages", 2, "content", 0), "messages[2].content[0]", id="mixed"),
        pytest.param((1, 2, "a", "b"), "[1][2].a.b", id="list of lists"),
        pytest.param(("extra", "my key", "a"), "extra['my key'].a", id="no identifier"),
        pytest.param(("a", ""), "a['']", id="empty key"),
        pytest.param(("a", "0"), "a['0']", id="digits are a key"),
        pytest.param(("a", "it's"), 'a["it\'s"]', id="quote"),
        pytest.param(("a", "\n\x1b[31m"), r"a['\n\x1b[31m']", id="control characters"),
        pytest.param(("a", "\ud800"), r"a['\ud800']", id="half a surrogate pair"),
        pytest.param(("é",), "é", id="letters beyond ASCII"),
        pytest.param(("a b" * 100,), "['" + "a b" * 16 + "'…]", id="long key"),
    ],
)
def test_a_path_reads_as_code(path: Path, text: str) -> None:
    assert format_path(path) == text


def test_a_long_identifier_is_cut_like_any_long_key() -> None:
    # A server (or a caller) chooses the key, and the message is for a terminal.
    assert len(format_path(("a" * 10_000,))) < 100


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param("", "the string ''", id="empty string"),
        pytest.param("Hi", "the string 'Hi'", id="string"),
        pytest.param("a\nb", r"the string 'a\nb'", id="line break"),
        pytest.param("\ud83d", r"the string '\ud83d'", id="half a surrogate pair"),
        pytest.param("x" * 48, f"the string '{'x' * 48}'", id="string of 48"),
        pytest.param("x" * 49, f"the string '{'x' * 48}'…", id="string of 49"),
        pytest.param("x" * 10**6, f"the string '{'x' * 48}'…", id="string of a million"),
        pytest.param(Color.red, "the string 'red'", id="enum member"),
        pytest.param(Disguised("Hi"), "the string 'Hi'", id="str subclass"),
        pytest.param(0, "the number 0", id="zero"),
        pytest.param(-3, "the number -3", id="integer"),
        pytest.param(Size.large, "the number 3", id="int subclass"),
        pytest.param(2**128 - 1, f"the number {2**128 - 1}", id="128 bits"),
        pytest.param(2**128, "a number of 129 bits", id="129 bits"),
        pytest.param(-(2**128), "a number of 129 bits", id="negative, 129 bits"),
        pytest.param(10**5000, "a number of 16610 bits", id="more digits than Python prints"),
        pytest.param(0.5, "the number 0.5", id="float"),
        pytest.param(float("nan"), "NaN", id="NaN"),
        pytest.param(float("-inf"), "an infinite number", id="infinity"),
        pytest.param([], "an empty list", id="empty list"),
        pytest.param([1, 2], "a list of 2", id="list"),
        pytest.param((1,), "a list of 1", id="tuple"),
        pytest.param({}, "an empty object", id="empty object"),
        pytest.param({"a": 1}, "an object with 'a'", id="object"),
        pytest.param(MappingProxyType({"a": 1}), "an object with 'a'", id="any mapping"),
        pytest.param(dict.fromkeys("abc"), "an object with 'a', 'b', 'c'", id="three keys"),
        pytest.param(dict.fromkeys("abcd"), "an object with 'a', 'b', 'c', …", id="four keys"),
        pytest.param({1: 2}, "an object with '1'", id="key that is no string"),
        pytest.param({"\ud800": 1}, r"an object with '\ud800'", id="key of half a surrogate pair"),
        pytest.param({"k" * 99: 1}, f"an object with '{'k' * 48}'…", id="long key"),
        pytest.param({1, 2}, "a Python set", id="set"),
        pytest.param(b"Hi", "a Python bytes", id="bytes"),
        pytest.param(int, "a Python type", id="class"),
        pytest.param(object(), "a Python object", id="object of Python"),
    ],
)  # fmt: skip
def test_a_value_is_described_in_the_words_of_json(value: object, text: str) -> None:
    assert describe(value) == text


def test_a_key_with_more_digits_than_python_prints_is_described_too() -> None:
    assert describe({10**5000: 1}).startswith("an object with ")


@pytest.mark.parametrize(
    ("problems", "title", "text"),
    [
        pytest.param(
            [Problem((), "JSON", "nothing", "json_invalid")],
            None,
            "the value has 1 problem:\n  the document: expected JSON, got nothing",
            id="one, untitled",
        ),
        pytest.param(
            [
                Problem(("a",), "a string", "null", "string_type"),
                Problem(("b", 1), "an integer", "true", "int_type"),
            ],
            "Thing",
            "Thing has 2 problems:\n"
            "  a: expected a string, got null\n"
            "  b[1]: expected an integer, got true",
            id="two, titled",
        ),
    ],
)
def test_the_message_lists_the_problems(
    problems: list[Problem], title: str | None, text: str
) -> None:
    error = ValidationError(problems) if title is None else ValidationError(problems, title)

    assert str(error) == text
    assert isinstance(error, ValueError)
    assert error.problems == tuple(problems)
    assert error.title == (title or "the value")


@pytest.mark.parametrize(
    ("count", "shown", "last"),
    [
        pytest.param(20, 20, "  p[19]: expected a, got b", id="20"),
        pytest.param(21, 20, "  … and 1 more", id="21"),
        pytest.param(1000, 20, "  … and 980 more", id="1000"),
    ],
)
def test_the_message_shows_twenty_and_the_error_holds_them_all(
    count: int, shown: int, last: str
) -> None:
    error = ValidationError(Problem(("p", i), "a", "b", "c") for i in range(count))
    lines = str(error).splitlines()

    assert lines[0] == f"the value has {count} problems:"
    assert sum(line.startswith("  p[") for line in lines) == shown
    assert lines[-1] == last
    assert [problem.path for problem in error.problems] == [("p", i) for i in range(count)]


def test_an_error_moves_outwards_a_step_at_a_time() -> None:
    inner = Problem(("type",), "'text'", "null", "literal_error")
    error = ValidationError([inner], "TextChunk").under(0).under("content", "Message")

    assert error.title == "Message"
    [outer] = error.problems
    assert outer == Problem(("content", 0, "type"), "'text'", "null", "literal_error")
    assert str(outer) == "content[0].type: expected 'text', got null"
    assert hash(outer) == hash(copy.deepcopy(outer))


PROBLEM = Problem(("n",), "an integer", "true", "int_type")
DATA = HTTPValidationErrorData.from_dict(
    {"detail": [{"loc": ["body", 0], "msg": "no", "type": "missing", "input": {"a": [1]}}]}
)
PARTIAL = ChatCompletionResponse.from_dict({"id": "1", "created": 2, "model": "m", "choices": []})
ANSWER: dict[str, Any] = {"status_code": 503, "headers": {"retry-after": "1"}, "body": "wait"}

# Two of each: as little and as much as it can hold.
EXAMPLES: dict[str, Callable[[], tuple[Exception, Exception]]] = {
    "ValidationError": lambda: (
        ValidationError([]),
        ValidationError([PROBLEM, dataclasses.replace(PROBLEM, path=("é", 0))], "Thing"),
    ),
    "MistralError": lambda: (MistralError("no"), MistralError("no", **ANSWER)),
    "ParsedContentError": lambda: (
        ParsedContentError("no", response=PARTIAL),
        ParsedContentError("no", response=PARTIAL, **ANSWER),
    ),
    "SDKError": lambda: (SDKError("no"), SDKError("no", **ANSWER)),
    "HTTPValidationError": lambda: (
        HTTPValidationError("no", data=HTTPValidationErrorData()),
        HTTPValidationError("no", data=DATA, **ANSWER),
    ),
    "ResponseValidationError": lambda: (
        ResponseValidationError("no"),
        ResponseValidationError("no", **ANSWER),
    ),
    "NoResponseError": lambda: (NoResponseError("no"), NoResponseError("no", **ANSWER)),
    "NoResponseTimeoutError": lambda: (
        NoResponseTimeoutError("no"),
        NoResponseTimeoutError("no", **ANSWER),
    ),
    "NoResponseConnectionError": lambda: (
        NoResponseConnectionError("no"),
        NoResponseConnectionError("no", **ANSWER),
    ),
    "RateLimitError": lambda: (
        RateLimitError("no", retry_after=0.5),
        RateLimitError("no", retry_after=2.0, **ANSWER),
    ),
    "MissingAPIKeyError": lambda: (MissingAPIKeyError("no"), MissingAPIKeyError("no", **ANSWER)),
    "NotChatError": lambda: (NotChatError("no"), NotChatError("no", **ANSWER)),
    "StreamError": lambda: (StreamError("no"), StreamError("no", partial=PARTIAL, **ANSWER)),
    "IncompleteStreamError": lambda: (
        IncompleteStreamError("no"),
        IncompleteStreamError("no", partial=PARTIAL, **ANSWER),
    ),
    "EventTooLargeError": lambda: (EventTooLargeError(), EventTooLargeError("too large")),
}


def test_the_examples_cover_every_exception() -> None:
    exceptions = {
        name
        for name in errors.__all__
        if isinstance(value := getattr(errors, name), type) and issubclass(value, Exception)
    }
    assert exceptions == set(EXAMPLES)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_lost_on_the_way_to_another_process(name: str, how: str) -> None:
    for error in EXAMPLES[name]():
        again = COPIES[how](error)

        assert type(again) is type(error)
        assert (again.args, str(again), vars(again)) == (error.args, str(error), vars(error))


@pytest.mark.parametrize("how", COPIES)
def test_the_cause_of_a_bad_answer_is_not_lost_either(how: str) -> None:
    error = ResponseValidationError("no")
    error.__cause__ = ValidationError([PROBLEM], "Thing")

    cause = COPIES[how](error).cause

    assert isinstance(cause, ValidationError)
    assert cause.problems == (PROBLEM,)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "Mistral" not in name])
def test_the_two_families_stay_apart(name: str) -> None:
    error, _ = EXAMPLES[name]()
    assert isinstance(error, MistralError) is not isinstance(error, ValueError)


def test_an_error_of_a_call_tells_what_it_knows() -> None:
    headers = {"x-request-id": "1"}
    error = MistralError("no", status_code=500, headers=headers, body="{}")
    headers.clear()

    assert (error.message, str(error), error.status_code) == ("no", "no", 500)
    assert (error.headers, error.body) == ({"x-request-id": "1"}, "{}")

    bare = MistralError("no")
    assert (bare.status_code, bare.headers, bare.body) == (0, {}, "")


def test_what_the_kinds_of_errors_add() -> None:
    assert HTTPValidationError("no", data=DATA).status_code == 422
    assert HTTPValidationError("no", data=DATA).data is DATA
    assert ResponseValidationError("no").cause is None
    assert StreamError("no").partial is None
    assert StreamError("no", partial=PARTIAL).partial is PARTIAL
    assert issubclass(IncompleteStreamError, StreamError)


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

    for _ in range(2000):
        text = describe(value(3))
        assert len(text.splitlines()) == 1
        assert len(text) < 600  # an excerpt is 48 characters, each perhaps escaped
        text.encode()  # no half of a surrogate pair reaches the terminal


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("short", "short"),
        ("two\nlines\t and\x1b[2J", "two lines and [2J"),
        ("a" * 500, "a" * 500),
        ("a" * 501, "a" * 500 + "…"),
        ("a" + " " * 600 + "b", "a…"),
        (" " * 600, "…"),
    ],
    ids=["short", "control characters", "whole", "cut", "cut in the blanks", "blanks"],
)
def test_a_line_of_somebody_elses_text_shows_that_it_was_cut(text: str, line: str) -> None:
    assert errors.one_line(text) == line


def test_an_error_takes_its_own_attributes_only() -> None:
    with pytest.raises(TypeError, match="SDKError has no attribute 'partial'"):
        SDKError("no", partial=None)


HEADERS = Headers({"Content-Type": "a", "x-ID": "1", "X-Id": "2"})


@pytest.mark.parametrize("name", ["X-ID", "x-id", "X-Id"])
def test_headers_are_looked_up_in_any_case(name: str) -> None:
    assert HEADERS[name] == HEADERS.get(name) == "1, 2"
    assert name in HEADERS and name not in Headers()
    assert Headers().get(name) is None and Headers().get(name, "none") == "none"
    number: Any = 1
    assert number not in HEADERS
    with pytest.raises(KeyError):
        Headers()[name]


def test_headers_are_a_dict_of_lower_case_names() -> None:
    assert HEADERS == {"content-type": "a", "x-id": "1, 2"}
    for same in (pickle.loads(pickle.dumps(HEADERS)), copy.deepcopy(HEADERS)):
        assert type(same) is Headers and same == HEADERS
