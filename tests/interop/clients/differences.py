"""Where an official client makes something else of the same traffic, each with its reason.

This is the only such list.  What is not here must be the same, and what is here must not.
"""

from __future__ import annotations

DIFFERENCES: dict[tuple[str, str], str] = {
    ("mistralai", "a system message, an answer and another question"): (
        "it says of each answer that it is no prefix; what nobody said we do not send"
    ),
    ("mistralai", "what a tool answered"): "likewise",
    ("openai", "comments, ids and times"): (
        "once there was an id, it takes a comment for an event with data that is no JSON; "
        "an event without data is none"
    ),
    ("mistralai", "no_done"): (
        "a stream without a finish reason and [DONE] is as good as a whole one to it; to us it "
        "was cut"
    ),
    ("openai", "no_done"): "likewise",
    ("openai", "error_event"): (
        "it knows an error by its field `error`, and makes a chunk without choices of the shape "
        "that the API has"
    ),
    ("openai", "not_json"): "a page of HTML becomes the answer, or a stream without events",
}
"""By the peer, and the name of the case, stream or fault."""
