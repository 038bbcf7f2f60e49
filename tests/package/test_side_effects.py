"""An import has no side effects, and calls work where much of Python is missing or odd.

Each test is a process of its own: its changes of Python stay there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.testing import ErrorReply, MockServer
from mistral_proto.transport import keep_alive
from mistral_proto.transport.failures import RefusedError
from tests.imported_from import ROOT
from tests.package.loading import run

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(Path(mistral_proto.__file__).parent.rglob("*.py"))
    if path.stem != "__main__"  # which runs the command line
]


# -- side effects of an import

IMPORTS = f"""
import atexit, gc, locale, logging, os, signal, socket, threading, warnings
from importlib import import_module

def import_all():
    for name in {MODULES!r}:
        import_module(name)

# Imported twice, so that the standard library's own first imports are not seen.
import_all()
for name in [name for name in sys.modules if name.partition(".")[0] == "mistral_proto"]:
    del sys.modules[name]
"""

LISTEN = """
# Events of the import system itself.
ITS_OWN = {
    "import", "compile", "exec", "marshal.loads", "marshal.load", "code.__new__",
    "os.listdir", "os.scandir", "object.__getattr__", "object.__setattr__",
    "object.__delattr__", "function.__new__", "builtins.id", "sys._getframe",
}
seen = []

def listen(event, arguments):
    is_read = event == "open" and arguments[1] in ("r", "rb")
    if event not in ITS_OWN and not (is_read and str(arguments[0]).startswith(sys.path[0])):
        seen.append((event, arguments))

class Watched(type(os.environ)):
    def __getitem__(self, key):
        seen.append(key)
        return super().__getitem__(key)

    def __iter__(self):
        seen.append("all of it")
        return super().__iter__()

    __contains__ = __setitem__ = __delitem__ = __getitem__

def state():
    return [
        [*map(str, warnings.filters)], warnings.showwarning,
        {number: signal.getsignal(number) for number in signal.valid_signals()},
        atexit._ncallbacks(), threading.active_count(), threading.excepthook,
        sys.excepthook, sys.unraisablehook, sys.gettrace(), sys.getprofile(),
        [*sys.meta_path], [*sys.path_hooks], [*sys.path],
        sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold(), gc.isenabled(),
        [*logging.root.handlers], logging.root.level, locale.setlocale(locale.LC_ALL),
        socket.getdefaulttimeout(), sys.stdin, sys.stdout, sys.stderr, os.getcwd(),
        sorted(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0,
    ]

before = state()
sys.addaudithook(listen)
os.environ.__class__ = Watched
start = threading.Thread.start  # not every version has an event for a thread
threading.Thread.start = lambda thread: (seen.append(thread), start(thread))
seen.clear()
"""
CHECK = """
import_all()
effects, after = [*seen], state()
effects += [pair for pair in zip(before, after) if pair[0] != pair[1]]
loggers = [name for name in logging.root.manager.loggerDict if "mistral" in name]
effects += [handler for name in loggers for handler in logging.getLogger(name).handlers]
for code in EFFECTS:  # which are seen
    seen.clear()
    try:
        exec(code)
    except (OSError, KeyError):
        pass
    assert seen, code
sys.exit(repr(effects) if effects else 0)
"""
EFFECTS = [
    "open(os.devnull).close()",
    "socket.socket().close()",
    "threading.Thread(target=int).start()",
    "open(sys.path[0] + '/mistral_proto/no/such/file', 'a')",
    "os.system('true')",
    "os.getenv('A')",
    "'A' in os.environ",
    "dict(os.environ)",
]


def test_an_import_opens_starts_and_changes_nothing() -> None:
    assert run(f"{IMPORTS}EFFECTS = {EFFECTS!r}\n{LISTEN}{CHECK}", ROOT, flags=("-B",)) == ""


# -- an unusual Python

CALL = """
import asyncio
HI = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

def call(url):
    from mistral_proto import Mistral
    with Mistral("k", server_url=url) as mistral:
        assert mistral.chat.complete(**HI).choices[0].message.text == "You said: Hi"
        with mistral.chat.stream(**HI) as events:
            assert "".join(events.text()) == "You said: Hi"

async def call_async(url):
    from mistral_proto import Mistral
    async with Mistral("k", server_url=url) as mistral:
        answer = await mistral.chat.complete_async(**HI)
        assert answer.choices[0].message.text == "You said: Hi"
        async with mistral.chat.stream_async(**HI) as events:
            assert "".join([text async for text in events.text()]) == "You said: Hi"

"""


def test_without_standard_streams() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "sys.stdin = sys.stdout = sys.stderr = None\n"
        f"{IMPORTS}{CALL}call(sys.argv[1]); asyncio.run(call_async(sys.argv[1]))\n"
        "from mistral_proto.testing import MockServer\n"
        "with MockServer() as server:\n"
        "    call(server.url)\n"
        "from mistral_proto.cli import main\n"
        "assert main(['demo', '--pace', '0']) == 0\n"
        "assert main(['validate', '-']) == 1\n"
    )
    with MockServer() as server:
        for redirect in ("", "<&- >&- 2>&-"):  # no objects, and no files
            command = [sys.executable, "-W", "error", "-I", "-S", "-B", "-c", code, server.url]
            shell = ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", *command]
            done = subprocess.run(shell, capture_output=True, timeout=60)
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_with_a_clock_that_stands_still() -> None:
    code = f"""
import time
now = 0.0
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: now)
for name in ("time_ns", "monotonic_ns", "perf_counter_ns", "process_time_ns", "thread_time_ns"):
    setattr(time, name, lambda: int(1e9))
waits = []
{CALL}
for now in (0.0, -1e6, 1_700_000_000.5):
    call(sys.argv[1])
    asyncio.run(call_async(sys.argv[1]))

time.sleep = waits.append
from mistral_proto import Mistral, MistralError
for timeout_ms in (3_600_000, 5_000):
    waits.clear()
    try:
        Mistral("k", server_url=sys.argv[2]).chat.complete(**HI, timeout_ms=timeout_ms)
    except MistralError as error:
        assert error.status_code == 503 and len(waits) > 1
        assert sum(waits) <= min(timeout_ms / 1000, 30)
    else:
        raise AssertionError
"""
    with MockServer() as server, MockServer([ErrorReply(503)] * 1000) as failing:
        assert run(code, ROOT, arguments=(server.url, failing.url)) == ""


def test_without_ssl(monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""
sys.modules['ssl'] = sys.modules['_ssl'] = None
{CALL}
call(sys.argv[1])
from mistral_proto import Mistral, MistralError
try:
    Mistral("k").chat.complete(**HI)
except MistralError as error:
    print(error)
"""
    with MockServer() as server:
        assert "this Python has no ssl" in run(code, ROOT, arguments=(server.url,))

    monkeypatch.setattr(keep_alive, "ssl", None)
    with pytest.raises(RefusedError, match="^this Python has no ssl"):
        keep_alive.default_context()


def test_an_interrupt_of_the_first_use_of_a_type_is_not_the_exit_status() -> None:
    code = """
from mistral_proto import UsageInfo

def interrupt(frame, event, argument):
    from_here = frame.f_back.f_code.co_filename.endswith("wire.py")
    if event == "call" and frame.f_code.co_name == "<module>" and from_here:
        sys.setprofile(None)
        raise KeyboardInterrupt

sys.setprofile(interrupt)
try:
    UsageInfo.from_dict({})
except KeyboardInterrupt:
    print("interrupted")
"""
    assert run(code, ROOT) == "interrupted\n"


SUBINTERPRETER = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import os, sys
import urllib.request  # else its hashlib, in another interpreter, crashes CPython 3.12.1
from mistral_proto.testing import MockServer

def run_in(interpreter, code):
    failed = interpreters.run_string(interpreter, code)
    if failed is not None:  # before Python 3.13 it is raised
        raise RuntimeError(failed.formatted)

with MockServer() as server:
    for _ in range(3):
        interpreter = interpreters.create()
        run_in(interpreter, f"import sys; sys.path[:] = {sys.path!r}; sys.argv = ['', {server.url!r}]")
        run_in(interpreter, sys.argv[1])
        interpreters.destroy(interpreter)
    assert len(server.requests) == 6
"""


def test_in_a_subinterpreter() -> None:
    assert run(SUBINTERPRETER, ROOT, arguments=(CALL + "call(sys.argv[1])",)) == ""
