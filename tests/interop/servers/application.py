"""An aiohttp application that speaks the protocol, and fails in several ways.

The path before ``/v1/chat/completions`` selects the behaviour, so a client selects it by its
`server_url`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TEXT = "Ça va? 🙂 " * 50
EVENTS = 50
_PLAIN = "/plain/v1/chat/completions"
_REFUSALS: dict[str, tuple[int, Any]] = {
    "busy": (429, {"message": "Requests rate limit exceeded"}),
    "invalid": (422, {"detail": [{"loc": ["body", "n"], "msg": "Too small", "type": "x"}]}),
    "down": (503, {"detail": "No model is loaded"}),
}
_REDIRECTS: dict[str, tuple[int, str]] = {
    "moved": (307, _PLAIN),
    "moved_for_good": (308, _PLAIN),
    "moved_away": (307, f"http://127.0.0.1:9{_PLAIN}"),  # where no server listens
    "see_other": (303, _PLAIN),
}


@dataclass
class Application:
    """The state of an application.

    Attributes:
        requests: the headers, by their lower-case names, and the body of each request.
        under_way: the number of requests without a complete answer.
        gone: set when a client closes an endless stream.
        gate: what a slow answer waits for.
    """

    url: str = ""
    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    under_way: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        try:
            return await self._answer(request)
        finally:
            self.under_way -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        behaviour = request.match_info["behaviour"]
        document = await request.json()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, document))
        if behaviour == "crash":
            raise RuntimeError("the application failed")
        if behaviour in _REFUSALS:
            status, body = _REFUSALS[behaviour]
            return web.json_response(body, status=status)
        if behaviour in _REDIRECTS:
            status, target = _REDIRECTS[behaviour]
            return web.Response(status=status, headers={"location": target})
        if behaviour == "slow":
            await asyncio.to_thread(self.gate.wait, 10)
        assert request.transport is not None
        host, port = request.transport.get_extra_info("peername")
        events = _events(f"{host}:{port}")
        response: web.StreamResponse
        if document.get("stream"):
            response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        else:
            message = {"role": "assistant", "content": TEXT}
            whole = _document(f"{host}:{port}", "chat.completion", "stop", message=message)
            response = web.json_response(whole)
        if behaviour == "compressed":
            response.enable_compression(web.ContentCoding.deflate)
        if behaviour == "close":
            response.force_close()
        if not document.get("stream"):
            return response
        await response.prepare(request)
        try:
            for number, block in enumerate(events):
                if behaviour == "crash_later" and number == 2:
                    raise RuntimeError("the application failed")
                await response.write(block)
                while behaviour == "endless":
                    await response.write(block)
        finally:
            if behaviour == "endless":
                self.gone.set()
        await response.write_eof()
        return response


def _document(client: str, kind: str, reason: str | None, **fields: Any) -> dict[str, Any]:
    """Return an answer, or a chunk of one, with the client's address as its id."""
    choice = {"index": 0, "finish_reason": reason, **fields}
    return {"id": client, "object": kind, "created": 1, "model": "m", "choices": [choice]}


def _events(client: str) -> Iterator[bytes]:
    size = len(TEXT) // EVENTS
    contents = [TEXT[n * size : (n + 1) * size] for n in range(EVENTS)]
    for content, reason in [*((it, None) for it in contents), ("", "stop")]:
        delta = {"content": content}
        document = _document(client, "chat.completion.chunk", reason, delta=delta)
        yield b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


@contextmanager
def listening(port: int = 0) -> Iterator[Application]:
    """Run an application on a thread."""
    application = Application()
    routes = web.Application()
    routes.router.add_post("/{behaviour}/v1/chat/completions", application.answer)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(routes, keepalive_timeout=60, access_log=None)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        application.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield application
    finally:
        application.gate.set()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
