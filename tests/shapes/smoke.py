"""What a shape could change: how modules are found, and what they are read from.

`tests.shapes` copies this file beside the package in a shape, and runs it there. It needs
nothing of the other tests, and the package by the name that it has there.
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
import types
import typing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

SHAPE, MADE, PACKAGE = (os.environ.get(name, "") for name in ("SHAPE", "MADE", "PACKAGE"))
PACKAGE = PACKAGE or "mistral_proto"
MODULES = os.environ.get("MODULES", "").split()
chat: Any = importlib.import_module(PACKAGE)
HI: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


def python(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a process of the same flags; the package is on its path."""
    flags = [it for it in sys.orig_argv[1:6] if it in ("-B", "-O", "-OO", "-S")]
    command = [sys.executable, "-W", "error", *flags, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


@pytest.fixture
def server() -> Iterator[Any]:
    with module("testing").MockServer() as running:
        yield running


@pytest.fixture
def client(server: Any) -> Iterator[Any]:
    with chat.Mistral("k", server_url=server.url) as mistral:
        yield mistral


@dataclass
class Wine:
    """A wine.

    Args:
        name: The name on the bottle.
    """

    name: str
    year: int | None = None


def test_it_is_the_shape_that_is_tested() -> None:
    assert str(chat.__file__).startswith(MADE)
    if SHAPE == "read-only-without-ssl":
        with pytest.raises(ImportError):
            importlib.import_module("ssl")


def test_each_module_is_of_the_shape() -> None:
    assert len(MODULES) > 50
    for name in filter(None, MODULES):
        found = module(name)
        assert str(found.__file__).startswith(MADE) and found.__name__ == f"{PACKAGE}.{name}"
        assert found.__spec__.loader is found.__loader__
    assert {name for name in sys.modules if name.split(".")[0] == PACKAGE} >= {PACKAGE}


def test_each_name() -> None:
    for name in chat.__all__:
        assert getattr(chat, name) is getattr(chat, name)
    assert {*chat.__all__} <= {*dir(chat)}
    with pytest.raises(AttributeError, match="has no attribute 'Mistrel'"):
        chat.Mistrel


def test_modules_that_are_public() -> None:
    for name in ("models", "openai", "schema", "testing"):
        assert getattr(chat, name) is module(name) and isinstance(module(name), types.ModuleType)


def test_what_is_not_there() -> None:
    makes_copies = ["embedding", "cli.copies"] if SHAPE != "checkout" else []
    for name in ("three", "client.three", "sse.three", *makes_copies):
        with pytest.raises(ModuleNotFoundError):
            module(name)


def test_an_import_loads_little() -> None:
    show = (
        f"import sys, {PACKAGE}; print(sum(name.startswith('{PACKAGE}') for name in sys.modules))"
    )
    assert int(python("-c", show).stdout) <= 2


def test_an_import_in_a_function() -> None:
    code = (
        f"def f():\n    from {PACKAGE}.sse import EventStreamParser\n    return EventStreamParser\n"
    )
    assert python("-c", f"{code}print(f().__module__)").stdout == f"{PACKAGE}.sse\n"


def test_a_star_import() -> None:
    done = python("-c", f"from {PACKAGE} import *; print(UserMessage(content='Hi').to_json())")
    assert (done.stdout, done.stderr) == ('{"role":"user","content":"Hi"}\n', "")


def test_the_source_of_a_class() -> None:
    assert inspect.getsource(module("sse").EventStreamParser).startswith("class EventStreamParser")
    assert inspect.getsource(module("client.chat")).startswith('"""')


def test_a_traceback_has_the_lines() -> None:
    try:
        chat.UserMessage(content=3)
    except chat.ValidationError:
        text = traceback.format_exc()
    assert "raise ValidationError(" in text


def test_docstrings() -> None:
    stripped = sys.flags.optimize > 1
    for described in (chat.UserMessage, chat.Mistral, module("sse"), module("client.mistral")):
        assert bool(described.__doc__) is not stripped or "(" in str(described.__doc__)


def test_pickles_and_copies() -> None:
    request = chat.ChatCompletionRequest(**HI)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(request, protocol)) == request
    assert copy.deepcopy(request) == copy.copy(request) == request
    assert replace(request, model="n").model == "n"


def test_a_pickle_in_another_process() -> None:
    data = pickle.dumps(chat.UserMessage(content="Hi")).hex()
    done = python("-c", f"import pickle; print(pickle.loads(bytes.fromhex('{data}')).content)")
    assert (done.stdout, done.stderr) == ("Hi\n", "")


def test_annotations_resolve() -> None:
    for name in ("ChatCompletionRequest", "ChatCompletionResponse", "UserMessage", "Tool"):
        cls = getattr(chat, name)
        assert {it.name for it in fields(cls)} <= {*typing.get_type_hints(cls)}
        assert inspect.signature(cls).parameters


def test_a_request() -> None:
    request = chat.ChatCompletionRequest.from_dict(HI)
    assert request.to_dict() == HI and json.loads(request.to_json()) == HI
    assert chat.ChatCompletionRequest.from_json(request.to_json()) == request


def test_a_problem_has_its_path() -> None:
    with pytest.raises(chat.ValidationError) as caught:
        chat.ChatCompletionRequest.from_dict({"messages": [{"role": "robot"}], "modle": "m"})
    assert "messages[0].role" in str(caught.value) and "'model'" in str(caught.value)


def test_events() -> None:
    [event] = chat.EventStreamParser().feed(b"event: a\r\ndata: 1\ndata: 2\n\ndata: 3")
    assert (event.event, event.data) == ("a", "1\n2")


def test_the_schema_of_a_type() -> None:
    assert "content" in chat.schema.json_schema(chat.UserMessage)["properties"]


def test_a_tool_of_a_function() -> None:
    def pour(name: str, glasses: int = 1) -> str:
        """Pour a wine.

        Args:
            name: The name on the bottle.
        """
        return f"{glasses} of {name}"

    tool = chat.Tool.from_function(pour)
    assert tool.function.parameters["required"] == ["name"]
    assert (tool.function.description == "Pour a wine.") is (sys.flags.optimize < 2)


def test_the_format_of_a_type() -> None:
    written = chat.response_format_from_type(Wine).to_dict()
    assert written["json_schema"]["schema"]["properties"]["name"]["type"] == "string"


def test_conversions() -> None:
    request = chat.ChatCompletionRequest(**HI)
    assert (
        chat.ChatCompletionRequest.from_openai(**request.to_openai()).messages == request.messages
    )
    [message] = chat.convert_openai_messages([{"role": "user", "content": "Hi"}])
    assert message == chat.UserMessage(content="Hi")


def test_the_rules_of_a_conversation() -> None:
    request = chat.ChatCompletionRequest(
        model="m", messages=[*HI["messages"], {"role": "tool", "content": "1", "tool_call_id": "1"}]
    )
    errors = chat.check_conversation(request)
    assert [str(error) for error in errors][0].startswith("messages[1].role: ")


def test_batches() -> None:
    lines = [*chat.batch_request_lines([chat.BatchRequest(custom_id="a", body=HI)])]
    assert [it.custom_id for it in chat.read_batch_requests(lines)] == ["a"]


def test_paths_of_the_sdk() -> None:
    for path in ("models", "client", "client.models", "types", "utils", "azure", "gcp", "extra"):
        assert module(path)
    assert module("client").Mistral is chat.Mistral
    assert module("models").UserMessage is module("client.models").UserMessage is chat.UserMessage
    assert module("client.models.usermessage").UserMessage is chat.UserMessage


def test_a_call(client: Any, server: Any) -> None:
    response = client.chat.complete(**HI)
    assert response.choices[0].message.text == "You said: Hi"
    assert pickle.loads(pickle.dumps(response)) == response
    assert server.requests[0].request.messages[0].content == "Hi"


def test_a_stream(client: Any) -> None:
    with client.chat.stream(**HI) as events:
        assert "".join(events.text()) == "You said: Hi"


def test_asyncio(server: Any) -> None:
    async def calls() -> list[str]:
        async with chat.Mistral("k", server_url=server.url) as mistral:
            responses = [await mistral.chat.complete_async(**HI) for _ in range(2)]
            async with await mistral.chat.stream_async(**HI) as events:
                text = "".join([event.text async for event in events])
        return [text, *(response.choices[0].message.text for response in responses)]

    assert asyncio.run(calls()) == ["You said: Hi"] * 3


def test_calls_of_threads(client: Any) -> None:
    with ThreadPoolExecutor(4) as threads:
        responses = [*threads.map(lambda _: client.chat.complete(**HI), range(12))]
    assert {it.choices[0].message.text for it in responses} == {"You said: Hi"}


def test_a_parsed_answer(client: Any, server: Any) -> None:
    server.reply('{"name": "Pommard", "year": 1990}')
    response = client.chat.parse(Wine, **HI)
    assert response.choices[0].message.parsed == Wine("Pommard", 1990)


def test_tools(client: Any, server: Any) -> None:
    def year_of(name: str) -> int:
        return 1990

    call = {"id": "123456789", "function": {"name": "year_of", "arguments": {"name": "Pommard"}}}
    server.reply(chat.AssistantMessage(tool_calls=[call]), "It is of 1990.")
    run = client.chat.run_tools(tools=[year_of], **HI)
    assert run.until_done().choices[0].message.text == "It is of 1990."


def test_a_refused_key(client: Any, server: Any) -> None:
    server.reply(module("testing").ErrorReply(401, "No such key"))
    with pytest.raises(chat.SDKError, match="No such key") as caught:
        client.chat.complete(**HI)
    assert caught.value.status_code == 401


def test_a_stream_that_breaks_off(client: Any, server: Any) -> None:
    server.reply(module("testing").Fault.cut_stream)
    with pytest.raises(chat.IncompleteStreamError), client.chat.stream(**HI) as events:
        for _ in events:
            pass


def test_no_server() -> None:
    with chat.Mistral("k", server_url="http://127.0.0.1:9") as mistral:
        with pytest.raises(chat.NoResponseConnectionError):
            mistral.chat.complete(**HI, retries=None)


def test_without_ssl() -> None:
    with chat.Mistral("k", server_url="https://127.0.0.1:9") as mistral:
        with pytest.raises(chat.MistralError, match="ssl" if "ssl" in SHAPE else "refused"):
            mistral.chat.complete(**HI, retries=None)


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    with pytest.raises(chat.MissingAPIKeyError):
        chat.Mistral().chat.complete(**HI)


def test_the_log(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.chat.complete(**HI)
    assert "chat/completions" in caplog.text and "Bearer k" not in caplog.text


COMMANDS: list[tuple[list[str], str]] = [
    (["--version"], f"{PACKAGE} {chat.__version__}\n"),
    (["validate", "-"], "stdin: a valid ChatCompletionRequest\n"),
    (
        ["convert", "-", "--from", "mistral", "--to", "openai"],
        json.dumps(HI, separators=(",", ":")),
    ),
    (["schema", "UserMessage"], '"content"'),
    (["demo", "--pace", "0"], ""),
]


@pytest.mark.parametrize(("arguments", "shown"), COMMANDS, ids=[it[0][0] for it in COMMANDS])
def test_commands(arguments: list[str], shown: str) -> None:
    done = python("-m", PACKAGE, *arguments, stdin=json.dumps(HI))
    assert done.returncode == 0 and shown in done.stdout


def test_the_help() -> None:
    done = python("-m", PACKAGE, "--help")
    assert done.stdout.startswith(f"usage: python -m {PACKAGE} ")
    assert "validate" in done.stdout
    assert ("vendor" in done.stdout) is (SHAPE == "checkout")


def test_byte_code_is_kept_where_it_can_be() -> None:
    made = Path(MADE)
    kept = list(made.rglob("*.pyc")) if made.is_dir() else []
    assert bool(kept) is (SHAPE in ("bundle", "checkout", "vendored"))
