"""Errors and their attributes, and the test server that causes them."""

from typing_extensions import assert_type

import mistral_proto as m
from mistral_proto.testing import ErrorReply, Fault, MockServer

hi = [m.UserMessage(content="Hi")]
try:
    m.ChatCompletionRequest.from_json('{"messages": 3}')
except m.ValidationError as error:
    for problem in error.problems:
        assert_type(problem, m.Problem)
        assert_type(problem.path, tuple[str | int, ...])
        print(problem.expected, problem.got)

with MockServer(
    [ErrorReply(400, "Invalid model: m"), ErrorReply(422, "No such model"), Fault.cut_stream],
    pace=0.0,
) as server:
    assert_type(server.url, str)
    server.reply(ErrorReply(503, "Overloaded", headers={"retry-after": "0"}))
    with m.Mistral("any", server_url=server.url) as mistral:
        try:
            mistral.chat.complete(model="m", messages=hi)
        except m.SDKError as error:
            assert_type(error.status_code, int)
            assert_type(error.headers.get("content-type"), str | None)
            assert_type(error.body, str)
            assert_type(error.raw_response.text, str)
            assert_type(error.last_error, m.MistralError | None)
        try:
            mistral.chat.complete(model="m", messages=hi)
        except m.HTTPValidationError as error:
            for detail in error.data.detail or ():
                print(detail.loc, detail.msg)
        try:
            with mistral.chat.stream(model="m", messages=hi) as events:
                events.until_done()
        except m.IncompleteStreamError as error:
            assert_type(error.partial, m.ChatCompletionResponse | None)
        except m.ResponseValidationError as error:
            assert_type(error.cause, BaseException | None)
    received = server.requests[0]
    assert len(server.requests) == 3 and received.request is not None
    assert_type(received.request, m.ChatCompletionRequest)
    assert received.request.messages == hi

texts = ["Bonjour"]
server = MockServer(texts).start()
try:
    with m.Mistral("any", server_url=server.url) as mistral:
        res = mistral.chat.complete(model="m", messages=hi)
        assert res.choices[0].finish_reason is m.FinishReason.stop
finally:
    server.stop()
