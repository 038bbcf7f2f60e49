"""Streams, and the events that the WHATWG HTML standard, section 9.2, makes of them."""

from __future__ import annotations

from typing import NamedTuple

from mistral_proto.sse import ServerSentEvent


def message(
    data: str, *, event: str = "message", id: str = "", retry: int | None = None
) -> ServerSentEvent:
    return ServerSentEvent(event=event, data=data, id=id, retry=retry)


class Case(NamedTuple):
    name: str
    stream: bytes
    events: list[ServerSentEvent]
    last_event_id: str = ""
    reconnection_time: int | None = None
    pending: bool = False


STANDARD_EXAMPLES = [
    Case(
        "introduction: messages",
        b"data: This is the first message.\n\n"
        b"data: This is the second message, it\n"
        b"data: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            message("This is the first message."),
            message("This is the second message, it\nhas two lines."),
            message("This is the third message."),
        ],
    ),
    Case(
        "introduction: event types",
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [
            message("73857293", event="add"),
            message("2153", event="remove"),
            message("113411", event="add"),
        ],
    ),
    Case(
        "interpretation: three data lines",
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [message("YHOO\n+2\n10")],
    ),
    Case(
        "interpretation: four blocks",
        b": test stream\n\n"
        b"data: first event\nid: 1\n\n"
        b"data:second event\nid\n\n"
        b"data:  third event\n\n",
        [message("first event", id="1"), message("second event"), message(" third event")],
    ),
    Case(
        "interpretation: four blocks, the last one unfinished",
        b": test stream\n\n"
        b"data: first event\nid: 1\n\n"
        b"data:second event\nid\n\n"
        b"data:  third event\n",
        [message("first event", id="1"), message("second event")],
        pending=True,
    ),
    Case(
        "interpretation: empty data",
        b"data\n\ndata\ndata\n\ndata:\n",
        [message(""), message("\n")],
        pending=True,
    ),
    Case(
        "interpretation: the space after the colon is optional",
        b"data:test\n\ndata: test\n\n",
        [message("test"), message("test")],
    ),
]

LINES = [
    Case("nothing", b"", []),
    Case("blank lines only", b"\n\r\n\r\r\n", []),
    Case("line ends: LF", b"data: a\ndata: b\n\n", [message("a\nb")]),
    Case("line ends: CR", b"data: a\rdata: b\r\r", [message("a\nb")]),
    Case("line ends: CRLF", b"data: a\r\ndata: b\r\n\r\n", [message("a\nb")]),
    Case("line ends: CR ends a blank line at once", b"data: a\n\r", [message("a")]),
    Case("line ends: LF CR is two", b"data: a\n\rdata: b\n\r", [message("a"), message("b")]),
    Case("line ends: CR CRLF is two", b"data: a\r\r\ndata: b\r\r\n", [message("a"), message("b")]),
    Case("line ends: CRLF LF is two", b"data: a\r\n\ndata: b\r\n\n", [message("a"), message("b")]),
    Case(
        "line ends: no other character",
        "data: a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\n\n".encode(),
        [message("a\vb\fc\x1cd\x1de\x1ef\x85g\u2028h\u2029i")],
    ),
    Case("end of stream: within a line", b"data: a\n\ndata: b", [message("a")], pending=True),
    Case("end of stream: after a line", b"data: a\r\n", [], pending=True),
    Case("end of stream: within a comment", b"data: a\n\n:", [message("a")], pending=True),
    Case("byte order mark: stripped", b"\xef\xbb\xbfdata: a\n\n", [message("a")]),
    Case("byte order mark: alone", b"\xef\xbb\xbf", []),
    Case("byte order mark: unfinished", b"\xef\xbb", [], pending=True),
    Case("byte order mark: not one after all", b"\xef\xbb\ndata: a\n\n", [message("a")]),
    Case("byte order mark: before a blank line", b"\xef\xbb\xbf\ndata: a\n\n", [message("a")]),
    Case("byte order mark: only one", b"\xef\xbb\xbf\xef\xbb\xbfdata: a\ndata\n\n", [message("")]),
    Case("byte order mark: only at the start", b"\n\xef\xbb\xbfdata: a\ndata\n\n", [message("")]),
    Case("byte order mark: kept in a value", b"data:\xef\xbb\xbfa\n\n", [message("\ufeffa")]),
]

FIELDS = [
    Case("comment", b":\n: data: a\n:data: b\ndata: c\n\n", [message("c")]),
    Case("comment: does not end an event", b"data: a\n: x\ndata: b\n\n", [message("a\nb")]),
    Case("comment: alone", b": ping\n\n", []),
    Case("space: one is removed", b"data:  a\n\n", [message(" a")]),
    Case("space: one alone", b"data: \n\n", [message("")]),
    Case("space: not a tab", b"data:\ta\n\n", [message("\ta")]),
    Case("space: kept at the end", b"data: a \n\n", [message("a ")]),
    Case("colon: only the first one counts", b"data:a:b: c\n\n", [message("a:b: c")]),
    Case("colon: at the start of a value", b"data::\n\n", [message(":")]),
    Case("name: unknown", b"datum: a\ndata : b\nx\ndata: c\n\n", [message("c")]),
    Case("name: a space before it", b" data: a\ndata: b\n\n", [message("b")]),
    Case("name: case matters", b"Data: a\nDATA: b\nEvent: c\ndata: d\n\n", [message("d")]),
    Case("name: NUL in it", b"da\0ta: a\n\0\ndata: b\n\n", [message("b")]),
    Case("data: none at all", b"event: a\nid: 1\n\n", [], last_event_id="1"),
    Case("data: one empty value", b"data:\n\n", [message("")]),
    Case("data: no colon", b"data\n\n", [message("")]),
    Case("data: empty lines at the end", b"data: a\ndata:\ndata\n\n", [message("a\n\n")]),
    Case("data: NUL in it", b"data: a\0b\n\n", [message("a\0b")]),
    Case("data: none of it carried over", b"data: a\n\ndata: b\n\n", [message("a"), message("b")]),
    Case("event: last one wins", b"event: a\nevent: b\ndata\n\n", [message("", event="b")]),
    Case("event: empty", b"event: a\nevent\ndata\n\nevent:\ndata\n\n", [message(""), message("")]),
    Case(
        "event: for one event only",
        b"event: a\ndata\n\ndata\n\n",
        [message("", event="a"), message("")],
    ),
    Case("event: reset by a block without data", b"event: a\n\ndata: b\n\n", [message("b")]),
    Case("event: only one space is removed", b"event:  a \ndata\n\n", [message("", event=" a ")]),
    Case("id: after the data", b"data\nid: 1\n\n", [message("", id="1")], last_event_id="1"),
    Case(
        "id: persists",
        b"id: 1\ndata: a\n\ndata: b\n\n",
        [message("a", id="1"), message("b", id="1")],
        last_event_id="1",
    ),
    Case(
        "id: from a block without data",
        b"id: 1\n\ndata: a\n\n",
        [message("a", id="1")],
        last_event_id="1",
    ),
    Case("id: reset by an empty value", b"id: 1\n\nid:\ndata\n\n", [message("")]),
    Case("id: reset by no value", b"id: 1\n\nid\ndata\n\n", [message("")]),
    Case(
        "id: ignored with NUL",
        b"id: 1\nid: 2\0\nid: \0\ndata\n\n",
        [message("", id="1")],
        last_event_id="1",
    ),
    Case("id: waits for the blank line", b"id: 1\n\nid: 2\n", [], last_event_id="1", pending=True),
    Case("retry: with data", b"retry: 10\ndata\n\n", [message("", retry=10)], reconnection_time=10),
    Case("retry: alone, at once", b"retry: 10\n", [], reconnection_time=10, pending=True),
    Case(
        "retry: in one event only",
        b"retry: 10\ndata\n\ndata\n\n",
        [message("", retry=10), message("")],
        reconnection_time=10,
    ),
    Case(
        "retry: not carried over from a block without data",
        b"retry: 10\n\ndata\n\n",
        [message("")],
        reconnection_time=10,
    ),
    Case(
        "retry: last valid one wins",
        b"retry: 1\nretry: 2\nretry: x\ndata\n\n",
        [message("", retry=2)],
        reconnection_time=2,
    ),
    Case("retry: zero", b"retry: 0\ndata\n\n", [message("", retry=0)], reconnection_time=0),
    Case(
        "retry: leading zeros",
        b"retry: 007\ndata\n\n",
        [message("", retry=7)],
        reconnection_time=7,
    ),
    Case(
        "retry: 18 digits",
        b"retry: 999999999999999999\ndata\n\n",
        [message("", retry=999_999_999_999_999_999)],
        reconnection_time=999_999_999_999_999_999,
    ),
    Case("retry: 19 digits", b"retry: 1000000000000000000\ndata\n\n", [message("")]),
    Case("retry: 5000 digits", b"retry: " + b"9" * 5000 + b"\ndata\n\n", [message("")]),
    Case("retry: empty", b"retry\nretry:\nretry: \ndata\n\n", [message("")]),
    Case("retry: sign", b"retry: -1\nretry: +1\ndata\n\n", [message("")]),
    Case("retry: spaces", b"retry:  1\nretry: 1 \ndata\n\n", [message("")]),
    Case("retry: fraction, exponent, underscore", b"retry: 1.5\nretry: 1e3\nretry: 1_0\n\n", []),
    Case("retry: other digits", "retry: \u0663\nretry: \u00b2\ndata\n\n".encode(), [message("")]),
]

ENCODING = [
    Case("UTF-8: two to four bytes", "data: é€😀\n\n".encode(), [message("é€😀")]),
    Case(
        "UTF-8: in every field",
        "event: é\nid: €\ndata: 😀\n\n".encode(),
        [message("😀", event="é", id="€")],
        last_event_id="€",
    ),
    Case("UTF-8: a byte that is never valid", b"data: a\xffb\n\n", [message("a\ufffdb")]),
    Case("UTF-8: a lone continuation byte", b"data: a\x80b\n\n", [message("a\ufffdb")]),
    Case("UTF-8: cut short by a letter", b"data: \xf0\x9f\x98b\n\n", [message("\ufffdb")]),
    Case(
        "UTF-8: cut short by a line end",
        b"data: \xe2\x82\ndata: \xac\n\n",
        [message("\ufffd\n\ufffd")],
    ),
    Case("UTF-8: overlong", b"data: \xc0\xba\n\n", [message("\ufffd\ufffd")]),
    Case("UTF-8: surrogate", b"data: \xed\xa0\x80\n\n", [message("\ufffd\ufffd\ufffd")]),
    Case("UTF-8: broken in a name", b"dat\xc3a: a\ndata\xff: b\n\n", []),
    Case(
        "UTF-8: broken in type and id",
        b"event: \xff\nid: \xfe\ndata\n\n",
        [message("", event="\ufffd", id="\ufffd")],
        last_event_id="\ufffd",
    ),
]

CASES = [*STANDARD_EXAMPLES, *LINES, *FIELDS, *ENCODING]
