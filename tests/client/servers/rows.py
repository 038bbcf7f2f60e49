"""Answers of servers, as their documentation or their users describe them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from mistral_proto import HTTPValidationError, ResponseValidationError, SDKError, StreamError
from tests.client.faults.servers import DONE, Script, answer, streamed as chunked
from tests.client.support import ALL, WHOLE_ONES, Fails

Document = dict[str, Any]


@dataclass(frozen=True)
class Gets:
    """The answer for a user, whole or accumulated from a stream.

    `calls` has the id, the name and the arguments of each call, and `kept` values in the
    response's document, by their paths.
    """

    text: str = "Salut !"
    thinking: str = ""
    calls: Sequence[tuple[str, str, str]] = ()
    reason: str | None = "stop"
    usage: tuple[int, int, int] | None = None
    kept: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One answer, its peculiarity, the source of both, and the end of each call.

    `sent` has the documents in the answer, and `retried` the calls that are sent three times.
    """

    server: str
    what: str
    source: str
    script: Script
    end: Union[Gets, Fails]
    sent: Sequence[object]
    is_stream: bool
    retried: tuple[str, ...]


def whole(
    server: str,
    what: str,
    source: str,
    body: Document | list[Any] | str,
    end: Gets | Fails,
    *,
    status: int = 200,
    headers: str = "content-type: application/json",
    retried: tuple[str, ...] = (),
) -> Row:
    """Return a row with an answer in one piece: a document, or any text."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    sent = [] if isinstance(body, str) else [body]
    script = answer(status, text.encode(), headers)
    return Row(server, what, source, script, end, sent, False, retried)


def streamed(
    server: str,
    what: str,
    source: str,
    events: Sequence[Document | str],
    end: Gets | Fails,
    *,
    form: str = "data: %s\n\n",
    block: int = 10**6,
    retried: tuple[str, ...] = (),
) -> Row:
    """Return a row with a stream of documents, and of text that is sent as it is, in blocks."""
    sent = [one for one in events if isinstance(one, dict)]
    texts = [form % json.dumps(e, ensure_ascii=False) if isinstance(e, dict) else e for e in events]
    body = "".join(texts).encode()
    script = chunked(*[body[at : at + block] for at in range(0, len(body), block)])
    return Row(server, what, source, script, end, sent, True, retried)


def full(message: Document, reason: str | None = "stop", **more: Any) -> Document:
    """Return a whole answer as OpenAI's API writes it, with `more` fields."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return {"id": "a1", "object": "chat.completion", "created": 1790000000, "model": "small",
            "choices": [choice], **more}  # fmt: skip


def piece(delta: Document | None, reason: str | None = None) -> Document:
    """Return a chunk of a stream as OpenAI's API writes it."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "a1", "object": "chat.completion.chunk", "created": 1790000000, "model": "small",
            "choices": [choice]}  # fmt: skip


def texts(*parts: str) -> list[Document | str]:
    """Return the chunks of a text, and a last one with the finish reason."""
    return [*[piece({"content": part}) for part in parts], piece({}, "stop")]


def call(name: str | None = "weather", arguments: object = "", **more: object) -> Document:
    """Return a tool call, or a part of one, with `more` fields."""
    return {**more, "function": {"name": name, "arguments": arguments}}


END = DONE.decode()
SALUT = texts("Sal", "ut !")
CITY = '{"city": "Lyon"}'
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
USED = (5, 7, 12)
NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "They say hello."}]}
SAFE = {"hate": {"filtered": False, "severity": "safe"}}
WAITING = ": OPENROUTER PROCESSING\n\n"
DOWN = {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "P"}}
PAGE = "content-type: text/html"

ROWS = [
    whole("Mistral", "content that is a list, its thinking first", "langchain4j pull 4474",
        full({"content": [THOUGHT, {"type": "text", "text": "Salut !"}]}, usage=USAGE),
        Gets(thinking="They say hello.", usage=USED)),
    streamed("Mistral", "thinking in lists, then text in strings", "litellm issue 16272",
        [piece({"role": "assistant", "content": ""}), piece({"content": [{"type": "thinking",
         "thinking": [{"type": "text", "text": "They say"}]}]}), piece({"content": [{"type":
         "thinking", "thinking": [{"type": "text", "text": " hello."}]}]}),
         piece({"content": "Salut !"}), {**piece({"content": ""}, "stop"), "usage": USAGE}, END],
        Gets(thinking="They say hello.", usage=USED)),
    whole("Mistral on Azure", "an error whose `object` has a capital", "LibreChat issue 12429",
        {"object": "Error", "message": "Unexpected role", "type": "order", "code": 3230},
        Fails(SDKError, 400, words="Unexpected role"), status=400),
    whole("Mistral", "details of an invalid request", "Mistral API document, ValidationError",
        {"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x", "input": 0}]},
        Fails(HTTPValidationError, 422, words="body.n: Too small"), status=422),
    whole("Azure AI Foundry", "a message without content", "langchain-azure issue 19",
        full({"tool_calls": None}), Gets("")),
    streamed("Azure OpenAI", "a first piece with no choices, but with the filter's results",
        "mentat issue 429, ChatGPT-in-Slack pull 49",
        [{"id": "", "choices": [], "created": 0, "model": "", "object": "",
          "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]},
         *SALUT, END],
        Gets(kept={"prompt_filter_results.0.content_filter_results": SAFE, "model": "small",
             "id": "a1", "created": 1790000000})),
    whole("Azure OpenAI", "what its filter refuses", "Azure OpenAI docs, content filtering",
        {"error": {"message": "The response was filtered", "type": None, "param": "prompt",
         "code": "content_filter", "status": 400, "innererror": {"code": "Policy"}}},
        Fails(SDKError, 400, words="The response was filtered"), status=400),
    whole("OpenAI", "a refusal", "OpenAI docs, chat completion object",
        full({"content": None, "refusal": "I can't help with that.", "audio": None,
              "annotations": []}),
        Gets("", kept={"choices.0.message.refusal": "I can't help with that."})),
    whole("DeepSeek", "blank lines while it waits, then the answer", "aider issue 3385",
        "\n\n\n" + '{"id":"d1","object":"chat.completion","created":1,"model":"m","choices":'
        '[{"index":0,"message":{"role":"assistant","content":"Salut !"},"finish_reason":"stop"}]}',
        Gets()),
    streamed("Groq", "usage under a name of its own", "vercel ai issue 1651",
        [*SALUT[:2], {**piece({}, "stop"), "x_groq": {"id": "r1", "usage": USAGE}}, END],
        Gets(kept={"x_groq.usage": USAGE})),
    streamed("Groq", "an error about a call, with what the model wrote", "tensorzero pull 1893",
        [piece({"role": "assistant", "content": ""}),
         {"error": {"message": "Failed to call a function.", "type": "invalid_request_error",
          "code": "tool_use_failed", "failed_generation": "<tool>", "status_code": 400}}],
        Fails(StreamError, 400, "", "Failed to call a function.")),
    whole("Gemini", "an error in a list", "coreply issue 20, llxprt-code issue 148",
        [{"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED"}}],
        Fails(SDKError, 429, words="Quota exceeded."), status=429, retried=ALL),
    streamed("Perplexity", "in each piece its citations, the usage and all the text, no [DONE]",
        "perplexity api-discussion issue 209, litellm issue 5535",
        [{"id": "p1", "model": "sonar", "created": 1, "usage": USAGE, "citations": ["u1", "u2"],
          "object": "chat.completion", "choices": [{"index": 0, "finish_reason": reason,
          "message": {"role": "assistant", "content": text},
          "delta": {"role": "assistant", "content": delta}}]}
         for text, delta, reason in [("Sal", "Sal", None), ("Salut !", "ut !", "stop")]],
        Gets(usage=USED, kept={"citations": ["u1", "u2"]})),
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
    streamed("OpenRouter", "comments, thinking twice, the provider's own finish reason",
        "openai-go issue 227, symfony ai issue 909",
        [WAITING, WAITING,
         {**piece({"role": "assistant", "content": "", "reasoning": "They say hello.",
           "reasoning_details": [{"type": "reasoning.text", "text": "They say hello."}]}),
          "provider": "P"},
         {**piece({"role": "assistant", "content": "Salut !", "reasoning": None,
                   "reasoning_details": []}), "provider": "P"},
         {**piece({}), "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""},
          "finish_reason": "stop", "native_finish_reason": "STOP", "logprobs": None}]},
         WAITING, {**piece({}), "choices": [], "usage": {**USAGE, "cost": 0.01}}, END],
        Gets(thinking="They say hello.", usage=USED, kept={"usage.cost": 0.01, "provider": "P",
             "choices.0.native_finish_reason": "STOP", "choices.0.message.reasoning_details":
             [{"type": "reasoning.text", "text": "They say hello."}]})),
    streamed("OpenRouter", "an error beside a choice that ends in error", "agent-os issue 2214",
        [piece({"content": "Sal"}), {**piece({"content": ""}, "error"), "provider": "P",
         "error": {"code": "server_error", "message": "Provider disconnected"}}],
        Fails(StreamError, 200, "Sal", "Provider disconnected")),
    streamed("OpenRouter", "an error beside no choices, before all else", "OmniRoute pull 8210",
        [WAITING, {**piece({}), "choices": [], "error": DOWN}],
        Fails(StreamError, 502, None, "Provider returned error"), retried=ALL),
    streamed("OpenRouter", "an error with an inner 429 in mid-stream", "local-operator pull 223",
        [piece({"content": "Sal"}), {**piece({"content": ""}, "error"), "error":
         {"code": 429, "message": "Rate limited", "metadata": {"error_type": "rate_limit"}}}],
        Fails(StreamError, 429, "Sal", "Rate limited"), retried=WHOLE_ONES),
    whole("OpenRouter", "no error, but a choice that ends in it, and null usage",
        "bifrost issue 5425",
        full({"content": "Sal"}, "error",
             usage={"prompt_tokens": None, "completion_tokens": None, "total_tokens": 0}),
        Gets("Sal", reason="error", usage=(0, 0, 0))),
    whole("litellm", "thinking twice, fields of the provider", "litellm pull 40775",
        full({"content": "Salut !", "reasoning_content": "They say hello.", "function_call": None,
              "thinking_blocks": [{"type": "thinking", "thinking": "They say hello."}],
              "provider_specific_fields": {"refusal": None}}),
        Gets(thinking="They say hello.", kept={"choices.0.message.thinking_blocks":
             [{"type": "thinking", "thinking": "They say hello."}]})),
    streamed("litellm", "an error with its status as text, then [DONE]",
        "litellm pulls 39748 and 32237",
        [{"error": {"message": "No deployments left", "type": "None", "param": "None",
                    "code": "429"}}, END],
        Fails(StreamError, 429, None, "No deployments left"), retried=ALL),
    whole("litellm", "a fractional `created`, a finish reason beside the choices",
        "litellm issue 4654",
        full({"content": "Salut !"}, created=1790000000.5, finish_reason="eos_token"),
        Gets(kept={"finish_reason": "eos_token"})),
    whole("a proxy that wants a login", "a page of status 200", "",
        "<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
        Fails(ResponseValidationError, 200), headers=PAGE),
    streamed("bedrock-access-gateway", "the finish reason of another API",
        "bedrock-access-gateway issue 11", [*SALUT[:2], piece({}, "end_turn"), END],
        Gets(reason="end_turn")),
    whole("new-api", "an error that calls itself a stream", "new-api pull 1178",
        {"error": {"message": "Invalid token", "type": "new_api_error", "code": ""}},
        Fails(SDKError, 401, words="Invalid token"), status=401,
        headers="content-type: text/event-stream"),
    whole("Novita", "a message with its code, and no choices", "SkyrimNet issue 40",
        {"code": 400, "reason": "CODEC", "message": "cannot read top_k", "metadata": {}},
        Fails(SDKError, 400, words="cannot read top_k")),
    streamed("OpenCode Zen", "letters cut between two blocks", "opencode issue 39694",
        [*texts("Ça va", " bien 🙂 !"), END], Gets("Ça va bien 🙂 !"), block=1),
    whole("a FastAPI gateway", "a detail of status 200", "",
        {"detail": "No route to the model"}, Fails(SDKError, 200, words="No route to the model")),
    whole("Portkey", "words of status 200 that are no error by name", "Portkey gateway issue 267",
        {"html-message": "Network connection lost."},
        Fails(ResponseValidationError, 200, words="choices or an error")),
    whole("9router", "a whole answer, then [DONE]", "9router issue 3492",
        json.dumps(full({"content": "Salut !"}, usage=USAGE)) + "\n\ndata: [DONE]\n\n",
        Gets(usage=USED), headers="content-type: text/event-stream"),
    streamed("Hermes", "events of its tools between the pieces", "hermes-agent pull 7989, jan pull 8392",
        [SALUT[0], 'event: hermes.tool.progress\ndata: {"tool": "search", "status": "running"}\n\n',
         *SALUT[1:], END], Gets()),
    streamed("OmniRoute", "comments that tell the cost, at the end", "OmniRoute issue 7031",
        [": omniroute-keepalive\n\n", *SALUT, ": x-cost=0.1\n: x-provider=p\ndata: [DONE]\n\n"],
        Gets()),
    streamed("a gateway", "no blank behind `data:`, usage behind the finish reason, no [DONE]",
        "opencodex issue 1170",
        [*SALUT, {**piece({}), "choices": [], "usage": USAGE}], Gets(usage=USED),
        form="data:%s\n\n"),
    streamed("Open WebUI", "null choices beside the usage", "cline pull 8527, cline issue 1786",
        [*SALUT, {**piece({}), "choices": None, "usage": USAGE}, END], Gets(usage=USED)),
    whole("OmniRoute", "an empty list of choices", "OmniRoute issue 3424",
        {**full({}), "choices": []}, Gets("", reason=None)),
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
    streamed("LM Studio", "an error that says its message twice", "goai pull 110",
        [piece({"content": "Sal"}),
         {"error": {"message": "Compute error."}, "message": "Compute error."}],
        Fails(StreamError, 200, "Sal", "Compute error.")),
    streamed("LocalAI", "no id, no index, a finish reason in the last piece alone",
        "LocalAI issue 1194",
        [{"object": "chat.completion.chunk", "model": "m", "usage": NO_TOKENS, "choices": [one]}
         for one in ({"delta": {"role": "assistant"}}, {"delta": {"content": "Sal"}},
                     {"delta": {"content": "ut !"}}, {"finish_reason": "stop"})] + [END],
        Gets(usage=(0, 0, 0))),
    whole("LocalAI", "no index and no finish reason", "LocalAI issue 788",
        {"object": "chat.completion", "model": "m", "usage": NO_TOKENS,
         "choices": [{"message": {"role": "assistant", "content": "Salut !"}}]},
        Gets(reason=None, usage=(0, 0, 0))),
    streamed("MLX-Textgen", "another id in each piece", "mlx-textgen pull 9, twinny issue 72",
        [{**one, "id": f"x{at}"} for at, one in enumerate(
            [piece({"content": "Sal"}), piece({"content": "ut !"}), piece({}, "stop")])] + [END],
        Gets(kept={"id": "x0"})),
]  # fmt: skip
