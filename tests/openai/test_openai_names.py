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
            "chat_completion_audio chat_completion_chunk chat_completion_message"
            " chat_completion_message_tool_call chat_completion_token_logprob"
            " checks completion_usage moderation".split(),
            id="chunks",
        ),
    ],
)
def test_only_what_is_used_is_loaded(code: str, loaded: list[str] | None) -> None:
    show = "print(*sorted(m for m in sys.modules if m.startswith('mistral_proto.openai')))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {code}; {show}"],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    package = "mistral_proto.openai"
    expected = [] if loaded is None else [package, *[f"{package}.{name}" for name in loaded]]
    assert done.stdout.split() == expected
