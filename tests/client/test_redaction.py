"""Secrets: how they are held, and that they are found in texts however they are spelled."""

from __future__ import annotations

import base64
import copy
import gc
import html
import json
import pickle
import random
import sys
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from mistral_proto import ChatCompletionResponse, ValidationError
from mistral_proto.client.redaction import (
    Redactor,
    Secret,
    header_secrets,
    redacted_cause,
    redacted_response,
)

PLAIN_KEY = "sk0123456789abcdefghijklmnopqrstuv"
KEYS = {
    "plain": PLAIN_KEY,
    "short": "s3cretky",
    "long": PLAIN_KEY * 20,
    "odd": 'sk-"quoted"\\and/slashed<&>+?==',
    "of letters that follow a backslash": "nnnnnnnnnnnnbfrtu",
    "of digits that follow an escape": "00ab12cdef00ab12",
    "of backslashes": "\\" * 30 + "x",
    "of percents": "a%41b%2542c%%d-more-of-it",
}
MARK = "[API key]"


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def in_escapes(text: str) -> str:
    return "".join(
        [f"\\u{ord(c):04X}" if i % 2 else f"\\u{ord(c):04x}" for i, c in enumerate(text)]
    )


def in_percents(text: str) -> str:
    return "".join([f"%{ord(c):02X}" if i % 2 else f"%{ord(c):02x}" for i, c in enumerate(text)])


# How a server may write a text that it was sent.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": in_json,
    "in JSON as PHP writes it": lambda text: in_json(text).replace("/", "\\/"),
    "in JSON as Go writes it": lambda text: in_json(text).replace("&", "\\u0026"),
    "in escapes": in_escapes,
    "in every second escape": lambda text: "".join(
        [in_escapes(c) if i % 2 else in_json(c) for i, c in enumerate(text)]
    ),
    "in JSON in JSON": lambda text: in_json(in_json(text)),
    "in JSON in JSON in JSON": lambda text: in_json(in_json(in_json(text))),
    "in escapes in JSON": lambda text: in_json(in_escapes(text)),
    "in escapes in escapes": lambda text: in_escapes(in_escapes(text)),
    "in a URL": lambda text: urllib.parse.quote(text, safe=""),
    "in a URL in lower case": lambda text: (
        urllib.parse.quote(text, safe="").lower()
        if text.islower()
        else urllib.parse.quote(text, safe="")
    ),
    "in a URL in a URL": lambda text: urllib.parse.quote_plus(urllib.parse.quote_plus(text)),
    "in percents": in_percents,
    "in percents in JSON": lambda text: in_json(in_percents(text)),
    "in HTML": html.escape,
    "in decimal entities": lambda text: "".join([f"&#{ord(c)};" for c in text]),
    "in decimal entities with zeros": lambda text: "".join([f"&#{ord(c):06};" for c in text]),
    "in hexadecimal entities": lambda text: "".join([f"&#x{ord(c):x};" for c in text]),
    "in other hexadecimal entities": lambda text: "".join([f"&#X{ord(c):04X};" for c in text]),
    "in HTML in JSON": lambda text: in_json(html.escape(text)),
}


@pytest.mark.parametrize("write", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_spelling(key: str, write: Callable[[str], str]) -> None:
    redact = Redactor([Secret("another-secret"), Secret(key)])
    spelled = write(key)
    for before, after in [("", ""), ("no such key: ", "!"), ('{"a": "', '", "b": ["\\n"]}')]:
        assert redact(before + spelled + after) == before + MARK + after
    assert redact(f"{spelled}, {spelled}") == f"{MARK}, {MARK}"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize(
    "before", ["", "Bearer ", "user:", "u:", "Authorization: Bearer "], ids=repr
)
@pytest.mark.parametrize("after", ["", "\n", ":x", "and more"], ids=repr)
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_base64(key: str, before: str, after: str, encode: Callable[[bytes], bytes]) -> None:
    encoded = encode(f"{before}{key}{after}".encode()).decode()
    redact = Redactor([Secret(key)])
    for write in (str, in_percents, in_json):
        redacted = redact(f"Basic {write(encoded)}.")
        left = redacted.removeprefix("Basic ").removesuffix(".").replace(MARK, "")
        # Of the key at most the bits that it shares with its neighbours are left.
        assert MARK in redacted and len(left) <= len(encode(f"{before}{after}".encode())) * 3 + 12


@pytest.mark.parametrize(
    "text",
    ["", "a", "100 % & more", "\\u", "\\u00", "%", "%4", "%zz", "&#;", "&#x;", "&unknown;"]
    + ["&amp;", "%20", "\\n", "\\\\ ", "Bon\\u00e9", "\\ud83d\\ude00", "&#1114112;", "&#0;", "&#1;"]
    + [PLAIN_KEY[:-1], PLAIN_KEY[1:], PLAIN_KEY.upper(), f"{PLAIN_KEY[:9]} {PLAIN_KEY[9:]}"],
    ids=repr,
)
def test_other_texts_stay(text: str) -> None:
    redact = Redactor([Secret(PLAIN_KEY)])
    assert redact(text) == text
    assert redact(f"{text}{PLAIN_KEY}{text}") == f"{text}{MARK}{text}"


@pytest.mark.parametrize("key", ["", "k", "secret", "1234567"])
def test_a_short_secret_is_none(key: str) -> None:
    text = f"the {key} {in_escapes(key)}"
    assert Redactor([Secret(key)])(text) == text
    assert Redactor([])(text) == text


def test_secrets_that_overlap_leave_one_mark() -> None:
    redact = Redactor([Secret("secret-one"), Secret("cret-one-and-two")])
    assert redact("a secret-one-and-two b") == f"a {MARK} b"
    assert redact("a\\nope-key b") == "a\\nope-key b"
    # The escape is a part of it: what is left is still JSON.
    assert Redactor([Secret("nope-key")])('"a\\nope-key b"') == f'"a{MARK} b"'


def test_any_mixture_is_found() -> None:
    random_ = random.Random(12)
    ways: list[Callable[[str], str]] = [
        str,
        in_json,
        in_escapes,
        in_percents,
        lambda c: f"&#{ord(c)};",
    ]
    for _ in range(3000):
        key = "".join([chr(random_.randint(97, 122)) for _ in range(random_.randint(8, 40))])
        spelled = "".join([random_.choice(ways)(c) for c in key])
        around = random_.choice(["", " ", "\\n", "%25", "é", "&amp;"])
        text = f"{around}{spelled}{around}"
        assert Redactor([Secret(key)])(text) == f"{around}{MARK}{around}"


# -- in linear time

NEAR = PLAIN_KEY[:-1] + "!"
HOSTILE = {
    "backslashes": "\\",
    "escaped backslashes": "\\u005c",
    "percents": "%",
    "percents of percents": "%25",
    "half an entity": "&#",
    "ampersands": "&amp;",
    "digits of an entity": "&#1111111111",
    "the key": PLAIN_KEY,
    "nearly the key": NEAR,
    "nearly the key in escapes": in_escapes(NEAR),
    "nearly the key in percents": in_percents(NEAR),
    "the key in escapes in JSON": in_json(in_escapes(PLAIN_KEY)),
    "one letter": "a",
}


def steps(text: str, key: str) -> int:
    """How many lines and calls of functions it takes to redact a text."""
    redact = Redactor([Secret(key)])
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    gc.collect()  # not while the steps are counted
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        redact(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("key", [PLAIN_KEY, "a" * 33 + "b", "\\" * 33 + "a"], ids=repr)
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_twice_the_text_takes_twice_the_steps(unit: str, key: str) -> None:
    text = unit * (4096 // len(unit))
    assert steps(text * 4, key) <= 4 * steps(text, key) + 200


# -- how they are held


@pytest.mark.parametrize("escape", ["\\", "\\\\", "%41", "&amp;"])
def test_too_many_escapes(escape: str) -> None:
    redact, few, many = Redactor([Secret(PLAIN_KEY)]), escape * 1000, escape * 100_001
    assert (redact(few), redact(many)) == (few, MARK)
    assert Redactor([Secret("short")])(many) == many
    response = ChatCompletionResponse(model=many, choices=[])
    assert redacted_response(response, redact).model == MARK


def test_a_secret_is_shown_by_reveal_alone() -> None:
    secret = Secret(PLAIN_KEY)
    assert secret.reveal() == PLAIN_KEY
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!s:>9}", repr([secret])):
        assert PLAIN_KEY not in text
    assert secret == Secret(PLAIN_KEY) and hash(secret) == hash(Secret(PLAIN_KEY))
    assert secret not in (Secret(NEAR), PLAIN_KEY)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied(duplicate: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        duplicate(Secret(PLAIN_KEY))


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("Authorization", "Bearer s3cret-key", ["Bearer", "s3cret-key"]),
        ("AUTHORIZATION", "s3cret-key", ["s3cret-key"]),
        ("proxy-authorization", "Basic dTpwYXNz==", ["Basic", "dTpwYXNz"]),
        ("x-api-key", "s3cret-key", ["s3cret-key"]),
        ("api-key", "s3cret-key", ["s3cret-key"]),
        ("cookie", "a=s3cret-one; b=s3cret-two", ["a", "s3cret-one", "b", "s3cret-two"]),
        ("x-auth-token", " s3cret-key ", ["s3cret-key"]),
        ("Ocp-Apim-Subscription-Key", "s3cret-key", ["s3cret-key"]),
        ("x-client-secret", "s3cret-key", ["s3cret-key"]),
        ("x-password", "s3cret-key", ["s3cret-key"]),
        ("authorization", "", []),
        ("accept", "application/json", []),
        ("x-key-name", "the-name-of-a-key", []),
    ],
)
def test_secrets_of_headers(name: str, value: str, secrets: list[str]) -> None:
    assert [secret.reveal() for secret in header_secrets({name: value})] == secrets


# -- what stands for an answer


def response(content: str) -> ChatCompletionResponse:
    message = {"role": "assistant", "content": content}
    return ChatCompletionResponse.from_dict(
        {"id": "1", "model": "m", "choices": [{"index": 0, "message": message}]}
    )


def test_a_response() -> None:
    redact = Redactor([Secret(PLAIN_KEY)])
    untouched = response("Bonjour")
    assert redacted_response(untouched, redact) is untouched
    told = f'"{PLAIN_KEY}"\n{in_percents(PLAIN_KEY)}\\'
    assert redacted_response(response(told), redact) == response(f'"{MARK}"\n{MARK}\\')


def test_a_response_that_cannot_be_shown() -> None:
    # The characters after "\\u" in its JSON are those of the key.
    redact = Redactor([Secret("00ab12cdef00ab12")])
    redacted = redacted_response(response("«12cdef00ab12"), redact)
    assert (redacted.model, redacted.choices) == (MARK, [])


def test_a_cause() -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponse.from_dict({"choices": PLAIN_KEY})
    cause = redacted_cause(caught.value)
    assert (cause.title, [problem.type for problem in cause.problems]) == (
        "ChatCompletionResponse",
        ["secret"],
    )
    assert PLAIN_KEY[:9] not in str(cause)
