"""Transports, timeouts, retries and hooks."""

import json
import ssl
import urllib.request
from collections.abc import AsyncIterator

from typing_extensions import assert_type

import mistral_proto as m

choice = {"index": 0, "message": {"content": "Bonjour"}, "finish_reason": "stop"}
ANSWER = json.dumps({"model": "m", "choices": [choice]}).encode()


class Canned:
    failures = (EOFError,)

    def send(self, request: m.HTTPRequest) -> m.HTTPResponse:
        assert_type(request.url, str)
        assert_type(request.body, bytes)
        return m.HTTPResponse(200, {}, [ANSWER])

    def close(self) -> None:
        pass


class AsyncCanned:
    failures: tuple[type[Exception], ...] = ()

    async def send(self, request: m.HTTPRequest) -> m.AsyncHTTPResponse:
        async def body() -> AsyncIterator[bytes]:
            yield ANSWER

        return m.AsyncHTTPResponse(200, {}, body())

    async def close(self) -> None:
        pass


class FastClock(m.Clock):
    def sleep(self, seconds: float) -> None:
        print(f"no wait of {seconds} s")


def log(request: m.HTTPRequest, info: m.ResponseInfo) -> None:
    print(request.method, info.status_code, info.tries)


def with_a_header(request: m.HTTPRequest) -> m.HTTPRequest | None:
    return None


transport: m.Transport = Canned()
async_transport: m.AsyncTransport = AsyncCanned()
with m.Mistral(
    api_key=lambda: "any",
    transport=transport,
    async_transport=async_transport,
    timeout_ms=m.Timeouts(connect_ms=2_000, total_ms=60_000),
    retry_config=m.RetryConfig(
        "backoff",
        m.BackoffStrategy(
            initial_interval=500, max_interval=8_000, exponent=2, max_elapsed_time=30_000
        ),
        retry_connection_errors=True,
    ),
    clock=FastClock(),
    before_request=with_a_header,
    after_response=log,
) as mistral:
    res = mistral.chat.complete(
        model="m",
        messages=[m.UserMessage(content="Hi")],
        timeout_ms=1_000,
        http_headers={"x-trace": "1"},
    )
    assert res.choices[0].message.text == "Bonjour"

handler = m.KeepAliveHandler(context=ssl.create_default_context())
opener = urllib.request.build_opener(handler)
m.Mistral("any", transport=m.UrllibTransport(opener=opener)).close()
