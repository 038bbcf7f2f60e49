"""Files of the batch API."""

import io

from typing_extensions import assert_type

from mistral_proto import (
    BatchRequest,
    BatchRequestOutput,
    ChatCompletionRequest,
    ChatCompletionResponse,
    InvalidLine,
    MistralError,
    UserMessage,
    ValidationError,
    batch_request_lines,
    read_batch_requests,
    read_batch_results,
)

questions = {"wine": "The best French wine?", "cheese": "The best French cheese?"}
requests = (
    BatchRequest(custom_id=id, body=ChatCompletionRequest(messages=[UserMessage(content=text)]))
    for id, text in questions.items()
)
file = io.BytesIO()
file.writelines(batch_request_lines(requests))
for request in read_batch_requests(file.getvalue()):
    if not isinstance(request, InvalidLine):
        assert_type(request, BatchRequest)
        assert_type(request.body, ChatCompletionRequest)

output = b'{"id":"1","custom_id":"wine","response":{"status_code":429,"body":{}}}\n{"id":'
for item in read_batch_results(output):
    if isinstance(item, InvalidLine):
        assert_type(item.number, int)
        assert_type(item.error, ValidationError)
    else:
        assert_type(item, BatchRequestOutput)
        error = item.exception()
        assert_type(error, MistralError | None)
        if error is None:
            assert_type(item.result(), ChatCompletionResponse)
