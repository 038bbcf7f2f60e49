"""Where a body ends: the same however its bytes are split, and strictly as RFC 9112 has it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from http.client import IncompleteRead
from typing import NamedTuple

import pytest

from mistral_proto.transport.failures import ProtocolError
from mistral_proto.transport.framing import _Chunked, framing
from mistral_proto.transport.head import Headers
from tests.transport.pieces import at_random, every_way

CHUNKED = [("Transfer-Encoding", "chunked")]


def headers(*fields: tuple[str, str]) -> Headers:
    return Headers(fields)


class Read(NamedTuple):
    """What a body was found to be."""

    body: bytes
    finished: bool = True
    failure: str | None = None


def read(pieces: Iterable[bytes], *fields: tuple[str, str], status: int = 200) -> tuple[Read, bool]:
    """What the pieces are, as far as they are read, and whether there was a rest."""
    body = framing(status, headers(*fields))
    got = b""
    rest = False
    for piece in pieces:
        if body.finished or body.failure:
            rest = True  # nobody feeds any more, for something came after the end
            break
        got += body.feed(piece)
    failure = str(body.failure) if body.failure else None
    return Read(got, body.finished, failure), rest or body.rest


def failing(words: str, body: bytes = b"") -> Read:
    return Read(body, False, words)


NOT_A_NUMBER = failing("the size of a chunk is not a number")
NOT_CRLF = failing("a line of a chunked body does not end in CRLF")
LONG_LINE = failing("a line of a chunked body is too long")
LONG_TRAILERS = "the trailers of a chunked body are too large"
TRAILER = b"x-one: " + b"1" * 8000 + b"\r\n"

# A chunked body as it comes, and what it is.
CHUNKS: dict[str, tuple[bytes, Read]] = {
    "empty": (b"0\r\n\r\n", Read(b"")),
    "one": (b"5\r\nHello\r\n0\r\n\r\n", Read(b"Hello")),
    "several": (b"1\r\nH\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n", Read(b"Hello")),
    "line ends inside": (b"6\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", Read(b"\r\n\r\n\r\n")),
    "a chunk like an end inside": (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", Read(b"0\r\n\r\n")),
    "digits of both cases": (b"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", Read(b"0123456789" * 2)),
    "sixteen": (b"10\r\n0123456789abcdef\r\n0\r\n\r\n", Read(b"0123456789abcdef")),
    "zeros before": (b"005\r\nHello\r\n000\r\n\r\n", Read(b"Hello")),
    "fifteen digits": (b"000000000000005\r\nHello\r\n0\r\n\r\n", Read(b"Hello")),
    "spaces after": (b"5 \t\r\nHello\r\n0 \r\n\r\n", Read(b"Hello")),
    "an extension": (b"5;name=value\r\nHello\r\n0;last\r\n\r\n", Read(b"Hello")),
    "an extension behind a space": (b"5 ; a=\"b;c\"\r\nHello\r\n0\r\n\r\n", Read(b"Hello")),
    "an extension of any bytes": (b"5;\xff\x00\r\nHello\r\n0\r\n\r\n", Read(b"Hello")),
    "a trailer": (b"5\r\nHello\r\n0\r\nx-one: 1\r\n\r\n", Read(b"Hello")),
    "trailers": (b"0\r\nx-one: 1\r\nx-two: 2\r\n\r\n", Read(b"")),
    "trailers within the bound": (b"0\r\n" + TRAILER * 8 + b"\r\n", Read(b"")),
    "a long extension": (b"5;" + b"x" * 8188 + b"\r\nHello\r\n0\r\n\r\n", Read(b"Hello")),
    # -- not whole
    "nothing": (b"", Read(b"", False)),
    "half a size": (b"5", Read(b"", False)),
    "a size": (b"5\r\n", Read(b"", False)),
    "half a chunk": (b"5\r\nHel", Read(b"Hel", False)),
    "a chunk without its end": (b"5\r\nHello\r", Read(b"Hello", False)),
    "a chunk": (b"5\r\nHello\r\n", Read(b"Hello", False)),
    "half an end": (b"5\r\nHello\r\n0\r\n", Read(b"Hello", False)),
    "half a trailer": (b"0\r\nx-one: 1", Read(b"", False)),
    "no end after trailers": (b"0\r\nx-one: 1\r\n", Read(b"", False)),
    "less than it says": (b"FFFFFFFFFFFFFFF\r\nHello", Read(b"Hello", False)),
    # -- broken
    "negative": (b"-5\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "positive": (b"+5\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "no digits": (b"\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "an extension alone": (b";a\r\n", NOT_A_NUMBER),
    "a space before": (b" 5\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "a prefix": (b"0x5\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "an underscore": (b"1_0\r\n", NOT_A_NUMBER),
    "another letter": (b"g\r\n", NOT_A_NUMBER),
    "digits beyond ASCII": ("٥\r\n".encode(), NOT_A_NUMBER),
    "two sizes": (b"5 5\r\n", NOT_A_NUMBER),
    "sixteen digits": (b"0000000000000005\r\nHello\r\n0\r\n\r\n", NOT_A_NUMBER),
    "the text of a page": (b"<html>\r\n", NOT_A_NUMBER),
    "after a good one": (b"5\r\nHello\r\nx\r\n", failing("the size of a chunk is not a number", b"Hello")),
    "line feeds alone": (b"5\nHello\n0\n\n", NOT_CRLF),
    "a line feed after a chunk": (b"5\r\nHello\n0\r\n\r\n", NOT_CRLF._replace(body=b"Hello")),
    "a line feed at the end": (b"5\r\nHello\r\n0\r\n\n", NOT_CRLF._replace(body=b"Hello")),
    "longer than its size": (b"4\r\nHello\r\n0\r\n\r\n", failing("a chunk is longer than its size", b"Hell")),
    "shorter than its size": (
        b"6\r\nHello\r\n0\r\n\r\n", NOT_CRLF._replace(body=b"Hello\r"),
    ),
    "an extension too long": (b"5;" + b"x" * 8189 + b"\r\nHello\r\n0\r\n\r\n", LONG_LINE),
    "a line without an end": (b"5;" + b"x" * 9000, LONG_LINE),
    "a trailer too long": (b"0\r\n" + b"x" * 9000, LONG_LINE),
    "trailers without an end": (b"0\r\n" + TRAILER * 9, failing(LONG_TRAILERS)),
}  # fmt: skip

every_chunks = pytest.mark.parametrize(("data", "expected"), CHUNKS.values(), ids=CHUNKS)


@every_chunks
def test_chunks_however_they_are_split(data: bytes, expected: Read) -> None:
    for pieces in every_way(data):
        assert read(pieces, *CHUNKED)[0] == expected, [len(piece) for piece in pieces]


@every_chunks
def test_what_follows_is_no_part_of_it(data: bytes, expected: Read) -> None:
    assert read([data], *CHUNKED)[1] is False
    if expected.finished:
        for pieces in every_way(data + b"HTTP/1.1 200 OK\r\n\r\n"):
            assert read(pieces, *CHUNKED) == (expected, True)


@every_chunks
def test_the_end_of_the_connection_ends_no_chunks(data: bytes, expected: Read) -> None:
    body = framing(200, headers(*CHUNKED))
    body.feed(data)
    if not body.finished:
        with pytest.raises(IncompleteRead):
            body.end()


def test_chunks_of_any_size_in_any_pieces() -> None:
    random_ = random.Random(4)
    for _ in range(300):
        parts = [
            random_.randbytes(random_.choice([1, 2, 9, 255, 5000]))
            for _ in range(random_.randrange(6))
        ]
        data = b"".join([b"%x\r\n%s\r\n" % (len(part), part) for part in parts]) + b"0\r\n\r\n"
        whole, cut = b"".join(parts), random_.randrange(len(data))
        assert read(at_random(data, random_), *CHUNKED) == (Read(whole), False)
        # Cut anywhere, it is never taken for whole, and nothing but its beginning comes out.
        got, _ = read(at_random(data[:cut], random_), *CHUNKED)
        assert (got.finished, got.failure) == (False, None)
        assert whole.startswith(got.body)


def test_any_bytes_are_read_in_the_same_way_whole_and_in_pieces() -> None:
    random_ = random.Random(5)
    words = [
        b"0",
        b"1",
        b"5",
        b"\r\n",
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"Hello",
        b";",
        b" ",
        b"x: y",
        b"-",
        b"f",
    ]
    ends = set()
    for _ in range(5000):
        data = b"".join(random_.choices(words, k=random_.randrange(1, 9)))
        whole, _ = read([data], *CHUNKED)
        assert read(at_random(data, random_), *CHUNKED)[0] == whole, data
        ends.add((whole.finished, whole.failure))
    assert len(ends) == 5  # every end that there is, but those that take many bytes


def test_the_fast_way_gives_what_the_plain_way_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    random_ = random.Random(6)
    words = [b"1\r\nx\r\n"] * 20 + [b"5;a=b\r\nHello\r\n", b"0A\r\n0123456789\r\n", b"1\nx\r\n"]
    words += [
        b"1\r\nxy\r\n",
        b"0\r\n\r\n",
        b"fff\r\n",
        b"1000\r\n",
        b"0x1\r\nx\r\n",
        b" 1\r\nx\r\n",
    ]
    bodies = [b"".join(random_.choices(words, k=30)) for _ in range(1000)]
    fast = [read([data], *CHUNKED) for data in bodies]

    monkeypatch.setattr(_Chunked, "_take_whole", lambda self, data, position, pieces: position)
    assert [read([data], *CHUNKED) for data in bodies] == fast
    assert len({outcome.failure for outcome, _ in fast}) == 4


def test_many_small_chunks_at_once_come_out_as_one_piece() -> None:
    body = framing(200, headers(*CHUNKED))
    assert body.feed(b"1\r\nx\r\n" * 10_000) == b"x" * 10_000


# -- a length

LENGTHS: dict[str, tuple[str, bytes, Read, bool]] = {
    "whole": ("5", b"Hello", Read(b"Hello"), False),
    "empty": ("0", b"", Read(b""), False),
    "more": ("5", b"Hello, and more", Read(b"Hello"), True),
    "less": ("5", b"Hell", Read(b"Hell", False), False),
    "nothing of it": ("5", b"", Read(b"", False), False),
    "zeros before": ("005", b"Hello", Read(b"Hello"), False),
    "spaces around": (" 5 ", b"Hello", Read(b"Hello"), False),
    "fifteen digits": ("9" * 15, b"Hello", Read(b"Hello", False), False),
}


@pytest.mark.parametrize(("length", "data", "expected", "rest"), LENGTHS.values(), ids=LENGTHS)
def test_a_length(length: str, data: bytes, expected: Read, rest: bool) -> None:
    for pieces in every_way(data):
        pieces = [piece for piece in pieces if piece]
        assert read(pieces, ("Content-Length", length)) == (expected, rest)
    body = framing(200, headers(("Content-Length", length)))
    body.feed(data)
    if not expected.finished:
        with pytest.raises(IncompleteRead) as caught:
            body.end()
        assert caught.value.expected == int(length) - len(data)


def test_a_length_of_nothing_is_there_at_once() -> None:
    assert framing(200, headers(("Content-Length", "0"))).finished
    assert not framing(200, headers(("Content-Length", "1"))).finished


def test_without_a_length_the_connection_ends_the_body() -> None:
    for pieces in every_way(b"5\r\nHello\r\n0\r\n\r\n"):
        # What it can't tell from something else is a rest: no such connection is kept.
        assert read(pieces) == (Read(b"5\r\nHello\r\n0\r\n\r\n", False), True)
    body = framing(200, headers())
    body.end()
    assert body.finished


# -- which of them it is

TWO = "the content-length is not one number"
OTHER = "the transfer-encoding is another than chunked"

# The headers, and what they say: a way to end, or what is wrong with them.
CHOICES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "chunked": (CHUNKED, "chunked"),
    "chunked, shouted": ([("TRANSFER-ENCODING", " CHUNKED ")], "chunked"),
    # RFC 9112, section 6.3: the transfer-encoding overrides the length.
    "chunked and a length": ([*CHUNKED, ("Content-Length", "5")], "chunked"),
    "chunked and no length at all": ([*CHUNKED, ("Content-Length", "five")], "chunked"),
    "chunked twice": ([*CHUNKED, *CHUNKED], OTHER),
    "gzip": ([("Transfer-Encoding", "gzip")], OTHER),
    "gzip, chunked": ([("Transfer-Encoding", "gzip, chunked")], OTHER),
    "gzip and chunked": ([("Transfer-Encoding", "gzip"), *CHUNKED], OTHER),
    "identity": ([("Transfer-Encoding", "identity")], OTHER),
    "no coding": ([("Transfer-Encoding", "")], OTHER),
    "a length": ([("Content-Length", "5")], "length"),
    "the same length twice": ([("Content-Length", "5"), ("Content-Length", "5")], "length"),
    "two lengths": ([("Content-Length", "5"), ("Content-Length", "6")], TWO),
    "a list of lengths": ([("Content-Length", "5, 5")], TWO),
    "an empty length": ([("Content-Length", "")], TWO),
    "a word": ([("Content-Length", "five")], TWO),
    "negative": ([("Content-Length", "-1")], TWO),
    "positive": ([("Content-Length", "+1")], TWO),
    "a fraction": ([("Content-Length", "1.5")], TWO),
    "hexadecimal": ([("Content-Length", "0x5")], TWO),
    "an underscore": ([("Content-Length", "1_0")], TWO),
    "digits beyond ASCII": ([("Content-Length", "٥")], TWO),
    "sixteen digits": ([("Content-Length", "1" * 16)], TWO),
    "thousands of digits": ([("Content-Length", "1" * 5000)], TWO),
    "nothing": ([], "closed"),
    "others": ([("Connection", "close"), ("Content-Type", "text/plain")], "closed"),
}


@pytest.mark.parametrize(("fields", "says"), CHOICES.values(), ids=CHOICES)
def test_what_the_headers_say(fields: list[tuple[str, str]], says: str) -> None:
    first = {"chunked": b"Hello", "length": b"5\r\nHe", "closed": b"5\r\nHello"}
    if says in first:
        assert framing(200, headers(*fields)).feed(b"5\r\nHello") == first[says]
    else:
        with pytest.raises(ProtocolError, match=f"^{says}$"):
            framing(200, headers(*fields))


# The headers, the version of HTTP, and whether the connection can't serve again.
LAST: list[tuple[list[tuple[str, str]], int, bool]] = [
    ([("Content-Length", "5")], 11, False),
    ([("Content-Length", "5")], 10, False),
    (CHUNKED, 11, False),
    (CHUNKED, 10, True),
    ([*CHUNKED, ("Content-Length", "5")], 11, True),
    ([], 11, True),
    ([], 10, True),
]


@pytest.mark.parametrize(("fields", "version", "is_last"), LAST)
def test_what_no_connection_is_kept_after(
    fields: list[tuple[str, str]], version: int, is_last: bool
) -> None:
    assert framing(200, headers(*fields), version).is_last is is_last


@pytest.mark.parametrize("status", [100, 101, 103, 199, 204, 304])
@pytest.mark.parametrize(
    "fields", [[], CHUNKED, [("Content-Length", "5")], [("Content-Length", "x")]]
)
def test_a_status_without_a_body(status: int, fields: list[tuple[str, str]]) -> None:
    body = framing(status, headers(*fields))
    assert (body.finished, body.rest, body.failure) == (True, False, None)


@pytest.mark.parametrize("status", [200, 201, 205, 302, 400, 500])
def test_a_status_with_a_body(status: int) -> None:
    assert not framing(status, headers(("Content-Length", "5"))).finished
