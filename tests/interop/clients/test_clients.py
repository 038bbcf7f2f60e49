"""The official clients against our server: what they send, read, and raise is what ours does."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from mistralai.client import Mistral as MistralAI
from pydantic import BaseModel

import mistral_proto as mp
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer
from tests.interop.calls import OURS, Call, Document, is_stream
from tests.interop.clients.peers import PEERS
from tests.interop.clients.traffic import CASES, DIFFERENCES, STREAMS, WEATHER, ask
from tests.testing.raw import eventually

every_peer = pytest.mark.parametrize("peer", PEERS)
every_way = pytest.mark.parametrize("way", ("complete", "stream"))

# -- answers


def exchange(client: str, way: str, request: dict[str, Any], reply: Any) -> tuple[Document, Any]:
    """Return the request that a client sent, and what it read."""
    ways = OURS if client == "ours" else PEERS[client].ways
    with MockServer([reply]) as server:
        read = ways[way]({"server_url": server.url}, request)
        (received,) = server.requests
    assert received.request is not None
    assert bool(received.request.stream) == is_stream(way)
    sent = received.request.to_dict()
    sent.pop("stream", None)
    return sent, read


@every_peer
@every_way
@pytest.mark.parametrize("name", CASES)
def test_an_answer(peer: str, way: str, name: str) -> None:
    case = CASES[name]
    ours = exchange("ours", way, case.request, case.reply)
    theirs = exchange(peer, way, case.request, case.reply)
    if (peer, name) in DIFFERENCES:
        assert theirs != ours
        for message in theirs[0]["messages"]:
            message.pop("prefix", None)
    assert theirs == ours
    # Neither of them lost anything.
    assert ours[0] == mp.ChatCompletionRequest.from_dict(case.request).to_dict()
    if not is_stream(way):
        assert ours[1] == [case.reply.to_dict()]


@every_peer
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream(peer: str, name: str) -> None:
    way = "stream"
    ours = exchange("ours", way, ask(), STREAMS[name])
    assert ours[1][0]["choices"][0]["delta"]["role"] == "assistant"
    assert ours[1][-1]["choices"][0]["finish_reason"]
    if (peer, name) in DIFFERENCES:
        with pytest.raises(ValueError, match="Expecting value"):
            exchange(peer, way, ask(), STREAMS[name])
    else:
        assert exchange(peer, way, ask(), STREAMS[name]) == ours


# -- errors

DETAIL: list[Any] = [{"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"}]
REFUSALS: list[ErrorReply] = [
    *[ErrorReply(500, "Boom", shape) for shape in ErrorShape],
    *[ErrorReply(status, "Boom") for status in (400, 401, 404, 409, 429, 503)],
    ErrorReply(422, "Invalid", ErrorShape.detail, detail=DETAIL),
    ErrorReply(422, "Invalid", ErrorShape.message_detail, detail=DETAIL),
    ErrorReply(422, "Invalid model: mistral-huge"),
    ErrorReply(429, headers={"Retry-After": "7", "x-kong-request-id": "a1"}),
]
# The exceptions of openai with a class of their own.
CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def failure(call: Call, server: MockServer, kinds: Any, **parameters: Any) -> Any:
    with pytest.raises(kinds) as caught:
        call({"server_url": server.url}, {**ask(), **parameters})
    return caught.value


def reported(error: Any) -> tuple[int, str, str | None, str | None]:
    """Return status, body, and two headers of a client's exception."""
    response = getattr(error, "response", None)
    headers = error.headers if response is None else response.headers
    body = error.body if response is None else response.text
    return error.status_code, body, headers.get("retry-after"), headers.get("x-kong-request-id")


@every_peer
@every_way
def test_a_refusal(peer: str, way: str) -> None:
    for reply in REFUSALS:
        with MockServer([reply, reply]) as server:
            theirs = failure(PEERS[peer].ways[way], server, PEERS[peer].refused)
            ours = failure(OURS[way], server, (mp.SDKError, mp.HTTPValidationError))
            eventually(lambda: server.open_connections == 0)
        assert reported(theirs) == reported(ours)
        assert ours.status_code == reply.status
        if peer == "openai":
            assert type(theirs).__name__ == CLASSES.get(reply.status, "InternalServerError")
        elif reply.status == 422:
            assert type(theirs).__name__ == type(ours).__name__
            sides = [
                [(d.type, d.msg, [*d.loc]) for d in e.data.detail or ()] for e in (theirs, ours)
            ]
            # Of an error of this shape it does not find the details.
            assert sides[0] == ([] if reply.shape is ErrorShape.message_detail else sides[1])
    with MockServer(api_key="another") as server:
        theirs = failure(PEERS[peer].ways[way], server, PEERS[peer].refused)
        ours = failure(OURS[way], server, mp.SDKError)
    assert reported(theirs) == reported(ours) and ours.status_code == 401


@every_peer
@every_way
def test_a_request_that_is_not_valid(peer: str, way: str) -> None:
    for name, value in (("temperature", 9), ("max_tokens", -1)):
        with MockServer() as server:
            error = failure(PEERS[peer].ways[way], server, PEERS[peer].refused, **{name: value})
        status, body, *_ = reported(error)
        assert status == 422 and f'"loc":["body","{name}"]' in body


@every_peer
@every_way
@pytest.mark.parametrize("fault", [fault for fault in Fault if "stall" not in fault.name])
def test_a_fault(peer: str, way: str, fault: Fault) -> None:
    is_whole = (peer, fault) in DIFFERENCES and (is_stream(way) or fault is Fault.not_json)
    with MockServer([fault, fault]) as server:
        failure(OURS[way], server, mp.MistralError)
        call = PEERS[peer].ways[way]
        if is_whole:
            call({"server_url": server.url}, ask())
        else:
            failure(call, server, PEERS[peer].broken)
        eventually(lambda: server.open_connections == 0)
        assert len(server.requests) == 2


# -- other features of the official clients


class Said(BaseModel):
    said: str


def mistralai(server: MockServer, **options: Any) -> Any:
    return MistralAI(api_key="k", server_url=server.url, **options)


def of_openai(server: MockServer, **options: Any) -> Any:
    return openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", **options)


def test_a_tool_is_called_and_answered() -> None:
    result = {"role": "tool", "content": "12 °C", "tool_call_id": "call00001"}
    with MockServer() as server, mistralai(server) as first, of_openai(server) as second:
        for create in (first.chat.complete, second.chat.completions.create):
            message = create(**ask(tools=[WEATHER])).choices[0].message
            assert message.tool_calls[0].id == result["tool_call_id"]
            answer = create(**ask("Weather?", message, result, tools=[WEATHER]))
            assert answer.choices[0].message.content == "The tool says: 12 °C"
            request = server.requests[-1].request
            assert request is not None and isinstance(request.messages[-1], mp.ToolMessage)


def test_an_answer_is_parsed_into_a_model() -> None:
    with MockServer() as server, mistralai(server) as first, of_openai(server) as second:
        for parse in (first.chat.parse, second.chat.completions.parse):
            response = parse(response_format=Said, **ask("Hi"))
            assert response.choices[0].message.parsed == Said(said="example")


def gathered(request: dict[str, Any], reply: Any) -> tuple[Any, Any]:
    """Return the choices that openai and we gather from a stream."""
    with MockServer([reply, reply]) as server:
        with of_openai(server) as client, client.chat.completions.stream(**request) as events:
            theirs = events.get_final_completion()
        with mp.Mistral(api_key="k", server_url=server.url) as mistral:
            with mistral.chat.stream(**request) as events:
                return theirs.choices, events.until_done().choices


def test_openai_gathers_the_same_answer() -> None:
    for name in ("text beyond ASCII", "two choices", "JSON schema"):
        theirs, ours = gathered(CASES[name].request, CASES[name].reply)
        for their, our in zip(theirs, ours, strict=True):
            assert their.finish_reason == our.finish_reason
            assert their.message.content == our.message.content
    sides = gathered(ask(tools=[WEATHER]), STREAMS["two calls in fragments"])
    # Not their ids: openai appends the id "null" of each of Mistral's fragments.
    calls = [
        [(call.function.name, call.function.arguments) for call in side[0].message.tool_calls]
        for side in sides
    ]
    assert calls[0] == calls[1] and len(calls[0]) == 2
