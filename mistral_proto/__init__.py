"""Mistral's chat protocol on the standard library alone: types, client, event streams."""

from __future__ import annotations

from .lazy_names import home_of_each, load

__version__ = "0.1.0"

# A name loads its module when it is first used, so that a user of the wire types
# never pays for the client, nor a user of one message for all of the responses.
# The imports for type checkers below say the same again; a test holds them equal.
_HOMES = {
    ".": "openai schema testing",
    ".client.chat": "Chat",
    ".client.mistral": "Mistral",
    ".client.stream": "EventStream",
    ".conversation.exceptions": (
        "InvalidAssistantMessageException InvalidFunctionCallException"
        " InvalidMessageStructureException InvalidRequestException InvalidSystemPromptException"
        " InvalidToolException InvalidToolMessageException InvalidToolSchemaException"
        " MistralCommonException"
    ),
    ".conversation.validator": (
        "MistralRequestValidator MistralRequestValidatorV13 MistralRequestValidatorV15"
        " MistralRequestValidatorV3 MistralRequestValidatorV5 ValidationMode"
        " check_conversation get_validator"
    ),
    ".conversions.model_settings": "EnumBuilder ModelSettingsBuilder",
    ".conversions.normalize": (
        "InstructRequestNormalizer InstructRequestNormalizerV13 InstructRequestNormalizerV15"
        " InstructRequestNormalizerV7 get_normalizer"
    ),
    ".conversions.openai_format": "convert_openai_messages convert_openai_tools",
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
    ".protocol.instruct": "InstructRequest ModelSettings TokenizerVersion",
    ".protocol.messages": (
        "AssistantMessage ChatMessage DeltaMessage FinetuningAssistantMessage"
        " ReasoningFieldFormat Roles SystemMessage ToolMessage UserMessage"
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
    from . import openai as openai, schema as schema, testing as testing
    from .client.chat import Chat as Chat
    from .client.mistral import Mistral as Mistral
    from .client.stream import EventStream as EventStream
    from .conversation.exceptions import (
        InvalidAssistantMessageException as InvalidAssistantMessageException,
        InvalidFunctionCallException as InvalidFunctionCallException,
        InvalidMessageStructureException as InvalidMessageStructureException,
        InvalidRequestException as InvalidRequestException,
        InvalidSystemPromptException as InvalidSystemPromptException,
        InvalidToolException as InvalidToolException,
        InvalidToolMessageException as InvalidToolMessageException,
        InvalidToolSchemaException as InvalidToolSchemaException,
        MistralCommonException as MistralCommonException,
    )
    from .conversation.validator import (
        MistralRequestValidator as MistralRequestValidator,
        MistralRequestValidatorV3 as MistralRequestValidatorV3,
        MistralRequestValidatorV5 as MistralRequestValidatorV5,
        MistralRequestValidatorV13 as MistralRequestValidatorV13,
        MistralRequestValidatorV15 as MistralRequestValidatorV15,
        ValidationMode as ValidationMode,
        check_conversation as check_conversation,
        get_validator as get_validator,
    )
    from .conversions.model_settings import (
        EnumBuilder as EnumBuilder,
        ModelSettingsBuilder as ModelSettingsBuilder,
    )
    from .conversions.normalize import (
        InstructRequestNormalizer as InstructRequestNormalizer,
        InstructRequestNormalizerV7 as InstructRequestNormalizerV7,
        InstructRequestNormalizerV13 as InstructRequestNormalizerV13,
        InstructRequestNormalizerV15 as InstructRequestNormalizerV15,
        get_normalizer as get_normalizer,
    )
    from .conversions.openai_format import (
        convert_openai_messages as convert_openai_messages,
        convert_openai_tools as convert_openai_tools,
    )
    from .errors import (
        EventTooLargeError as EventTooLargeError,
        HTTPValidationError as HTTPValidationError,
        IncompleteStreamError as IncompleteStreamError,
        MissingAPIKeyError as MissingAPIKeyError,
        MistralError as MistralError,
        NoResponseError as NoResponseError,
        Problem as Problem,
        ResponseValidationError as ResponseValidationError,
        SDKError as SDKError,
        StreamError as StreamError,
        ValidationError as ValidationError,
    )
    from .protocol.accumulator import StreamAccumulator as StreamAccumulator
    from .protocol.chunk import (
        AudioChunk as AudioChunk,
        AudioURL as AudioURL,
        AudioURLChunk as AudioURLChunk,
        BuiltInConnectors as BuiltInConnectors,
        ChunkTypes as ChunkTypes,
        ContentChunk as ContentChunk,
        DocumentURLChunk as DocumentURLChunk,
        FileChunk as FileChunk,
        ImageChunk as ImageChunk,
        ImageDetail as ImageDetail,
        ImageURL as ImageURL,
        ImageURLChunk as ImageURLChunk,
        RawAudio as RawAudio,
        ReferenceChunk as ReferenceChunk,
        TextChunk as TextChunk,
        ThinkChunk as ThinkChunk,
        ToolReferenceChunk as ToolReferenceChunk,
        UnknownContentChunk as UnknownContentChunk,
    )
    from .protocol.guardrails import (
        GuardrailConfig as GuardrailConfig,
        ModerationLLMAction as ModerationLLMAction,
        ModerationLLMV1CategoryThresholds as ModerationLLMV1CategoryThresholds,
        ModerationLLMV1Config as ModerationLLMV1Config,
        ModerationLLMV2CategoryThresholds as ModerationLLMV2CategoryThresholds,
        ModerationLLMV2Config as ModerationLLMV2Config,
    )
    from .protocol.http_validation_error import (
        HTTPValidationErrorData as HTTPValidationErrorData,
        HTTPValidationErrorDetail as HTTPValidationErrorDetail,
    )
    from .protocol.instruct import (
        InstructRequest as InstructRequest,
        ModelSettings as ModelSettings,
        TokenizerVersion as TokenizerVersion,
    )
    from .protocol.messages import (
        AssistantMessage as AssistantMessage,
        ChatMessage as ChatMessage,
        DeltaMessage as DeltaMessage,
        FinetuningAssistantMessage as FinetuningAssistantMessage,
        ReasoningFieldFormat as ReasoningFieldFormat,
        Roles as Roles,
        SystemMessage as SystemMessage,
        ToolMessage as ToolMessage,
        UserMessage as UserMessage,
    )
    from .protocol.request import (
        ChatCompletionRequest as ChatCompletionRequest,
        JsonSchema as JsonSchema,
        MistralPromptMode as MistralPromptMode,
        Prediction as Prediction,
        ReasoningEffort as ReasoningEffort,
        RequestedServiceTier as RequestedServiceTier,
        ResponseFormat as ResponseFormat,
        ResponseFormats as ResponseFormats,
    )
    from .protocol.response import (
        ChatCompletionResponse as ChatCompletionResponse,
        ChatCompletionResponseChoice as ChatCompletionResponseChoice,
        ChatCompletionResponseChoiceLogprobs as ChatCompletionResponseChoiceLogprobs,
        ChatCompletionResponseStreamChoice as ChatCompletionResponseStreamChoice,
        ChatCompletionStreamResponse as ChatCompletionStreamResponse,
        ChatCompletionTokenLogprobs as ChatCompletionTokenLogprobs,
        CompletionEvent as CompletionEvent,
        FinishReason as FinishReason,
        PromptTokensDetails as PromptTokensDetails,
        TopLogprob as TopLogprob,
        UsageInfo as UsageInfo,
    )
    from .protocol.tool_calls import (
        APIKeyAuth as APIKeyAuth,
        CodeInterpreterTool as CodeInterpreterTool,
        CustomConnector as CustomConnector,
        DocumentLibraryTool as DocumentLibraryTool,
        Function as Function,
        FunctionCall as FunctionCall,
        FunctionName as FunctionName,
        ImageGenerationTool as ImageGenerationTool,
        NamedToolChoice as NamedToolChoice,
        OAuth2TokenAuth as OAuth2TokenAuth,
        Tool as Tool,
        ToolCall as ToolCall,
        ToolChoice as ToolChoice,
        ToolChoiceEnum as ToolChoiceEnum,
        ToolConfiguration as ToolConfiguration,
        ToolTypes as ToolTypes,
        WebSearchPremiumTool as WebSearchPremiumTool,
        WebSearchTool as WebSearchTool,
    )
    from .retry import BackoffStrategy as BackoffStrategy, RetryConfig as RetryConfig
    from .sse import EventStreamParser as EventStreamParser, ServerSentEvent as ServerSentEvent


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
