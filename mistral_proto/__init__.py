"""Mistral's chat protocol on the standard library alone: types, client, event streams."""

import sys

# An old Python has to parse this file to get that far: no annotations, from Python 2.7 on.
if sys.version_info < (3, 10):  # noqa: UP036  # pragma: no cover
    found = sys.version.split()[0]
    raise ImportError(__name__ + " needs Python 3.10 or newer; this is " + found)

from .lazy_names import load, modules_of_names

__version__ = "0.2.0"

# A name loads its module on first use: a user of the wire types never pays for the client.
# The imports for type checkers below repeat the table; a test compares them.
_HOMES = {
    ".": "models openai schema testing",
    ".batch.lines": "InvalidLine",
    ".batch.requests": "BatchRequest batch_request_lines read_batch_requests",
    ".batch.results": "BatchRequestOutput BatchResponseData read_batch_results",
    ".client.call": "ResponseInfo",
    ".client.chat": "Chat",
    ".client.mistral": "Mistral",
    ".client.options": "Timeouts",
    ".client.stream": "EventStream EventStreamAsync",
    ".client.tool_runs": "MaxTurnsError ToolResult ToolRun ToolRunAsync",
    ".conversation.exceptions": (
        "ImageDecodeException InvalidAssistantMessageException InvalidFunctionCallException"
        " InvalidMessageStructureException InvalidRequestException InvalidSystemPromptException"
        " InvalidToolException InvalidToolMessageException InvalidToolSchemaException"
        " InvalidUserMessageException MistralCommonException TokenizerException"
        " UnsupportedTokenizerFeatureException"
    ),
    ".conversation.validator": (
        "MistralRequestValidator MistralRequestValidatorV11 MistralRequestValidatorV13"
        " MistralRequestValidatorV15 MistralRequestValidatorV3 MistralRequestValidatorV5"
        " ValidationMode check_conversation get_validator"
    ),
    ".conversions.model_settings": (
        "EnumBuilder JSONSchemaBuilder ModelSettingsBuilder ReasoningEffortEnumBuilder"
    ),
    ".conversions.normalize": (
        "InstructRequestNormalizer InstructRequestNormalizerV13 InstructRequestNormalizerV15"
        " InstructRequestNormalizerV7 get_normalizer normalizer_for_tokenizer_version"
    ),
    ".conversions.openai_format": "convert_openai_messages convert_openai_tools",
    ".errors": (
        "EventTooLargeError HTTPValidationError IncompleteStreamError MissingAPIKeyError"
        " MistralError NoResponseConnectionError NoResponseError NoResponseTimeoutError"
        " NotChatError ParsedContentError Problem RateLimitError ResponseValidationError SDKError"
        " StreamError ValidationError"
    ),
    ".protocol.accumulator": "StreamAccumulator",
    ".protocol.chunk": (
        "AudioChunk AudioURL AudioURLChunk AudioURLType BaseContentChunk BuiltInConnectors"
        " ChunkTypes ContentChunk DocumentURLChunk FileChunk ImageChunk ImageDetail ImageURL"
        " ImageURLChunk RawAudio ReferenceChunk ResourceChunk ResourceLinkChunk TextChunk"
        " ThinkChunk ToolReferenceChunk UnknownContentChunk UserContentChunk"
    ),
    ".protocol.instruct": "InstructRequest ModelSettings TokenizerVersion",
    ".protocol.messages": (
        "AssistantMessage AssistantMessageType BaseMessage ChatMessage ChatMessageType"
        " DeltaMessage FinetuningAssistantMessage FinetuningMessage ReasoningFieldFormat Roles"
        " SystemMessage SystemMessageType ToolMessage ToolMessageType UATS UserMessage"
        " UserMessageType"
    ),
    ".protocol.request": (
        "BaseCompletionRequest ChatCompletionRequest ChatCompletionStreamRequest GuardrailConfig"
        " JSONSchema JsonSchema MistralPromptMode ModerationLLMAction"
        " ModerationLLMV1CategoryThresholds ModerationLLMV1Config"
        " ModerationLLMV2CategoryThresholds ModerationLLMV2Config"
        " ModerationLlmv1CategoryThresholds ModerationLlmv1Config"
        " ModerationLlmv2CategoryThresholds ModerationLlmv2Config Prediction ReasoningEffort"
        " RequestedServiceTier ResponseFormat ResponseFormats SchemaRenderingMode"
    ),
    ".protocol.response": (
        "ChatCompletionChoice ChatCompletionChoiceFinishReason ChatCompletionResponse"
        " ChatCompletionResponseChoice ChatCompletionResponseChoiceLogprobs"
        " ChatCompletionResponseStreamChoice ChatCompletionResponseTokenLogprobs"
        " ChatCompletionResponseTokenLogprobsTopK ChatCompletionStreamResponse"
        " ChatCompletionTokenLogprobs CompletionChunk CompletionEvent"
        " CompletionResponseStreamChoice CompletionResponseStreamChoiceFinishReason FinishReason"
        " HTTPValidationErrorData HTTPValidationErrorDetail PromptTokensDetails TopLogprob"
        " UsageInfo"
    ),
    ".protocol.tool_calls": (
        "APIKeyAuth CodeInterpreterTool CustomConnector DocumentLibraryTool Function FunctionCall"
        " FunctionName ImageGenerationTool NamedToolChoice OAuth2TokenAuth Tool ToolCall"
        " ToolChoice ToolChoiceEnum ToolConfiguration ToolType ToolTypes WebSearchPremiumTool"
        " WebSearchTool"
    ),
    ".retry": "BackoffStrategy Clock RetryConfig",
    ".sse": "EventStreamParser ServerSentEvent",
    ".structured.function_tool": "FunctionTool",
    ".structured.parsed": (
        "ParsedAssistantMessage ParsedChatCompletionChoice ParsedChatCompletionResponse read_json"
        " response_format_from_pydantic_model response_format_from_type"
    ),
    ".transport.exchange": "AsyncHTTPResponse AsyncTransport HTTPRequest HTTPResponse Transport",
    ".transport.keep_alive": "KeepAliveHandler",
    ".transport.urllib_transport": "UrllibTransport",
    ".types": "Nullable OptionalNullable UNSET Unset",
}
_HOME_OF = modules_of_names(_HOMES)

__all__ = list(_HOME_OF) + ["__version__"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import models as models, openai as openai, schema as schema, testing as testing
    from .batch.lines import InvalidLine as InvalidLine
    from .batch.requests import *
    from .batch.results import *
    from .client.call import ResponseInfo as ResponseInfo
    from .client.chat import *
    from .client.mistral import *
    from .client.options import *
    from .client.stream import *
    from .client.tool_runs import *
    from .conversation.exceptions import *
    from .conversation.validator import *
    from .conversions.model_settings import *
    from .conversions.normalize import *
    from .conversions.openai_format import *
    from .errors import *
    from .protocol.accumulator import *
    from .protocol.chunk import *
    from .protocol.instruct import *
    from .protocol.messages import *
    from .protocol.request import *
    from .protocol.response import *
    from .protocol.tool_calls import *
    from .retry import *
    from .sse import *
    from .structured.function_tool import FunctionTool as FunctionTool
    from .structured.parsed import (
        ParsedAssistantMessage as ParsedAssistantMessage,
        ParsedChatCompletionChoice as ParsedChatCompletionChoice,
        ParsedChatCompletionResponse as ParsedChatCompletionResponse,
        read_json as read_json,
        response_format_from_pydantic_model as response_format_from_pydantic_model,
        response_format_from_type as response_format_from_type,
    )
    from .transport.exchange import *
    from .transport.keep_alive import KeepAliveHandler as KeepAliveHandler
    from .transport.urllib_transport import UrllibTransport as UrllibTransport
    from .types import *
else:  # hidden from type checkers, which would accept any name

    def __getattr__(name):  # type: (str) -> object
        try:
            return load(name, globals(), _HOME_OF)
        except AttributeError:
            # The SDK has all names of its models here, too; they begin with a capital letter.
            is_type = name[:1].isupper() and "models" in _HOME_OF
            if not is_type or not hasattr(__getattr__("models"), name):
                raise
            return getattr(models, name)


def __dir__():  # type: () -> list[str]
    return sorted(set(globals()) | set(__all__))
