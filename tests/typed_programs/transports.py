"""Other ways to the server, time limits, tries, and what is told of each request."""

import json
import ssl
import urllib.request
from collections.abc import AsyncIterator

from typing_extensions import assert_type

from mistral_proto import (
    AsyncHTTPResponse,
    AsyncTransport,
    BackoffStrategy,
    Clock,
    HTTPRequest,
    HTTPResponse,
    KeepAliveHandler,
    Mistral,
    ResponseInfo,
    RetryConfig,
    Timeouts,
    Transport,
    UrllibTransport,
    UserMessage,
)

choice = {"index": 0, "message": {"content": "Bonjour"}, "finish_reason": "stop"}
ANSWER = json.dumps({"model": "m", "choices": [choice]}).encode()


class Canned:
    failures = (EOFError,)

    def send(self, request: HTTPRequest) -> HTTPResponse:
        assert_type(request.url, str)
        assert_type(request.body, bytes)
        return HTTPResponse(200, {}, [ANSWER])

    def close(self) -> None:
        pass


class AsyncCanned:
    failures: tuple[type[Exception], ...] = ()

    async def send(self, request: HTTPRequest) -> AsyncHTTPResponse:
        async def body() -> AsyncIterator[bytes]:
            yield ANSWER

        return AsyncHTTPResponse(200, {}, body())

    async def close(self) -> None:
        pass


class Hurried(Clock):
    def sleep(self, seconds: float) -> None:
        print(f"(as if {seconds} s had passed)")


def tell(request: HTTPRequest, info: ResponseInfo) -> None:
    print(request.method, info.status_code, info.tries)


def with_a_header(request: HTTPRequest) -> HTTPRequest | None:
    return None


transport: Transport = Canned()
async_transport: AsyncTransport = AsyncCanned()
with Mistral(
    api_key=lambda: "any",
    transport=transport,
    async_transport=async_transport,
    timeout_ms=Timeouts(connect_ms=2_000, total_ms=60_000),
    retry_config=RetryConfig(
        "backoff",
        BackoffStrategy(
            initial_interval=500, max_interval=8_000, exponent=2, max_elapsed_time=30_000
        ),
        retry_connection_errors=True,
    ),
    clock=Hurried(),
    before_request=with_a_header,
    after_response=tell,
) as mistral:
    res = mistral.chat.complete(
        model="m",
        messages=[UserMessage(content="Hi")],
        timeout_ms=1_000,
        http_headers={"x-trace": "1"},
    )
    assert res.choices[0].message.text == "Bonjour"

handler = KeepAliveHandler(context=ssl.create_default_context())
opener = urllib.request.build_opener(handler)
Mistral("any", transport=UrllibTransport(opener=opener)).close()
