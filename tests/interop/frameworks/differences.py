"""What a framework does otherwise over a copy of ours than over the SDK, each with its reason.

This is the only such list: what is not here must be the same, in what a program gives and in
what it sends, and what is here must not.
"""

from __future__ import annotations

FROZEN = "our types are frozen: `dataclasses.replace` makes another instance"
NETWORK = "a failure of the network is a `MistralError`, and none of httpx's exceptions"
NOT_CHAT = "a copy is of the chat API alone"
TRIED_AGAIN = (
    "a call that is refused for now, or loses its connection before an answer, is tried again by"
    " default; with `Mistral(retry_config=0)` it is not"
)
BUSY = "a server is busy once"

DIFFERENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("agno", BUSY): ("", TRIED_AGAIN),
    ("agno", "goes on with an answer"): (
        "FrozenInstanceError",
        f"it sets `prefix` on the last message, and {FROZEN}",
    ),
    ("agno", "a tool to confirm"): (
        "",
        "it tells in the tool that it asks first, which the API does not know, and so is refused;"
        " agno gives the error as the answer",
    ),
    ("agno", "a tool to confirm, extra fields dropped"): ("", "it is our option for just that"),
    ("agno", "embeddings"): ("ImportError", NOT_CHAT),
    ("instructor", BUSY): ("", TRIED_AGAIN),
    ("instructor", "prose before a call"): (
        "",
        "it looks in the message as a document for calls, of which the SDK's has no field then, so"
        " that it fails; with ours it asks again, as it means to",
    ),
    ("llama_index", BUSY): ("", TRIED_AGAIN),
    ("llama_index", "fill in the middle"): ("NotChatError", NOT_CHAT),
    ("llm", BUSY): ("", TRIED_AGAIN),
    ("llm", "fails: a stream that breaks"): (
        "ModelError",
        f"{NETWORK}, so that it becomes an error of its own",
    ),
    ("llm", "the list of models"): (
        "ModelError",
        f"{NOT_CHAT}; it goes on with a list of its own, of models that take no files",
    ),
    ("llm", "embeddings"): ("ModelError", NOT_CHAT),
    ("pydantic_ai", BUSY): ("", TRIED_AGAIN),
    ("pydantic_ai", "a server is busy once, and one try is wanted"): (
        "",
        f"it says so by `retries=None`, which here is not given, and {TRIED_AGAIN}",
    ),
    ("pydantic_ai", "two calls, streamed"): (
        "",
        "to the SDK a call without an index is the first, so that two become one, of a tool that"
        " there is not; to us they are two",
    ),
    ("pydantic_ai", "a connection breaks"): ("", TRIED_AGAIN),
    ("pydantic_ai", "fails: a stream that breaks"): (
        "ModelAPIError",
        f"{NETWORK}, so that it becomes the general one of its own errors",
    ),
    ("pydantic_ai", "a server stalls"): ("ModelAPIError", "likewise"),
    ("pydantic_ai", "an image with a detail"): (
        "FrozenInstanceError",
        f"it sets `detail` on the image's URL, and {FROZEN}",
    ),
}
"""By the framework and the case: what ours raises, nothing where it gives an answer, and why."""
