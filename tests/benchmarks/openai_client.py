"""The client of the `openai` package."""

from __future__ import annotations

from openai import OpenAI

from tests.benchmarks.subject import MESSAGES, MODEL, Subject

NAME = "openai"


def subject(url: str) -> Subject:
    client = OpenAI(api_key="k", base_url=f"{url}/v1")

    def complete() -> str | None:
        answer = client.chat.completions.create(model=MODEL, messages=MESSAGES)
        text: str = answer.choices[0].message.content
        return text

    def stream() -> list[str]:
        with client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True) as chunks:
            return [chunk.choices[0].delta.content for chunk in chunks]

    return Subject(NAME, complete, stream)
