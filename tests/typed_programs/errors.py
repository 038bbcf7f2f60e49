"""What goes wrong, and what a program learns of it."""

from typing_extensions import assert_type

from mistral_proto import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    HTTPValidationError,
    IncompleteStreamError,
    Mistral,
    MistralError,
    Problem,
    ResponseValidationError,
    SDKError,
    UserMessage,
    ValidationError,
)
from mistral_proto.testing import ErrorReply, Fault, MockServer

hi = [UserMessage(content="Hi")]
try:
    ChatCompletionRequest.from_json('{"messages": 3}')
except ValidationError as error:
    for problem in error.problems:
        assert_type(problem, Problem)
        assert_type(problem.path, tuple[str | int, ...])
        print(problem.expected, problem.got)

with (
    MockServer(
        [ErrorReply(400, "Invalid model: m"), ErrorReply(422, "No such model"), Fault.cut_stream]
    ) as server,
    Mistral("any", server_url=server.url) as mistral,
):
    try:
        mistral.chat.complete(model="m", messages=hi)
    except SDKError as error:
        assert_type(error.status_code, int)
        assert_type(error.headers.get("content-type"), str | None)
        assert_type(error.body, str)
        assert_type(error.raw_response.text, str)
        assert_type(error.last_error, MistralError | None)
    try:
        mistral.chat.complete(model="m", messages=hi)
    except HTTPValidationError as error:
        for detail in error.data.detail or ():
            print(detail.loc, detail.msg)
    try:
        with mistral.chat.stream(model="m", messages=hi) as events:
            events.until_done()
    except IncompleteStreamError as error:
        assert_type(error.partial, ChatCompletionResponse | None)
    except ResponseValidationError as error:
        assert_type(error.cause, BaseException | None)
assert len(server.requests) == 3
