"""Calls of the function of docs/embedding.md, and its answers, for any runtime."""

from __future__ import annotations

import base64
import json
from typing import Any

from mistral_proto.testing import ErrorReply, Fault, MockServer
from tests.lambda_runtime.emulator import WAIT, RuntimeAPI

HI: dict[str, object] = {"messages": [{"role": "user", "content": "Hi"}]}
ROBOT = {"messages": [{"role": "robot"}]}
ANSWERS: list[tuple[list[Any], object, float, int, str]] = [
    # the server's replies, the question, the seconds that there are; the status, the answer
    ([], HI, WAIT, 200, "You said: Hi"),
    ([], ROBOT, WAIT, 400, "messages[0].role: expected 'system', 'user', 'assistant' or 'tool'"),
    ([ErrorReply(401, "No such key")], HI, WAIT, 502, "401 "),
    ([Fault.stall], HI, 1.0, 502, "timed out"),
    ([Fault.stall], HI, 0.2, 502, "timed out"),  # less than the function keeps for itself
]


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


BODIES: list[object] = [None, "", "{", "[]", "{}", '{"messages": []}', "[" * 100_000]
BROKEN: list[dict[str, object]] = [
    *({"body": body} for body in BODIES),
    {"body": "no base64", "isBase64Encoded": True},
    {"body": "é", "isBase64Encoded": True},
    in_base64(b"\xff"),
]
"""Bodies that are no request, as changes to an event."""


def check(api: RuntimeAPI, server: MockServer) -> None:
    """Call the function in every way; a missing or broken body is answered with 400."""
    for _ in range(3):  # on one connection
        assert api.call(event(HI)).document["statusCode"] == 200
    assert (len(server.requests), server.connections) == (3, 1)
    without_body = event(None)
    del without_body["body"], without_body["isBase64Encoded"]
    for broken in [*(event(None, **changed) for changed in BROKEN), without_body]:
        answer = api.call(broken).document
        assert answer["statusCode"] == 400 and json.loads(answer["body"])["error"], broken
    assert len(server.requests) == 3
    answer = api.call(event(None, **in_base64(json.dumps(HI).encode()))).document
    assert json.loads(answer["body"]) == {"answer": "You said: Hi"}
    for replies, document, seconds, status, words in ANSWERS:
        server.reply(*replies)
        answer = api.call(event(document), seconds=seconds).document
        assert answer["statusCode"] == status, words
        assert words in json.loads(answer["body"])["answer" if status == 200 else "error"]
