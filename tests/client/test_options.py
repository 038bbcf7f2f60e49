"""The options of a client and of a call: what is accepted, and the error for anything else."""

from __future__ import annotations

import math
import ssl
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from itertools import product
from types import MappingProxyType
from typing import Any

import pytest

import mistral_proto as mp
from tests.client.doubles import Double, Reply, double_for, good
from tests.client.faults.servers import PATH, FaultServer
from tests.client.support import (
    ALL,
    CALLS,
    KEY,
    ONCE,
    RETRIES,
    STREAMS,
    URL,
    Says,
    client,
    complete,
    end_of,
    every_call,
    failure,
    shown,
)

SECRET = "s3cret-s3cret"


class Holder:
    """A string that is hidden, as by pydantic's `SecretStr`."""

    def __init__(self, value: object) -> None:
        self._value = value

    def get_secret_value(self) -> object:
        return self._value


class ForPlainCalls:
    def send(self, request: object) -> None: ...
    def build_request(self) -> None: ...
    def __enter__(self) -> None: ...


class ForAsyncio:
    def send(self, request: object) -> None: ...
    def build_request(self) -> None: ...
    def __aenter__(self) -> None: ...


async def coroutine(*_: object) -> None: ...


NOT_HTTP = ["", "api.mistral.ai", "ftp://api.mistral.ai", "http://", "http://api.mistral.ai:99999",
    "http://[::1", "http://api..mistral.ai", "http://api.mistral.ai/é", "http://api.mistral.ai/a b"]  # fmt: skip
SPLIT_URLS = """http://user@api.mistral.ai http://user:s3cret-s3cret@api.mistral.ai
    http://evil.example\\@api.mistral.ai http://api.mistral.ai? http://api.mistral.ai/#a
    user:s3cret-s3cret@host https://host?key=s3cret-s3cret host#s3cret-s3cret""".split()
# Each option with values of a wrong type, and values that are wrong in another way.
WRONG: list[tuple[str, list[Any], list[Any]]] = [
    ("api_key", [3, SECRET.encode(), [SECRET], {"key": SECRET}, Holder(SECRET.encode()), Holder(None)],
        [f"{SECRET} {SECRET}", f"{SECRET}\x00", f"é{SECRET}", Holder(f"{SECRET}\n{SECRET}")]),
    ("server_url", [3, b"https://api.mistral.ai", ["https://api.mistral.ai"]],
        [*NOT_HTTP, *SPLIT_URLS]),
    ("check_conversation", [], [3, "newest", "v4", "", "15", 15, {SECRET: SECRET}]),
    ("timeout_ms", ["5", True, False, [5], 1j],
        [0, -1, -0.5, math.nan, math.inf, -math.inf, 10**400, 10**12 + 1]),
    *[(name, [True, 2.0, "3", {"max_retries": 3}, ONCE.backoff], [-1])
        for name in ("retry_config", "retries")],
    ("http_headers", ["X: 3", [("x-team", SECRET)], {"X": 3}, {"x-one": "1", "x-two": None},
        {"x-team": SECRET.encode()}, {3: "x"}, {b"x": "x"}],
        [{"": "x"}, {"-_": "x"}, {"a b": "x"}, {"é": "x"}, {f"x: {SECRET}": ""},
            {f"x\r\n{SECRET}": ""}, {"ok": "1", "x": f"{SECRET}\r\nhost: evil"}, {"x": f"{SECRET}é"},
            {"x": f"{SECRET}\n"}, {"x": f"{SECRET}\0"}, {"x": f"{SECRET}\x7f"}, {"x": f"{SECRET}\t"},
            {"Content-Length": "5"}, {"transfer-encoding": "x"}]),
    ("proxies", [f"http://user:{SECRET}@x", [f"http://user:{SECRET}@x"], {"http": 3128}, {"https": None}],
        [{"https://": f"http://user:{SECRET}@x"}, {f"http://u:{SECRET}@x": "http"},
            {1: f"http://user:{SECRET}@x"}]),
    ("ssl_context", ["cert.pem", False, ssl.SSLContext], []),
    *[(name, [object(), ForAsyncio(), mp.UrllibTransport, "httpx", False], [])
        for name in ("transport", "async_transport")],
    ("client", [Double(), ForAsyncio()], []),
    ("async_client", ["httpx", ForPlainCalls()], []),
    *[(name, ["log", [print], coroutine, False], []) for name in ("before_request", "after_response")],
    ("clock", [time, mp.Clock, 3], []),
    ("extra_body", [], ["min_p=1", [("min_p", 1)], {1: 2}, {"min_p": {1, 2}}, {"min_p": math.nan},
        {"a": {"b": [object()]}}]),
    ("max_gathered", ["1", True, 1.5], [-1]),
    ("extra_fields", [], ["keep", {SECRET: SECRET}]),
]  # fmt: skip
OF_A_CALL = {"server_url", "timeout_ms", "retries", "http_headers", "extra_body", "max_gathered"}


def test_a_wrong_option_is_an_error_that_names_it() -> None:
    doubles = {name: double_for(name) for name in ALL}
    for option, types, values in WRONG:
        cases = [(value, TypeError) for value in types] + [(value, ValueError) for value in values]
        makers: list[Callable[..., object]] = []
        if option != "retries":
            makers.append(lambda **given: mp.Mistral(**{"api_key": "k", **given}))
        if option in OF_A_CALL:
            makers += [partial(CALLS[name], client(doubles[name])) for name in ALL]
        for (value, kind), make in product(cases, makers):
            with pytest.raises(kind) as caught:
                make(**{option: value})
            error, message = caught.value, str(caught.value)
            assert option in message and SECRET not in message and len(message) < 300
            assert not isinstance(error, UnicodeError)
            assert error.__context__ is None or error.__suppress_context__
    assert all(double.requests == [] for double in doubles.values())
    with pytest.raises(mp.ValidationError) as invalid:
        mp.Mistral("k", extra_body={"a": {"b": [object()]}})
    assert invalid.value.problems[0].path == ("extra_body", "a", "b", 0)


def test_wrong_parts_of_timeouts() -> None:
    for part in ("connect_ms", "read_ms", "total_ms"):
        for value in (0, -1, math.nan, math.inf, 10**12 + 1, "5"):
            with pytest.raises((TypeError, ValueError), match=part):
                mp.Timeouts(**{part: value})  # type: ignore[arg-type]
        assert getattr(mp.Timeouts(**{part: 0.5}), part) == 0.5
    assert mp.Timeouts(1, 2, 3) == mp.Timeouts(connect_ms=1, read_ms=2, total_ms=3)


def test_options_that_do_not_exist() -> None:
    hints = {
        "debug_logger": "level of the logger",
        "server": "server_url=",
        "retries": "retry_config=",
        "sever_url": "did you mean 'server_url'?",
        "frobnicate": "'frobnicate'",
    }
    for name, hint in hints.items():
        options: dict[str, Any] = {name: SECRET}
        with pytest.raises(TypeError) as caught:
            mp.Mistral("k", **options)
        assert repr(name) in str(caught.value) and hint in str(caught.value)
        assert SECRET not in str(caught.value)
    accepted: dict[str, Any] = dict.fromkeys(["debug_logger", "server", "url_params"])
    mp.Mistral("k", **accepted)


def test_a_transport_has_its_own_options() -> None:
    own: list[dict[str, Any]] = [{"proxies": {}}, {"ssl_context": ssl.create_default_context()}]
    for options in [*own, {"client": ForPlainCalls()}]:
        with pytest.raises(ValueError, match="transport"):
            mp.Mistral(KEY, transport=Double(), **options)
    with pytest.raises(ValueError, match="transport"):
        mp.Mistral(KEY, client=ForPlainCalls(), proxies={})  # type: ignore[arg-type]


def test_a_wrong_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    makers: list[Callable[[], object]] = [mp.Mistral]
    monkeypatch.setenv("MISTRAL_API_KEY", f"é{SECRET}")
    keys: list[Any] = [f"{SECRET} x", f"{SECRET}\ud800", SECRET.encode(), Holder(f"{SECRET} x")]
    for key in keys:
        makers.append(partial(mp.Mistral, key))
        makers.append(partial(complete, client(Double(), api_key=lambda key=key: key)))
    for make in makers:
        with pytest.raises((TypeError, ValueError)) as caught:
            make()
        # The constructor's own frame has its argument.
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        ours = [f for f in frames if f.f_globals["__name__"].endswith("client.options")]
        texts = [repr(value) for frame in ours for value in frame.f_locals.values()]
        assert texts and SECRET not in "".join(texts) + shown(caught.value)


def test_none_and_right_values() -> None:
    names = OF_A_CALL - {"retries"} | {"retry_config", "proxies", "ssl_context", "transport"}
    mp.Mistral("k", **dict.fromkeys(names))  # type: ignore[arg-type]
    mp.Mistral(
        "k", retry_config=mp.UNSET, ssl_context=ssl.create_default_context(), clock=mp.Clock()
    )
    for milliseconds in (1, 0.5, 10**12, mp.Timeouts(1, 2, 3)):
        mp.Mistral("k", timeout_ms=milliseconds)
    assert complete(client(Double(good("complete"))), **dict.fromkeys(OF_A_CALL)).text == "Bonjour"
    assert repr(mp.Mistral.__new__(mp.Mistral)) == "Mistral()"


URLS = {
    "https://api.mistral.ai///": "https://api.mistral.ai",
    "HTTPS://Gateway.Example": "HTTPS://Gateway.Example",
    "https://gateway.example/v1/chat/completions/": "https://gateway.example",
    "https://gateway.example/v1//": "https://gateway.example",
    "https://gateway.example/eu/v1/": "https://gateway.example/eu",
    "https://gateway.example/v1/v1": "https://gateway.example/v1",
    "https://gateway.example/v12": "https://gateway.example/v12",
    "https://gateway.example/v1/eu": "https://gateway.example/v1/eu",
    "https://gateway.example/chat/completions": "https://gateway.example/chat/completions",
    "http://v1": "http://v1",
    "http://[::1]:8000/": "http://[::1]:8000",
}


def test_urls_of_servers() -> None:
    for given, kept in URLS.items():
        assert repr(mp.Mistral(KEY, server_url=given)) == f"Mistral(server_url={kept!r})"
    for name in ALL:
        double = double_for(name, good(name), good(name))
        CALLS[name](client(double, server_url=f"{URL}/proxy/v1/"))
        CALLS[name](client(double), server_url=f"{URL}/proxy/v1/")
        assert {request.url for request in double.requests} == {f"{URL}/proxy{PATH}"}


def test_ipv6() -> None:
    try:
        server = FaultServer(host="::1").__enter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with client(server) as mistral:
        end_of("complete", mistral).check(Says())
    assert server.received[0].headers["host"] == f"[::1]:{server.port}"
    server.__exit__()


# The headers of the client, those of the call, and what is sent.
HEADERS: list[tuple[Any, Any, dict[str, str]]] = [
    (None, MappingProxyType({"X-One": "1"}), {"x-one": "1"}),
    ({"X-One": "1"}, {"x-ONE": "2"}, {"x-one": "2"}),
    ({"X-One": "1"}, {"X_Two": ""}, {"x-one": "1", "x_two": ""}),
    ({"x-team": "1", "X-Team": "2"}, None, {"x-team": "2"}),
    ({"USER-agent": "mine"}, {"Accept": "*/*"}, {"user-agent": "mine", "accept": "*/*"}),
    (None, {"CONTENT-Type": "application/json; x"}, {"content-type": "application/json; x"}),
    ({"authorization": "Basic x"}, {"Authorization": "Basic y"}, {"authorization": "Basic y"}),
]


@every_call
def test_headers(name: str) -> None:
    double = double_for(name, good(name))
    CALLS[name](client(double))
    python = ".".join(map(str, sys.version_info[:3]))
    assert double.requests[0].headers == {
        "accept": "text/event-stream" if name in STREAMS else "application/json",
        "accept-encoding": "identity" if name in STREAMS else "gzip, deflate",
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "user-agent": f"mistral-proto/{mp.__version__} python/{python}",
    }
    for of_client, of_call, sent in HEADERS:
        double = double_for(name, good(name))
        CALLS[name](client(double, http_headers=of_client), http_headers=of_call)
        headers = double.requests[0].headers
        assert {header: headers[header] for header in sent} == sent
        assert (KEY in str(headers)) == ("Basic" not in str(sent))


def test_mappings_are_copied() -> None:
    headers, extra = {"x-one": "1"}, {"min_p": [1]}
    double = Double(good("complete"))
    mistral = client(double, http_headers=headers, extra_body=extra)
    headers["x-one"], extra["min_p"][0] = "2", 2
    complete(mistral)
    assert double.requests[0].headers["x-one"] == "1"
    assert b'"min_p":[1]' in double.requests[0].body


@every_call
def test_an_option_of_the_call_replaces_that_of_the_client(name: str) -> None:
    for of_client, of_call, attempts in (
        (ONCE, RETRIES, 3),
        (RETRIES, ONCE, 1),
        (ONCE, mp.UNSET, 1),
        (0, 2, 3),
        (2, False, 1),
    ):
        double = double_for(name, *[Reply(status=503) for _ in range(3)])
        error = failure(CALLS[name], client(double, retry_config=of_client), retries=of_call)
        assert (error.status_code, error.tries, len(double.requests)) == (503, attempts, attempts)


def test_python_without_ssl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ssl")
    with pytest.raises(TypeError, match="ssl_context"):
        mp.Mistral("k", ssl_context="cert.pem")  # type: ignore[arg-type]
