"""The client of the `mistralai` package."""

from __future__ import annotations

from mistralai.client import Mistral

from tests.benchmarks.subject import MESSAGES, MODEL, Subject

NAME = "mistralai"


def subject(url: str) -> Subject:
    client = Mistral(api_key="k", server_url=url)

    def complete() -> str | None:
        text: str = client.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.content
        return text

    def stream() -> list[str]:
        with client.chat.stream(model=MODEL, messages=MESSAGES) as events:
            return [event.data.choices[0].delta.content for event in events]

    return Subject(NAME, complete, stream)
