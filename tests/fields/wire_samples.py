"""A document of each wire type, with every field that goes over the wire.

What is left out is what other types' documents hold already.
"""

from __future__ import annotations

from typing import Any

from mistral_proto import (
    APIKeyAuth,
    AssistantMessage,
    AudioChunk,
    AudioURL,
    AudioURLChunk,
    BaseContentChunk,
    BaseMessage,
    BatchRequest,
    BatchRequestOutput,
    BatchResponseData,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatCompletionResponseChoice,
    ChatCompletionResponseChoiceLogprobs,
    ChatCompletionResponseStreamChoice,
    ChatCompletionStreamResponse,
    ChatCompletionTokenLogprobs,
    CodeInterpreterTool,
    CompletionEvent,
    CustomConnector,
    DeltaMessage,
    DocumentLibraryTool,
    DocumentURLChunk,
    FileChunk,
    FinetuningAssistantMessage,
    Function,
    FunctionCall,
    FunctionName,
    GuardrailConfig,
    HTTPValidationErrorData,
    HTTPValidationErrorDetail,
    ImageChunk,
    ImageGenerationTool,
    ImageURL,
    ImageURLChunk,
    InstructRequest,
    JsonSchema,
    ModelSettings,
    ModerationLLMV1CategoryThresholds,
    ModerationLLMV1Config,
    ModerationLLMV2CategoryThresholds,
    ModerationLLMV2Config,
    NamedToolChoice,
    OAuth2TokenAuth,
    ParsedAssistantMessage,
    ParsedChatCompletionChoice,
    ParsedChatCompletionResponse,
    Prediction,
    PromptTokensDetails,
    RawAudio,
    ReferenceChunk,
    ResourceChunk,
    ResourceLinkChunk,
    ResponseFormat,
    SystemMessage,
    TextChunk,
    ThinkChunk,
    Tool,
    ToolCall,
    ToolConfiguration,
    ToolMessage,
    ToolReferenceChunk,
    TopLogprob,
    UnknownContentChunk,
    UsageInfo,
    UserMessage,
    WebSearchPremiumTool,
    WebSearchTool,
)
from mistral_proto.conversions.model_settings import (
    EnumBuilder,
    JSONSchemaBuilder,
    ModelSettingsBuilder,
)
from mistral_proto.wire import WireType
from tests.fields.openai_samples import OPENAI_DOCUMENTS

CONFIGURATION = {"exclude": ["a"], "include": [], "requires_confirmation": ["b", "c"]}
TEXT = {"type": "text", "text": "Hi"}
THINKING = {"type": "thinking", "thinking": [TEXT], "signature": "s", "closed": False}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}}
FUNCTION = {"name": "f", "description": "d", "strict": True, "parameters": {"type": "object"}}
CALL = {
    "id": "a1",
    "type": "function",
    "function": {"name": "f", "arguments": '{"a": 1}'},
    "index": 0,
}
ASSISTANT = {"role": "assistant", "content": [THINKING, TEXT], "tool_calls": [CALL], "prefix": True}
DELTA = {
    "role": "assistant",
    "content": "Hi",
    "tool_calls": [CALL],
    "tool_call_id": "a1",
    "index": 0,
    "metadata": {"a": [1]},
}
CHECKED = {
    "custom_category_thresholds": {"law": 0.5},
    "ignore_other_categories": True,
    "action": "block",
}
GUARDRAIL = {
    "block_on_error": True,
    "moderation_llm_v1": {"model_name": "m", **CHECKED},
    "moderation_llm_v2": {"model_name": "m", **CHECKED},
}
TOP = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "token_id": 7}
LOGPROBS = {"content": [{**TOP, "top_logprobs": [TOP]}]}
SCHEMAS = {"type": "json_schema", "accepts_none": False}
EFFORTS = {
    "type": "enum",
    "accepts_none": True,
    "default": "none",
    "values": ["none", "high"],
}
USAGE = {
    "prompt_tokens": 1,
    "completion_tokens": 2,
    "total_tokens": 3,
    "prompt_audio_seconds": 4,
    "prompt_tokens_details": {"cached_tokens": 1},
    "num_cached_tokens": 1,
    "service_tier": "auto",
}
CHOICE = {
    "index": 0,
    "message": ASSISTANT,
    "messages": [DELTA],
    "finish_reason": "stop",
    "logprobs": LOGPROBS,
    "prompt_logprobs": LOGPROBS,
}
STREAM_CHOICE = {
    "index": 0,
    "delta": DELTA,
    "finish_reason": "stop",
    "logprobs": LOGPROBS,
    "prompt_logprobs": LOGPROBS,
}
HEAD = {"id": "r1", "created": 1_700_000_000, "model": "m", "usage": USAGE}
CHUNK = {**HEAD, "object": "chat.completion.chunk", "choices": [STREAM_CHOICE]}
DETAIL = {
    "loc": ["body", 0],
    "msg": "no",
    "type": "missing",
    "input": {"a": [1]},
    "ctx": {"b": None},
}
V1_CATEGORIES = """sexual hate_and_discrimination violence_and_threats
    dangerous_and_criminal_content selfharm health financial law pii"""
V2_CATEGORIES = """sexual hate_and_discrimination violence_and_threats dangerous criminal
    selfharm health financial law pii jailbreaking"""

DOCUMENTS: dict[type[WireType], dict[str, Any]] = {
    # The user sends these.
    APIKeyAuth: {"type": "api-key", "value": "s3cret"},
    BatchRequest: {
        "custom_id": "1",
        "body": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
    },
    ChatCompletionRequest: {
        "model": "m",
        "messages": [
            {"role": "system", "content": [TEXT, THINKING]},
            {"role": "user", "content": [TEXT, IMAGE]},
            ASSISTANT,
            {"role": "tool", "content": "1", "tool_call_id": "a1", "name": "f"},
        ],
        "temperature": 0.5,
        "top_p": 1,
        "max_tokens": 10,
        "stream": False,
        "stop": ["a", "b"],
        "random_seed": 1,
        "metadata": {"a": {"b": [None]}},
        "response_format": {"type": "json_object"},
        "tools": [{"type": "function", "function": FUNCTION}, {"type": "web_search"}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "presence_penalty": -2,
        "frequency_penalty": 2.0,
        "min_tokens": 1,
        "repetition_penalty": 1.1,
        "top_k": 5,
        "logprobs": True,
        "top_logprobs": 2,
        "prompt_logprobs": True,
        "top_prompt_logprobs": 2,
        "n": 1,
        "prediction": {"type": "content", "content": "a"},
        "parallel_tool_calls": True,
        "reasoning_effort": "high",
        "prompt_mode": "reasoning",
        "guardrails": [GUARDRAIL],
        "prompt_cache_key": "k",
        "service_tier": "auto",
        "safe_prompt": False,
    },
    CodeInterpreterTool: {"type": "code_interpreter", "tool_configuration": CONFIGURATION},
    CustomConnector: {
        "type": "connector",
        "connector_id": "c",
        "authorization": {"type": "oauth2-token", "value": "s3cret"},
        "tool_configuration": CONFIGURATION,
    },
    DocumentLibraryTool: {
        "type": "document_library",
        "tool_configuration": CONFIGURATION,
        "library_ids": ["l"],
    },
    BaseContentChunk: {"type": "hologram"},
    BaseMessage: {"role": "user"},
    EnumBuilder: EFFORTS,
    Function: FUNCTION,
    FunctionName: {"name": "f"},
    GuardrailConfig: GUARDRAIL,
    ImageGenerationTool: {"type": "image_generation", "tool_configuration": CONFIGURATION},
    InstructRequest: {
        "messages": [{"role": "user", "content": [TEXT, IMAGE]}, ASSISTANT],
        "system_prompt": "Be brief.",
        "available_tools": [{"type": "function", "function": FUNCTION}],
        "truncate_at_max_tokens": 100,
        "settings": {"reasoning_effort": "high", "json_schema": {"type": "object"}},
    },
    JSONSchemaBuilder: SCHEMAS,
    JsonSchema: {"name": "s", "description": "d", "schema": {"type": "object"}, "strict": True},
    ModelSettings: {"reasoning_effort": "high", "json_schema": {"type": "object"}},
    ModelSettingsBuilder: {"reasoning_effort": EFFORTS, "json_schema": SCHEMAS},
    ModerationLLMV1CategoryThresholds: dict.fromkeys(V1_CATEGORIES.split(), 0.5),
    ModerationLLMV1Config: {"model_name": "m", **CHECKED},
    ModerationLLMV2CategoryThresholds: dict.fromkeys(V2_CATEGORIES.split(), 1),
    ModerationLLMV2Config: {"model_name": "m", **CHECKED},
    NamedToolChoice: {"type": "function", "function": {"name": "f"}},
    OAuth2TokenAuth: {"type": "oauth2-token", "value": "s3cret"},
    Prediction: {"type": "content", "content": "a"},
    ResourceChunk: {"type": "resource", "uri": "u", "content": {"type": "text", "text": "t"}},
    ResourceLinkChunk: {"type": "resource_link", "uri": "u", "metadata": {"a": 1}},
    ResponseFormat: {
        "type": "json_schema",
        "json_schema": {"name": "s", "schema": {}, "strict": False},
    },
    SystemMessage: {"role": "system", "content": [TEXT, THINKING]},
    Tool: {"type": "function", "function": FUNCTION},
    ToolConfiguration: CONFIGURATION,
    ToolMessage: {"role": "tool", "content": [TEXT], "tool_call_id": "a1", "name": "f"},
    UserMessage: {"role": "user", "content": [TEXT, IMAGE]},
    WebSearchPremiumTool: {"type": "web_search_premium", "tool_configuration": CONFIGURATION},
    WebSearchTool: {"type": "web_search", "tool_configuration": CONFIGURATION},
    # The server sends these (and gets some of them back).
    AssistantMessage: ASSISTANT,
    AudioChunk: {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    AudioURL: {"url": "https://example.com/a"},
    AudioURLChunk: {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}},
    BatchRequestOutput: {
        "id": "batch-1",
        "custom_id": "1",
        "response": {"status_code": 429, "body": {"detail": "Slow down"}},
        "error": {"message": "no"},
    },
    BatchResponseData: {
        "status_code": 200,
        "body": {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    },
    ChatCompletionResponse: {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    ChatCompletionResponseChoice: CHOICE,
    ChatCompletionResponseChoiceLogprobs: LOGPROBS,
    ChatCompletionResponseStreamChoice: STREAM_CHOICE,
    ChatCompletionStreamResponse: CHUNK,
    ChatCompletionTokenLogprobs: {**TOP, "top_logprobs": [TOP]},
    CompletionEvent: {"data": CHUNK},
    DeltaMessage: DELTA,
    DocumentURLChunk: {"type": "document_url", "document_url": "u", "document_name": "n"},
    FileChunk: {"type": "file", "file_id": "f"},
    FinetuningAssistantMessage: {**ASSISTANT, "weight": 0.5},
    FunctionCall: {"name": "f", "arguments": '{"a": 1}'},
    HTTPValidationErrorData: {"detail": [DETAIL]},
    HTTPValidationErrorDetail: DETAIL,
    ImageChunk: {"type": "image", "image": "iVBORw0KGgo="},
    ImageURL: {"url": "https://example.com/a", "detail": "high"},
    ImageURLChunk: IMAGE,
    ParsedAssistantMessage: ASSISTANT,
    ParsedChatCompletionChoice: CHOICE,
    ParsedChatCompletionResponse: {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    PromptTokensDetails: {"cached_tokens": 1},
    RawAudio: {"data": "UklGRg==", "format": "wav"},
    ReferenceChunk: {"type": "reference", "reference_ids": [1, "b"]},
    TextChunk: TEXT,
    ThinkChunk: THINKING,
    ToolCall: CALL,
    ToolReferenceChunk: {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "t",
        "url": "u",
        "favicon": "f",
        "description": "d",
    },
    TopLogprob: TOP,
    UnknownContentChunk: {"type": "hologram"},
    UsageInfo: USAGE,
    **OPENAI_DOCUMENTS,
}
