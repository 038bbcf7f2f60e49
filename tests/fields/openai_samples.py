"""A document of each of OpenAI's types, with every field; see `wire_samples`."""

from __future__ import annotations

from typing import Any

from mistral_proto.openai import (
    Annotation,
    AnnotationURLCitation,
    ChatCompletion,
    ChatCompletionAudio,
    ChatCompletionChunk,
    ChatCompletionMessage,
    ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionTokenLogprob,
    Choice,
    ChoiceDelta,
    ChoiceDeltaAudio,
    ChoiceDeltaFunctionCall,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
    ChoiceLogprobs,
    CompletionTokensDetails,
    CompletionUsage,
    Custom,
    Function,
    FunctionCall,
    Moderation,
    ModerationInputError,
    ModerationInputModerationResults,
    ModerationInputModerationResultsResult,
    ModerationOutputError,
    ModerationOutputModerationResults,
    ModerationOutputModerationResultsResult,
    PromptTokensDetails,
    TopLogprob,
    UnknownModeration,
    UnknownToolCall,
    chat_completion_chunk,
)
from mistral_proto.wire import WireType

CITATION = {"end_index": 9, "start_index": 0, "title": "t", "url": "https://example.com"}
ANNOTATION = {"type": "url_citation", "url_citation": CITATION}
AUDIO = {"id": "a", "data": "UklGRg==", "expires_at": 1_700_000_000, "transcript": "Hi"}
FUNCTION = {"arguments": '{"a": 1}', "name": "f"}
CALL = {"id": "c1", "function": FUNCTION, "type": "function"}
CUSTOM = {"input": "SELECT 1", "name": "sql"}
CUSTOM_CALL = {"id": "c2", "custom": CUSTOM, "type": "custom"}
DELTA_CALL = {"index": 0, **CALL}
TOP = {"token": "Hi", "bytes": [72, 105], "logprob": -0.5}
TOKEN = {**TOP, "top_logprobs": [TOP]}
LOGPROBS = {"content": [TOKEN], "refusal": [TOKEN]}
ANSWER_DETAILS = {
    "accepted_prediction_tokens": 1,
    "audio_tokens": 2,
    "reasoning_tokens": 3,
    "rejected_prediction_tokens": 4,
    "text_tokens": 5,
}
PROMPT_DETAILS = {
    "audio_tokens": 1,
    "cache_write_tokens": 2,
    "cached_tokens": 3,
    "image_tokens": 4,
    "text_tokens": 5,
}
USAGE = {
    "completion_tokens": 1,
    "prompt_tokens": 2,
    "total_tokens": 3,
    "completion_tokens_details": ANSWER_DETAILS,
    "prompt_tokens_details": PROMPT_DETAILS,
}
RESULT = {
    "categories": {"violence": True},
    "category_applied_input_types": {"violence": ["text", "image"]},
    "category_scores": {"violence": 0.9},
    "flagged": True,
    "model": "m",
    "type": "moderation_result",
}
RESULTS = {"model": "m", "results": [RESULT], "type": "moderation_results"}
ERROR = {"code": "c", "message": "no", "type": "error"}
MODERATION = {"input": RESULTS, "output": ERROR}
MESSAGE = {
    "content": "Hi",
    "refusal": "No",
    "role": "assistant",
    "annotations": [ANNOTATION],
    "audio": AUDIO,
    "function_call": FUNCTION,
    "tool_calls": [CALL, CUSTOM_CALL],
    "reasoning_content": "Hm",
    "reasoning": "Hm",
}
DELTA = {
    "audio": AUDIO,
    "content": "Hi",
    "function_call": FUNCTION,
    "refusal": "No",
    "role": "assistant",
    "tool_calls": [DELTA_CALL],
    "reasoning_content": "Hm",
    "reasoning": "Hm",
}
CHOICE = {"finish_reason": "stop", "index": 0, "logprobs": LOGPROBS, "message": MESSAGE}
STREAM_CHOICE = {"delta": DELTA, "index": 0, "finish_reason": "stop", "logprobs": LOGPROBS}
HEAD = {
    "id": "r1",
    "created": 1_700_000_000,
    "model": "m",
    "moderation": MODERATION,
    "service_tier": "default",
    "system_fingerprint": "fp_1",
    "usage": USAGE,
}

OPENAI_DOCUMENTS: dict[type[WireType], dict[str, Any]] = {
    Annotation: ANNOTATION,
    AnnotationURLCitation: CITATION,
    ChatCompletion: {
        **HEAD,
        "object": "chat.completion",
        "choices": [CHOICE],
        "metadata": {"a": "b"},
    },
    ChatCompletionAudio: AUDIO,
    ChatCompletionChunk: {
        **HEAD,
        "object": "chat.completion.chunk",
        "choices": [STREAM_CHOICE],
        "obfuscation": "x7Jd",
    },
    ChatCompletionMessage: MESSAGE,
    ChatCompletionMessageCustomToolCall: CUSTOM_CALL,
    ChatCompletionMessageFunctionToolCall: CALL,
    ChatCompletionTokenLogprob: TOKEN,
    Choice: CHOICE,
    ChoiceDelta: DELTA,
    ChoiceDeltaAudio: AUDIO,
    ChoiceDeltaFunctionCall: FUNCTION,
    ChoiceDeltaToolCall: DELTA_CALL,
    ChoiceDeltaToolCallFunction: FUNCTION,
    ChoiceLogprobs: LOGPROBS,
    CompletionTokensDetails: ANSWER_DETAILS,
    CompletionUsage: USAGE,
    Custom: CUSTOM,
    Function: FUNCTION,
    FunctionCall: FUNCTION,
    Moderation: MODERATION,
    ModerationInputError: ERROR,
    ModerationInputModerationResults: RESULTS,
    ModerationInputModerationResultsResult: RESULT,
    ModerationOutputError: ERROR,
    ModerationOutputModerationResults: RESULTS,
    ModerationOutputModerationResultsResult: RESULT,
    PromptTokensDetails: PROMPT_DETAILS,
    TopLogprob: TOP,
    UnknownModeration: {"type": "skipped"},
    UnknownToolCall: {"type": "telepathy"},
    chat_completion_chunk.Choice: STREAM_CHOICE,
}

OPENAI_ENUM_FIELDS: list[tuple[type[WireType], str]] = [
    (ChatCompletion, "object"),
    (ChatCompletion, "service_tier"),
    (ChatCompletionChunk, "object"),
    (ChatCompletionChunk, "service_tier"),
    (ChatCompletionMessage, "role"),
    (Choice, "finish_reason"),
    (ChoiceDelta, "role"),
    (ChoiceDeltaToolCall, "type"),
    (chat_completion_chunk.Choice, "finish_reason"),
]
