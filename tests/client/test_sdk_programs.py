"""Programs for the SDK run with a changed import; `nox -s interop` runs them with the SDK."""

from __future__ import annotations

import pytest

import mistral_proto
from tests.sdk_programs.running import PROGRAMS, expected, printed


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str) -> None:
    source = PROGRAMS[name]
    assert printed(source, mistral_proto.__name__) == expected(source)
