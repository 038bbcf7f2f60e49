"""Mistral's chat protocol on the standard library alone: types, client, event streams."""

from __future__ import annotations

from .lazy_names import home_of_each, load

__version__ = "0.1.0"

# A name loads its module when it is first used, so that a user of the wire types
# never pays for the client, nor a user of one message for all of the responses.
# The imports for type checkers below say the same again; a test holds them equal.
_HOMES = {
    ".client.chat": "Chat",
    ".client.mistral": "Mistral",
    ".client.stream": "EventStream",
    ".errors": (
        "EventTooLargeError HTTPValidationError IncompleteStreamError MissingAPIKeyError"
        " MistralError NoResponseError Problem ResponseValidationError SDKError StreamError"
        " ValidationError"
    ),
    ".protocol.accumulator": "StreamAccumulator",
    ".protocol.chunk": (
        "AudioChunk AudioURL AudioURLChunk BuiltInConnectors ChunkTypes ContentChunk"
        " DocumentURLChunk FileChunk ImageChunk ImageDetail ImageURL ImageURLChunk RawAudio"
        " ReferenceChunk TextChunk ThinkChunk ToolReferenceChunk UnknownContentChunk"
    ),
    ".protocol.guardrails": (
        "GuardrailConfig ModerationLLMAction ModerationLLMV1CategoryThresholds"
        " ModerationLLMV1Config ModerationLLMV2CategoryThresholds ModerationLLMV2Config"
    ),
    ".protocol.http_validation_error": "HTTPValidationErrorData HTTPValidationErrorDetail",
    ".protocol.messages": (
        "AssistantMessage ChatMessage DeltaMessage FinetuningAssistantMessage Roles"
        " SystemMessage ToolMessage UserMessage"
    ),
    ".protocol.request": (
        "ChatCompletionRequest JsonSchema MistralPromptMode Prediction ReasoningEffort"
        " RequestedServiceTier ResponseFormat ResponseFormats"
    ),
    ".protocol.response": (
        "ChatCompletionResponse ChatCompletionResponseChoice"
        " ChatCompletionResponseChoiceLogprobs ChatCompletionResponseStreamChoice"
        " ChatCompletionStreamResponse ChatCompletionTokenLogprobs CompletionEvent"
        " FinishReason PromptTokensDetails TopLogprob UsageInfo"
    ),
    ".protocol.tool_calls": (
        "APIKeyAuth CodeInterpreterTool CustomConnector DocumentLibraryTool Function"
        " FunctionCall FunctionName ImageGenerationTool NamedToolChoice OAuth2TokenAuth Tool"
        " ToolCall ToolChoice ToolChoiceEnum ToolConfiguration ToolTypes WebSearchPremiumTool"
        " WebSearchTool"
    ),
    ".retry": "BackoffStrategy RetryConfig",
    ".sse": "EventStreamParser ServerSentEvent",
}
_HOME_OF = home_of_each(_HOMES)

__all__ = [*_HOME_OF, "__version__"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client.chat import Chat as Chat
    from .client.mistral import Mistral as Mistral
    from .client.stream import EventStream as EventStream
    from .errors import (
        EventTooLargeError as EventTooLargeError,
    )
    from .errors import (
        HTTPValidationError as HTTPValidationError,
    )
    from .errors import (
        IncompleteStreamError as IncompleteStreamError,
    )
    from .errors import (
        MissingAPIKeyError as MissingAPIKeyError,
    )
    from .errors import (
        MistralError as MistralError,
    )
    from .errors import (
        NoResponseError as NoResponseError,
    )
    from .errors import (
        Problem as Problem,
    )
    from .errors import (
        ResponseValidationError as ResponseValidationError,
    )
    from .errors import (
        SDKError as SDKError,
    )
    from .errors import (
        StreamError as StreamError,
    )
    from .errors import (
        ValidationError as ValidationError,
    )
    from .protocol.accumulator import StreamAccumulator as StreamAccumulator
    from .protocol.chunk import (
        AudioChunk as AudioChunk,
    )
    from .protocol.chunk import (
        AudioURL as AudioURL,
    )
    from .protocol.chunk import (
        AudioURLChunk as AudioURLChunk,
    )
    from .protocol.chunk import (
        BuiltInConnectors as BuiltInConnectors,
    )
    from .protocol.chunk import (
        ChunkTypes as ChunkTypes,
    )
    from .protocol.chunk import (
        ContentChunk as ContentChunk,
    )
    from .protocol.chunk import (
        DocumentURLChunk as DocumentURLChunk,
    )
    from .protocol.chunk import (
        FileChunk as FileChunk,
    )
    from .protocol.chunk import (
        ImageChunk as ImageChunk,
    )
    from .protocol.chunk import (
        ImageDetail as ImageDetail,
    )
    from .protocol.chunk import (
        ImageURL as ImageURL,
    )
    from .protocol.chunk import (
        ImageURLChunk as ImageURLChunk,
    )
    from .protocol.chunk import (
        RawAudio as RawAudio,
    )
    from .protocol.chunk import (
        ReferenceChunk as ReferenceChunk,
    )
    from .protocol.chunk import (
        TextChunk as TextChunk,
    )
    from .protocol.chunk import (
        ThinkChunk as ThinkChunk,
    )
    from .protocol.chunk import (
        ToolReferenceChunk as ToolReferenceChunk,
    )
    from .protocol.chunk import (
        UnknownContentChunk as UnknownContentChunk,
    )
    from .protocol.guardrails import (
        GuardrailConfig as GuardrailConfig,
    )
    from .protocol.guardrails import (
        ModerationLLMAction as ModerationLLMAction,
    )
    from .protocol.guardrails import (
        ModerationLLMV1CategoryThresholds as ModerationLLMV1CategoryThresholds,
    )
    from .protocol.guardrails import (
        ModerationLLMV1Config as ModerationLLMV1Config,
    )
    from .protocol.guardrails import (
        ModerationLLMV2CategoryThresholds as ModerationLLMV2CategoryThresholds,
    )
    from .protocol.guardrails import (
        ModerationLLMV2Config as ModerationLLMV2Config,
    )
    from .protocol.http_validation_error import (
        HTTPValidationErrorData as HTTPValidationErrorData,
    )
    from .protocol.http_validation_error import (
        HTTPValidationErrorDetail as HTTPValidationErrorDetail,
    )
    from .protocol.messages import (
        AssistantMessage as AssistantMessage,
    )
    from .protocol.messages import (
        ChatMessage as ChatMessage,
    )
    from .protocol.messages import (
        DeltaMessage as DeltaMessage,
    )
    from .protocol.messages import (
        FinetuningAssistantMessage as FinetuningAssistantMessage,
    )
    from .protocol.messages import (
        Roles as Roles,
    )
    from .protocol.messages import (
        SystemMessage as SystemMessage,
    )
    from .protocol.messages import (
        ToolMessage as ToolMessage,
    )
    from .protocol.messages import (
        UserMessage as UserMessage,
    )
    from .protocol.request import (
        ChatCompletionRequest as ChatCompletionRequest,
    )
    from .protocol.request import (
        JsonSchema as JsonSchema,
    )
    from .protocol.request import (
        MistralPromptMode as MistralPromptMode,
    )
    from .protocol.request import (
        Prediction as Prediction,
    )
    from .protocol.request import (
        ReasoningEffort as ReasoningEffort,
    )
    from .protocol.request import (
        RequestedServiceTier as RequestedServiceTier,
    )
    from .protocol.request import (
        ResponseFormat as ResponseFormat,
    )
    from .protocol.request import (
        ResponseFormats as ResponseFormats,
    )
    from .protocol.response import (
        ChatCompletionResponse as ChatCompletionResponse,
    )
    from .protocol.response import (
        ChatCompletionResponseChoice as ChatCompletionResponseChoice,
    )
    from .protocol.response import (
        ChatCompletionResponseChoiceLogprobs as ChatCompletionResponseChoiceLogprobs,
    )
    from .protocol.response import (
        ChatCompletionResponseStreamChoice as ChatCompletionResponseStreamChoice,
    )
    from .protocol.response import (
        ChatCompletionStreamResponse as ChatCompletionStreamResponse,
    )
    from .protocol.response import (
        ChatCompletionTokenLogprobs as ChatCompletionTokenLogprobs,
    )
    from .protocol.response import (
        CompletionEvent as CompletionEvent,
    )
    from .protocol.response import (
        FinishReason as FinishReason,
    )
    from .protocol.response import (
        PromptTokensDetails as PromptTokensDetails,
    )
    from .protocol.response import (
        TopLogprob as TopLogprob,
    )
    from .protocol.response import (
        UsageInfo as UsageInfo,
    )
    from .protocol.tool_calls import (
        APIKeyAuth as APIKeyAuth,
    )
    from .protocol.tool_calls import (
        CodeInterpreterTool as CodeInterpreterTool,
    )
    from .protocol.tool_calls import (
        CustomConnector as CustomConnector,
    )
    from .protocol.tool_calls import (
        DocumentLibraryTool as DocumentLibraryTool,
    )
    from .protocol.tool_calls import (
        Function as Function,
    )
    from .protocol.tool_calls import (
        FunctionCall as FunctionCall,
    )
    from .protocol.tool_calls import (
        FunctionName as FunctionName,
    )
    from .protocol.tool_calls import (
        ImageGenerationTool as ImageGenerationTool,
    )
    from .protocol.tool_calls import (
        NamedToolChoice as NamedToolChoice,
    )
    from .protocol.tool_calls import (
        OAuth2TokenAuth as OAuth2TokenAuth,
    )
    from .protocol.tool_calls import (
        Tool as Tool,
    )
    from .protocol.tool_calls import (
        ToolCall as ToolCall,
    )
    from .protocol.tool_calls import (
        ToolChoice as ToolChoice,
    )
    from .protocol.tool_calls import (
        ToolChoiceEnum as ToolChoiceEnum,
    )
    from .protocol.tool_calls import (
        ToolConfiguration as ToolConfiguration,
    )
    from .protocol.tool_calls import (
        ToolTypes as ToolTypes,
    )
    from .protocol.tool_calls import (
        WebSearchPremiumTool as WebSearchPremiumTool,
    )
    from .protocol.tool_calls import (
        WebSearchTool as WebSearchTool,
    )
    from .retry import BackoffStrategy as BackoffStrategy
    from .retry import RetryConfig as RetryConfig
    from .sse import EventStreamParser as EventStreamParser
    from .sse import ServerSentEvent as ServerSentEvent


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
