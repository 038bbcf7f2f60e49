"""To import the package does nothing else, and it works where much of Python is missing or odd.

Each test is a process of its own: what it does to Python stays there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.testing import ErrorReply, MockServer
from mistral_proto.transport import keep_alive
from mistral_proto.transport.failures import RefusedError
from tests.imported_from import ROOT

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(Path(mistral_proto.__file__).parent.rglob("*.py"))
    if path.stem != "__main__"  # to run it is what it is for
]


def run(
    code: str, *arguments: str, options: Sequence[str] = ("-I", "-S", "-B"), redirect: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run code with the package at hand; `redirect` is as the shell has it."""
    return subprocess.run(
        [
            "/bin/sh", "-c", f'exec "$@" {redirect}', "sh",
            sys.executable, "-W", "error", *options, "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}", *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


def assert_silent(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# -- what an import does

# Imported twice: what the standard library does when it is first imported is its own.
IMPORT_ALL = f"""
from importlib import import_module

def import_all():
    for name in {MODULES!r}:
        import_module(name)

import_all()
for name in [name for name in sys.modules if name.partition(".")[0] == "mistral_proto"]:
    del sys.modules[name]
"""

LISTEN = (
    IMPORT_ALL
    + """
import os
# What the import system itself does.
ITS_OWN = {
    "import", "compile", "exec", "marshal.loads", "marshal.load", "code.__new__",
    "os.listdir", "os.scandir", "object.__getattr__", "object.__setattr__",
    "object.__delattr__", "function.__new__", "builtins.id", "sys._getframe",
}
seen = []

def listen(event, arguments):
    if event == "open" and str(arguments[0]).startswith(sys.path[0]) and arguments[1] in ("r", "rb"):
        return
    if event not in ITS_OWN:
        seen.append((event, arguments))

sys.addaudithook(listen)
# Which not every version tells of.
import threading
start = threading.Thread.start
threading.Thread.start = lambda thread: (seen.append(thread), start(thread))
"""
)


def test_an_import_opens_nothing_and_starts_nothing() -> None:
    done = run(LISTEN + "import_all()\nsys.exit('\\n'.join(map(repr, seen)) if seen else 0)")
    assert_silent(done)


@pytest.mark.parametrize(
    "code",
    [
        "open(os.devnull)",
        "import socket; socket.socket()",
        "import threading; threading.Thread(target=int).start()",
        "open(sys.path[0] + '/mistral_proto/no/such/file', 'a')",
        "import subprocess; subprocess.Popen('true')",
        "os.putenv('A', 'B')",
        "os.system('true')",
    ],
)
def test_what_it_might_do_would_be_seen(code: str) -> None:
    done = run(f"{LISTEN}\ntry:\n    {code}\nexcept OSError:\n    pass\nsys.exit(3 if seen else 0)")
    assert done.returncode == 3


ENVIRONMENT = (
    IMPORT_ALL
    + """
import os
read = []

class Watched(type(os.environ)):
    def __getitem__(self, key):
        read.append(key)
        return super().__getitem__(key)

    def __iter__(self):
        read.append("all of it")
        return super().__iter__()

    def __contains__(self, key):
        read.append(key)
        return super().__contains__(key)

    __setitem__ = __delitem__ = __getitem__

os.environ.__class__ = Watched
"""
)


def test_an_import_reads_no_environment() -> None:
    done = run(ENVIRONMENT + "import_all()\nsys.exit(repr(read) if read else 0)")
    assert_silent(done)


@pytest.mark.parametrize(
    "code", ["os.getenv('A')", "'A' in os.environ", "dict(os.environ)", "os.environ.get('A')"]
)
def test_a_read_of_the_environment_would_be_seen(code: str) -> None:
    assert run(f"{ENVIRONMENT}{code}\nsys.exit(3 if read else 0)").returncode == 3


STATE = (
    IMPORT_ALL
    + """
import asyncio, atexit, gc, locale, logging, os, signal, socket, threading, warnings, weakref

def state():
    return {
        "warnings": [*map(str, warnings.filters)],
        "how they are shown": (warnings.showwarning, warnings.formatwarning),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "wakeup": signal.set_wakeup_fd(-1),
        "at exit": atexit._ncallbacks(),
        "threads": threading.active_count(),
        "hooks": (
            sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook,
            sys.gettrace(), sys.getprofile(), sys.breakpointhook,
        ),
        "imports": (list(sys.meta_path), list(sys.path_hooks), list(sys.path)),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold()),
        "collector": (gc.isenabled(), gc.get_debug(), list(gc.callbacks)),
        "log": (list(logging.root.handlers), logging.root.level, logging.raiseExceptions),
        "locale": locale.setlocale(locale.LC_ALL),
        "sockets": socket.getdefaulttimeout(),
        "event loops": type(asyncio.get_event_loop_policy()) if sys.version_info < (3, 12) else 0,
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "files": sorted(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0,
        "folder": os.getcwd(),
        "umask": (os.umask(0o22), os.umask(0o22)),
    }

os.umask(0o22)
before = state()
import_all()
after = state()
changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
loggers = [name for name in logging.root.manager.loggerDict if "mistral" in name]
handlers = [handler for name in loggers for handler in logging.getLogger(name).handlers]
sys.exit(repr((changed, handlers)) if changed or handlers else 0)
"""
)


def test_an_import_changes_nothing_of_the_process() -> None:
    assert_silent(run(STATE))


# -- where Python is not as usual

CALL = """
import asyncio

def call(url):
    from mistral_proto import Mistral
    request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    with Mistral("k", server_url=url) as mistral:
        assert mistral.chat.complete(**request).choices[0].message.text == "You said: Hi"
        with mistral.chat.stream(**request) as events:
            assert "".join(events.text()) == "You said: Hi"

async def call_async(url):
    from mistral_proto import Mistral
    request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    async with Mistral("k", server_url=url) as mistral:
        answer = await mistral.chat.complete_async(**request)
        assert answer.choices[0].message.text == "You said: Hi"
        async with mistral.chat.stream_async(**request) as events:
            assert "".join([text async for text in events.text()]) == "You said: Hi"

"""
CALL_ALL_WAYS = CALL + "call(sys.argv[1]); asyncio.run(call_async(sys.argv[1]))\n"


@pytest.mark.parametrize("redirect", ["", "<&- >&- 2>&-"], ids=["as objects", "as files"])
def test_without_standard_streams(redirect: str) -> None:
    code = (
        "sys.stdin = sys.stdout = sys.stderr = None\n"
        + IMPORT_ALL
        + CALL_ALL_WAYS
        + "from mistral_proto.testing import MockServer\n"
        "with MockServer() as server:\n"
        "    call(server.url)\n"
        "from mistral_proto.cli import main\n"
        "assert main(['demo', '--pace', '0']) == 0\n"
        "assert main(['validate', '-']) == 1\n"
    )
    with MockServer() as server:
        assert_silent(run(code, server.url, redirect=redirect))


@pytest.mark.parametrize("now", ["0.0", "-1e6", "1_700_000_000.5"])
def test_with_a_clock_that_stands_still(now: str) -> None:
    code = f"""
import time
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: {now})
for name in ("time_ns", "monotonic_ns", "perf_counter_ns", "process_time_ns", "thread_time_ns"):
    setattr(time, name, lambda: int(1e9))
{CALL}
call(sys.argv[1])
asyncio.run(call_async(sys.argv[1]))
"""
    with MockServer() as server:
        assert_silent(run(code, server.url))


def test_tries_end_though_the_clock_stands_still() -> None:
    code = """
import time
time.time = time.monotonic = time.perf_counter = lambda: 1e9
waits = []
time.sleep = waits.append
from mistral_proto import Mistral, MistralError
request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
for timeout_ms in (3_600_000, 5_000):
    waits.clear()
    try:
        Mistral("k", server_url=sys.argv[1]).chat.complete(**request, timeout_ms=timeout_ms)
    except MistralError as error:
        assert error.status_code == 503
        assert error.tries == len(waits) + 1 > 2
        assert sum(waits) <= min(timeout_ms / 1000, 30)
    else:
        raise AssertionError
"""
    with MockServer([ErrorReply(503)] * 1000) as server:
        assert_silent(run(code, server.url))


def test_without_ssl() -> None:
    code = (
        "sys.modules['ssl'] = sys.modules['_ssl'] = None\n"
        + CALL
        + """
call(sys.argv[1])
from mistral_proto import Mistral, MistralError
request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
try:
    Mistral("k").chat.complete(**request)
except MistralError as error:
    print(error)
"""
    )
    with MockServer() as server:
        done = run(code, server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "no answer from https://api.mistral.ai:443: this Python has no ssl"
    )


def test_a_context_without_ssl(monkeypatch: pytest.MonkeyPatch) -> None:
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
    done = run(code)
    assert (done.returncode, done.stdout) == (0, "interrupted\n")


# -- in an interpreter within the process

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

code = sys.argv[1]
with MockServer() as server:
    for _ in range(3):
        interpreter = interpreters.create()
        run_in(interpreter, f"import sys; sys.path[:] = {sys.path!r}; sys.argv = ['', {server.url!r}]")
        run_in(interpreter, code)
        interpreters.destroy(interpreter)
    assert len(server.requests) == int(sys.argv[2])
"""

TYPES = """
from mistral_proto import ChatCompletionRequest, ChatCompletionResponse, ValidationError
request = ChatCompletionRequest(model="m", messages=[{"role": "user", "content": "Hi"}])
assert ChatCompletionRequest.from_json(request.to_json()) == request
try:
    ChatCompletionRequest.from_dict({"messages": 1})
except ValidationError as error:
    assert "messages: expected a list" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("code", "requests"),
    [(TYPES, 0), (CALL + "call(sys.argv[1])", 6)],
    ids=["the types", "the client"],
)
def test_in_a_subinterpreter(code: str, requests: int) -> None:
    assert_silent(run(SUBINTERPRETER, code, str(requests)))
