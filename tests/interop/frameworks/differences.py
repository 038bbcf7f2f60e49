"""The differences between a framework over a copy of this package and over the SDK.

Everything else must be the same: the results of a program and its requests.
"""

from __future__ import annotations

FROZEN = "the framework sets a field of a message or chunk, and our types are frozen"
NETWORK = "a failure of the network is a `MistralError`, not an exception of httpx"
NOT_CHAT = "the package has the chat API only"
RETRIED = "a busy server and a lost connection are retried, unless `Mistral(retry_config=0)`"
BUSY, BREAKS = "a server is busy once", "fails: a stream that breaks"

DIFFERENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("agno", BUSY): ("", RETRIED),
    ("agno", "goes on with an answer"): ("FrozenInstanceError", FROZEN),
    ("agno", "a tool to confirm"): ("", "its field for such tools is refused, as by the API"),
    ("agno", "a tool to confirm, extra fields dropped"): ("", "the option for this is ours"),
    ("agno", "embeddings"): ("ImportError", NOT_CHAT),
    ("instructor", BUSY): ("", RETRIED),
    # It reads calls from the dumped message, in which the SDK has no such field.
    ("instructor", "prose before a call"): ("", "it asks again, as intended"),
    ("llama_index", BUSY): ("", RETRIED),
    ("llama_index", "fill in the middle"): ("NotChatError", NOT_CHAT),
    ("llm", BUSY): ("", RETRIED),
    ("llm", BREAKS): ("ModelError", NETWORK),
    ("llm", "the list of models"): ("ModelError", NOT_CHAT),
    ("llm", "embeddings"): ("ModelError", NOT_CHAT),
    ("pydantic_ai", BUSY): ("", RETRIED),
    ("pydantic_ai", "a server is busy once, without retries"): ("", "its `None` is our default"),
    # The SDK reads a call without an index as the first, so that two become one.
    ("pydantic_ai", "two calls, streamed"): ("", "we read two calls"),
    ("pydantic_ai", "a connection breaks"): ("", RETRIED),
    ("pydantic_ai", BREAKS): ("ModelAPIError", NETWORK),
    ("pydantic_ai", "a server stalls"): ("ModelAPIError", NETWORK),
    ("pydantic_ai", "an image with a detail"): ("FrozenInstanceError", FROZEN),
}
"""By the framework and the case: the exception with ours (empty: an answer), and the reason."""
