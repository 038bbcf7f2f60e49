"""Answers of services, as they or their users tell."""

from __future__ import annotations

from mistral_proto import (
    HTTPValidationError,
    SDKError,
    StreamError,
)
from tests.client.servers.table import (
    CITY,
    END,
    SALUT,
    USAGE,
    USED,
    Gets,
    call,
    full,
    piece,
    streamed,
    whole,
)
from tests.client.support import ALL, Fails

THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "They say hello."}]}
SAFE = {"hate": {"filtered": False, "severity": "safe"}}

MISTRAL = [
    whole("Mistral", "content that is a list, its thinking first", "langchain4j pull 4474",
        full({"content": [THOUGHT, {"type": "text", "text": "Salut !"}]}, usage=USAGE),
        Gets(thinking="They say hello.", usage=USED)),
    streamed("Mistral", "thinking in lists, then text in strings", "litellm issue 16272",
        [piece({"role": "assistant", "content": ""}), piece({"content": [{"type": "thinking",
         "thinking": [{"type": "text", "text": "They say"}]}]}), piece({"content": [{"type":
         "thinking", "thinking": [{"type": "text", "text": " hello."}]}]}),
         piece({"content": "Salut !"}), {**piece({"content": ""}, "stop"), "usage": USAGE}, END],
        Gets(thinking="They say hello.", usage=USED)),
    streamed("Mistral", "of 2023: a first piece without `created`, then null roles",
        "mistralai client-python issue 16",
        [{"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant"},
                                                 "finish_reason": None}]},
         piece({"role": None, "content": "Sal"}), piece({"role": None, "content": "ut !"}),
         piece({"role": None, "content": ""}, "stop"), END],
        Gets(kept={"id": "c1", "created": 1790000000})),
    whole("Mistral on Azure", "an error whose `object` has a capital", "LibreChat issue 12429",
        {"object": "Error", "message": "Unexpected role", "type": "order", "code": 3230},
        Fails(SDKError, 400, words="Unexpected role"), status=400),
    whole("Mistral", "details of an invalid request", "Mistral API document, ValidationError",
        {"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x", "input": 0}]},
        Fails(HTTPValidationError, 422, words="body.n: Too small"), status=422),
]  # fmt: skip

AZURE = [
    whole("Azure AI Foundry", "a message without content", "langchain-azure issue 19",
        full({"tool_calls": None}), Gets("")),
    streamed("Azure OpenAI", "a first piece with no choices, but with the filter's results",
        "mentat issue 429, ChatGPT-in-Slack pull 49",
        [{"id": "", "choices": [], "created": 0, "model": "", "object": "",
          "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]},
         *SALUT, END],
        Gets(kept={"prompt_filter_results.0.content_filter_results": SAFE, "model": "small",
             "id": "a1", "created": 1790000000})),
    whole("Azure OpenAI", "the filter's results in choices and beside them",
        "azure-openai-sdk-proxy pull 237",
        {**full({"content": "Salut !", "refusal": None, "annotations": []}), "choices":
         [{"index": 0, "content_filter_results": SAFE, "logprobs": None, "finish_reason": "stop",
           "message": {"role": "assistant", "content": "Salut !", "annotations": []}}],
         "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]},
        Gets(kept={"choices.0.content_filter_results": SAFE})),
    whole("Azure OpenAI", "what its filter refuses", "Azure OpenAI docs, content filtering",
        {"error": {"message": "The response was filtered", "type": None, "param": "prompt",
         "code": "content_filter", "status": 400, "innererror": {"code": "Policy"}}},
        Fails(SDKError, 400, words="The response was filtered"), status=400),
]  # fmt: skip

OPENAI = [
    streamed("OpenAI", "padding, a tier and a fingerprint in each piece, usage alone at the end",
        "meilisearch issue 6341",
        [{**one, "service_tier": "default", "system_fingerprint": "fp", "obfuscation": "x"}
         for one in (piece({"role": "assistant", "content": "", "refusal": None}),
            piece({"content": "Salut !"}), piece({}, "stop"),
            {**piece({}), "choices": [], "usage": {**USAGE, "completion_tokens_details":
                                                   {"reasoning_tokens": 2}}})] + [END],
        Gets(usage=USED, kept={"service_tier": "default",
             "usage.completion_tokens_details": {"reasoning_tokens": 2}})),
    whole("OpenAI", "a refusal", "OpenAI docs, chat completion object",
        full({"content": None, "refusal": "I can't help with that.", "audio": None,
              "annotations": []}),
        Gets("", kept={"choices.0.message.refusal": "I can't help with that."})),
    streamed("OpenAI", "calls at the same time, their pieces mixed", "vmlx issue 219",
        [piece({"role": "assistant", "content": None, "tool_calls":
                [call(arguments="", index=0, id="c0", type="function")]}),
         piece({"tool_calls": [call("time", "", index=1, id="c1", type="function")]}),
         piece({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}},
                               {"index": 0, "function": {"arguments": CITY}}]}),
         piece({}, "tool_calls"), END],
        Gets("", calls=[("c0", "weather", CITY), ("c1", "time", "{}")], reason="tool_calls")),
]  # fmt: skip

DEEPSEEK = [
    whole("DeepSeek", "blank lines while it waits, then the answer", "aider issue 3385",
        "\n\n\n" + '{"id":"d1","object":"chat.completion","created":1,"model":"m","choices":'
        '[{"index":0,"message":{"role":"assistant","content":"Salut !"},"finish_reason":"stop"}]}',
        Gets()),
    streamed("DeepSeek", "comments while it waits, usage in the last piece", "langchaingo pull 1171",
        [": keep-alive\n\n", ": keep-alive\n\n",
         {**piece({"role": "assistant", "content": None, "reasoning_content": "They say"}),
          "usage": None},
         {**piece({"content": None, "reasoning_content": " hello."}), "usage": None},
         SALUT[0], SALUT[1], {**piece({"content": "", "reasoning_content": None}, "stop"),
         "usage": {**USAGE, "prompt_cache_hit_tokens": 3}}, END],
        Gets(thinking="They say hello.", usage=USED, kept={"usage.prompt_cache_hit_tokens": 3})),
    streamed("DeepSeek by another service", "no blank behind `data:`, no content with the thinking",
        "gptel pull 592",
        [{"model": "r1", "id": "g1", "created": 1, "object": "chat.completion.chunk",
          "choices": [{"index": 0, "delta": {"role": "assistant", **delta}, **reason}]}
         for delta, reason in [({}, {}), ({"reasoning_content": "They say hello."}, {}),
                               ({"content": "Salut !"}, {}), ({}, {"finish_reason": "stop"})]]
        + ["data:[DONE]\n\n"],
        Gets(thinking="They say hello."), form="data:%s\n\n"),
    streamed("DeepSeek by another service", "a second call that begins with the index of the first",
        "agno pull 8880",
        [piece({"tool_calls": [call(id="c0", index=0, type="function")]}),
         piece({"tool_calls": [call("time", "", id="c1", index=0, type="function")]}),
         piece({"tool_calls": [{"id": None, "index": 1, "function": {"name": None,
                                "arguments": "{}"}}]}),
         piece({}, "tool_calls"), END],
        Gets("", calls=[("c0", "weather", CITY), ("c1", "time", "{}")], reason="tool_calls")),
]  # fmt: skip

GROQ = [
    streamed("Groq", "usage under a name of its own", "vercel ai issue 1651",
        [*SALUT[:2], {**piece({}, "stop"), "x_groq": {"id": "r1", "usage": USAGE}}, END],
        Gets(kept={"x_groq.usage": USAGE})),
    streamed("Groq", "an error about a call, with what the model wrote", "tensorzero pull 1893",
        [piece({"role": "assistant", "content": ""}),
         {"error": {"message": "Failed to call a function.", "type": "invalid_request_error",
          "code": "tool_use_failed", "failed_generation": "<tool>", "status_code": 400}}],
        Fails(StreamError, 400, "", "Failed to call a function.")),
]  # fmt: skip

GEMINI = [
    whole("Gemini", "an error in a list", "coreply issue 20, llxprt-code issue 148",
        [{"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED"}}],
        Fails(SDKError, 429, words="Quota exceeded."), status=429, retried=ALL),
]  # fmt: skip

OTHERS = [
    streamed("Perplexity", "in each piece its citations, the usage and all the text, no [DONE]",
        "perplexity api-discussion issue 209, litellm issue 5535",
        [{"id": "p1", "model": "sonar", "created": 1, "usage": USAGE, "citations": ["u1", "u2"],
          "object": "chat.completion", "choices": [{"index": 0, "finish_reason": reason,
          "message": {"role": "assistant", "content": text},
          "delta": {"role": "assistant", "content": delta}}]}
         for text, delta, reason in [("Sal", "Sal", None), ("Salut !", "ut !", "stop")]],
        Gets(usage=USED, kept={"citations": ["u1", "u2"]})),
    streamed("xAI", "usage in the last but one, then a piece without choices",
        "litellm issue 17136, fast-agent pull 276",
        [*SALUT, {**piece({}), "choices": [], "usage": {**USAGE, "num_sources_used": 0}},
         {**piece({}), "choices": []}, END],
        Gets(usage=USED, kept={"usage.num_sources_used": 0})),
    streamed("MiniMax", "an empty role, an empty thought, usage of other names",
        "MiniMax-M2.5 issue 2",
        [{"created": 1, "object": "chat.completion.chunk", "input_sensitive": False,
          "usage": {"total_tokens": 0, "total_characters": 0}, "choices":
          [{"index": 0, "delta": {"role": "", "reasoning_content": ""}}]}, *SALUT, END],
        Gets(usage=(0, 0, 0), kept={"usage.total_characters": 0})),
    whole("MiniMax", "an error whose status is a text in it", "modelscope issue 1691",
        {"type": "error", "error": {"type": "insufficient_balance_error", "http_code": "429",
         "message": "insufficient balance (1008)"}, "request_id": "r1"},
        Fails(SDKError, 429, words="insufficient balance"), status=429, retried=ALL),
    whole("MiniMax", "an error in a 200, with a status of its own", "MiniMax docs, error codes",
        {"id": "a1", "choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
        Fails(SDKError, 200, words="login fail")),
    streamed("Z.ai", "a finish reason of its own", "litellm pull 24373, any-llm issue 1200",
        [*SALUT[:2], piece({}, "model_context_window_exceeded"), END],
        Gets(reason="model_context_window_exceeded")),
    whole("unknown", "an error beside a message of success", "",
        {"message": "Success", "error": {"message": "no such model", "code": 404}},
        Fails(SDKError, 404, words="no such model")),
    whole("unknown", "a date in `created`, no model, empty usage, a code of no error",
        "go-openai issue 1002",
        {**full({"content": "Salut !", "tool_calls": None, "function_call": None}), "id": "",
         "created": "2026/05/16 16:29:57", "model": None, "usage": {}, "service_tier": None,
         "code": 0, "error_message": ""},
        Gets(usage=(0, 0, 0), kept={"created": "2026/05/16 16:29:57"})),
    streamed("Databricks", "content in parts, with reasoning of another shape", "appkit pull 559",
        [piece({"role": "assistant", "content": [{"type": "reasoning", "summary":
                [{"type": "summary_text", "text": "They say hello."}]}]}),
         piece({"content": [{"type": "text", "text": "Sal"}]}),
         piece({"content": [{"type": "text", "text": "ut !"}]}), piece({}, "stop"), END],
        Gets(kept={"choices.0.message.content.0.summary.0.text": "They say hello."})),
    whole("Cloudflare Workers AI", "an error of its own API", "cloudflare-docs issue 15116",
        {"result": None, "success": False, "messages": [],
         "errors": [{"code": 7009, "message": "Upstream service unavailable"}]},
        Fails(SDKError, 502, words="Upstream service unavailable"), status=502, retried=ALL),
]  # fmt: skip

ROWS = [*MISTRAL, *AZURE, *OPENAI, *DEEPSEEK, *GROQ, *GEMINI, *OTHERS]
