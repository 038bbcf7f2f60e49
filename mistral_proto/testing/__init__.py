"""A server on this machine that speaks the protocol, for demos and for tests.

>>> from mistral_proto import Mistral
>>> from mistral_proto.testing import MockServer
>>> with MockServer() as server, Mistral(api_key="k", server_url=server.url) as mistral:
...     res = mistral.chat.complete(
...         model="mistral-small-latest", messages=[{"role": "user", "content": "Hi"}]
...     )
>>> res.choices[0].message.content, server.requests[0].request.model
('You said: Hi', 'mistral-small-latest')
"""

from __future__ import annotations

from .handler import ReceivedRequest
from .model import answer_by_rules
from .recording import RecordingServer, ReplayServer
from .replies import ErrorReply, ErrorShape, Fault, RawReply, StreamReply
from .server import MockServer

__all__ = [
    "ErrorReply",
    "ErrorShape",
    "Fault",
    "MockServer",
    "RawReply",
    "ReceivedRequest",
    "RecordingServer",
    "ReplayServer",
    "StreamReply",
    "answer_by_rules",
]
