"""The differences between a framework over a copy of this package and over the SDK.

Everything else must be the same: the results of a program and its requests.
"""

from __future__ import annotations

FROZEN = "our types are frozen: `dataclasses.replace` makes another instance"
NETWORK = "a failure of the network is a `MistralError`, not an exception of httpx"
NOT_CHAT = "the package has the chat API only"
RETRIED = (
    "a call that is refused for now, or loses its connection before the answer, is retried by"
    " default; `Mistral(retry_config=0)` prevents it"
)
BUSY = "a server is busy once"

DIFFERENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("agno", BUSY): ("", RETRIED),
    ("agno", "goes on with an answer"): (
        "FrozenInstanceError",
        f"it sets `prefix` on the last message, and {FROZEN}",
    ),
    ("agno", "a tool to confirm"): (
        "",
        "its field for a tool to confirm is unknown to the API, and refused; agno returns the"
        " error as the answer",
    ),
    ("agno", "a tool to confirm, extra fields dropped"): ("", "the option for such fields is ours"),
    ("agno", "embeddings"): ("ImportError", NOT_CHAT),
    ("instructor", BUSY): ("", RETRIED),
    ("instructor", "prose before a call"): (
        "",
        "it reads calls from the dumped message, which without calls has no such field in the"
        " SDK, and fails; with ours it asks again, as intended",
    ),
    ("llama_index", BUSY): ("", RETRIED),
    ("llama_index", "fill in the middle"): ("NotChatError", NOT_CHAT),
    ("llm", BUSY): ("", RETRIED),
    ("llm", "fails: a stream that breaks"): (
        "ModelError",
        f"{NETWORK}, which becomes its own error",
    ),
    ("llm", "the list of models"): (
        "ModelError",
        f"{NOT_CHAT}; it uses its own list, of models without files",
    ),
    ("llm", "embeddings"): ("ModelError", NOT_CHAT),
    ("pydantic_ai", BUSY): ("", RETRIED),
    ("pydantic_ai", "a server is busy once, without retries"): (
        "",
        f"it passes `retries=None`, which here means the default, and {RETRIED}",
    ),
    ("pydantic_ai", "two calls, streamed"): (
        "",
        "the SDK reads a call without an index as the first, so two become one, of an unknown"
        " tool; we read two",
    ),
    ("pydantic_ai", "a connection breaks"): ("", RETRIED),
    ("pydantic_ai", "fails: a stream that breaks"): (
        "ModelAPIError",
        f"{NETWORK}, which becomes its general error",
    ),
    ("pydantic_ai", "a server stalls"): ("ModelAPIError", "likewise"),
    ("pydantic_ai", "an image with a detail"): (
        "FrozenInstanceError",
        f"it sets `detail` on the image's URL, and {FROZEN}",
    ),
}
"""By the framework and the case: the exception with ours (empty: an answer), and the reason."""
