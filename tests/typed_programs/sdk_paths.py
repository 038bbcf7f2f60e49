"""A program for the SDK with another name in its imports, in both layouts of the SDK."""

from typing_extensions import assert_type

from mistral_proto.client import Mistral, models
from mistral_proto.client.errors import SDKError
from mistral_proto.client.models import ChatCompletionRequestMessage, JSONSchema
from mistral_proto.client.types import UNSET, OptionalNullable
from mistral_proto.client.utils import BackoffStrategy, RetryConfig
from mistral_proto.extra import response_format_from_pydantic_model
from mistral_proto.models import (
    AssistantMessage,
    ChatCompletionChoice,
    CompletionChunk,
    File,
    Messages,
    SystemMessageTypedDict,
    ToolChoice,
    UserMessage,
)
from mistral_proto.testing import ErrorReply, MockServer
from mistral_proto.types import Nullable
from mistral_proto.utils import EventStream

brief: SystemMessageTypedDict = {"role": "system", "content": "Be brief."}
question: Messages = UserMessage(content="Hi")
history: list[ChatCompletionRequestMessage] = [question]
choice = ToolChoice(function=models.FunctionName(name="now"))
assert_type(choice.function.name, str)
assert_type(JSONSchema(name="book", schema_definition={}).strict, bool)
assert File(file_name="a.txt", content=b"a").content_type is None
assert callable(response_format_from_pydantic_model)
temperature: OptionalNullable[float] = UNSET
nothing: Nullable[str] = None
assert not temperature and not nothing

retries = RetryConfig("backoff", BackoffStrategy(1, 2, 1.5, 10), False)
with (
    MockServer(["Hello", "Hello", ErrorReply(400, "Invalid model: m")]) as server,
    Mistral(api_key="any", server_url=server.url, retry_config=retries) as mistral,
):
    res = mistral.chat.complete(model="m", messages=[brief, *history], temperature=temperature)
    first: ChatCompletionChoice = res.choices[0]
    assert_type(first.message, AssistantMessage)
    stream = mistral.chat.stream(model="m", messages=history, stop=UNSET)
    assert_type(stream, EventStream)
    with stream as events:
        for event in events:
            chunk: CompletionChunk = event.data
            print(chunk.choices[0].delta.content)
    try:
        mistral.chat.complete(model="m", messages=history)
    except SDKError as error:
        assert error.status_code == 400
