"""The SDK's names that the package itself does not have.

The SDK's dictionaries are plain ones: their content is checked where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ..protocol import chunk, tool_calls
from ..protocol.messages import ChatMessage

_Dict = dict[str, Any]
_Content = Sequence[chunk.ContentChunk] | str
_Choice = tool_calls.ToolChoiceEnum | tool_calls.NamedToolChoice


@dataclass(frozen=True, kw_only=True)
class File:
    """A file for calls of the API other than chat (SDK: same name)."""

    file_name: str
    content: bytes | IO[bytes]
    content_type: str | None = None


Arguments = Mapping[str, object] | str
AssistantMessageContent = _Content
ChatCompletionRequestMessage = ChatMessage
ChatCompletionRequestStop = Sequence[str] | str
ChatCompletionRequestTool = tool_calls.RequestTool
ChatCompletionRequestToolChoice = _Choice
ChatCompletionStreamRequestMessage = ChatMessage
ChatCompletionStreamRequestMessages = ChatMessage
ChatCompletionStreamRequestStop = Sequence[str] | str
ChatCompletionStreamRequestTool = tool_calls.RequestTool
ChatCompletionStreamRequestToolChoice = _Choice
Content = _Content
CustomConnectorAuthorization = tool_calls.OAuth2TokenAuth | tool_calls.APIKeyAuth
DeltaMessageContent = _Content
ImageURLChunkImageURL = chunk.ImageURL | str
ImageURLUnion = chunk.ImageURL | str
Messages = ChatMessage
Metadata = str | int | float | bool
ReferenceID = int | str
ResourceChunkContent = chunk.TextChunk | chunk.ImageURLChunk | chunk.UnknownContentChunk
Stop = Sequence[str] | str
SystemMessageContent = Sequence[chunk.TextChunk | chunk.ThinkChunk] | str
SystemMessageContentChunks = chunk.TextChunk | chunk.ThinkChunk
Thinking = (
    chunk.TextChunk | chunk.ReferenceChunk | chunk.ToolReferenceChunk | chunk.UnknownContentChunk
)
ToolChoice = tool_calls.NamedToolChoice
ToolMessageContent = _Content
ToolReferenceChunkTool = chunk.BuiltInConnectors | str
UnknownResourceChunkContent = chunk.UnknownContentChunk
UserMessageContent = _Content

APIKeyAuthTypedDict = _Dict
ArgumentsTypedDict = Mapping[str, Any] | str
AssistantMessageContentTypedDict = Sequence[_Dict] | str
AssistantMessageTypedDict = _Dict
AudioChunkTypedDict = _Dict
ChatCompletionChoiceTypedDict = _Dict
ChatCompletionRequestMessageTypedDict = _Dict
ChatCompletionRequestStopTypedDict = Sequence[str] | str
ChatCompletionRequestToolChoiceTypedDict = _Dict | str
ChatCompletionRequestToolTypedDict = _Dict
ChatCompletionRequestTypedDict = _Dict
ChatCompletionResponseChoiceLogprobsTypedDict = _Dict
ChatCompletionResponseTokenLogprobsTopKTypedDict = _Dict
ChatCompletionResponseTokenLogprobsTypedDict = _Dict
ChatCompletionResponseTypedDict = _Dict
ChatCompletionStreamRequestMessageTypedDict = _Dict
ChatCompletionStreamRequestMessagesTypedDict = _Dict
ChatCompletionStreamRequestStopTypedDict = Sequence[str] | str
ChatCompletionStreamRequestToolChoiceTypedDict = _Dict | str
ChatCompletionStreamRequestToolTypedDict = _Dict
ChatCompletionStreamRequestTypedDict = _Dict
CodeInterpreterToolTypedDict = _Dict
CompletionChunkTypedDict = _Dict
CompletionEventTypedDict = _Dict
CompletionResponseStreamChoiceTypedDict = _Dict
ContentChunkTypedDict = _Dict
ContentTypedDict = Sequence[_Dict] | str
CustomConnectorAuthorizationTypedDict = _Dict
CustomConnectorTypedDict = _Dict
DeltaMessageContentTypedDict = Sequence[_Dict] | str
DeltaMessageTypedDict = _Dict
DocumentLibraryToolTypedDict = _Dict
DocumentURLChunkTypedDict = _Dict
FileChunkTypedDict = _Dict
FileTypedDict = _Dict
FunctionCallTypedDict = _Dict
FunctionNameTypedDict = _Dict
FunctionTypedDict = _Dict
GuardrailConfigTypedDict = _Dict
ImageGenerationToolTypedDict = _Dict
ImageURLChunkImageURLTypedDict = _Dict | str
ImageURLChunkTypedDict = _Dict
ImageURLTypedDict = _Dict
ImageURLUnionTypedDict = _Dict | str
JSONSchemaTypedDict = _Dict
MessagesTypedDict = _Dict
MetadataTypedDict = str | int | float | bool
ModerationLlmv1CategoryThresholdsTypedDict = _Dict
ModerationLlmv1ConfigTypedDict = _Dict
ModerationLlmv2CategoryThresholdsTypedDict = _Dict
ModerationLlmv2ConfigTypedDict = _Dict
OAuth2TokenAuthTypedDict = _Dict
PredictionTypedDict = _Dict
ReferenceChunkTypedDict = _Dict
ReferenceIDTypedDict = int | str
ResourceChunkContentTypedDict = _Dict
ResourceChunkTypedDict = _Dict
ResourceLinkChunkTypedDict = _Dict
ResponseFormatTypedDict = _Dict
StopTypedDict = Sequence[str] | str
SystemMessageContentChunksTypedDict = _Dict
SystemMessageContentTypedDict = Sequence[_Dict] | str
SystemMessageTypedDict = _Dict
TextChunkTypedDict = _Dict
ThinkChunkTypedDict = _Dict
ThinkingTypedDict = _Dict
ToolCallTypedDict = _Dict
ToolChoiceTypedDict = _Dict
ToolConfigurationTypedDict = _Dict
ToolMessageContentTypedDict = Sequence[_Dict] | str
ToolMessageTypedDict = _Dict
ToolReferenceChunkToolTypedDict = str
ToolReferenceChunkTypedDict = _Dict
ToolTypedDict = _Dict
UsageInfoTypedDict = _Dict
UserMessageContentTypedDict = Sequence[_Dict] | str
UserMessageTypedDict = _Dict
WebSearchPremiumToolTypedDict = _Dict
WebSearchToolTypedDict = _Dict
