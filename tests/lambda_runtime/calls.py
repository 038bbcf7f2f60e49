"""Calls of the function of docs/embedding.md, and its answers, for any runtime."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from mistral_proto.testing import ErrorReply, Fault, MockServer
from tests.lambda_runtime.emulator import WAIT, RuntimeAPI

HI = [{"role": "user", "content": "Hi"}]

ANSWERS: dict[str, tuple[Sequence[Any], object, float, int, str]] = {
    "an answer": ([], {"messages": HI}, WAIT, 200, "You said: Hi"),
    "a question that is wrong": (
        [],
        {"messages": [{"role": "robot"}]},
        WAIT,
        400,
        "messages[0].role: expected 'system', 'user', 'assistant' or 'tool'",
    ),
    "a key that is refused": (
        [ErrorReply(401, "No such key")],
        {"messages": HI},
        WAIT,
        502,
        "401 ",
    ),
    "no answer in time": ([Fault.stall], {"messages": HI}, 1.0, 502, "timed out"),
    "no time left": ([Fault.stall], {"messages": HI}, 0.2, 502, "timed out"),
}
"""By what happens: the server's replies, the question, the seconds there are, the status that
comes of it, and what is said with it."""


def event(document: object, **changed: object) -> dict[str, object]:
    """Return the event that a function URL sends."""
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/"}},
        "body": json.dumps(document),
        "isBase64Encoded": False,
        **changed,
    }


def in_base64(body: bytes) -> dict[str, object]:
    """Return the changes that put a body into an event in base64."""
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


BROKEN: list[dict[str, object]] = [
    {"body": None},
    {"body": ""},
    {"body": "{"},
    {"body": "[]"},
    {"body": "{}"},
    {"body": '{"messages": []}'},
    {"body": "[" * 100_000},
    {"body": "no base64", "isBase64Encoded": True},
    {"body": "é", "isBase64Encoded": True},
    in_base64(b"{"),
    in_base64(b"\xff"),
]
"""Bodies that are no request, as changes to an event."""


def check_answers(api: RuntimeAPI, server: MockServer) -> None:
    """Every call of the table, one after the other."""
    for name, (replies, document, seconds, status, said) in ANSWERS.items():
        server.reply(*replies)
        posted = api.invoke(event(document), seconds=seconds).posted.get(timeout=WAIT)
        assert posted.kind == "response", (name, posted)
        answer = posted.document
        assert answer["statusCode"] == status, (name, answer)
        assert said in json.loads(answer["body"])["answer" if status == 200 else "error"], name


def check_warm_calls(api: RuntimeAPI, server: MockServer) -> None:
    """Calls that follow each other share a client and its connection."""
    for _ in range(3):
        posted = api.invoke(event({"messages": HI})).posted.get(timeout=WAIT)
        assert posted.document["statusCode"] == 200
    assert len(server.requests) == 3
    assert server.connections == 1


def check_bodies(api: RuntimeAPI, server: MockServer) -> None:
    """A body in base64 is decoded; a missing or broken one is answered with 400."""
    events = [event(None, **changed) for changed in BROKEN]
    without_body = event(None)
    del without_body["body"], without_body["isBase64Encoded"]
    for broken in [*events, without_body]:
        posted = api.invoke(broken).posted.get(timeout=WAIT)
        assert posted.kind == "response", (broken, posted)
        assert posted.document["statusCode"] == 400, broken
        assert json.loads(posted.document["body"])["error"]
    assert not server.requests
    body = json.dumps({"messages": HI}).encode()
    posted = api.invoke(event(None, **in_base64(body))).posted.get(timeout=WAIT)
    assert json.loads(posted.document["body"]) == {"answer": "You said: Hi"}


CHECKS = [check_answers, check_warm_calls, check_bodies]
