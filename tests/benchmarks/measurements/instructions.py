"""What noise can't hide: calls counted by the interpreter, and instructions by valgrind.

The cost of one is what each of the repetitions beyond the first few adds.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tests.benchmarks import processes
from tests.benchmarks.calls import calls
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.payloads import PAYLOADS
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import Client, Codec, Subject, connected, load
from tests.benchmarks.subjects.names import JSON, KEPT, OURS, URLOPEN

# How often, at first and at last: what is used often may be made faster by then.
_FEW, _MANY = 200, 300
# Those that targets compare; under valgrind everything takes fifty times as long.
_COUNTED = (OURS, JSON, KEPT, URLOPEN)
_CALLS_OF_AN_IMPORT = """
import sys
count = 0
def count_it(frame, event, argument):
    global count
    count += event in ("call", "c_call")
code = compile(sys.argv[1], "", "exec")
sys.setprofile(count_it)
exec(code)
sys.setprofile(None)
print(count)
"""

Task = Callable[[int], object]
"""What is done that many times."""


@contextmanager
def tasks(subject: Subject, url: str) -> Iterator[dict[str, Task]]:
    """What a subject can do, until the end of the block."""
    ways: dict[str, Task] = {}
    for name in ("response", "chunk", "request"):
        for codec in subject.codecs.get(name, ())[:1]:
            if name != "request":
                ways[f"decode {name}"] = partial(_decode, codec, PAYLOADS[name])
            if name != "response":
                ways[f"encode {name}"] = _Encode(codec, PAYLOADS[name])
    with connected([subject], url) as clients:
        for client in clients.values():
            ways["complete call"] = partial(_complete, client)
            ways["ten events of a stream"] = partial(_stream, subject, url)
        yield ways


def _decode(codec: Codec, data: bytes, count: int) -> None:
    text = codec.text(data)
    for _ in range(count):
        codec.decode(text)


class _Encode:
    """Writes objects that were not written before; they are made at the first use."""

    def __init__(self, codec: Codec, data: bytes) -> None:
        self.codec = codec
        self.text = codec.text(data)
        self.made: list[object] = []

    def __call__(self, count: int) -> None:
        encode = self.codec.encode
        assert encode is not None
        if not self.made:
            self.made = [self.codec.decode(self.text) for _ in range(2 * _FEW + _MANY)]
        for _ in range(count):
            encode(self.made.pop())


def _complete(client: Client, count: int) -> None:
    for _ in range(count):
        client.complete()


def _stream(subject: Subject, url: str, count: int) -> None:
    # So many that it does not matter in how many blocks they happen to come.
    events = 10 * count
    with connected([subject], f"{url}/events/{events}") as clients:
        assert len(clients[subject.name].stream()) == events


def measure(setting: Setting) -> Iterator[Table]:
    counted: dict[str, list[Figure]] = {}
    for subject in setting.subjects:
        with tasks(subject, setting.url) as ways:
            for name, task in ways.items():
                task(_FEW)
                few, many = (calls(partial(task, count)) for count in (_FEW, _MANY))
                figure = Figure.of(subject.name, [(many - few) / (_MANY - _FEW)])
                counted.setdefault(name, []).append(figure)
    for name, figures in counted.items():
        yield Table(f"calls, {name}", "calls", figures)
    imports = [
        Figure.of(it.name, [float(_compiled(_CALLS_OF_AN_IMPORT, it.client).output)])
        for it in setting.subjects
        if it.client
    ]
    yield Table("calls, import of client", "calls", imports)
    if setting.valgrind:
        yield from _instructions(setting, setting.valgrind)


def _instructions(setting: Setting, valgrind: str) -> Iterator[Table]:
    counted: dict[str, list[Figure]] = {}
    for subject in setting.subjects:
        if subject.name in _COUNTED:
            with tasks(subject, setting.url) as ways:
                names = list(ways)
            for name in names:
                few, many = (
                    _collected(_repeat(subject, name, count, setting.url), valgrind)
                    for count in (_FEW, _MANY)
                )
                figure = Figure.of(subject.name, [(many - few) / (_MANY - _FEW) / 1e3])
                counted.setdefault(name, []).append(figure)
    for name, figures in counted.items():
        yield Table(f"instructions, {name}", "thousand", figures)
    bare = _collected("pass", valgrind)
    for what in ("types", "client"):
        yield Table(
            f"instructions, import of {what}",
            "thousand",
            [
                Figure.of(it.name, [(_collected(statements, valgrind) - bare) / 1e3])
                for it in setting.subjects
                if it.name in _COUNTED and (statements := getattr(it, what))
            ],
        )


def _repeat(subject: Subject, task: str, count: int, url: str) -> str:
    return f"from {__name__} import repeat\nrepeat({subject.module!r}, {task!r}, {count}, {url!r})"


def repeat(module: str, task: str, count: int, url: str) -> None:
    """Do a task of a subject so often; what a process under valgrind does.

    No garbage is looked for: all that the process has is searched then, for the sake of a
    task that happened to come last.
    """
    gc.disable()
    with tasks(load(module), url) as ways:
        ways[task](count)


def _collected(code: str, valgrind: str) -> int:
    under = (valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null")
    return collected(_compiled(code, under=under).errors)


def _compiled(code: str, *arguments: str, under: Sequence[str] = ()) -> processes.Ran:
    """The run of a program whose modules an earlier run has compiled."""
    processes.run(code, *arguments)
    return processes.run(code, *arguments, under=under)


def collected(log: str) -> int:
    """The instructions that callgrind's log tells.

    >>> collected("==7== Collected : 47290109")
    47290109
    """
    (count,) = re.findall(r"Collected : (\d+)", log)
    return int(count)
