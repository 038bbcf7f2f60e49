"""What a moderation found in a prompt and in its answer, where the request asked for it.

OpenAI has each of these types twice, word for word, for whole answers and for
streams; here both share one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ..checks import ListOf, MapOf, OneOf
from ..fields import field
from ..wire import OpenWireType, wire_type

__all__ = [
    "Moderation",
    "ModerationInputError",
    "ModerationInputModerationResults",
    "ModerationInputModerationResultsResult",
    "ModerationOutputError",
    "ModerationOutputModerationResults",
    "ModerationOutputModerationResultsResult",
    "UnknownModeration",
]


# What is found in a prompt and what is found in an answer have the same form, but
# neither may stand in the other's place: so neither derives from the other.
@wire_type
class _Result(OpenWireType):
    categories: Mapping[str, bool] = field(doc="Of each category, whether it was found.")
    category_applied_input_types: Mapping[str, Sequence[str]] = field(
        MapOf(ListOf(OneOf("text", "image"))), doc="Of each category, what its score was made from."
    )
    category_scores: Mapping[str, float] = field(
        doc="Of each category, how sure the moderation is, from 0 to 1."
    )
    flagged: bool = field(doc="Whether any category was found.")
    model: str = field(doc="The model that moderated.")
    type: Literal["moderation_result"] = field(default="moderation_result", required=True)


@wire_type
class ModerationInputModerationResultsResult(_Result):
    """What was found in a prompt (OpenAI: same name).

    >>> ModerationInputModerationResultsResult(
    ...     categories={"violence": False},
    ...     category_applied_input_types={"violence": ["text"]},
    ...     category_scores={"violence": 0.01},
    ...     flagged=False,
    ...     model="omni-moderation-latest",
    ... ).category_scores
    {'violence': 0.01}
    """


@wire_type
class ModerationOutputModerationResultsResult(_Result):
    """What was found in an answer (OpenAI: same name).

    >>> ModerationOutputModerationResultsResult(
    ...     categories={"violence": True},
    ...     category_applied_input_types={"violence": ["text"]},
    ...     category_scores={"violence": 0.93},
    ...     flagged=True,
    ...     model="omni-moderation-latest",
    ... ).flagged
    True
    """


@wire_type
class ModerationInputModerationResults(OpenWireType):
    """All that was found in a prompt (OpenAI: same name).

    >>> ModerationInputModerationResults(model="omni-moderation-latest", results=[]).type
    'moderation_results'
    """

    model: str = field(doc="The model that moderated.")
    results: Sequence[ModerationInputModerationResultsResult]
    type: Literal["moderation_results"] = field(default="moderation_results", required=True)


@wire_type
class ModerationOutputModerationResults(OpenWireType):
    """All that was found in an answer (OpenAI: same name).

    >>> ModerationOutputModerationResults(model="omni-moderation-latest", results=[]).results
    []
    """

    model: str = field(doc="The model that moderated.")
    results: Sequence[ModerationOutputModerationResultsResult]
    type: Literal["moderation_results"] = field(default="moderation_results", required=True)


@wire_type
class _Error(OpenWireType):
    code: str
    message: str
    type: Literal["error"] = field(default="error", required=True)


@wire_type
class ModerationInputError(_Error):
    """Why a prompt could not be moderated (OpenAI: same name).

    >>> ModerationInputError(code="timeout", message="Took too long.").type
    'error'
    """


@wire_type
class ModerationOutputError(_Error):
    """Why an answer could not be moderated (OpenAI: same name).

    >>> ModerationOutputError(code="timeout", message="Took too long.").code
    'timeout'
    """


@wire_type
class UnknownModeration(OpenWireType):
    """An outcome of a kind that this version does not know, as the server sent it.

    Everything but its `type` is in `extra`.

    >>> UnknownModeration.from_dict({"type": "skipped", "reason": "empty"}).extra
    {'reason': 'empty'}
    """

    type: str


@wire_type
class Moderation(OpenWireType):
    """What a moderation found in a prompt and in its answer (OpenAI: `Moderation`).

    >>> Moderation.from_dict({
    ...     "input": {"type": "moderation_results", "model": "m", "results": []},
    ...     "output": {"type": "error", "code": "timeout", "message": "Took too long."},
    ... }).output.message
    'Took too long.'
    """

    input: ModerationInputModerationResults | ModerationInputError | UnknownModeration
    output: ModerationOutputModerationResults | ModerationOutputError | UnknownModeration
