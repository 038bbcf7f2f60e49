"""What the names of `mistral_proto.openai` cost; `tests/package` has the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mistral_proto import openai
from tests.imported_from import ROOT


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ChatCompletionX'"):
        openai.ChatCompletionX  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.native
@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        pytest.param("import mistral_proto.openai", [], id="the package alone"),
        pytest.param(
            "from mistral_proto import Mistral, ChatCompletionResponse", None, id="the client"
        ),
        pytest.param(
            "from mistral_proto.openai import ChatCompletionChunk",
            ["chat_completion", "chat_completion_chunk"],
            id="chunks",
        ),
    ],
)
def test_only_what_is_used_is_loaded(code: str, loaded: list[str] | None) -> None:
    # Other paths to the package itself are no modules of their own.
    show = "print(*sorted(n for n, m in sys.modules.items() if n == m.__name__ and 'openai' in n))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {code}; {show}"],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    package = "mistral_proto.openai"
    expected = [] if loaded is None else [package, *[f"{package}.{name}" for name in loaded]]
    assert done.stdout.split() == expected
