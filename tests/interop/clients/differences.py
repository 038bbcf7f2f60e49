"""Where an official client makes something else of the same traffic, each with its reason.

This is the only such list.  What is not here must be the same, and what is here must not.
"""

from __future__ import annotations

_REASONS: dict[str, list[tuple[str, str]]] = {
    "it says of each answer that it is no prefix; what nobody said we do not send": [
        ("mistralai", "a system message, an answer and another question"),
        ("mistralai", "what a tool answered"),
    ],
    "once there was an id, it takes a comment for an event; one without data is none": [
        ("openai", "comments, ids and times")
    ],
    "a stream without a finish reason and [DONE] is whole to it; to us it was cut": [
        ("mistralai", "no_done"),
        ("openai", "no_done"),
    ],
    "it knows an error by its field `error`; the API's has none": [("openai", "error_event")],
    "a page of HTML becomes the answer, or a stream without events": [("openai", "not_json")],
}

DIFFERENCES = {each for places in _REASONS.values() for each in places}
"""The peer, and the name of the case, stream or fault."""
