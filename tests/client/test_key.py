"""The API key reaches the server, and nothing else that anyone may read."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from collections.abc import Callable, Iterator

import pytest

from mistral_proto import (
    HTTPValidationError,
    IncompleteStreamError,
    MissingAPIKeyError,
    Mistral,
    MistralError,
    NoResponseError,
    ResponseValidationError,
    SDKError,
    StreamError,
    ValidationError,
)
from mistral_proto.testing import ErrorReply, ErrorShape, Fault, MockServer
from tests.client.support import (
    CALLS,
    DONE,
    KEY,
    STREAM_HEAD,
    Call,
    ScriptedServer,
    answer,
    assert_all_closed,
    client,
    complete,
    failure,
    piece,
    stream,
)

PLAIN_KEY = "sk0123456789abcdefghijklmnopqrstuv"  # a real one's alphabet, shorter than an excerpt
ODD_KEY = 'sk-"quoted"\\and/slashed<&>'
KEYS = {"plain": PLAIN_KEY, "long": KEY, "odd": ODD_KEY}


def _quoted(text: str) -> str:
    return json.dumps(text)


def _slashes_escaped(text: str) -> str:
    """As PHP's json_encode writes it."""
    return json.dumps(text).replace("/", "\\/")


def _all_escaped(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'


# A key, and how a server writes it in its JSON.
SPELLINGS: dict[str, tuple[str, Callable[[str], str]]] = {
    "plainly": (PLAIN_KEY, _quoted),
    "plainly, longer than an excerpt": (KEY, _quoted),
    "slashes escaped": (KEY, _slashes_escaped),
    "quotes escaped": (ODD_KEY, _quoted),
    "all escaped": (PLAIN_KEY, _all_escaped),
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what caused it, as logs show them."""
    while True:
        yield error
        if error.__cause__ is None:
            return
        error = error.__cause__


def shown(error: BaseException) -> str:
    """All that any log of an exception may hold."""
    texts = []
    for one in chain(error):
        texts += [str(one), repr(one), repr(one.args), *map(str, one.args), repr(vars(one))]
        for value in vars(one).values():
            texts += [str(value), repr(value)]
            to_dict = getattr(value, "to_dict", None)
            texts.append(repr(to_dict() if to_dict else None))
        if isinstance(one, ValidationError):
            texts += [text for problem in one.problems for text in (problem.got, problem.expected)]
        texts.append(repr(pickle.dumps(one, 0)))
    texts += traceback.format_exception(type(error), error, error.__traceback__)
    return "\n".join(texts)


def assert_hidden(error: MistralError, key: str) -> None:
    seen = shown(error)
    for text in {key, repr(key)[1:-1], json.dumps(key)[1:-1], repr(repr(key))[2:-2]}:
        assert text not in seen
    # Nor a part of it that is long enough to be worth something.
    assert key[:12] not in seen
    assert key[-12:] not in seen


any_key = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
any_spelling = pytest.mark.parametrize(("key", "write"), SPELLINGS.values(), ids=SPELLINGS)


@any_key
def test_a_client_shows_no_key(key: str) -> None:
    mistral = Mistral(key, server_url="http://127.0.0.1:1")
    for text in (
        repr(mistral),
        str(mistral),
        f"{mistral!r:>5}",
        repr(mistral.chat),
        repr([mistral]),
    ):
        assert key not in text
    assert repr(mistral) == "Mistral(server_url='http://127.0.0.1:1')"


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, *[lambda v, p=p: pickle.dumps(v, p) for p in range(6)]],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize("what", ["client", "chat"])
def test_a_client_is_not_pickled(duplicate: Callable[[object], object], what: str) -> None:
    mistral = Mistral(KEY)
    if what == "chat" and duplicate is copy.copy:
        return  # which shares the client, and writes nothing anywhere
    with pytest.raises(TypeError, match="can't be pickled") as caught:
        duplicate(mistral if what == "client" else mistral.chat)
    assert KEY not in shown(caught.value)


# -- where the key comes from


@pytest.mark.parametrize(
    ("given", "environment", "sent"),
    [
        pytest.param("argument", None, "Bearer argument", id="argument"),
        pytest.param(None, "environ", "Bearer environ", id="environment"),
        pytest.param("argument", "environ", "Bearer argument", id="argument over environment"),
        pytest.param(" \tkey\r\n", None, "Bearer key", id="stripped"),
        pytest.param(None, "key\n", "Bearer key", id="stripped, of the environment"),
        pytest.param("", "environ", None, id="an empty argument is no key"),
        pytest.param(None, None, None, id="nothing"),
        pytest.param(None, "", None, id="empty environment"),
        pytest.param(None, "  \n", None, id="blank environment"),
        pytest.param(ODD_KEY, None, f"Bearer {ODD_KEY}", id="any printable ASCII"),
    ],
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_where_the_key_comes_from(
    call: Call,
    given: str | None,
    environment: str | None,
    sent: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if environment is not None:
        monkeypatch.setenv("MISTRAL_API_KEY", environment)
    with MockServer() as server, Mistral(given, server_url=server.url) as mistral:
        if sent is None:  # the mock server wants one; another server may not
            assert failure(call, mistral).status_code == 401
        else:
            call(mistral)
        assert server.requests[0].headers.get("authorization") == sent


@pytest.mark.parametrize(
    "key", ["se cret", "se\tcret", "se\ncret", "se\x00cret", "se\x7fcret", "secrét", "se\ud800cret"]
)
@pytest.mark.parametrize("from_environment", [False, True])
def test_a_bad_key_is_refused_and_not_shown(
    key: str, from_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if from_environment:
        if "\0" in key or "\ud800" in key:
            return  # no environment can hold it
        monkeypatch.setenv("MISTRAL_API_KEY", key)
    with pytest.raises(ValueError, match="^api_key must be printable ASCII") as caught:
        Mistral(None if from_environment else key)
    seen = shown(caught.value)
    assert key not in seen
    assert repr(key)[1:-1] not in seen


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_mistral_itself_needs_a_key(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer() as server:
        monkeypatch.setattr("mistral_proto.client.mistral.DEFAULT_SERVER_URL", server.url)
        with Mistral() as mistral:
            for url in (None, server.url, server.url + "/"):
                error = failure(call, mistral, server_url=url)
                assert type(error) is MissingAPIKeyError
                assert str(error) == "no API key: pass api_key=… or set MISTRAL_API_KEY"
                assert (error.status_code, error.headers, error.body) == (0, {}, "")
            assert server.connections == 0
            # Who brings an authorization of their own needs no key.
            call(mistral, http_headers={"Authorization": "Bearer own"})
            assert server.requests[0].headers["authorization"] == "Bearer own"


# -- a server that says the key back


@any_spelling
@pytest.mark.parametrize("status", [401, 422])
@pytest.mark.parametrize(
    "template",
    [
        '{"message": %s}',
        '{"detail": %s}',
        '{"error": {"message": %s}}',
        '{"detail": [{"loc": ["header", %s], "msg": %s, "type": "x", "input": %s}]}',
        '{"object": "error", "message": {"detail": [{"loc": [], "msg": %s, "type": %s}]}}',
        '{"message": "Bad", "headers": {"authorization": %s}}',
        '{"message": "Bad", %s: 1}',
        "no JSON: %s",
        "<title>%s</title>",
    ],
)
def test_an_error_body(key: str, write: Callable[[str], str], status: int, template: str) -> None:
    body = template.replace("%s", write(f"Bearer {key}"))
    with ScriptedServer(answer(status, body.encode())) as server:
        with client(server, api_key=key) as mistral:
            error = failure(complete, mistral)
    assert type(error) is (HTTPValidationError if status == 422 else SDKError)
    assert_hidden(error, key)


@pytest.mark.parametrize("shape", ErrorShape)
def test_the_key_is_marked_where_it_stood(shape: ErrorShape) -> None:
    reply = ErrorReply(401, f"No such key: {PLAIN_KEY}!", shape)
    with MockServer([reply]) as server, client(server, api_key=PLAIN_KEY) as mistral:
        error = failure(complete, mistral)
    assert str(error) == "401 Unauthorized: No such key: [API key]!"
    assert "No such key: [API key]!" in error.body


@any_key
@pytest.mark.parametrize("status", [200, 302, 401])
@pytest.mark.parametrize("name", ["x-echo", "location", "content-type"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_header(call: Call, key: str, status: int, name: str) -> None:
    script = answer(status, b"[]", f"{name}: a {key} b")
    with ScriptedServer(script) as server, client(server, api_key=key) as mistral:
        error = failure(call, mistral)
    assert error.status_code == status
    assert error.headers[name] == "a [API key] b"
    assert_hidden(error, key)


@any_spelling
@pytest.mark.parametrize(
    "template",
    [
        '{"id": 1, "model": %s, "choices": %s}',
        '{"id": "1", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": [%s]}}]}',
        '{"id": "1", "model": "m", "choices": [{"index": 0, "message": %s}]}',
        '{"id": "1", "created": 1, "model": "m", "choices": {%s: 1}}',
        "%s",
        "[%s]",
        "{%s",
    ],
)
def test_a_whole_answer_that_is_none(key: str, write: Callable[[str], str], template: str) -> None:
    body = template.replace("%s", write(key))
    with ScriptedServer(answer(200, body.encode())) as server:
        with client(server, api_key=key) as mistral:
            error = failure(complete, mistral)
    assert type(error) is ResponseValidationError
    assert isinstance(error.cause, ValidationError)
    assert_hidden(error, key)


EVENTS: list[tuple[str, type[MistralError]]] = [
    ('event: error\ndata: {"message": %s}\n\n', StreamError),
    ("event: error\ndata: %s\n\n", StreamError),
    ('data: {"error": {"message": %s}}\n\n', StreamError),
    ('data: {"object": "error", "message": %s}\n\n', StreamError),
    ('data: {"id": "1", "model": "m", "choices": %s}\n\n', ResponseValidationError),
    (
        'data: {"id": "1", "model": "m", "choices": [{"index": 0, "delta": %s}]}\n\n',
        ResponseValidationError,
    ),
    ("data: {%s\n\n", ResponseValidationError),
]


@any_spelling
@pytest.mark.parametrize(("template", "kind"), EVENTS, ids=[text for text, _ in EVENTS])
def test_an_event(
    key: str, write: Callable[[str], str], template: str, kind: type[MistralError]
) -> None:
    event = template.replace("%s", write(key)).encode()
    with ScriptedServer(STREAM_HEAD + piece("a") + event + DONE) as server:
        with client(server, api_key=key) as mistral:
            error = failure(stream, mistral)
    assert type(error) is kind
    assert_hidden(error, key)


@pytest.mark.parametrize(
    "end", [b"", b'event: error\ndata: {"message": "x"}\n\n'], ids=["cut", "error"]
)
def test_what_had_arrived(end: bytes) -> None:
    # A model may repeat what it was told; a log of an error is not to.
    with ScriptedServer(STREAM_HEAD + piece(f"Your key is {PLAIN_KEY}.") + end) as server:
        with client(server, api_key=PLAIN_KEY) as mistral:
            error = failure(stream, mistral)
    assert isinstance(error, StreamError)
    assert error.partial is not None
    assert_hidden(error, PLAIN_KEY)


@any_key
def test_no_stream_at_all(key: str) -> None:
    script = answer(200, f"<p>{key}</p>".encode(), "content-type: text/html")
    with ScriptedServer(script) as server, client(server, api_key=key) as mistral:
        error = failure(stream, mistral)
    assert type(error) is ResponseValidationError
    assert error.body == "<p>[API key]</p>"
    assert_hidden(error, key)


@any_key
@pytest.mark.parametrize(
    "script",
    ["%s\r\n\r\n", "HTTP/1.1 %s\r\n\r\n", "HTTP/9.9 200 %s\r\n\r\n", "HTTP/1.1 200 OK\r\n%s"],
)
def test_no_http_at_all(key: str, script: str) -> None:
    with ScriptedServer(script.replace("%s", key).encode()) as server:
        with client(server, api_key=key) as mistral:
            error = failure(complete, mistral)
    assert isinstance(error, (NoResponseError, ResponseValidationError))
    assert_hidden(error, key)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_fault(call: Call, fault: Fault) -> None:
    with MockServer([fault]) as server, client(server, timeout_ms=100) as mistral:
        error = failure(call, mistral)
        assert_all_closed(server)
    if isinstance(error, IncompleteStreamError):
        assert error.partial is not None
    assert_hidden(error, KEY)


def test_the_context_of_an_exception() -> None:
    # A tracker of errors may walk `__context__` too, whatever `__suppress_context__` says.
    body = json.dumps({"id": "1", "choices": PLAIN_KEY}).encode()
    with ScriptedServer(answer(200, body)) as server:
        with client(server, api_key=PLAIN_KEY) as mistral:
            error: BaseException | None = failure(complete, mistral)
    while error is not None:
        assert PLAIN_KEY not in f"{error!s} {error!r}"
        error = error.__context__
