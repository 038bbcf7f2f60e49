"""A document of each wire type, with every field that goes over the wire.

What is left out is what other types' documents hold already.
"""

from __future__ import annotations

from typing import Any

import mistral_proto as ours
from mistral_proto.conversions import model_settings
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
EFFORTS = {"type": "enum", "accepts_none": True, "default": "none", "values": ["none", "high"]}
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
    ours.APIKeyAuth: {"type": "api-key", "value": "s3cret"},
    ours.BatchRequest: {
        "custom_id": "1",
        "body": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
    },
    ours.ChatCompletionRequest: {
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
    ours.CodeInterpreterTool: {"type": "code_interpreter", "tool_configuration": CONFIGURATION},
    ours.CustomConnector: {
        "type": "connector",
        "connector_id": "c",
        "authorization": {"type": "oauth2-token", "value": "s3cret"},
        "tool_configuration": CONFIGURATION,
    },
    ours.DocumentLibraryTool: {
        "type": "document_library",
        "tool_configuration": CONFIGURATION,
        "library_ids": ["l"],
    },
    ours.BaseContentChunk: {"type": "hologram"},
    ours.BaseMessage: {"role": "user"},
    model_settings.EnumBuilder: EFFORTS,
    ours.Function: FUNCTION,
    ours.FunctionName: {"name": "f"},
    ours.GuardrailConfig: GUARDRAIL,
    ours.ImageGenerationTool: {"type": "image_generation", "tool_configuration": CONFIGURATION},
    ours.InstructRequest: {
        "messages": [{"role": "user", "content": [TEXT, IMAGE]}, ASSISTANT],
        "system_prompt": "Be brief.",
        "available_tools": [{"type": "function", "function": FUNCTION}],
        "truncate_at_max_tokens": 100,
        "settings": {"reasoning_effort": "high", "json_schema": {"type": "object"}},
    },
    model_settings.JSONSchemaBuilder: SCHEMAS,
    ours.JsonSchema: {
        "name": "s",
        "description": "d",
        "schema": {"type": "object"},
        "strict": True,
    },
    ours.ModelSettings: {"reasoning_effort": "high", "json_schema": {"type": "object"}},
    model_settings.ModelSettingsBuilder: {"reasoning_effort": EFFORTS, "json_schema": SCHEMAS},
    ours.ModerationLLMV1CategoryThresholds: dict.fromkeys(V1_CATEGORIES.split(), 0.5),
    ours.ModerationLLMV1Config: {"model_name": "m", **CHECKED},
    ours.ModerationLLMV2CategoryThresholds: dict.fromkeys(V2_CATEGORIES.split(), 1),
    ours.ModerationLLMV2Config: {"model_name": "m", **CHECKED},
    ours.NamedToolChoice: {"type": "function", "function": {"name": "f"}},
    ours.OAuth2TokenAuth: {"type": "oauth2-token", "value": "s3cret"},
    ours.Prediction: {"type": "content", "content": "a"},
    ours.ResourceChunk: {"type": "resource", "uri": "u", "content": {"type": "text", "text": "t"}},
    ours.ResourceLinkChunk: {"type": "resource_link", "uri": "u", "metadata": {"a": 1}},
    ours.ResponseFormat: {
        "type": "json_schema",
        "json_schema": {"name": "s", "schema": {}, "strict": False},
    },
    ours.SystemMessage: {"role": "system", "content": [TEXT, THINKING]},
    ours.Tool: {"type": "function", "function": FUNCTION},
    ours.ToolConfiguration: CONFIGURATION,
    ours.ToolMessage: {"role": "tool", "content": [TEXT], "tool_call_id": "a1", "name": "f"},
    ours.UserMessage: {"role": "user", "content": [TEXT, IMAGE]},
    ours.WebSearchPremiumTool: {"type": "web_search_premium", "tool_configuration": CONFIGURATION},
    ours.WebSearchTool: {"type": "web_search", "tool_configuration": CONFIGURATION},
    # The server sends these (and gets some of them back).
    ours.AssistantMessage: ASSISTANT,
    ours.AudioChunk: {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ours.AudioURL: {"url": "https://example.com/a"},
    ours.AudioURLChunk: {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}},
    ours.BatchRequestOutput: {
        "id": "batch-1",
        "custom_id": "1",
        "response": {"status_code": 429, "body": {"detail": "Slow down"}},
        "error": {"message": "no"},
    },
    ours.BatchResponseData: {
        "status_code": 200,
        "body": {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    },
    ours.ChatCompletionResponse: {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    ours.ChatCompletionResponseChoice: CHOICE,
    ours.ChatCompletionResponseChoiceLogprobs: LOGPROBS,
    ours.ChatCompletionResponseStreamChoice: STREAM_CHOICE,
    ours.ChatCompletionStreamResponse: CHUNK,
    ours.ChatCompletionTokenLogprobs: {**TOP, "top_logprobs": [TOP]},
    ours.CompletionEvent: {"data": CHUNK},
    ours.DeltaMessage: DELTA,
    ours.DocumentURLChunk: {"type": "document_url", "document_url": "u", "document_name": "n"},
    ours.FileChunk: {"type": "file", "file_id": "f"},
    ours.FinetuningAssistantMessage: {**ASSISTANT, "weight": 0.5},
    ours.FunctionCall: {"name": "f", "arguments": '{"a": 1}'},
    ours.HTTPValidationErrorData: {"detail": [DETAIL]},
    ours.HTTPValidationErrorDetail: DETAIL,
    ours.ImageChunk: {"type": "image", "image": "iVBORw0KGgo="},
    ours.ImageURL: {"url": "https://example.com/a", "detail": "high"},
    ours.ImageURLChunk: IMAGE,
    ours.ParsedAssistantMessage: ASSISTANT,
    ours.ParsedChatCompletionChoice: CHOICE,
    ours.ParsedChatCompletionResponse: {**HEAD, "object": "chat.completion", "choices": [CHOICE]},
    ours.PromptTokensDetails: {"cached_tokens": 1},
    ours.RawAudio: {"data": "UklGRg==", "format": "wav"},
    ours.ReferenceChunk: {"type": "reference", "reference_ids": [1, "b"]},
    ours.TextChunk: TEXT,
    ours.ThinkChunk: THINKING,
    ours.ToolCall: CALL,
    ours.ToolReferenceChunk: {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "t",
        "url": "u",
        "favicon": "f",
        "description": "d",
    },
    ours.TopLogprob: TOP,
    ours.UnknownContentChunk: {"type": "hologram"},
    ours.UsageInfo: USAGE,
    **OPENAI_DOCUMENTS,
}
