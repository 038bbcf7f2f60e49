"""Each client asks our server, and makes of the answer what ours makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mistral_proto import ChatCompletionRequest
from mistral_proto.testing import MockServer
from tests.interop.calls import OURS, STREAM_WAYS, WAYS, Document, is_stream
from tests.interop.clients.differences import DIFFERENCES
from tests.interop.clients.peers import PEERS
from tests.interop.clients.traffic import CASES, STREAMS, Reply, ask

every_peer = pytest.mark.parametrize("peer", PEERS)


@dataclass(frozen=True)
class Exchange:
    """What a client sent, as the server understood it, and what it made of the answer."""

    sent: Document
    read: list[Document]


def exchange(client: str, way: str, request: dict[str, Any], reply: Reply) -> Exchange:
    ways = OURS if client == "ours" else PEERS[client].ways
    with MockServer([reply]) as server:
        read = ways[way]({"server_url": server.url}, request)
        (received,) = server.requests
    assert received.request is not None
    assert bool(received.request.stream) == is_stream(way)
    sent = received.request.to_dict()
    sent.pop("stream", None)
    return Exchange(sent, read)


@every_peer
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_an_answer(peer: str, way: str, name: str) -> None:
    case = CASES[name]
    ours = exchange("ours", way, case.request, case.reply)
    theirs = exchange(peer, way, case.request, case.reply)
    if (peer, name) in DIFFERENCES:
        assert theirs != ours
        for message in theirs.sent["messages"]:
            message.pop("prefix", None)
    assert theirs == ours
    # Not that both lost the same.
    assert ours.sent == ChatCompletionRequest.from_dict(case.request).to_dict()
    if not is_stream(way):
        assert ours.read == [case.reply.to_dict()]


@every_peer
@pytest.mark.parametrize("way", STREAM_WAYS)
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream(peer: str, way: str, name: str) -> None:
    ours = exchange("ours", way, ask(), STREAMS[name])
    assert ours.read[0]["choices"][0]["delta"]["role"] == "assistant"
    assert ours.read[-1]["choices"][0]["finish_reason"]
    if (peer, name) in DIFFERENCES:
        with pytest.raises(ValueError, match="Expecting value"):
            exchange(peer, way, ask(), STREAMS[name])
    else:
        assert exchange(peer, way, ask(), STREAMS[name]) == ours
