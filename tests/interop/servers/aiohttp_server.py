"""An aiohttp application."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from tests.interop.servers import answers
from tests.interop.servers.answers import REFUSED, Seen, Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _application(seen: Seen, elsewhere: str) -> web.Application:
    async def chat(request: web.Request) -> web.StreamResponse:
        how = request.match_info["how"]
        document = await request.json()
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.requests.append((headers, document))
        assert request.transport is not None
        host, port = request.transport.get_extra_info("peername")
        client = f"{host}:{port}"
        if how == "crash":
            raise RuntimeError("the application broke down")
        if how in REFUSED:
            status, body = REFUSED[how]
            return web.json_response(body, status=status)
        if how in answers.MOVED:
            status, target = answers.MOVED[how]
            return web.Response(
                status=status, headers={"location": target.format(elsewhere=elsewhere)}
            )
        if how == "slow":
            await asyncio.to_thread(seen.gate.wait, 10)
        response: web.StreamResponse
        if document.get("stream"):
            response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        else:
            response = web.json_response(answers.whole(client))
        if how == "compressed":
            response.enable_compression(web.ContentCoding.deflate)
        if how == "close":
            response.force_close()
        if document.get("stream"):
            await stream(request, response, how, client)
        await response.prepare(request)
        await response.write_eof()
        return response

    async def stream(
        request: web.Request, response: web.StreamResponse, how: str, client: str
    ) -> None:
        await response.prepare(request)
        try:
            for number, block in enumerate(answers.events(client)):
                if how == "crash_later" and number == 2:
                    raise RuntimeError("the application broke down")
                await response.write(block)
                while how == "endless":
                    await response.write(answers.event(client, "and "))
        finally:
            if how == "endless":
                seen.gone.set()

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen.under_way += 1
        try:
            return await handler(request)
        finally:
            seen.under_way -= 1

    application = web.Application(middlewares=[watched])
    application.router.add_post(answers.ROUTE, chat)
    return application


@contextmanager
def listening(elsewhere: str, port: int = 0) -> Iterator[Server]:
    seen = Seen()
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(_application(seen, elsewhere), keepalive_timeout=60, access_log=None)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        bound: int = runner.addresses[0][1]
        return bound

    bound = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{bound}", seen)
    finally:
        seen.gate.set()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
