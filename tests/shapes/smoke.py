"""What a shape could change: how modules are found, and what they are read from.

`tests.shapes` copies this file beside the package in a shape, and runs it there. It needs
nothing of the other tests, and uses the package by its name in that shape.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
import typing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

SHAPE, MADE = os.environ.get("SHAPE", "checkout"), os.environ.get("MADE", "")
PACKAGE = os.environ.get("PACKAGE", "mistral_proto")
MODULES = os.environ.get("MODULES", "").split()
STRIPPED = sys.flags.optimize > 1
chat: Any = importlib.import_module(PACKAGE)
HI: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
OUT_OF_ORDER: Any = [*HI["messages"], {"role": "tool", "content": "1", "tool_call_id": "1"}]


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


def python(*arguments: str, stdin: str = "") -> str:
    """Run a process with the same flags and the package on its path; return what it prints."""
    flags = [it for it in sys.orig_argv[1:6] if it in ("-B", "-O", "-OO", "-S")]
    command = [sys.executable, "-W", "error", *flags, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout


def error_of(call: Callable[..., object], *arguments: Any, **options: Any) -> Any:
    try:
        call(*arguments, **options)
    except Exception as error:
        return error
    raise AssertionError("there was no error")


@dataclass
class Wine:
    name: str
    year: int | None = None


def pour(name: str, glasses: int = 1) -> str:
    """Pour a wine."""
    return f"{glasses} of {name}"


def request() -> Any:
    return chat.ChatCompletionRequest(**HI)


def traceback_of(error: Exception) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


USES: dict[str, Callable[[], object]] = {
    "is the shape that is tested": lambda: str(chat.__file__).startswith(MADE),
    "each module": lambda: all(
        (found := module(name)).__name__ == f"{PACKAGE}.{name}"
        and str(found.__file__).startswith(MADE)
        and found.__spec__.loader is found.__loader__
        for name in MODULES
    ),
    "each name": lambda: all(getattr(chat, it) is getattr(chat, it) for it in chat.__all__),
    "names are listed": lambda: {*chat.__all__} <= {*dir(chat)},
    "a name that is not there": lambda: "'Mistrel'" in str(error_of(getattr, chat, "Mistrel")),
    "public modules": lambda: all(
        getattr(chat, it) is module(it) for it in ("models", "openai", "schema", "testing")
    ),
    "modules that are not there": lambda: all(
        isinstance(error_of(module, it), ModuleNotFoundError)
        for it in ["three", "client.three", "sse.three"]
        + ["embedding", "cli.copies"] * (SHAPE != "checkout")
    ),
    "an import loads little": lambda: (
        int(python("-c", f"import sys; n = len(sys.modules); import {PACKAGE}\n"
        f"print(sum(it.startswith('{PACKAGE}') for it in sys.modules))")) <= 2
    ),
    "a star import": lambda: (
        python("-c", f"from {PACKAGE} import *; print(UserMessage(content='Hi').to_json())")
        == '{"role":"user","content":"Hi"}\n'
    ),
    "the source of a class": lambda: (
        inspect.getsource(module("sse").EventStreamParser).startswith("class EventStreamParser")
    ),
    "the lines of a traceback": lambda: (
        "raise ValidationError(" in traceback_of(error_of(chat.UserMessage, content=3))
    ),
    "docstrings": lambda: bool(module("sse").__doc__) is not STRIPPED,
    "pickles": lambda: all(
        pickle.loads(pickle.dumps(request(), protocol)) == request() for protocol in range(2, 6)
    ),
    "a pickle in another process": lambda: (
        python("-c", "import pickle; print(pickle.loads(bytes.fromhex("
        f"'{pickle.dumps(chat.UserMessage(content='Hi')).hex()}')).content)") == "Hi\n"
    ),
    "annotations": lambda: all(
        {it.name for it in fields(cls)} <= {*typing.get_type_hints(cls)}
        for cls in (chat.ChatCompletionRequest, chat.ChatCompletionResponse, chat.Tool)
    ),
    "signatures": lambda: "content" in inspect.signature(chat.UserMessage).parameters,
    "JSON": lambda: chat.ChatCompletionRequest.from_json(request().to_json()) == request(),
    "events": lambda: [it.data for it in chat.EventStreamParser().feed(b"data: 1\n\ndata: 2")]
    == ["1"],
    "a schema": lambda: "content" in chat.schema.json_schema(chat.UserMessage)["properties"],
    "a tool": lambda: chat.Tool.from_function(pour).function.parameters["required"] == ["name"],
    "a tool's docstring": lambda: (
        (chat.Tool.from_function(pour).function.description == "Pour a wine.") is not STRIPPED
    ),
    "the format of a type": lambda: chat.response_format_from_type(Wine).type == "json_schema",
    "OpenAI's format": lambda: (
        chat.ChatCompletionRequest.from_openai(**request().to_openai()).messages
        == request().messages
    ),
    "a conversation": lambda: chat.check_conversation(
        chat.ChatCompletionRequest(model="m", messages=OUT_OF_ORDER)
    ),
    "the SDK's modules": lambda: all(
        module(it) for it in "client.models types utils azure gcp extra".split()
    ),
    "the SDK's paths": lambda: (
        module("client.models.usermessage").UserMessage
        is module("models").UserMessage
        is chat.UserMessage
    ),
    "no key": lambda: isinstance(
        error_of(chat.Mistral(api_key=None).chat.complete, **HI), chat.MissingAPIKeyError
    ),
    "https": lambda: ("ssl" if "ssl" in SHAPE else "refused") in str(
        error_of(chat.Mistral("k", server_url="https://127.0.0.1:9").chat.complete, **HI,
                 retries=None)
    ),
    "--version": lambda: (
        python("-m", PACKAGE, "--version") == f"{PACKAGE} {chat.__version__}\n"
    ),
    "--help": lambda: (
        ("vendor" in python("-m", PACKAGE, "--help")) is (SHAPE == "checkout")
    ),
    "validate": lambda: "a valid" in python("-m", PACKAGE, "validate", "-", stdin=json.dumps(HI)),
    "schema": lambda: '"content"' in python("-m", PACKAGE, "schema", "UserMessage"),
    "demo": lambda: python("-m", PACKAGE, "demo", "--pace", "0"),
    "byte code is kept where it can be": lambda: (
        any(Path(MADE).rglob("*.pyc")) is (SHAPE in ("bundle", "checkout", "vendored"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_uses(use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    assert USES[use]()


@pytest.fixture
def server() -> Iterator[Any]:
    with module("testing").MockServer() as running:
        yield running


@pytest.fixture
def client(server: Any) -> Iterator[Any]:
    with chat.Mistral("k", server_url=server.url) as mistral:
        yield mistral


def test_calls(client: Any, server: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        response = client.chat.complete(**HI)
    assert response.choices[0].message.text == "You said: Hi"
    assert pickle.loads(pickle.dumps(response)) == response
    assert "chat/completions" in caplog.text and "Bearer k" not in caplog.text
    with ThreadPoolExecutor(4) as threads:
        responses = [*threads.map(lambda _: client.chat.complete(**HI), range(12))]
    assert {it.choices[0].message.text for it in responses} == {"You said: Hi"}
    server.reply(module("testing").ErrorReply(401, "No such key"))
    assert error_of(client.chat.complete, **HI).status_code == 401


def test_streams(client: Any, server: Any) -> None:
    with client.chat.stream(**HI) as events:
        assert "".join(events.text()) == "You said: Hi"
    server.reply(module("testing").Fault.cut_stream)
    with pytest.raises(chat.IncompleteStreamError):
        client.chat.stream(**HI).until_done()


def test_asyncio(server: Any) -> None:
    async def calls() -> list[str]:
        async with chat.Mistral("k", server_url=server.url) as mistral:
            responses = [await mistral.chat.complete_async(**HI) for _ in range(2)]
            async with await mistral.chat.stream_async(**HI) as events:
                text = "".join([event.text async for event in events])
        return [text, *(response.choices[0].message.text for response in responses)]

    assert asyncio.run(calls()) == ["You said: Hi"] * 3


def test_parsed_answers_and_tools(client: Any, server: Any) -> None:
    server.reply('{"name": "Pommard", "year": 1990}')
    parsed = client.chat.parse(Wine, **HI).choices[0].message.parsed
    assert parsed == Wine("Pommard", 1990)
    call = {"id": "123456789", "function": {"name": "pour", "arguments": {"name": "Pommard"}}}
    server.reply(chat.AssistantMessage(tool_calls=[call]), "Poured.")
    run = client.chat.run_tools(tools=[pour], **HI)
    assert run.until_done().choices[0].message.text == "Poured."
