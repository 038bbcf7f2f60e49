"""The key is in no local variable of the frames that an exception passes, nor kept by anything."""

from __future__ import annotations

import asyncio
import gc
import pickle
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest

from mistral_proto import HTTPRequest, UrllibTransport
from mistral_proto.transport import connections
from mistral_proto.transport.failures import without_frames
from mistral_proto.transport.threads import ThreadedTransport
from tests.client.faults.servers import hang_up, stall
from tests.transport.asking import HELLO, LENGTH, OK, serving, whole
from tests.transport.times import request

KEY = "sk-0123456789abcdef"


def asked(url: str, body: bytes = b"{}", **times: float) -> HTTPRequest:
    return request(url, body, authorization=f"Bearer {KEY}", **times)  # type: ignore[arg-type]


def shown(error: BaseException | None) -> str:
    """All that those who report an exception may show of it."""
    if error is None:
        return ""
    texts = [repr(error), repr(vars(error)), shown(error.__cause__), shown(error.__context__)]
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if "mistral_proto" in trace.tb_frame.f_code.co_filename or "http" in str(trace.tb_frame):
            texts += [repr(value) for value in trace.tb_frame.f_locals.values()]
        trace = trace.tb_next
    return " ".join(texts)


# What the server does, and the request's times and body.
FAULTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sending": (hang_up, {"body": bytes(10**8), "total": 0.2}),
    "the headers": (stall, {"total": 0.05}),
    "a header": ((OK, stall), {"total": 0.05}),
    "the body": ((LENGTH, stall), {"total": 0.05}),
    "a cut body": ((LENGTH, hang_up), {}),
    "no answer": (hang_up, {}),
    "garbage": ((b"garbage\r\n", hang_up), {}),
}


@pytest.mark.parametrize(("does", "options"), FAULTS.values(), ids=FAULTS)
def test_a_failure(does: Any, options: dict[str, Any]) -> None:
    with serving(does) as (transport, server):
        sent = asked(server.url, **options)
        with pytest.raises((OSError, *transport.failures)) as caught:
            whole(transport.send(sent))
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
            whole(transport.send(asked(server.url)))
        assert KEY not in shown(caught.value)


@pytest.mark.parametrize("does", [stall, (LENGTH, stall)], ids=["the headers", "the body"])
def test_a_task_that_is_cancelled(does: Any) -> None:
    async def main(url: str, transport: UrllibTransport, begun: Callable[[], bool]) -> None:
        threaded = ThreadedTransport(transport)

        async def ask() -> None:
            response = await threaded.send(asked(url))
            async for _ in response.body:
                pass

        task = asyncio.ensure_future(ask())
        while not begun():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert KEY not in shown(caught.value)
        await threaded.close()

    with serving(does) as (transport, server):
        asyncio.run(main(server.url, transport, lambda: bool(server.received)))


def test_other_exceptions_go_with_their_frames() -> None:
    def fail() -> None:
        try:
            key = KEY
            raise OSError(f"first {key}")
        except OSError as error:
            raise ConnectionError("second") from error

    with pytest.raises(ConnectionError, match="second") as caught:
        without_frames(fail)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert without_frames(max, 1, 2) == 2


def test_nothing_keeps_the_key_after_an_exchange() -> None:
    secret = f"Bearer sk-{threading.get_ident()}"
    with serving(then=HELLO) as (transport, server):
        sent = request(server.url, authorization=secret)
        response = transport.send(sent)
        assert whole(response) == b"Hello" and response.release is not None
        response.release()
        del sent
        gc.collect()
        found = [
            each
            for each in gc.get_objects()
            if type(each) is dict and any(value is secret for value in list(each.values()))
            if each is not globals() and "secret" not in each
        ]
        server.received.clear()
        assert found == []
        held = [vars(response.body), vars(transport)]
        assert secret not in repr(held)


def test_a_transport_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(UrllibTransport(proxies={}))
