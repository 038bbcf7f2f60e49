"""A Starlette application under uvicorn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.interop.servers import answers
from tests.interop.servers.answers import REFUSED, Seen, Server
from tests.testing.raw import eventually


def _application(seen: Seen, elsewhere: str) -> ASGIApp:
    async def chat(request: Request) -> Response:
        how = request.path_params["how"]
        document = await request.json()
        seen.requests.append((dict(request.headers), document))
        assert request.client is not None
        client = f"{request.client.host}:{request.client.port}"
        if how == "crash":
            raise RuntimeError("the application broke down")
        if how in REFUSED:
            status, body = REFUSED[how]
            return JSONResponse(body, status)
        if how in answers.MOVED:
            status, target = answers.MOVED[how]
            return RedirectResponse(target.format(elsewhere=elsewhere), status)
        if how == "slow":
            await asyncio.to_thread(seen.gate.wait, 10)
        response: Response
        if document.get("stream"):
            response = StreamingResponse(stream(how, client), media_type="text/event-stream")
        else:
            response = JSONResponse(answers.whole(client))
        if how == "close":
            response.headers["connection"] = "close"
        return response

    async def stream(how: str, client: str) -> AsyncIterator[bytes]:
        try:
            for number, block in enumerate(answers.events(client)):
                if how == "crash_later" and number == 2:
                    raise RuntimeError("the application broke down")
                yield block
                while how == "endless":
                    yield answers.event(client, "and ")
                    await asyncio.sleep(0)  # or nothing else runs once the client is gone
        finally:
            if how == "endless":
                seen.gone.set()

    application = Starlette(
        routes=[Route(answers.ROUTE, chat, methods=["POST"])],
        # It leaves event streams as they are.
        middleware=[Middleware(GZipMiddleware, minimum_size=100)],
    )

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        seen.under_way += 1
        try:
            await application(scope, receive, send)
        finally:
            seen.under_way -= 1

    return watched


@contextmanager
def listening(elsewhere: str, port: int = 0) -> Iterator[Server]:
    seen = Seen()
    config = uvicorn.Config(
        _application(seen, elsewhere), "127.0.0.1", port, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield Server(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", seen)
    finally:
        seen.gate.set()
        server.should_exit = True
        thread.join(10)
