"""The parameters of a request, adapted for Mistral's API: the table, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..checks import Integer, String
from ..protocol.request import (
    ChatCompletionRequest,
    JsonSchema,
    Prediction,
    RequestedServiceTier,
    ResponseFormat,
)
from .adapt_messages import messages
from .adapt_tools import TOOL_RULES, with_tools
from .rules import (
    checked,
    dropped,
    one,
    refused,
    renamed,
    replaced,
    sent,
    unless_empty,
    unless_given,
)

if TYPE_CHECKING:
    from .rules import Convert, Document, Place, Rule

__all__ = ["PARAMETERS"]

_SPECS = ChatCompletionRequest._specs


def _read(name: str, convert: Convert = lambda value, place: value) -> Rule:
    """Return the rule of a parameter that its type reads, once it is converted."""
    return one(checked(_SPECS[name].check, convert))


# -- numbers

_HOTTEST = 1.5
_SMALLEST_TOP_P = 0.0001
_SEEDS = 2**63


def _cooler(value: Any, place: Place) -> Any:
    if isinstance(value, (int, float)) and value > _HOTTEST:
        place.changed(f"changed to {_HOTTEST}", "Mistral's API goes no higher")
        return _HOTTEST
    return value


def _above_0(value: Any, place: Place) -> Any:
    if value == 0 and value is not False:
        place.changed(f"changed to {_SMALLEST_TOP_P}", "Mistral's API takes only what is above 0")
        return _SMALLEST_TOP_P
    return value


def _seed(value: Any, place: Place, written: Document) -> None:
    seed = place.read(Integer(), value)
    if seed is not None:
        written["random_seed"] = seed % _SEEDS
        what = "renamed to random_seed"
        if seed != seed % _SEEDS:
            what += f" and changed to {seed % _SEEDS}"
        place.changed(what, "Mistral's API has it under that name, from 0 on and in 63 bits")


# -- choices


def _service_tier(value: Any, place: Place, written: Document) -> None:
    tier = _STANDARD(place.read(String(), value), place)
    if tier in [*RequestedServiceTier]:
        written["service_tier"] = tier
    elif tier is not None:
        place.dropped("Mistral's API has no such tier")


_STANDARD = replaced("default", "standard_only", "Mistral's API has it under that name")


def _modalities(value: Any, place: Place, written: Document) -> None:
    if value == ["text"]:
        place.dropped("Mistral's API answers in text anyway")
    else:
        place.refuse("['text'], as Mistral's API answers in text only", value)


# -- objects


def _with_schema(written: Document, place: Place) -> None:
    why = "Mistral's API requires one"
    place.default(written, "name", "response", "'response'", why)
    place.default(written, "schema", {"type": "object"}, "that of any object", why)


def _with_format(written: Document, place: Place) -> None:
    if written.get("type") == "json_schema" and "json_schema" not in written:
        place.refuse_absent("json_schema", written)


def _joined(value: Any, place: Place) -> Any:
    parts = value if isinstance(value, (list, tuple)) else [None]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        return value
    place.changed("joined to one text", "Mistral's API takes no parts here")
    return "".join(map(str, texts))


# -- the table

_NO_SUCH = "Mistral's API has no such parameter"
_BY_KEY = "Mistral's API caches by prompt_cache_key alone"
_WITHOUT = {
    **dict.fromkeys(["store", "user", "safety_identifier", "logit_bias", "verbosity"], _NO_SUCH),
    "prompt_cache_options": _BY_KEY,
    "prompt_cache_retention": _BY_KEY,
    "stream_options": "Mistral's API ends every stream with the usage anyway",
    "web_search_options": "Mistral's API searches by its own tool web_search",
    "moderation": "Mistral's API moderates by its own parameter guardrails",
    **dict.fromkeys([name for name, spec in _SPECS.items() if spec.local], "it is never sent"),
}
"""Parameters without which the answer is of the same kind, and the reason why they are dropped."""

PARAMETERS: dict[str, Rule] = {
    **{name: _read(name) for name, spec in _SPECS.items() if not spec.local},
    **{name: dropped(why) for name, why in _WITHOUT.items()},
    **TOOL_RULES,
    "messages": messages,
    "max_tokens": unless_given("max_completion_tokens", _read("max_tokens")),
    "max_completion_tokens": renamed(
        "max_tokens", "Mistral's API has it under that name", checked(_SPECS["max_tokens"].check)
    ),
    "temperature": _read("temperature", _cooler),
    "top_p": _read("top_p", _above_0),
    "seed": unless_given("random_seed", _seed),
    "stop": unless_empty("it is empty, and so stops at nothing", _read("stop")),
    "reasoning_effort": _read(
        "reasoning_effort", replaced("max", "xhigh", "Mistral's API goes no higher")
    ),
    "service_tier": _service_tier,
    "response_format": one(
        sent(ResponseFormat, _with_format, json_schema=one(sent(JsonSchema, _with_schema)))
    ),
    "prediction": one(sent(Prediction, content=one(_joined))),
    "parallel_tool_calls": with_tools(_read("parallel_tool_calls")),
    "modalities": _modalities,
    "audio": refused("no audio, as Mistral's API answers in text only"),
}
"""What becomes of each parameter of a request, by its name."""
