"""What becomes of each parameter of an OpenAI request: the table, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..checks import Integer, Number, ObjectOf, String
from ..protocol.chunk import TextChunk
from ..protocol.request import (
    ChatCompletionRequest,
    JsonSchema,
    Prediction,
    ReasoningEffort,
    RequestedServiceTier,
    ResponseFormat,
)
from .adapt_content import adapt_text
from .adapt_messages import messages
from .adapt_tools import function_choice, functions, only_with_tools, tool_choice, tools
from .adaptation import Draft, checked_by, dropped, fields_of, refused, renamed, says, unless

if TYPE_CHECKING:
    from .adaptation import Rule, Table

__all__ = ["PARAMETERS"]

_CHECKS = {name: spec.check for name, spec in ChatCompletionRequest._specs.items()}


def _as_it_is(name: str) -> Rule:
    return checked_by(_CHECKS[name])


# -- numbers

_HOTTEST = 1.5
_SMALLEST_TOP_P = 0.0001
_SEEDS = 2**63


def _temperature(draft: Draft, name: str, value: object) -> None:
    number = draft.work.read(Number(0), value, draft.at(name))
    if isinstance(number, (int, float)) and number > _HOTTEST:
        number = _HOTTEST
        draft.work.change(draft.at(name), f"changed to {number}", "Mistral's API goes no higher")
    draft.written[name] = number


def _top_p(draft: Draft, name: str, value: object) -> None:
    number = draft.work.read(Number(0, 1), value, draft.at(name))
    if isinstance(number, (int, float)) and not number:
        number = _SMALLEST_TOP_P
        draft.work.change(
            draft.at(name), f"changed to {number}", "Mistral's API takes what is above 0 only"
        )
    draft.written[name] = number


def _seed(draft: Draft, name: str, value: object) -> None:
    seed = draft.work.read(Integer(), value, draft.at(name))
    what, why = "renamed to random_seed", "Mistral's API has it under that name"
    if isinstance(seed, int) and not 0 <= seed < _SEEDS:
        seed %= _SEEDS
        what += f" and changed to {seed}"
        why += ", from 0 on and in 63 bits"
    draft.work.change(draft.at(name), what, why)
    draft.written["random_seed"] = seed


def _n(draft: Draft, name: str, value: object) -> None:
    number = draft.work.read(_CHECKS[name], value, draft.at(name))
    if isinstance(number, int) and number > 1 and draft.given.get("stream") is True:
        draft.work.refuse(draft.at(name), "1, as Mistral's API streams one answer only", number)
    draft.written[name] = number


# -- choices


def _stop(draft: Draft, name: str, value: object) -> None:
    stop = draft.work.read(_CHECKS[name], value, draft.at(name))
    if isinstance(stop, (str, list)) and not stop:
        draft.work.drop(draft.at(name), "it is empty, and so stops at nothing")
    else:
        draft.written[name] = stop


def _reasoning_effort(draft: Draft, name: str, value: object) -> None:
    effort = draft.work.read(_CHECKS[name], value, draft.at(name))
    if effort is ReasoningEffort.max:
        effort = ReasoningEffort.xhigh
        draft.work.change(draft.at(name), "changed to 'xhigh'", "Mistral's API goes no higher")
    draft.written[name] = effort


def _service_tier(draft: Draft, name: str, value: object) -> None:
    tier = draft.work.read(String(), value, draft.at(name))
    if says(tier, "default"):
        tier = RequestedServiceTier.standard_only.value
        draft.work.change(
            draft.at(name), f"changed to {tier!r}", "Mistral's API has it under that name"
        )
    if tier in [*RequestedServiceTier]:
        draft.written[name] = tier
    else:
        draft.work.drop(draft.at(name), "Mistral's API has no such tier")


def _modalities(draft: Draft, name: str, value: object) -> None:
    place = draft.at(name)
    if not isinstance(value, (list, tuple)):
        draft.work.refuse(place, "a list", value, "list_type")
        return
    others = [(index, item) for index, item in enumerate(value) if not says(item, "text")]
    for index, item in others:
        draft.work.refuse((*place, index), "'text', as Mistral's API answers in no other", item)
    if not others:
        draft.work.drop(place, "Mistral's API answers in text anyway")


# -- objects


def _response_format(draft: Draft, name: str, value: object) -> None:
    place = draft.at(name)
    if isinstance(value, Mapping):
        written = Draft(value, place, draft.work).fill(_FORMAT)
        if says(written.get("type"), "json_schema") and "json_schema" not in written:
            draft.work.refuse_absent((*place, "json_schema"), value)
        value = written
    draft.written[name] = draft.work.read(_CHECKS[name], value, place)


def _json_schema(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        inner = Draft(value, draft.at(name), draft.work)
        value = inner.fill(_SCHEMA)
        why = "Mistral's API requires one"
        inner.default("name", "response", "set to 'response'", why)
        inner.default("schema", {"type": "object"}, "set to that of any object", why)
    draft.written[name] = value


_SCHEMA = fields_of(JsonSchema)
_FORMAT = fields_of(ResponseFormat, json_schema=_json_schema)


def _prediction(draft: Draft, name: str, value: object) -> None:
    if isinstance(value, Mapping):
        value = Draft(value, draft.at(name), draft.work).fill(_PREDICTION)
    draft.written[name] = draft.work.read(ObjectOf(Prediction), value, draft.at(name))


def _predicted(draft: Draft, name: str, value: object) -> None:
    content = adapt_text(value, draft.at(name), draft.work, TextChunk)
    if not isinstance(content, str):
        content = "".join([part.text for part in content if isinstance(part, TextChunk)])
        draft.work.change(draft.at(name), "joined to one text", "Mistral's API takes no parts here")
    draft.written[name] = content


_PREDICTION = fields_of(Prediction, content=_predicted)

# -- the table

_NO_SUCH = "Mistral's API has no such parameter"

PARAMETERS: Table = {
    # The same for both, or nearly so.
    "model": _as_it_is("model"),
    "messages": messages,
    "stream": _as_it_is("stream"),
    "max_tokens": unless("max_completion_tokens", _as_it_is("max_tokens")),
    "n": _n,
    "temperature": _temperature,
    "top_p": _top_p,
    "presence_penalty": _as_it_is("presence_penalty"),
    "frequency_penalty": _as_it_is("frequency_penalty"),
    "stop": _stop,
    "response_format": _response_format,
    "prediction": _prediction,
    "tools": tools,
    "tool_choice": only_with_tools(tool_choice),
    "parallel_tool_calls": only_with_tools(_as_it_is("parallel_tool_calls")),
    "reasoning_effort": _reasoning_effort,
    "service_tier": _service_tier,
    "metadata": _as_it_is("metadata"),
    "prompt_cache_key": _as_it_is("prompt_cache_key"),
    # Under another name, or in another form.
    "max_completion_tokens": renamed(
        "max_tokens", "Mistral's API has it under that name", _CHECKS["max_tokens"]
    ),
    "seed": unless("random_seed", _seed),
    "functions": functions,
    "function_call": only_with_tools(unless("tool_choice", function_choice)),
    # Without them the answer is of the same kind.
    "store": dropped(_NO_SUCH),
    "user": dropped(_NO_SUCH),
    "safety_identifier": dropped(_NO_SUCH),
    "logit_bias": dropped(_NO_SUCH),
    "verbosity": dropped(_NO_SUCH),
    "logprobs": dropped(_NO_SUCH),
    "top_logprobs": dropped(_NO_SUCH),
    "prompt_cache_options": dropped("Mistral's API caches by prompt_cache_key alone"),
    "prompt_cache_retention": dropped("Mistral's API caches by prompt_cache_key alone"),
    "stream_options": dropped("Mistral's API ends every stream with the usage anyway"),
    "web_search_options": dropped("Mistral's API searches by its own tool web_search"),
    "moderation": dropped("Mistral's API moderates by its own parameter guardrails"),
    # Without them it is another.
    "modalities": _modalities,
    "audio": refused("no audio, as Mistral's API answers in text only"),
    # Mistral's own.
    "random_seed": _as_it_is("random_seed"),
    "safe_prompt": _as_it_is("safe_prompt"),
    "prompt_mode": _as_it_is("prompt_mode"),
    "guardrails": _as_it_is("guardrails"),
    # Its SDK's and mistral_common's own, which the published schema does not have.
    "min_tokens": dropped(_NO_SUCH),
    "repetition_penalty": dropped(_NO_SUCH),
    "top_k": dropped(_NO_SUCH),
    "prompt_logprobs": dropped(_NO_SUCH),
    "top_prompt_logprobs": dropped(_NO_SUCH),
    "extra_body": dropped("it is an option of the client, and never sent"),
    "truncate_for_context_length": dropped("it is for tokenizers, and never sent"),
    "continue_final_message": dropped("Mistral's API has a message's prefix for it"),
}
"""What becomes of each parameter of a request, by its name."""
