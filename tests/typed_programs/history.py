"""A conversation of several calls."""

from typing_extensions import assert_type

from mistral_proto import AssistantMessage, ChatCompletionRequest, Mistral, UserMessage
from mistral_proto.protocol.messages import ChatMessage
from mistral_proto.testing import MockServer

history: list[ChatMessage] = []
documents: list[dict[str, object]] = []
with MockServer() as server, Mistral("any", server_url=server.url) as mistral:
    for question in ("Who?", "Why?"):
        history.append(UserMessage(content=question))
        res = mistral.chat.complete(model="m", messages=history)
        message = res.choices[0].message
        assert_type(message, AssistantMessage)
        history.append(message)
        documents.append({"role": "user", "content": question})
        mistral.chat.complete(model="m", messages=documents)
        documents.append({**message.to_dict()})
    asked = [UserMessage(content="And?")]
    mistral.chat.complete(model="m", messages=asked)
    mistral.chat.complete(model="m", messages=(*history, *asked))

request = ChatCompletionRequest(model="m", messages=history)
last: ChatMessage = request.messages[-1]
match last:
    case AssistantMessage(content=str(text)):
        assert_type(text, str)
    case UserMessage():
        assert_type(last, UserMessage)
    case _:
        print(last.role)
assert len(history) == 4 and request.messages == history
