"""A cold start on AWS Lambda: from the loading of a function to the end of its first call.

Lambda's runtime for Python, whose own modules are loaded by then, is not counted in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import mistral_proto
from tests.benchmarks import processes
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects import MESSAGES
from tests.benchmarks.subjects.names import OURS

_RUNTIME = f"""
import http.client, importlib, json, os, sys, time, traceback
event = {{"body": json.dumps({{"messages": {MESSAGES!r}}})}}
begin = time.perf_counter()
"""
_HANDLER = """
def handler(event, context):
    text = answer(json.loads(event["body"])["messages"], 60_000)
    return {"statusCode": 200, "body": json.dumps({"answer": text})}
answered = handler(event, None)
took = time.perf_counter() - begin
assert answered["statusCode"] == 200
print(took)
"""


def measure(setting: Setting) -> Iterator[Table]:
    programs = {
        it.name: f"{_RUNTIME}{it.function}{_HANDLER}" for it in setting.subjects if it.function
    }
    variables = {name: processes.environment() for name in programs}
    with TemporaryDirectory() as folder:
        bare = f"{OURS}, of a layer without bytecode"
        programs[bare] = programs[OURS]
        variables[bare] = _layer(Path(folder))
        took: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(setting.rounds + 1):
            for name, program in programs.items():
                took[name].append(_seconds(program, variables[name], setting))
    # The first may have had to compile.
    figures = [Figure.of(name, [it * 1e3 for it in of[1:]]) for name, of in took.items()]
    yield Table("lambda cold start", "ms", figures)


def _seconds(program: str, variables: Mapping[str, str], setting: Setting) -> float:
    return float(processes.run(program, setting.url, variables=variables).output)


def _layer(folder: Path) -> dict[str, str]:
    """The environment of a process that has the package as a layer may: nothing is compiled."""
    source = Path(mistral_proto.__file__).parent
    shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return {**processes.environment(folder), "PYTHONDONTWRITEBYTECODE": "1"}
