"""What is measured: each module is one measurement, and gives its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks.figures import Table
from tests.benchmarks.measurements import (
    cold_process,
    complete_call,
    decoding,
    encoding,
    events,
    history,
    hostile,
    imports,
    installed,
    instructions,
    lambda_cold_start,
    memory,
    stream_peak,
    streams_at_once,
)
from tests.benchmarks.setting import Setting

Measure = Callable[[Setting], Iterator[Table]]

MEASUREMENTS: Mapping[str, Measure] = {
    module.__name__.rpartition(".")[2]: module.measure
    for module in (
        installed,
        imports,
        cold_process,
        lambda_cold_start,
        memory,
        stream_peak,
        decoding,
        encoding,
        history,
        hostile,
        complete_call,
        events,
        streams_at_once,
        instructions,
    )
}
