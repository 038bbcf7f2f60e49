"""A document of each wire type, with every field that goes over the wire."""

from __future__ import annotations

import mistral_proto as ours
from mistral_proto.conversions import model_settings
from tests.fields.openai_samples import OPENAI_DOCUMENTS, with_parts

TEXT = {"type": "text", "text": "Hi"}
THINKING = {"type": "thinking", "thinking": [TEXT], "signature": "s", "closed": False}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}}
USER = {"role": "user", "content": [TEXT, IMAGE]}
FUNCTION = {"name": "f", "description": "d", "strict": True, "parameters": {"type": "object"}}
TOOL = {"type": "function", "function": FUNCTION}
CONFIGURED = {
    "tool_configuration": {"exclude": ["a"], "include": [], "requires_confirmation": ["b", "c"]}
}
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
MODERATION = {"model_name": "m", "ignore_other_categories": True, "action": "block"}
V1_CATEGORIES = """sexual hate_and_discrimination violence_and_threats
    dangerous_and_criminal_content selfharm health financial law pii"""
V2_CATEGORIES = """sexual hate_and_discrimination violence_and_threats dangerous criminal
    selfharm health financial law pii jailbreaking"""
GUARDRAIL = {
    "block_on_error": True,
    "moderation_llm_v1": {
        **MODERATION,
        "custom_category_thresholds": dict.fromkeys(V1_CATEGORIES.split(), 0.5),
    },
    "moderation_llm_v2": {
        **MODERATION,
        "custom_category_thresholds": dict.fromkeys(V2_CATEGORIES.split(), 1),
    },
}
TOP = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "token_id": 7}
LOGPROBS = {"content": [{**TOP, "top_logprobs": [TOP]}]}
SETTINGS = {"reasoning_effort": "high", "json_schema": {"type": "object"}}
EFFORTS = {"type": "enum", "accepts_none": True, "default": "none", "values": ["none", "high"]}
CHOICE = {
    "index": 0,
    "finish_reason": "stop",
    "logprobs": LOGPROBS,
    "prompt_logprobs": LOGPROBS,
}
HEAD = {
    "id": "r1",
    "created": 1_700_000_000,
    "model": "m",
    "usage": {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "prompt_audio_seconds": 4,
        "prompt_tokens_details": {"cached_tokens": 1},
        "num_cached_tokens": 1,
        "service_tier": "auto",
    },
}
RESPONSE = {
    **HEAD,
    "object": "chat.completion",
    "choices": [{**CHOICE, "message": ASSISTANT, "messages": [DELTA]}],
}
DETAIL = {
    "loc": ["body", 0],
    "msg": "no",
    "type": "missing",
    "input": {"a": [1]},
    "ctx": {"b": None},
}

DOCUMENTS = OPENAI_DOCUMENTS | with_parts(
    {
        # The user sends these.
        ours.BatchRequest: {
            "custom_id": "1",
            "body": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
        },
        ours.ChatCompletionRequest: {
            "model": "m",
            "messages": [
                {"role": "system", "content": [TEXT, THINKING]},
                USER,
                ASSISTANT,
                {"role": "tool", "content": [TEXT], "tool_call_id": "a1", "name": "f"},
            ],
            "temperature": 0.5,
            "top_p": 1,
            "max_tokens": 10,
            "stream": False,
            "stop": ["a", "b"],
            "random_seed": 1,
            "metadata": {"a": {"b": [None]}},
            "response_format": {"type": "json_object"},
            "tools": [TOOL, {"type": "web_search"}],
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
        ours.CodeInterpreterTool: {"type": "code_interpreter", **CONFIGURED},
        ours.CustomConnector: {
            "type": "connector",
            "connector_id": "c",
            "authorization": {"type": "oauth2-token", "value": "s3cret"},
            **CONFIGURED,
        },
        ours.APIKeyAuth: {"type": "api-key", "value": "s3cret"},
        ours.DocumentLibraryTool: {
            "type": "document_library",
            **CONFIGURED,
            "library_ids": ["l"],
        },
        ours.BaseContentChunk: {"type": "hologram"},
        ours.BaseMessage: {"role": "user"},
        ours.ImageGenerationTool: {"type": "image_generation", **CONFIGURED},
        ours.InstructRequest: {
            "messages": [USER, ASSISTANT],
            "system_prompt": "Be brief.",
            "available_tools": [TOOL],
            "truncate_at_max_tokens": 100,
            "settings": SETTINGS,
        },
        model_settings.ModelSettingsBuilder: {
            "reasoning_effort": EFFORTS,
            "json_schema": {"type": "json_schema", "accepts_none": False},
        },
        ours.ResourceChunk: {"type": "resource", "uri": "u", "content": TEXT},
        ours.ResourceLinkChunk: {"type": "resource_link", "uri": "u", "metadata": {"a": 1}},
        ours.ResponseFormat: {
            "type": "json_schema",
            "json_schema": {
                "name": "s",
                "description": "d",
                "schema": {"type": "object"},
                "strict": True,
            },
        },
        ours.WebSearchPremiumTool: {"type": "web_search_premium", **CONFIGURED},
        ours.WebSearchTool: {"type": "web_search", **CONFIGURED},
        # The server sends these (and gets some of them back).
        ours.AudioChunk: {
            "type": "input_audio",
            "input_audio": {"data": "UklGRg==", "format": "wav"},
        },
        ours.RawAudio: {"data": "UklGRg==", "format": "wav"},
        ours.AudioURLChunk: {"type": "audio_url", "audio_url": {"url": "https://example.com/a"}},
        ours.BatchRequestOutput: {
            "id": "batch-1",
            "custom_id": "1",
            "response": {"status_code": 200, "body": RESPONSE},
            "error": {"message": "no"},
        },
        ours.ParsedChatCompletionResponse: RESPONSE,
        ours.CompletionEvent: {
            "data": {
                **HEAD,
                "object": "chat.completion.chunk",
                "choices": [{**CHOICE, "delta": DELTA}],
            }
        },
        ours.DocumentURLChunk: {"type": "document_url", "document_url": "u", "document_name": "n"},
        ours.FileChunk: {"type": "file", "file_id": "f"},
        ours.FinetuningAssistantMessage: {**ASSISTANT, "weight": 0.5},
        ours.HTTPValidationErrorData: {"detail": [DETAIL]},
        ours.ImageChunk: {"type": "image", "image": "iVBORw0KGgo="},
        ours.ReferenceChunk: {"type": "reference", "reference_ids": [1, "b"]},
        ours.ToolReferenceChunk: {
            "type": "tool_reference",
            "tool": "web_search",
            "title": "t",
            "url": "u",
            "favicon": "f",
            "description": "d",
        },
        ours.UnknownContentChunk: {"type": "hologram"},
    }
)
