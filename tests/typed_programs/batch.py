"""Files of the batch API."""

import io

from typing_extensions import assert_type

import mistral_proto as m

questions = {"wine": "The best French wine?", "cheese": "The best French cheese?"}
requests = (
    m.BatchRequest(
        custom_id=id, body=m.ChatCompletionRequest(messages=[m.UserMessage(content=text)])
    )
    for id, text in questions.items()
)
file = io.BytesIO()
file.writelines(m.batch_request_lines(requests))
for request in m.read_batch_requests(file.getvalue()):
    if not isinstance(request, m.InvalidLine):
        assert_type(request, m.BatchRequest)
        assert_type(request.body, m.ChatCompletionRequest)

output = b'{"id":"1","custom_id":"wine","response":{"status_code":429,"body":{}}}\n{"id":'
for item in m.read_batch_results(output):
    if isinstance(item, m.InvalidLine):
        assert_type(item.number, int)
        assert_type(item.error, m.ValidationError)
    else:
        assert_type(item, m.BatchRequestOutput)
        error = item.exception()
        assert_type(error, m.MistralError | None)
        if error is None:
            assert_type(item.result(), m.ChatCompletionResponse)
