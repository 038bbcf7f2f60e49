"""JSON text, held to RFC 8259."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mistral_proto import json_text
from mistral_proto.errors import ValidationError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("null", None, id="null"),
        pytest.param(" [1, -0.5, 1e3] ", [1, -0.5, 1000.0], id="numbers, space around"),
        pytest.param('{"a": {"b": []}}', {"a": {"b": []}}, id="nested"),
        pytest.param('{"a": 1, "a": 2}', {"a": 2}, id="the last of two keys counts"),
        pytest.param(b'"n\xc3\xa9"', "né", id="bytes are UTF-8"),
        pytest.param(bytearray(b"[true]"), [True], id="bytearray"),
        pytest.param(r'"\ud83d\ude00"', "\U0001f600", id="surrogate pair"),
        pytest.param(r'"\ud83d"', "\ud83d", id="half a surrogate pair"),
        pytest.param("1" * 4300, int("1" * 4300), id="4300 digits"),
    ],
)
def test_read(text: str | bytes, value: object) -> None:
    assert json_text.loads(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", "Expecting value (line 1, column 1)", id="empty"),
        pytest.param('{"a":\n 1,', "(line 2, column 4)", id="cut off"),
        pytest.param("[1] 2", "Extra data (line 1, column 5)", id="two values"),
        pytest.param("['a']", "Expecting value", id="single quotes"),
        pytest.param('"a\nb"', "Invalid control character", id="raw line break"),
        pytest.param("1\ufeff", "Extra data", id="byte order mark behind"),
        pytest.param("NaN", "the constant NaN", id="NaN"),
        pytest.param("[Infinity]", "the constant Infinity", id="Infinity"),
        pytest.param('{"a": -Infinity}', "the constant -Infinity", id="-Infinity"),
        pytest.param(b'"\xff"', "bytes that are not UTF-8 (at byte 1)", id="not UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', "(at byte 1)", id="surrogate in bytes"),
        pytest.param(
            "[" * 200_000,
            "a text that is nested too deeply",
            id="too deep",
            marks=pytest.mark.native,
        ),
        pytest.param("1" * 4301, "a number with too many digits", id="4301 digits"),
    ],
)
def test_refused(text: str | bytes, found: str) -> None:
    with pytest.raises(ValidationError) as caught:
        json_text.loads(text)

    [problem] = caught.value.problems
    assert (problem.path, problem.expected, problem.type) == ((), "JSON", "json_invalid")
    assert found in problem.got
    # The document may be a secret, or huge: nothing of it hangs on.
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["1e999", "[-1e999]", '{"a": 1e309}'])
def test_a_number_beyond_a_float_does_not_become_infinity(text: str) -> None:
    with pytest.raises(ValidationError):
        json_text.loads(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('{"a": 1, "a": 1}', "the key 'a' twice in one object", id="outermost"),
        pytest.param('[{"b": {"é": 1, "é": 2}}]', "the key 'é' twice", id="within"),
        pytest.param(r'{"a": 1, "\u0061": 1}', "the key 'a' twice", id="written otherwise"),
    ],
)
def test_a_key_that_comes_twice_is_refused_on_demand(text: str, found: str) -> None:
    with pytest.raises(ValidationError) as caught:
        json_text.loads(text, unique_keys=True)

    [problem] = caught.value.problems
    assert (problem.path, problem.type) == ((), "json_invalid")
    assert found in problem.got


def test_keys_that_differ_are_unique() -> None:
    assert json_text.loads('[{"a": {"a": 1}}, {"a": 2}]', unique_keys=True) == [
        {"a": {"a": 1}},
        {"a": 2},
    ]
    with pytest.raises(ValidationError, match="the constant NaN"):
        json_text.loads('{"a": NaN}', unique_keys=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": [1, None, True], "b": "c"}, '{"a":[1,null,true],"b":"c"}', id="compact"),
        pytest.param("né\U0001f600", r'"n\u00e9\ud83d\ude00"', id="ASCII only"),
        pytest.param("\ud83d", r'"\ud83d"', id="half a surrogate pair"),
        pytest.param("a\n\x00", r'"a\n\u0000"', id="control characters"),
        pytest.param({"b": 1, "a": 2}, '{"b":1,"a":2}', id="order is kept"),
    ],
)
def test_written(value: Any, text: str) -> None:
    assert json_text.dumps(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_json_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text.dumps([value])


def random_json(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randrange(-(10**20), 10**20)
    if kind == 2:
        return rng.uniform(-1e9, 1e9)
    if kind < 6:
        return "".join(chr(rng.randrange(0x11000)) for _ in range(rng.randrange(8)))
    items = [random_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    return items if kind == 6 else {f"k\ud800{index}": item for index, item in enumerate(items)}


def test_what_is_written_is_read_back() -> None:
    rng = random.Random(2)
    for _ in range(500):
        value = random_json(rng, 4)
        text = json_text.dumps(value)

        assert text.isascii()
        assert json_text.loads(text) == json_text.loads(text.encode()) == value
        assert json_text.loads(text, unique_keys=True) == value


def test_any_cut_or_change_is_read_as_json_reads_it_or_refused() -> None:
    rng = random.Random(3)
    text = json.dumps([random_json(rng, 3) for _ in range(8)]).encode()
    for _ in range(500):
        start, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        broken = text[:start] + bytes([rng.randrange(256)]) + text[end:]
        try:
            expected = json.loads(broken.decode())
        except ValueError:
            with pytest.raises(ValidationError):
                json_text.loads(broken)
        else:
            assert json_text.loads(broken) == expected
