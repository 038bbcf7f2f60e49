"""What the options of a client and of a call may be, and what is said of others."""

from __future__ import annotations

import inspect
import math
import ssl
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest

from mistral_proto import UNSET, Clock, Mistral, Timeouts, UrllibTransport, ValidationError
from mistral_proto.client.options import (
    api_key_option,
    callback_option,
    clock_option,
    extra_body_option,
    headers_option,
    reject_unknown,
    server_url_option,
    ssl_context_option,
    timeout_ms_option,
    transport_option,
)
from mistral_proto.client.redaction import Secret
from mistral_proto.retry import DEFAULT_RETRY_CONFIG, as_retry_config
from tests.client.doubles import Double, double_for, good
from tests.client.support import CALLS, URL, client, text_of

SECRET = "s3cret-s3cret"


class Holder:
    """What pydantic's `SecretStr` is to us."""

    def __init__(self, value: object) -> None:
        self._value = value

    def get_secret_value(self) -> object:
        return self._value


class Sends:
    def send(self, request: object) -> None: ...


class ForPlainCalls(Sends):
    def build_request(self) -> None: ...
    def __enter__(self) -> None: ...


class ForAsyncio(Sends):
    def build_request(self) -> None: ...
    def __aenter__(self) -> None: ...


async def coroutine(*_: object) -> None: ...


# -- wrong ones

CHECKS: dict[str, Callable[[Any], object]] = {
    "api_key": api_key_option,
    "server_url": partial(server_url_option, name="server_url"),
    "timeout_ms": timeout_ms_option,
    "retry_config": partial(as_retry_config, name="retry_config"),
    "retries": partial(as_retry_config, name="retries"),
    "http_headers": partial(headers_option, name="http_headers"),
    "proxies": lambda value: UrllibTransport(proxies=value),
    "ssl_context": ssl_context_option,
    "transport": partial(transport_option, client=None),
    "async_transport": partial(transport_option, client=None, prefix="async_"),
    "client": partial(transport_option, None),
    "async_client": partial(transport_option, None, prefix="async_"),
    "before_request": partial(callback_option, name="before_request"),
    "after_response": partial(callback_option, name="after_response"),
    "clock": clock_option,
    "extra_body": extra_body_option,
    "check_conversation": lambda value: Mistral(check_conversation=value),
}

BAD_TRIES: list[tuple[Any, type[Exception]]] = [
    (True, TypeError),
    (-1, ValueError),
    (2.0, TypeError),
    ("3", TypeError),
    ({"max_retries": 3}, TypeError),
    (DEFAULT_RETRY_CONFIG.backoff, TypeError),
]

# The option, what it can't be, and the exception's type; its message names the option, and what
# is said of it there.  None of the messages shows SECRET.
BAD_OPTIONS: list[tuple[str, Any, type[Exception], str]] = [
    ("api_key", 3, TypeError, "get_secret_value"),
    ("api_key", SECRET.encode(), TypeError, "a string"),
    ("api_key", [SECRET], TypeError, "a string"),
    ("api_key", {"key": SECRET}, TypeError, "a string"),
    ("api_key", Holder(SECRET.encode()), TypeError, "a string"),
    ("api_key", Holder(None), TypeError, "a string"),
    ("api_key", f"{SECRET} {SECRET}", ValueError, "printable ASCII"),
    ("api_key", f"{SECRET}\x00", ValueError, "printable ASCII"),
    ("api_key", f"é{SECRET}", ValueError, "printable ASCII"),
    ("api_key", Holder(f"{SECRET}\n{SECRET}"), ValueError, "printable ASCII"),
    ("server_url", 3, TypeError, "a URL"),
    ("server_url", b"https://api.mistral.ai", TypeError, "a URL"),
    ("server_url", ["https://api.mistral.ai"], TypeError, "a URL"),
    ("server_url", "api.mistral.ai", ValueError, "http or https URL"),
    ("server_url", "ftp://api.mistral.ai", ValueError, "http or https URL"),
    ("server_url", "", ValueError, "http or https URL"),
    ("server_url", f"https://user:{SECRET}@host", ValueError, "password"),
    ("server_url", f"user:{SECRET}@host", ValueError, "password"),
    ("server_url", f"https://host?key={SECRET}", ValueError, "query"),
    ("server_url", f"host#{SECRET}", ValueError, "fragment"),
    ("check_conversation", 3, ValueError, "TokenizerVersion"),
    ("check_conversation", "newest", ValueError, "a bool"),
    ("check_conversation", {SECRET: SECRET}, ValueError, "a bool"),
    *[
        ("timeout_ms", value, kind, "milliseconds" if kind is TypeError else "above 0")
        for value, kind in [
            ("5", TypeError),
            (True, TypeError),
            (False, TypeError),
            ([5], TypeError),
            (1j, TypeError),
            (0, ValueError),
            (-0.5, ValueError),
            (math.nan, ValueError),
            (math.inf, ValueError),
            (10**400, ValueError),
            (10**12 + 1, ValueError),
        ]
    ],
    *[
        (name, value, kind, "RetryConfig" if kind is TypeError else "at least 0")
        for name in ("retry_config", "retries")
        for value, kind in BAD_TRIES
    ],
    ("http_headers", "X: 3", TypeError, "a mapping"),
    ("http_headers", [("x-team", SECRET)], TypeError, "a mapping"),
    ("http_headers", {"X": 3}, TypeError, "X in"),
    ("http_headers", {"x-one": "1", "x-two": None}, TypeError, "x-two in"),
    ("http_headers", {"x-team": SECRET.encode()}, TypeError, "x-team in"),
    ("http_headers", {3: "x"}, TypeError, "a string"),
    ("http_headers", {b"x": "x"}, TypeError, "a string"),
    ("http_headers", {"": "x"}, ValueError, "''"),
    ("http_headers", {"-_": "x"}, ValueError, "'-_'"),
    ("http_headers", {f"x: {SECRET}": ""}, ValueError, "'x…'"),
    ("http_headers", {f"x\r\n{SECRET}": ""}, ValueError, "'x…'"),
    ("http_headers", {"x": f"{SECRET}\r\nhost: evil"}, ValueError, "x in"),
    ("http_headers", {"x": f"{SECRET}é"}, ValueError, "x in"),
    ("http_headers", {"x": f"{SECRET}\n"}, ValueError, "x in"),
    ("http_headers", {"Content-Length": "5"}, ValueError, "Content-Length in"),
    ("http_headers", {"transfer-encoding": "x"}, ValueError, "transfer-encoding in"),
    ("proxies", f"http://user:{SECRET}@x", TypeError, "{'https': 'http://proxy:3128'}"),
    ("proxies", [f"http://user:{SECRET}@x"], TypeError, "a mapping"),
    ("proxies", {"http": 3128}, TypeError, "proxies['http']"),
    ("proxies", {"https": None}, TypeError, "proxies['https']"),
    ("proxies", {"https://": f"http://user:{SECRET}@x"}, ValueError, "'https'"),
    ("proxies", {f"http://u:{SECRET}@x": "http"}, ValueError, "'https'"),
    ("proxies", {1: f"http://user:{SECRET}@x"}, ValueError, "'https'"),
    ("ssl_context", "cert.pem", TypeError, "ssl.create_default_context(cafile=…)"),
    ("ssl_context", False, TypeError, "ssl.create_default_context(cafile=…)"),
    ("ssl_context", ssl.SSLContext, TypeError, "ssl.create_default_context(cafile=…)"),
    *[
        (name, value, TypeError, "send, close")
        for name in ("transport", "async_transport")
        for value in (object(), Sends(), UrllibTransport, "httpx", False)
    ],
    ("client", Sends(), TypeError, "build_request, send"),
    ("async_client", "httpx", TypeError, "build_request, send"),
    ("client", ForAsyncio(), TypeError, "plain calls"),
    ("async_client", ForPlainCalls(), TypeError, "asyncio"),
    *[
        (name, value, TypeError, "a plain function")
        for name in ("before_request", "after_response")
        for value in ("log", [print], coroutine, False)
    ],
    ("clock", time, TypeError, "sleep_async"),
    ("clock", Clock, TypeError, "sleep_async"),
    ("clock", 3, TypeError, "sleep_async"),
    ("extra_body", "min_p=1", ValueError, "an object"),
    ("extra_body", [("min_p", 1)], ValueError, "an object"),
    ("extra_body", {1: 2}, ValueError, "a string as the key"),
    ("extra_body", {"min_p": {1, 2}}, ValueError, "extra_body.min_p"),
    ("extra_body", {"min_p": math.nan}, ValueError, "extra_body.min_p"),
    ("extra_body", {"a": {"b": [object()]}}, ValueError, "extra_body.a.b[0]"),
]


@pytest.mark.parametrize(("name", "value", "kind", "words"), BAD_OPTIONS)
def test_a_bad_option(name: str, value: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        CHECKS[name](value)
    assert type(caught.value) in (kind, ValidationError)
    message = str(caught.value)
    assert name in message and words in message
    assert SECRET not in message and len(message) < 300
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_every_option_has_a_bad_value() -> None:
    assert {name for name, *_ in BAD_OPTIONS} == set(CHECKS)


# -- right ones

CONTEXT = ssl.create_default_context()
CLOCK = Clock()
TRANSPORT = UrllibTransport()

# The option, what it may be, and what is made of that.
GOOD_OPTIONS: list[tuple[str, Any, Any]] = [
    ("api_key", SECRET, Secret(SECRET)),
    ("api_key", f" \t{SECRET}\r\n", Secret(SECRET)),
    ("api_key", Holder(SECRET), Secret(SECRET)),
    ("api_key", "", Secret("")),
    ("api_key", 'sk-"quoted"\\and/slashed<&>', Secret('sk-"quoted"\\and/slashed<&>')),
    ("server_url", "https://gateway.example/v1/chat/completions", "https://gateway.example"),
    ("server_url", "https://gateway.example/v1/chat/completions/", "https://gateway.example"),
    ("server_url", "https://gateway.example/v1", "https://gateway.example"),
    ("server_url", "https://gateway.example/v1//", "https://gateway.example"),
    ("server_url", "https://gateway.example/eu/v1/", "https://gateway.example/eu"),
    ("server_url", "https://gateway.example/v1/v1", "https://gateway.example/v1"),
    ("server_url", "https://gateway.example/v12", "https://gateway.example/v12"),
    ("server_url", "https://gateway.example/v1/eu", "https://gateway.example/v1/eu"),
    ("server_url", "https://gateway.example/chat/completions/", "https://gateway.example/chat/completions"),
    ("server_url", "http://v1", "http://v1"),
    ("server_url", "http://v1/v1", "http://v1"),
    ("server_url", "http://[::1]:8000/", "http://[::1]:8000"),
    ("timeout_ms", None, Timeouts()),
    ("timeout_ms", 5, Timeouts(read_ms=5, total_ms=5)),
    ("timeout_ms", 0.5, Timeouts(read_ms=0.5, total_ms=0.5)),
    ("timeout_ms", 10**12, Timeouts(read_ms=10**12, total_ms=10**12)),
    ("timeout_ms", Timeouts(1, 2, 3), Timeouts(1, 2, 3)),
    ("retries", None, DEFAULT_RETRY_CONFIG),
    ("retries", UNSET, DEFAULT_RETRY_CONFIG),
    ("http_headers", None, {}),
    ("http_headers", {}, {}),
    ("http_headers", MappingProxyType({"X-Team": "a b"}), {"x-team": "a b"}),
    ("http_headers", {"X_Snake": "", "x-team": "1", "X-Team": "2"}, {"x_snake": "", "x-team": "2"}),
    ("ssl_context", None, None),
    ("ssl_context", CONTEXT, CONTEXT),
    ("transport", None, None),
    ("transport", TRANSPORT, TRANSPORT),
    ("before_request", None, None),
    ("after_response", print, print),
    ("clock", CLOCK, CLOCK),
    ("extra_body", None, {}),
    ("extra_body", MappingProxyType({"min_p": 0.1, "a": (1, None)}), {"min_p": 0.1, "a": [1, None]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "expected"), GOOD_OPTIONS)
def test_a_good_option(name: str, value: Any, expected: Any) -> None:
    assert CHECKS[name](value) == expected


def test_the_clock_of_the_system() -> None:
    assert type(clock_option(None)) is Clock


@pytest.mark.parametrize("given", [{"x-one": "1"}, {"min_p": [1]}])
def test_mappings_are_copied(given: dict[str, Any]) -> None:
    check: Callable[[Any], Mapping[str, Any]] = (
        extra_body_option if "min_p" in given else lambda v: headers_option(v, "http_headers")
    )
    checked = check(given)
    before = dict(checked)
    given.clear()
    assert checked == before


# -- the key

ENVIRONMENTS = {"key\n": "key", "": "", "  \n": "", None: ""}


@pytest.mark.parametrize(("environment", "key"), ENVIRONMENTS.items())
def test_the_key_of_the_environment(
    environment: str | None, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    if environment is not None:
        monkeypatch.setenv("MISTRAL_API_KEY", environment)
    assert api_key_option(None) == Secret(key)
    assert api_key_option("other") == Secret("other")


def test_a_function_gives_the_key_of_its_time() -> None:
    keys = iter([SECRET, Holder(f"{SECRET}-2\n"), 3, "two words"])
    ask = api_key_option(lambda: next(keys))
    assert not isinstance(ask, Secret)
    assert [ask(), ask()] == [Secret(SECRET), Secret(f"{SECRET}-2")]
    for kind in (TypeError, ValueError, StopIteration):
        with pytest.raises(kind):
            ask()


@pytest.mark.parametrize("key", [f"{SECRET} {SECRET}", SECRET.encode(), Holder(f"{SECRET} x")])
@pytest.mark.parametrize("by_a_function", [False, True])
def test_no_local_variable_shows_a_bad_key(key: Any, by_a_function: bool) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        given = api_key_option((lambda: key) if by_a_function else key)
        given() if not isinstance(given, Secret) else None
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    shown = [repr(value) for frame in frames for value in frame.f_locals.values()]
    assert shown and SECRET not in "".join(shown)


# -- options that there are not


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("debug_logger", "level of the logger"),
        ("server", "server_url="),
        ("url_params", "server_url="),
        ("sever_url", "did you mean 'server_url'?"),
        ("retries", "retry_config="),
        ("apikey", "did you mean 'api_key'?"),
        ("timeout", "did you mean 'timeout_ms'?"),
        ("frobnicate", "'frobnicate'"),
    ],
)
def test_a_foreign_option(name: str, words: str) -> None:
    with pytest.raises(TypeError) as caught:
        reject_unknown({name: SECRET}, inspect.signature(Mistral).parameters)
    assert repr(name) in str(caught.value) and words in str(caught.value)
    assert SECRET not in str(caught.value)


def test_no_foreign_options() -> None:
    reject_unknown(dict.fromkeys(["debug_logger", "server", "url_params"]), {})


# -- through a client and its calls

OF_A_CALL = {"server_url", "timeout_ms", "retries", "http_headers", "extra_body", "max_gathered"}
BAD_SIZES: list[tuple[str, Any, type[Exception], str]] = [
    ("max_gathered", "1", TypeError, ""),
    ("max_gathered", True, TypeError, ""),
    ("max_gathered", 1.5, TypeError, ""),
    ("max_gathered", -1, ValueError, ""),
    ("extra_fields", "keep", ValueError, "'drop'"),
    ("extra_fields", {SECRET: SECRET}, ValueError, "'drop'"),
]


@pytest.mark.parametrize(("name", "value", "kind", "words"), [*BAD_OPTIONS, *BAD_SIZES])
def test_of_a_client(name: str, value: Any, kind: type[Exception], words: str) -> None:
    if name == "retries" or callable(value) and name == "api_key":
        return  # which is an option of a call, and is asked when one is made
    with pytest.raises(kind) as caught:
        Mistral(**{"api_key": "k", "server_url": URL, name: value})
    assert name in str(caught.value) and words in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_of_a_call(call: str) -> None:
    double = double_for(call)
    for name, value, kind, words in [*BAD_OPTIONS, *BAD_SIZES]:
        if name not in OF_A_CALL:
            continue
        with pytest.raises(kind) as caught:
            CALLS[call](client(double), **{name: value})
        assert name in str(caught.value) and words in str(caught.value)
    assert double.requests == []


@pytest.mark.parametrize("name", ["debug_logger", "server", "timeout"])
def test_foreign_options_of_a_client(name: str) -> None:
    options: dict[str, Any] = {name: object()}
    with pytest.raises(TypeError, match=repr(name)):
        Mistral("k", **options)


def test_none_is_not_given() -> None:
    names = OF_A_CALL - {"retries"} | {"retry_config", "proxies", "ssl_context", "transport"}
    options: dict[str, Any] = dict.fromkeys(names)
    assert repr(Mistral("k", **options)) == repr(Mistral("k"))
    double = Double(good("complete"))
    assert text_of(CALLS["complete"](client(double), **dict.fromkeys(OF_A_CALL))) == "Bonjour"


def test_a_half_made_client_can_be_shown() -> None:
    assert repr(Mistral.__new__(Mistral)) == "Mistral()"


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_ends_of_the_url(end: str) -> None:
    for call in ("complete", "stream_async"):
        double = double_for(call, good(call), good(call))
        CALLS[call](client(double, server_url=URL + "/proxy" + end))
        CALLS[call](client(double), server_url=URL + "/proxy" + end)
        assert {request.url for request in double.requests} == {URL + "/proxy/v1/chat/completions"}
