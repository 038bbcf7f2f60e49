"""Our client."""

from __future__ import annotations

from mistral_proto import Mistral
from tests.benchmarks.subject import MESSAGES, MODEL, Subject

NAME = "mistral_proto"


def subject(url: str) -> Subject:
    mistral = Mistral(api_key="k", server_url=url)

    def complete() -> str | None:
        return mistral.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.text

    def stream() -> list[str]:
        with mistral.chat.stream(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.text for event in events]

    return Subject(NAME, complete, stream)
