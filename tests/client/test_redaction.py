"""Secrets: hidden as objects, and found in texts in any spelling."""

from __future__ import annotations

import base64
import gc
import html
import json
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
KEYS = [
    PLAIN_KEY,
    "s3cretky",
    'sk-"quoted"\\and/slashed<&>+?==',
    "nnnnnnnnnnnnbfrtu",  # letters that may follow a backslash
    "00ab12cdef00ab12",  # digits that may follow an escape
    "\\" * 30 + "x",
    "a%41b%2542c%%d-more-of-it",
]
MARK = "[API key]"


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def in_escapes(text: str) -> str:
    return "".join([f"\\u{ord(c):{'04X' if i % 2 else '04x'}}" for i, c in enumerate(text)])


def in_percents(text: str) -> str:
    return "".join([f"%{ord(c):{'02X' if i % 2 else '02x'}}" for i, c in enumerate(text)])


def html_code(text: str) -> str:
    return "".join([f"&#{ord(c)};" for c in text])


# The spellings of a text that a server may repeat.
SPELLINGS: list[Callable[[str], str]] = [
    str,
    in_json,
    lambda text: in_json(text).replace("/", "\\/"),  # as PHP writes it
    in_escapes,
    lambda text: "".join([(in_json, in_escapes)[i % 2](c) for i, c in enumerate(text)]),
    lambda text: in_json(in_json(in_json(text))),
    lambda text: in_json(in_escapes(text)),
    lambda text: in_escapes(in_escapes(text)),
    lambda text: urllib.parse.quote(text, safe=""),
    lambda text: urllib.parse.quote_plus(urllib.parse.quote_plus(text)),
    in_percents,
    lambda text: in_json(in_percents(text)),
    html.escape,
    lambda text: "".join([f"&#{ord(c):06};" for c in text]),
    lambda text: "".join([f"&#X{ord(c):04X};" for c in text]),
    lambda text: in_json(html.escape(text)),
]


def test_every_spelling_is_found() -> None:
    for key in KEYS:
        redact = Redactor([Secret("another-secret"), Secret(key)])
        for write in SPELLINGS:
            spelled = write(key)
            for before, after in (("", ""), ('{"a": "', '", "b": ["\\n"]}')):
                assert redact(before + spelled + after) == before + MARK + after, spelled
            assert redact(f"{spelled}, {spelled}") == f"{MARK}, {MARK}"


def test_any_mixture_of_spellings_is_found() -> None:
    random_ = random.Random(12)
    ways: list[Callable[[str], str]] = [str, in_json, in_escapes, in_percents, html_code]
    for _ in range(1000):
        key = "".join(random_.choices("abcdefghijklmnopqrstuvwxyz", k=random_.randint(8, 40)))
        spelled = "".join([random_.choice(ways)(c) for c in key])
        around = random_.choice(["", " ", "\\n", "%25", "é", "&amp;"])
        assert Redactor([Secret(key)])(around + spelled + around) == around + MARK + around


def test_base64_is_found() -> None:
    for key in KEYS:
        redact = Redactor([Secret(key)])
        for before in ("", "Bearer ", "user:", "u:"):
            for after in ("", ":x", "and more"):
                for encode in (base64.b64encode, base64.urlsafe_b64encode):
                    encoded = encode(f"{before}{key}{after}".encode()).decode()
                    most = len(encode(f"{before}{after}".encode())) * 3 + 12
                    for write in (str, in_percents, in_json):
                        redacted = redact(f"Basic {write(encoded)}.")
                        left = redacted.removeprefix("Basic ").removesuffix(".").replace(MARK, "")
                        # At most the bits that the key shares with its neighbours are left.
                        assert MARK in redacted and len(left) <= most


def test_other_texts_stay() -> None:
    redact = Redactor([Secret(PLAIN_KEY)])
    texts = r"""a \u \u00 % %4 %zz &#; &#x; &unknown; &amp; %20 \n \ud83d\ude00 &#1114112; &#0;""".split()
    parts = [PLAIN_KEY[:-1], PLAIN_KEY[1:], PLAIN_KEY.upper(), f"{PLAIN_KEY[:9]} {PLAIN_KEY[9:]}"]
    for text in ["", "100 % & more", *texts, *parts]:
        assert redact(text) == text
        assert redact(f"{text}{PLAIN_KEY}{text}") == f"{text}{MARK}{text}"
    for short in ("", "1234567"):
        text = f"the {short} {in_escapes(short)}"
        assert Redactor([Secret(short)])(text) == Redactor([])(text) == text


def test_secrets_that_overlap_leave_one_mark() -> None:
    redact = Redactor([Secret("secret-one"), Secret("cret-one-and-two")])
    assert redact("a secret-one-and-two b") == f"a {MARK} b"
    # The escape is a part of the secret: the rest is still JSON.
    assert Redactor([Secret("nope-key")])('"a\\nope-key b"') == f'"a{MARK} b"'


NEAR = PLAIN_KEY[:-1] + "!"
HOSTILE = ["\\", "\\u005c", "%", "%25", "&#", "&amp;", "&#1111111111", PLAIN_KEY, NEAR, in_escapes(NEAR),
    in_percents(NEAR), in_json(in_escapes(PLAIN_KEY)), "a"]  # fmt: skip


def steps(text: str, key: str) -> int:
    """Return the number of lines and calls of functions to redact a text."""
    redact = Redactor([Secret(key)])
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    gc.disable()  # finalizers are no steps
    sys.settrace(trace)
    try:
        redact(text)
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def test_twice_the_text_takes_twice_the_steps() -> None:
    for key in (PLAIN_KEY, "a" * 33 + "b", "\\" * 33 + "a"):
        for unit in HOSTILE:
            text = unit * (4096 // len(unit))
            assert steps(text * 4, key) <= 4 * steps(text, key) + 200, unit


def test_too_many_escapes() -> None:
    redact = Redactor([Secret(PLAIN_KEY)])
    for escape in ("\\", "%41", "&amp;"):
        few, many = escape * 1000, escape * 100_001
        assert (redact(few), redact(many)) == (few, MARK)
        assert Redactor([Secret("short")])(many) == many


def test_a_secret_is_shown_by_reveal_alone() -> None:
    secret = Secret(PLAIN_KEY)
    assert secret.reveal() == PLAIN_KEY
    assert PLAIN_KEY not in f"{secret} {secret!r} {secret!s:>9} {[secret]}"
    assert secret == Secret(PLAIN_KEY) and hash(secret) == hash(Secret(PLAIN_KEY))
    assert secret not in (Secret(NEAR), PLAIN_KEY)


def test_secrets_of_headers() -> None:
    cases: list[tuple[str, str, list[str]]] = [
        ("AUTHORIZATION", "s3cret-key", ["s3cret-key"]),
        ("proxy-authorization", "Basic dTpwYXNz==", ["Basic", "dTpwYXNz"]),
        ("cookie", "a=s3cret-one; b=s3cret-two", ["a", "s3cret-one", "b", "s3cret-two"]),
        ("x-auth-token", " s3cret-key ", ["s3cret-key"]),
        *[(f"X-{name}", "s3cret-key", ["s3cret-key"]) for name in ("Api-Key", "Secret", "Password")],
        ("authorization", "", []),
        ("x-key-name", "the-name-of-a-key", []),
    ]  # fmt: skip
    for name, value, secrets in cases:
        assert [secret.reveal() for secret in header_secrets({name: value})] == secrets


def response(content: str) -> ChatCompletionResponse:
    message = {"role": "assistant", "content": content}
    document = {"id": "1", "model": "m", "choices": [{"index": 0, "message": message}]}
    return ChatCompletionResponse.from_dict(document)


def test_a_response_without_secrets() -> None:
    redact = Redactor([Secret(PLAIN_KEY)])
    untouched = response("Bonjour")
    assert redacted_response(untouched, redact) is untouched
    text = f'"{PLAIN_KEY}"\n{in_percents(PLAIN_KEY)}\\'
    assert redacted_response(response(text), redact) == response(f'"{MARK}"\n{MARK}\\')
    # The characters after "\\u" in its JSON are those of the key.
    redact = Redactor([Secret("00ab12cdef00ab12")])
    redacted = redacted_response(response("«12cdef00ab12"), redact)
    assert (redacted.model, redacted.choices) == (MARK, [])


def test_a_cause_without_excerpts() -> None:
    with pytest.raises(ValidationError) as caught:
        ChatCompletionResponse.from_dict({"choices": PLAIN_KEY})
    cause = redacted_cause(caught.value)
    kinds = [problem.type for problem in cause.problems]
    assert (cause.title, kinds) == ("ChatCompletionResponse", ["secret"])
    assert PLAIN_KEY[:9] not in str(cause)
