"""What our server refuses or breaks, each client reports as ours does."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import HTTPValidationError, MistralError, SDKError
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer
from tests.interop.calls import OURS, WAYS, Call, is_stream
from tests.interop.clients.differences import DIFFERENCES
from tests.interop.clients.peers import PEERS
from tests.interop.clients.traffic import ask
from tests.testing.raw import eventually

every_peer = pytest.mark.parametrize("peer", PEERS)
every_way = pytest.mark.parametrize("way", WAYS)

DETAIL: list[Any] = [{"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"}]

REFUSALS: dict[str, ErrorReply] = {
    **{f"500 {shape}": ErrorReply(500, "Boom", shape) for shape in ErrorShape},
    **{f"{status}": ErrorReply(status, "Boom") for status in (400, 401, 404, 409, 429, 503)},
    "422": ErrorReply(422, "Invalid", ErrorShape.detail, detail=DETAIL),
    "422 in a message": ErrorReply(422, "Invalid", ErrorShape.message_detail, detail=DETAIL),
    "422 with a text": ErrorReply(422, "Invalid model: mistral-huge"),
    "headers": ErrorReply(429, headers={"Retry-After": "7", "x-kong-request-id": "a1"}),
}

# The classes of openai's exceptions; all others are told apart by their status.
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


def told(error: Any) -> tuple[int, str, str | None, str | None]:
    """Status, body, and two headers, as either client's exception has them."""
    response = getattr(error, "response", None)
    headers = error.headers if response is None else response.headers
    body = error.body if response is None else response.text
    return error.status_code, body, headers.get("retry-after"), headers.get("x-kong-request-id")


@every_peer
@every_way
@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal(peer: str, way: str, reply: ErrorReply) -> None:
    with MockServer([reply, reply]) as server:
        theirs = failure(PEERS[peer].ways[way], server, PEERS[peer].refused)
        ours = failure(OURS[way], server, (SDKError, HTTPValidationError))
        eventually(lambda: server.open_connections == 0)
    assert told(theirs) == told(ours)
    assert ours.status_code == reply.status
    if peer == "openai":
        assert type(theirs).__name__ == CLASSES.get(reply.status, "InternalServerError")


@every_way
def test_the_details_of_a_422(way: str) -> None:
    with MockServer([REFUSALS["422"]] * 2) as server:
        theirs = failure(PEERS["mistralai"].ways[way], server, PEERS["mistralai"].refused)
        ours = failure(OURS[way], server, HTTPValidationError)
    assert type(theirs).__name__ == type(ours).__name__
    sides = [[(it.type, it.msg, [*it.loc]) for it in error.data.detail] for error in (theirs, ours)]
    assert sides[0] == sides[1] == [("missing", "Field required", ["body", "messages", 0])]


@every_peer
@every_way
@pytest.mark.parametrize("parameters", [{"temperature": 9}, {"max_tokens": -1}], ids=str)
def test_a_request_that_is_not_valid(peer: str, way: str, parameters: dict[str, Any]) -> None:
    with MockServer() as server:
        error = failure(PEERS[peer].ways[way], server, PEERS[peer].refused, **parameters)
    status, body, *_ = told(error)
    (name,) = parameters
    assert status == 422
    assert f'"loc":["body","{name}"]' in body


@every_peer
@every_way
def test_a_key_that_is_not_the_server_s(peer: str, way: str) -> None:
    with MockServer(api_key="another") as server:
        theirs = failure(PEERS[peer].ways[way], server, PEERS[peer].refused)
        ours = failure(OURS[way], server, SDKError)
    assert told(theirs) == told(ours)
    assert ours.status_code == 401


# What stops does so until a client gives up, and each has its own idea of when.
BREAKS = [fault for fault in Fault if fault not in (Fault.stall, Fault.stall_stream)]


def is_taken_for_whole(peer: str, way: str, fault: Fault) -> bool:
    """Whether it is a difference that the peer gives an answer; of a whole answer all
    faults of streams are the same: it is cut."""
    return (peer, fault) in DIFFERENCES and (is_stream(way) or fault is Fault.not_json)


@every_peer
@every_way
@pytest.mark.parametrize("fault", BREAKS)
def test_a_fault(peer: str, way: str, fault: Fault) -> None:
    with MockServer([fault, fault]) as server:
        failure(OURS[way], server, MistralError)
        call = PEERS[peer].ways[way]
        if is_taken_for_whole(peer, way, fault):
            call({"server_url": server.url}, ask())
        else:
            failure(call, server, PEERS[peer].broken)
        eventually(lambda: server.open_connections == 0)
        assert len(server.requests) == 2
