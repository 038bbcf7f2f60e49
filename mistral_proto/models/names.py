"""Names that the SDK has, and that are none of the package's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from ..protocol.chunk import (
    BuiltInConnectors,
    ContentChunk,
    ImageURL,
    ImageURLChunk,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolReferenceChunk,
    UnknownContentChunk,
)
from ..protocol.messages import ChatMessage
from ..protocol.tool_calls import (
    APIKeyAuth,
    NamedToolChoice,
    OAuth2TokenAuth,
    RequestTool,
    ToolChoiceEnum,
)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file, as other calls of the API than chat's take it (SDK: same name).

    >>> File(file_name="a.pdf", content=b"%PDF").file_name
    'a.pdf'
    """

    file_name: str
    content: bytes | IO[bytes]
    content_type: str | None = None


Arguments = Mapping[str, object] | str
AssistantMessageContent = Sequence[ContentChunk] | str
ChatCompletionRequestMessage = ChatMessage
ChatCompletionRequestStop = Sequence[str] | str
ChatCompletionRequestTool = RequestTool
ChatCompletionRequestToolChoice = ToolChoiceEnum | NamedToolChoice
ChatCompletionStreamRequestMessage = ChatMessage
ChatCompletionStreamRequestMessages = ChatMessage
ChatCompletionStreamRequestStop = Sequence[str] | str
ChatCompletionStreamRequestTool = RequestTool
ChatCompletionStreamRequestToolChoice = ToolChoiceEnum | NamedToolChoice
Content = Sequence[ContentChunk] | str
CustomConnectorAuthorization = OAuth2TokenAuth | APIKeyAuth
DeltaMessageContent = Sequence[ContentChunk] | str
ImageURLChunkImageURL = ImageURL | str
ImageURLUnion = ImageURL | str
Messages = ChatMessage
Metadata = str | int | float | bool
ReferenceID = int | str
ResourceChunkContent = TextChunk | ImageURLChunk | UnknownContentChunk
Stop = Sequence[str] | str
SystemMessageContent = Sequence[TextChunk | ThinkChunk] | str
SystemMessageContentChunks = TextChunk | ThinkChunk
Thinking = TextChunk | ReferenceChunk | ToolReferenceChunk | UnknownContentChunk
ToolChoice = NamedToolChoice
ToolMessageContent = Sequence[ContentChunk] | str
ToolReferenceChunkTool = BuiltInConnectors | str
UnknownResourceChunkContent = UnknownContentChunk
UserMessageContent = Sequence[ContentChunk] | str
