"""A call and its response."""

from collections.abc import Sequence

from typing_extensions import assert_type

from mistral_proto import (
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    FinishReason,
    Mistral,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    UsageInfo,
    UserMessage,
)
from mistral_proto.testing import MockServer

with MockServer() as server, Mistral(api_key="any", server_url=server.url) as mistral:
    res = mistral.chat.complete(
        model="magistral-medium-latest",
        messages=[
            SystemMessage(content="Answer in French."),
            UserMessage(content=[TextChunk(text="Who is the best French painter?")]),
            {"role": "user", "content": "Just one."},
        ],
        temperature=0.3,
        response_format={"type": "text"},
    )
    assert_type(res, ChatCompletionResponse)
    choices: Sequence[ChatCompletionResponseChoice] = res.choices
    choice = choices[0]
    assert_type(choice.index, int)
    assert_type(choice.finish_reason, FinishReason | str | None)
    assert_type(choice.message.text, str)

    content = choice.message.content
    if isinstance(content, str):
        print(content.upper())
    elif content:
        for chunk in content:
            if isinstance(chunk, ThinkChunk):
                assert_type(chunk.text, str)
            elif isinstance(chunk, TextChunk):
                assert_type(chunk.text, str)

    if res.usage is not None:
        assert_type(res.usage, UsageInfo)
        assert_type(res.usage.total_tokens, int)
    print(res.to_json(), res.extra.get("region"))
