"""The tests that a shape goes without: a folder, a file, or one test, each with the reason."""

from __future__ import annotations

__all__ = ["left_out"]

EVERYWHERE = {
    "tests/benchmarks": "measures what is installed",
    "tests/interop": "needs packages that only its own sessions have",
    "tests/sdk_programs/programs": "are for the SDK, and run by tests",
    "tests/published": "needs packages that only its own session has",
    "tests/shapes": "is what runs this",
    "tests/embedding": "no copy makes copies",
    "tests/cli/test_copies.py": "no copy makes copies",
    "tests/lambda_runtime": "makes a layer, and no copy makes copies",
    "tests/package/test_benchmarks.py": "is of the checkout",
    "tests/package/test_layers.py": "is of the checkout",
    "tests/package/test_docs.py": "is of the checkout",
}
NO_FOLDER = {
    "tests/package/test_public_names.py": "reads the files of a folder",
    "tests/package/test_side_effects.py": "reads the files of a folder",
}
SLOW = {
    "tests/client/faults": "takes as long as all the rest, and runs in other shapes",
}
NO_DOCSTRINGS = {
    f"tests/{test}": "reads docstrings, which -OO takes away"
    for test in (
        "conversation/test_rules.py::test_every_rule_has_a_case",
        "schema/test_json_schema.py::test_a_small_type",
        "structured/test_function_tool.py::test_tools_of_functions",
        "structured/test_types.py::test_defaults_in_a_schema",
        "structured/test_types.py::test_types",
        "structured/test_types.py::test_whole_schemas",
    )
}
NEEDS_SSL = {
    f"tests/{test}.py": "needs ssl, for some of its cases at least"
    for test in (
        "client/faults/test_connections",
        "client/faults/test_left_behind",
        "client/faults/test_on_time",
        "client/faults/test_proxies",
        "client/faults/test_tls",
        "client/faults/tls",
        "client/test_carried",
        "client/test_options",
        "transport/test_answers",
        "transport/test_failures",
        "transport/test_handlers",
        "transport/test_proxies",
        "transport/test_sending",
        "typed_programs/transports",
    )
} | {
    "lib/mistral_proto/transport/keep_alive.py": "its example needs ssl",
    "tests/package/test_side_effects.py::test_an_import_opens_nothing_and_starts_nothing": (
        "each time the package is imported, Python opens the ssl that it can't import"
    ),
}
READ_FROM_A_ZIP = {
    "tests/client/test_cold_start.py": "counts what Python loads, and to read a zip it loads more",
    "tests/transport/test_optional.py": "imports without zlib, by which Python reads a zip",
}
OF_SHAPE: dict[str, list[dict[str, str]]] = {
    "bundle": [NO_FOLDER],
    "vendored": [],
    "zip": [NO_FOLDER, READ_FROM_A_ZIP],
    "optimized": [SLOW],
    "stripped": [NO_FOLDER, NO_DOCSTRINGS, SLOW],
    "read-only-without-ssl": [NEEDS_SSL],
}


def left_out(shape: str) -> dict[str, str]:
    """What a shape goes without, with the reasons."""
    return {
        place: reason for table in [EVERYWHERE, *OF_SHAPE[shape]] for place, reason in table.items()
    }
