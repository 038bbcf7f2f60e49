"""Answers of servers that people run on machines of their own."""

from __future__ import annotations

from mistral_proto import SDKError, StreamError
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

VLLM = [
    whole("vLLM", "fields of its own, most of them null", "vLLM docs, OpenAI-compatible server",
        {**full({"content": "Salut !", "refusal": None, "annotations": None, "audio": None,
                 "function_call": None, "tool_calls": [], "reasoning_content": None}),
         "service_tier": None, "system_fingerprint": None, "usage": {**USAGE,
         "prompt_tokens_details": None}, "prompt_logprobs": None, "kv_transfer_params": None},
        Gets(usage=USED)),
    whole("vLLM", "thinking in `reasoning`", "vLLM docs, Reasoning Outputs 0.11",
        full({"content": "Salut !", "reasoning": "They say hello."}, usage=USAGE),
        Gets(thinking="They say hello.", usage=USED)),
    streamed("vLLM", "thinking in `reasoning_content`, usage alone at the end",
        "vLLM docs, Reasoning Outputs 0.8",
        [piece({"role": "assistant", "content": ""}), piece({"reasoning_content": "They say"}),
         piece({"reasoning_content": " hello."}), *SALUT,
         {**piece({}), "choices": [], "usage": USAGE}, END],
        Gets(thinking="They say hello.", usage=USED)),
    whole("vLLM", "logprobs of OpenAI's older shape", "vllm pull 2918",
        {**full({"content": "Salut !"}), "choices": [{"index": 0, "finish_reason": "stop",
         "message": {"role": "assistant", "content": "Salut !"}, "logprobs": {"content": None,
         "text_offset": [0, 3], "token_logprobs": [-0.1, -0.2], "tokens": ["Sal", "ut !"]}}]},
        Gets(kept={"choices.0.logprobs.tokens": ["Sal", "ut !"]})),
    streamed("vLLM", "an error of `object` error in mid-stream", "goose pull 8031",
        [piece({"content": "Sal"}), {"object": "error", "message": "the engine stopped",
         "type": "BadRequestError", "param": None, "code": 400}, END],
        Fails(StreamError, 400, "Sal", "the engine stopped")),
    streamed("vLLM", "an error with an inner 500 in place of the first token", "vllm pull 40986",
        [{"error": {"message": "no blocks left", "type": "InternalServerError", "code": 500}}, END],
        Fails(StreamError, 500, None, "no blocks left"), retried=ALL),
]  # fmt: skip

SGLANG = [
    streamed("SGLang", "null for all that a piece does not bring", "sglang pull 9657",
        [{**piece(None), "usage": None, "choices": [{"index": 0, "delta": {"role": None,
          "content": content, "reasoning_content": thinking, "tool_calls": None},
          "logprobs": None, "finish_reason": reason, "matched_stop": stop}]}
         for content, thinking, reason, stop in [(None, "They say", None, None),
            (None, " hello.", None, None), ("Salut !", None, None, None), (None, None, "stop", 2)]]
        + [END],
        Gets(thinking="They say hello.", kept={"choices.0.matched_stop": 2})),
    streamed("SGLang", "null for the id and the name of a call that goes on", "sglang pull 35542",
        [piece({"tool_calls": [call(arguments="", id="c1", index=0, type="function")]}),
         piece({"tool_calls": [call(None, '{"city": ', id=None, index=0, type="function")]}),
         piece({"tool_calls": [call(None, '"Lyon"}', id=None, index=0, type="function")]}),
         piece({}, "tool_calls"), END],
        Gets("", calls=[("c1", "weather", CITY)], reason="tool_calls")),
    streamed("mini-sglang", "a stream, asked for or not, with neither model nor finish reason",
        "mini-sglang issue 51",
        [{"id": "s1", "object": "text_completion.chunk",
          "choices": [{"delta": {"content": text}, "index": 0, "finish_reason": None}]}
         for text in ("Sal", "ut !")] + [END],
        Gets(reason=None)),
]  # fmt: skip

TGI = [
    whole("TGI", "no id, the object of another endpoint, its own finish reason",
        "litellm issue 4654, text-generation-inference pull 1648",
        {"id": "", "object": "text_completion", "created": 1790000000, "model": "m",
         "system_fingerprint": "3.0-native", "usage": USAGE, "choices": [{"index": 0,
         "message": {"role": "assistant", "content": "Salut !"}, "logprobs": None,
         "finish_reason": "eos_token"}]},
        Gets(reason="eos_token", usage=USED)),
    streamed("TGI", "an index that counts the tokens, no blank behind `data:`, no [DONE]",
        "text-generation-inference pulls 1648 and 2221",
        [{"id": "", "object": "text_completion", "created": 1790000000, "model": "m",
          "choices": [{"index": at, "delta": {"role": "assistant", "content": text},
                       "logprobs": None, "finish_reason": reason}]}
         for at, text, reason in [(1, "Sal", None), (2, "ut", None), (3, " !", "length")]],
        Gets(reason="length"), form="data:%s\n\n"),
    whole("TGI", "an error as a text, with its type beside it", "huggingface_hub, errors.py",
        {"error": "Request failed during generation", "error_type": "generation"},
        Fails(SDKError, 424, words="failed during generation"), status=424),
]  # fmt: skip

OLLAMA = [
    streamed("Ollama", "an empty finish reason until the last piece", "ollama issue 4357",
        [{**piece({"role": "assistant", "content": text}, reason), "system_fingerprint": "fp_o"}
         for text, reason in [("Sal", ""), ("ut !", ""), ("", "stop")]] + [END],
        Gets(kept={"system_fingerprint": "fp_o"})),
    streamed("Ollama", "index 0 for each of several calls", "ollama issue 15457",
        [piece({"tool_calls": [call(arguments=city, id=f"call_{at}", index=0, type="function")]})
         for at, city in enumerate([CITY, '{"city":"Nice"}'])] + [piece({}, "tool_calls"), END],
        Gets("", calls=[("call_0", "weather", CITY), ("call_1", "weather", '{"city":"Nice"}')],
            reason="tool_calls")),
    streamed("Ollama", "thinking in `reasoning`, beside an empty content", "opencode issue 46061",
        [piece({"role": "assistant", "content": "", "reasoning": text})
         for text in ("They say", " hello.")] + [*SALUT, END],
        Gets(thinking="They say hello.")),
]  # fmt: skip

LLAMA_CPP = [
    streamed("llama.cpp", "an error in a line `error:`, then [DONE]",
        "llama.cpp issue 16104, coddy-agent pull 106",
        ['error: {"code":400,"message":"the context is too small","type":"invalid_request_error"}'
         "\n\n", END],
        Fails(StreamError, 400, None, "the context is too small")),
    streamed("llama.cpp", "an error in a stream of status 200", "llama.cpp pulls 15780 and 16486",
        [{"error": {"code": 400, "message": "too many tokens", "type":
          "exceed_context_size_error", "n_prompt_tokens": 140, "n_ctx": 25}}],
        Fails(StreamError, 400, None, "too many tokens")),
    whole("llama.cpp", "the same in one piece, to a stream, with an inner 500",
        "llama.cpp issues 14566 and 19774",
        {"error": {"code": 500, "message": "Context exceeded.", "type": "server_error"}},
        Fails(SDKError, 500, words="Context exceeded."), retried=ALL),
    streamed("llama.cpp", "timings in each piece, thinking, no role", "openai-php issue 780",
        [{**piece({"reasoning_content": "They say"}), "timings": {"cache_n": 7}},
         {**piece({"reasoning_content": " hello."}), "timings": {"cache_n": 8}},
         *SALUT, {**piece({}), "choices": [], "usage": USAGE, "timings": {"cache_n": 9}}, END],
        Gets(thinking="They say hello.", usage=USED, kept={"timings": {"cache_n": 9}})),
    streamed("llama.cpp", "comments and empty events while it thinks", "coddy-agent pull 106",
        [": ping\n\n", "data:\n\n", SALUT[0], "data: \n\n", ": ping\n\n", *SALUT[1:], END],
        Gets()),
]  # fmt: skip

LM_STUDIO = [
    streamed("LM Studio", "an error that says its message twice", "goai pull 110",
        [piece({"content": "Sal"}),
         {"error": {"message": "Compute error."}, "message": "Compute error."}],
        Fails(StreamError, 200, "Sal", "Compute error.")),
    streamed("LM Studio", "a call in parts, the name empty behind the first",
        "lmstudio-bug-tracker issue 649",
        [piece({"role": "assistant", "tool_calls":
                [call(arguments="", index=0, id="42", type="function")]}),
         piece({"tool_calls": [call("", '{"city": ', index=0, id="42", type="function")]}),
         piece({"tool_calls": [call("", '"Lyon"}', index=0, id="42", type="function")]}),
         piece({}, "tool_calls"), END],
        Gets("", calls=[("42", "weather", CITY)], reason="tool_calls")),
]  # fmt: skip

NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
LOCALAI = [
    streamed("LocalAI", "no id, no index, a finish reason in the last piece alone",
        "LocalAI issue 1194",
        [{"object": "chat.completion.chunk", "model": "m", "usage": NO_TOKENS, "choices": [one]}
         for one in ({"delta": {"role": "assistant"}}, {"delta": {"content": "Sal"}},
                     {"delta": {"content": "ut !"}}, {"finish_reason": "stop"})] + [END],
        Gets(usage=(0, 0, 0))),
    streamed("LocalAI", "events of a type of their own, the role in each, no [DONE]",
        "LocalAI issue 340",
        [{"object": "chat.completion.chunk", "model": "m", "choices": [one]}
         for one in ({"delta": {"role": "assistant", "content": "Sal"}},
                     {"delta": {"role": "assistant", "content": "ut !"}},
                     {"delta": {}, "finish_reason": "stop"})],
        Gets(), form="event: data\ndata: %s\n\n"),
    whole("LocalAI", "no index and no finish reason", "LocalAI issue 788",
        {"object": "chat.completion", "model": "m", "usage": NO_TOKENS,
         "choices": [{"message": {"role": "assistant", "content": "Salut !"}}]},
        Gets(reason=None, usage=(0, 0, 0))),
]  # fmt: skip

OTHERS = [
    streamed("text-generation-webui", "a message beside the delta, lines that end in CRLF, no [DONE]",
        "org-ai issue 95, textgen issues 4778 and 5678",
        [{"id": "c1", "object": "chat.completions.chunk", "created": 1790000000, "model": "m",
          "choices": [{"index": 0, "finish_reason": reason,
                       "message": {"role": "assistant", "content": text},
                       "delta": {"role": "assistant", "content": text}}]}
         for text, reason in [("", None), ("Sal", None), ("ut !", None), ("", "stop")]],
        Gets(), form="data: %s\r\n\r\n"),
    whole("MLX", "logprobs of three lists, two of them empty", "mlx-examples pull 806",
        {**full({"content": "Salut !"}), "choices": [{"index": 0, "finish_reason": "stop",
         "message": {"role": "assistant", "content": "Salut !"}, "logprobs":
         {"token_logprobs": [-0.5], "top_logprobs": [], "tokens": []}}]},
        Gets(kept={"choices.0.logprobs.token_logprobs": [-0.5]})),
    streamed("MLX-Textgen", "another id in each piece", "mlx-textgen pull 9, twinny issue 72",
        [{**one, "id": f"x{at}"} for at, one in enumerate(
            [piece({"content": "Sal"}), piece({"content": "ut !"}), piece({}, "stop")])] + [END],
        Gets(kept={"id": "x0"})),
]  # fmt: skip

ROWS = [*VLLM, *SGLANG, *TGI, *OLLAMA, *LLAMA_CPP, *LM_STUDIO, *LOCALAI, *OTHERS]
