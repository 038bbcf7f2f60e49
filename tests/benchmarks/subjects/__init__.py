"""What is compared: each module here is one way to do what we do, and says how.

One that needs a package which is not installed is left out, and said to be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tests.benchmarks import payloads

MODEL = payloads.MODEL
QUESTION = "Who is the best French painter? Answer in one short sentence."
MESSAGES = [{"role": "user", "content": QUESTION}]

# Those without a package to install come first.
MODULES = (
    "ours",
    "plain_json",
    "kept_connection",
    "urlopen",
    "msgspec_structs",
    "pydantic_models",
    "mistral_common_models",
    "mistralai_client",
    "openai_client",
)


@dataclass(frozen=True)
class Client:
    """Ready to ask a server again and again.

    Attributes:
        complete: ask for a whole answer; gives its text.
        stream: ask for a stream; gives the text of each event.
        close: no more is asked.
    """

    complete: Callable[[], str | None]
    stream: Callable[[], list[str]]
    close: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class AsyncClient:
    """The same for asyncio, of one event loop."""

    stream: Callable[[], Awaitable[list[str]]]
    close: Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Codec:
    """Reads and writes one kind of document.

    Attributes:
        name: what the tables call it.
        decode: what it reads, as `text` gives it, becomes an object.
        encode: the object becomes JSON text; only where another of the subject's does not.
        text: the bytes that came, as `decode` takes them; not part of what is timed.
        build: messages, typed or as dicts, become a request; only of requests.
    """

    name: str
    decode: Callable[[Any], Any]
    encode: Callable[[Any], str | bytes] | None
    text: Callable[[bytes], Any] = bytes
    build: Callable[[Sequence[Any]], Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One of them; what it has no way to do is left out.

    Attributes:
        name: what the tables call it.
        module: where it is, so that another process finds it.
        distribution: what is given to `pip install`.
        types: a statement that imports all of its types of requests and responses.
        client: statements that import a client and make it.
        first_answer: a program that prints the text of an answer; its argument is the URL.
        first_event: a program that prints the text of a stream's first event.
        function: statements that make a client, and define `answer`: of messages and how many
            milliseconds are left it gives the text; as in a function of AWS Lambda.
        connect: a client of the server at a URL.
        connect_async: the same for asyncio, called in a loop.
        codecs: ways to read and write the documents of `payloads`, by their names.
    """

    name: str
    module: str
    distribution: str | None = None
    types: str | None = None
    client: str | None = None
    first_answer: str | None = None
    first_event: str | None = None
    function: str | None = None
    connect: Callable[[str], Client] | None = None
    connect_async: Callable[[str], AsyncClient] | None = None
    codecs: Mapping[str, Sequence[Codec]] = field(default_factory=dict)


def load(module: str) -> Subject:
    """The subject of a module.

    Raises:
        ImportError: its package is not installed.
    """
    subject = import_module(f"{__name__}.{module}").SUBJECT
    assert isinstance(subject, Subject)
    return subject


def found(modules: Sequence[str] = MODULES) -> tuple[list[Subject], list[str]]:
    """The subjects that can run here, and a line about each that can't."""
    subjects: list[Subject] = []
    absent: list[str] = []
    for module in modules:
        try:
            subjects.append(load(module))
        except ImportError as error:
            absent.append(f"{module} is left out: {error}")
    return subjects, absent


@contextmanager
def connected(subjects: Iterable[Subject], url: str) -> Iterator[dict[str, Client]]:
    """Clients of those that have one, by name, until the end of the block."""
    with ExitStack() as stack:
        clients = {it.name: it.connect(url) for it in subjects if it.connect}
        for client in clients.values():
            stack.callback(client.close)
        yield clients
