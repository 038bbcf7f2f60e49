"""The most memory that a process has while it reads a stream: it is not to grow with it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import processes
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.setting import Setting
from tests.benchmarks.subjects.names import OURS, URLOPEN

_COUNT = {
    OURS: """
from mistral_proto import Mistral
with Mistral(api_key="k", server_url=url).chat.stream(model="m", messages=messages) as events:
    for event in events:
        count += len(event.data.choices)
""",
    URLOPEN: """
import json, urllib.request
body = json.dumps({"model": "m", "messages": messages, "stream": True}).encode()
request = urllib.request.Request(url + "/v1/chat/completions", body)
with urllib.request.urlopen(request) as response:
    for line in response:
        if line.startswith(b"data: {"):
            count += len(json.loads(line[6:])["choices"])
""",
}


def measure(setting: Setting) -> Iterator[Table]:
    yield Table(
        "stream peak",
        "MB",
        [
            Figure.of(f"{name}, {events} events", _peaks(statements, events, setting))
            for name, statements in _COUNT.items()
            for events in setting.events[1:]
        ],
    )


def _peaks(statements: str, events: int, setting: Setting) -> list[float]:
    code = f"""
messages, count = [{{"role": "user", "content": "Hi"}}], 0
url = "{setting.url}/events/{events}"
{statements}
assert count == {events}, count
{processes.PEAK}
"""
    return [float(processes.run(code).output) / 1e6 for _ in range(setting.processes)]
