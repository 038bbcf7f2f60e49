"""The subjects of comparison: this package, the naive script, and the packages that do the same work.

A subject whose package is not installed is left out, with a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import naive
from tests.benchmarks.payloads import MODEL

OURS, NAIVE = "mistral_proto", "naive script"
MESSAGES = [{"role": "user", "content": naive.QUESTION}]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One way to do the work; what it can't do stays empty.

    `types` is a statement that imports its types, `program` prints the text of an answer of
    the URL that it is given, `complete` returns that text, and `stream` yields the text of
    each event. `decode` and `encode` have a function for each document of `payloads`.
    """

    name: str
    distribution: str | None = None
    types: str | None = None
    program: str | None = None
    complete: Callable[[str], Callable[[], str | None]] | None = None
    stream: Callable[[str], Callable[[], Iterator[str | None]]] | None = None
    decode: Mapping[str, Callable[[bytes], Any]] = field(default_factory=dict)
    encode: Mapping[str, Callable[[Any], str | bytes]] = field(default_factory=dict)


def _mistral(Mistral: Any, module: str) -> dict[str, Any]:
    """Return what the clients of this package and of mistralai share: the same program."""

    def complete(url: str) -> Callable[[], str | None]:
        chat = Mistral(api_key="key", server_url=url).chat
        return lambda: chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.content

    def stream(url: str) -> Callable[[], Iterator[str | None]]:
        chat = Mistral(api_key="key", server_url=url).chat

        def texts() -> Iterator[str | None]:
            with chat.stream(model=MODEL, messages=MESSAGES) as events:
                for event in events:
                    yield event.data.choices[0].delta.content

        return texts

    program = f"""
import sys
from {module} import Mistral
mistral = Mistral(api_key="key", server_url=sys.argv[1])
print(mistral.chat.complete(model={MODEL!r}, messages={MESSAGES!r}).choices[0].message.content)
"""
    return {"complete": complete, "stream": stream, "program": program}


def _ours() -> Subject:
    from mistral_proto import ChatCompletionRequest, ChatCompletionResponse, Mistral

    return Subject(
        name=OURS,
        distribution="mistral_proto",
        types="import mistral_proto.protocol.request, mistral_proto.protocol.response",
        decode={
            "response": ChatCompletionResponse.from_json,
            "request": ChatCompletionRequest.from_json,
        },
        encode={"request": ChatCompletionRequest.to_json},
        **_mistral(Mistral, "mistral_proto"),
    )


def _naive() -> Subject:
    return Subject(
        name=NAIVE,
        types="import urllib.request, json, dataclasses",
        program=Path(naive.__file__).read_text(encoding="utf-8"),
        complete=lambda url: lambda: naive.complete(url),
        stream=lambda url: lambda: naive.stream(url),
        decode={
            "response": lambda data: naive.completion(json.loads(data)),
            "request": json.loads,
        },
        encode={"request": json.dumps},
    )


def _mistralai() -> Subject:
    from mistralai.client import Mistral
    from mistralai.client.models import ChatCompletionRequest, ChatCompletionResponse

    return Subject(
        name="mistralai",
        distribution="mistralai",
        types="from mistralai.client.models import (\n"
        "    ChatCompletionRequest, ChatCompletionResponse, CompletionEvent)",
        decode={
            "response": ChatCompletionResponse.model_validate_json,
            "request": ChatCompletionRequest.model_validate_json,
        },
        encode={"request": lambda it: it.model_dump_json(by_alias=True)},
        **_mistral(Mistral, "mistralai.client"),
    )


def _openai() -> Subject:
    from openai import OpenAI
    from openai.types.chat import ChatCompletion

    def complete(url: str) -> Callable[[], str | None]:
        chat = OpenAI(api_key="key", base_url=f"{url}/v1").chat.completions

        def text() -> str | None:
            content: str = chat.create(model=MODEL, messages=MESSAGES).choices[0].message.content
            return content

        return text

    def stream(url: str) -> Callable[[], Iterator[str | None]]:
        chat = OpenAI(api_key="key", base_url=f"{url}/v1").chat.completions

        def texts() -> Iterator[str | None]:
            with chat.create(model=MODEL, messages=MESSAGES, stream=True) as chunks:
                for chunk in chunks:
                    yield chunk.choices[0].delta.content

        return texts

    return Subject(
        name="openai",
        distribution="openai",
        types="from openai.types.chat import (\n"
        "    ChatCompletion, ChatCompletionChunk, CompletionCreateParams)",
        program=f"""
import sys
from openai import OpenAI
client = OpenAI(api_key="key", base_url=sys.argv[1] + "/v1")
answer = client.chat.completions.create(model={MODEL!r}, messages={MESSAGES!r})
print(answer.choices[0].message.content)
""",
        complete=complete,
        stream=stream,
        decode={
            "response": ChatCompletion.model_validate_json,
        },
    )


def _mistral_common() -> Subject:
    from mistral_common.protocol.instruct.request import ChatCompletionRequest

    return Subject(
        name="mistral-common",
        distribution="mistral-common",
        types="import mistral_common.protocol.instruct.request",
        decode={"request": ChatCompletionRequest.model_validate_json},
        encode={"request": lambda it: it.model_dump_json(exclude_none=True)},
    )


def _pydantic() -> Subject:
    """Return pydantic-core over the dataclasses of the naive script."""
    from pydantic import TypeAdapter

    adapter = TypeAdapter(naive.Completion)
    return Subject(
        name="pydantic-core", distribution="pydantic", decode={"response": adapter.validate_json}
    )


def _msgspec() -> Subject:
    """Return msgspec over the dataclasses of the naive script."""
    import msgspec

    decoder = msgspec.json.Decoder(naive.Completion)
    return Subject(name="msgspec", distribution="msgspec", decode={"response": decoder.decode})


def found() -> Iterator[Subject]:
    """Yield the subjects that can run here, ours first."""
    for make in (_ours, _naive, _mistralai, _openai, _mistral_common, _pydantic, _msgspec):
        try:
            yield make()
        except ImportError as error:
            print(f"{make.__name__.strip('_')} is left out: {error}")
