"""Answers of what stands between a model and its users: routers, gateways, proxies."""

from __future__ import annotations

import json

from mistral_proto import ResponseValidationError, SDKError, StreamError
from tests.client.servers.table import (
    END,
    SALUT,
    USAGE,
    USED,
    Gets,
    full,
    piece,
    streamed,
    texts,
    whole,
)
from tests.client.support import ALL, WHOLE_ONES, Fails

WAITING = ": OPENROUTER PROCESSING\n\n"
DOWN = {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "P"}}
OPENROUTER = [
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
    whole("OpenRouter", "an error in place of an answer", "Saturn pull 43, aider issue 3550",
        {"error": DOWN, "user_id": "u1"},
        Fails(SDKError, 502, words="Provider returned error"), retried=ALL),
    whole("OpenRouter", "no error, but a choice that ends in it, and null usage",
        "bifrost issue 5425",
        full({"content": "Sal"}, "error",
             usage={"prompt_tokens": None, "completion_tokens": None, "total_tokens": 0}),
        Gets("Sal", reason="error", usage=(0, 0, 0))),
]  # fmt: skip

LITELLM = [
    streamed("litellm", "no `created`, no finish reason but in the last piece", "litellm pull 40775",
        [{"id": "l1", "model": "m", "object": "chat.completion.chunk", "choices": [one]}
         for one in ({"index": 0, "delta": {"content": "", "role": "assistant"}},
                     {"index": 0, "delta": {"content": "Salut !"}},
                     {"index": 0, "delta": {}, "finish_reason": "stop"})] + [END],
        Gets()),
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
]  # fmt: skip

PAGE = "content-type: text/html"
PROXIES = [
    whole("a proxy that wants a login", "a page of status 200", "",
        "<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
        Fails(ResponseValidationError, 200), headers=PAGE),
]  # fmt: skip

OTHERS = [
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
]  # fmt: skip

ROWS = [*OPENROUTER, *LITELLM, *PROXIES, *OTHERS]
