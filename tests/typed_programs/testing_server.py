"""A test server: its replies and the requests that it received."""

import threading

from typing_extensions import assert_type

from mistral_proto import ChatCompletionRequest, FinishReason, Mistral, UserMessage
from mistral_proto.testing import ErrorReply, Fault, MockServer

with MockServer(["Bonjour", Fault.cut_stream], pace=0.0) as server:
    assert_type(server.url, str)
    server.reply(ErrorReply(503, "Overloaded", headers={"retry-after": "0"}))
    with Mistral(api_key="any", server_url=server.url) as mistral:
        asking = threading.Thread(
            target=mistral.chat.complete,
            kwargs={"model": "m", "messages": [UserMessage(content="Hi")]},
        )
        asking.start()
        asking.join()
    received = server.requests[0]
    assert received.request is not None
    assert_type(received.request, ChatCompletionRequest)
    assert received.request.messages[0] == UserMessage(content="Hi")

replies = ["Bonjour"]
server = MockServer(replies).start()
try:
    with Mistral("any", server_url=server.url) as mistral:
        res = mistral.chat.complete(model="m", messages=[UserMessage(content="Hi")])
        assert res.choices[0].finish_reason is FinishReason.stop
finally:
    server.stop()
