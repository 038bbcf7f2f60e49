"""The parameters of OpenAI's request for a chat completion."""

OPENAI_PARAMETERS = frozenset(
    "audio extra_body extra_headers extra_query frequency_penalty function_call functions"
    " logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model"
    " moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key"
    " prompt_cache_options prompt_cache_retention"
    " reasoning_effort response_format safety_identifier seed service_tier stop store stream"
    " stream_options temperature timeout tool_choice tools top_logprobs top_p user verbosity"
    " web_search_options".split()
)
"""What `chat.completions.create` of OpenAI's Python client takes, of a call's options too."""
