"""The key is neither among the variables of the frames of an exception, nor kept."""

from __future__ import annotations

import asyncio
import gc
import threading
from types import TracebackType
from typing import Any

import pytest

from mistral_proto import UrllibTransport
from mistral_proto.transport import connections
from mistral_proto.transport.threads import ThreadedTransport
from tests.client.faults.servers import FaultServer, hang_up, stall
from tests.transport.support import LENGTH, OK, release, request, serving, whole

KEY = "sk-0123456789abcdef"
WITH_KEY: dict[str, Any] = {"authorization": f"Bearer {KEY}"}


def shown(error: BaseException | None) -> str:
    """Return all that a report of an exception may show."""
    if error is None:
        return ""
    texts = [repr(error), repr(vars(error)), shown(error.__cause__), shown(error.__context__)]
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if "mistral_proto" in trace.tb_frame.f_code.co_filename or "http" in str(trace.tb_frame):
            texts += [repr(value) for value in trace.tb_frame.f_locals.values()]
        trace = trace.tb_next
    return " ".join(texts)


def test_failures() -> None:
    faults: list[tuple[Any, dict[str, Any]]] = [
        (stall, {"body": bytes(10**8), "total": 0.2}),
        (stall, {"total": 0.05}),
        ((OK, stall), {"total": 0.05}),
        ((LENGTH, stall), {"total": 0.05}),
        ((LENGTH, hang_up), {}),
        (hang_up, {}),
        ((b"garbage\r\n", hang_up), {}),
    ]
    for script, options in faults:
        with serving(script) as (transport, server):
            with pytest.raises((OSError, *transport.failures)) as caught:
                whole(transport.send(request(server.url, **WITH_KEY, **options)))
            assert KEY not in shown(caught.value)
            assert caught.value.__context__ is None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["sendall", "readline", "read1"])
def test_an_interrupt(
    where: str, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise kind

    with serving() as (transport, server):
        monkeypatch.setattr(connections.Connection, where, interrupt)
        with pytest.raises(kind) as caught:
            whole(transport.send(request(server.url, **WITH_KEY)))
        assert KEY not in shown(caught.value)


@pytest.mark.parametrize("script", [stall, (LENGTH, stall)], ids=["headers", "body"])
def test_a_cancelled_task(script: Any) -> None:
    async def main(transport: UrllibTransport, server: FaultServer) -> None:
        threaded = ThreadedTransport(transport)

        async def ask() -> None:
            async for _ in (await threaded.send(request(server.url, **WITH_KEY))).body:
                pass

        task = asyncio.ensure_future(ask())
        while not server.received:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert KEY not in shown(caught.value)
        await threaded.close()

    with serving(script) as served:
        asyncio.run(main(*served))


def test_nothing_keeps_the_key_after_an_exchange() -> None:
    secret = f"Bearer sk-{threading.get_ident()}"
    with serving() as (transport, server):
        response = transport.send(request(server.url, authorization=secret))
        assert whole(response) == b"Hello"
        release(response)
        gc.collect()
        found = [
            each
            for each in gc.get_objects()
            if type(each) is dict and any(value is secret for value in list(each.values()))
            if "secret" not in each
        ]
        assert found == []
        assert secret not in repr([vars(response.body), vars(transport)])


def test_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with serving() as (transport, server):
        transport.send(request(server.url, **WITH_KEY)).close()
        assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert capsys.readouterr().out == ""
