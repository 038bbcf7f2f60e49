"""JSON text, limited to RFC 8259."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from mistral_proto import json_text
from mistral_proto.errors import ValidationError

READ: list[tuple[str | bytes | bytearray, object]] = [
    ("null", None),
    (" [1, -0.5, 1e3] ", [1, -0.5, 1000.0]),
    ('{"a": 1, "a": 2}', {"a": 2}),
    (b'"n\xc3\xa9"', "né"),
    (bytearray(b"[true]"), [True]),
    ("\ufeff[1]", [1]),
    (b"\xef\xbb\xbf {}", {}),
    (r'"\ud83d"', "\ud83d"),
    ("1" * 4300, int("1" * 4300)),
]

REFUSED: list[tuple[str | bytes, str]] = [
    ("", "Expecting value (line 1, column 1)"),
    ('{"a":\n 1,', "(line 2, column 4)"),
    ("[1] 2", "Extra data (line 1, column 4)"),
    ("['a']", "Expecting value"),
    ("1\ufeff", "Extra data"),
    ("NaN", "the constant NaN"),
    ("[-1e999]", "the number -1e999, which is beyond a float"),
    (b'"\xff"', "bytes that are not UTF-8 (at byte 1)"),
    ("1" * 4301, "a number with too many digits"),
]

WRITTEN: list[tuple[Any, str]] = [
    ({"b": [1, None, True], "a": "c"}, '{"b":[1,null,true],"a":"c"}'),
    ("né\U0001f600", r'"n\u00e9\ud83d\ude00"'),
    ("\ud83d", r'"\ud83d"'),
]


def refused(text: str | bytes, **how: bool) -> str:
    with pytest.raises(ValidationError) as caught:
        json_text.loads(text, title="Thing", **how)
    [problem] = caught.value.problems
    assert (problem.path, problem.expected, problem.type) == ((), "JSON", "json_invalid")
    assert caught.value.title == "Thing"
    # The document may be a secret, or huge: no part of it stays alive.
    assert caught.value.__context__ is None
    return problem.got


def test_texts_are_read_or_refused() -> None:
    for text, value in READ:
        assert json_text.loads(text) == value
    for wrong, found in REFUSED:
        assert found in refused(wrong)


@pytest.mark.native
def test_a_text_that_is_nested_too_deeply_is_refused() -> None:
    assert refused("[" * 200_000) == "a text that is nested too deeply"


def test_a_repeated_key_is_refused_on_demand() -> None:
    for text in ('[{"b": {"é": 1, "é": 2}}]', r'{"é": 1, "\u00e9": 1}'):
        assert refused(text, unique_keys=True) == "the key 'é' twice in one object"
    text = '[{"a": {"a": 1}}, {"a": 2}]'
    assert json_text.loads(text, unique_keys=True) == json.loads(text)
    assert "NaN" in refused('{"a": NaN}', unique_keys=True)


def test_values_are_written_compactly_in_ascii() -> None:
    for value, text in WRITTEN:
        assert json_text.dumps(value) == text
    for number in (float("nan"), float("-inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_text.dumps([number])


def random_json(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randrange(-(10**20), 10**20)
    if kind == 2:
        return rng.uniform(-1e9, 1e9)
    if kind < 6:
        return "".join(chr(rng.randrange(0xDC00)) for _ in range(rng.randrange(8)))
    items = [random_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    return items if kind == 6 else {f"k\ud800{index}": item for index, item in enumerate(items)}


def test_random_values_are_read_back_and_broken_texts_refused() -> None:
    rng = random.Random(2)
    for _ in range(500):
        value = random_json(rng, 4)
        text = json_text.dumps(value)
        assert text.isascii()
        assert json_text.loads(text) == json_text.loads(text.encode()) == value
        assert json_text.loads(text, unique_keys=True) == value
        start, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        broken = text.encode()[:start] + bytes([rng.randrange(256)]) + text.encode()[end:]
        try:
            expected = json.loads(broken.decode())
            json.dumps(expected, allow_nan=False)
        except ValueError:
            with pytest.raises(ValidationError):
                json_text.loads(broken)
        else:
            assert json_text.loads(broken) == expected
