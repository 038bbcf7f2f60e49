"""A document of each of OpenAI's types, with every field; see `wire_samples`."""

from __future__ import annotations

from typing import Any

from mistral_proto import openai
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
    openai.Annotation: ANNOTATION,
    openai.AnnotationURLCitation: CITATION,
    openai.ChatCompletion: {
        **HEAD,
        "object": "chat.completion",
        "choices": [CHOICE],
        "metadata": {"a": "b"},
    },
    openai.ChatCompletionAudio: AUDIO,
    openai.ChatCompletionChunk: {
        **HEAD,
        "object": "chat.completion.chunk",
        "choices": [STREAM_CHOICE],
        "obfuscation": "x7Jd",
    },
    openai.ChatCompletionMessage: MESSAGE,
    openai.ChatCompletionMessageCustomToolCall: CUSTOM_CALL,
    openai.ChatCompletionMessageFunctionToolCall: CALL,
    openai.ChatCompletionTokenLogprob: TOKEN,
    openai.Choice: CHOICE,
    openai.ChoiceDelta: DELTA,
    openai.ChoiceDeltaAudio: AUDIO,
    openai.ChoiceDeltaFunctionCall: FUNCTION,
    openai.ChoiceDeltaToolCall: DELTA_CALL,
    openai.ChoiceDeltaToolCallFunction: FUNCTION,
    openai.ChoiceLogprobs: LOGPROBS,
    openai.CompletionTokensDetails: ANSWER_DETAILS,
    openai.CompletionUsage: USAGE,
    openai.Custom: CUSTOM,
    openai.Function: FUNCTION,
    openai.FunctionCall: FUNCTION,
    openai.Moderation: MODERATION,
    openai.ModerationInputError: ERROR,
    openai.ModerationInputModerationResults: RESULTS,
    openai.ModerationInputModerationResultsResult: RESULT,
    openai.ModerationOutputError: ERROR,
    openai.ModerationOutputModerationResults: RESULTS,
    openai.ModerationOutputModerationResultsResult: RESULT,
    openai.PromptTokensDetails: PROMPT_DETAILS,
    openai.TopLogprob: TOP,
    openai.UnknownModeration: {"type": "skipped"},
    openai.UnknownToolCall: {"type": "telepathy"},
    openai.chat_completion_chunk.Choice: STREAM_CHOICE,
}

OPENAI_ENUM_FIELDS: list[tuple[type[WireType], str]] = [
    (openai.ChatCompletion, "object"),
    (openai.ChatCompletion, "service_tier"),
    (openai.ChatCompletionChunk, "object"),
    (openai.ChatCompletionChunk, "service_tier"),
    (openai.ChatCompletionMessage, "role"),
    (openai.Choice, "finish_reason"),
    (openai.ChoiceDelta, "role"),
    (openai.ChoiceDeltaToolCall, "type"),
    (openai.chat_completion_chunk.Choice, "finish_reason"),
]
